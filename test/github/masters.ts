import type { Effect, PlanSource } from '../../src/engine/ports.ts';
import { type Forge, repo, resultOf } from './world.ts';

/** A new issue of Ada's; answers its number. */
export async function makeMaster(forge: Forge, body = '- [ ] One\n- [ ] Two\n'): Promise<number> {
  const made = await forge.as('ada', 'POST', `/repos/${repo.owner}/${repo.name}/issues`, { title: 'Master', body });
  return Number(made.number);
}

export async function readPlanOf(forge: Forge, issue: number): Promise<PlanSource> {
  const [outcome] = await forge.perform({ kind: 'read-plan', repo, issue });
  return resultOf(outcome, 'plan-source').source;
}

export function subIssue(plan: PlanSource, name: string): Extract<Effect, { kind: 'create-sub-issue' }> {
  return {
    kind: 'create-sub-issue',
    repo,
    repoNodeId: plan.repo.nodeId,
    parent: plan.issue,
    title: name,
    body: `Do ${name}.\n\n<!-- muster:${plan.issue.number}-${name}:abc -->`,
    labels: ['muster:task'],
    marker: `<!-- muster:${plan.issue.number}-${name}:abc -->`,
  };
}
