import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanSource } from '../../src/engine/ports.ts';
import { ensureLabels } from '../../src/github/labels.ts';
import { readPlanByRest } from '../../src/github/plan-rest.ts';
import { makeMaster, readPlanOf, subIssue } from './masters.ts';
import { type Forge, repo, resultOf, soon, startForge } from './world.ts';

let forge: Forge;
beforeAll(async () => {
  forge = await startForge({ 'README.md': '# Shop\n' });
  forge.sandbox.setPermission(repo.owner, repo.name, 'ada', 'admin');
  await ensureLabels(await forge.app.installationFor(repo), repo);
});
afterAll(() => forge.close());

const issues = `/repos/${repo.owner}/${repo.name}/issues`;
const newMaster = (): Promise<number> => makeMaster(forge);
const planOf = (issue: number): Promise<PlanSource> => readPlanOf(forge, issue);

describe('issues below issues', () => {
  it('sees through a group issue, by GraphQL with one request more, and by REST', async () => {
    const plan = await planOf(await newMaster());
    const master = plan.issue.number;
    const [group] = await forge.perform(subIssue(plan, 'group'));
    const { issue: parent } = resultOf(group, 'issue');
    const below = await forge.perform({ ...subIssue(plan, 'inside'), parent });
    const { issue: inside } = resultOf(below[0], 'issue');
    expect(await forge.port.reconcile({ ...subIssue(plan, 'inside'), parent }, soon())).toEqual(below[0]);
    forge.requests();
    const read = await planOf(master);
    expect(forge.requests()).toEqual([
      'POST /graphql readPlan',
      'POST /graphql readChildren',
      'GET /repos/{owner}/{repo}/rules/branches/{branch}',
    ]);
    const expected = [
      { number: parent.number, title: 'group' },
      { number: inside.number, title: 'inside', under: parent.number },
    ];
    expect(read.subIssues).toMatchObject(expected);
    expect(read.subIssues[0]).not.toHaveProperty('under');
    const installation = await forge.app.installationFor(repo);
    const byRest = await readPlanByRest(installation, forge.app.identity, { repo, issue: master }, soon());
    expect(byRest.repository?.issue?.subIssues.nodes).toMatchObject(expected);
  });

  it('makes a plain issue where the parent has its hundred by now, once', async () => {
    const plan = await planOf(await newMaster());
    const names = [...Array(100).keys()].map((index) => `full ${index}`);
    const made = await forge.perform(...names.map((name) => ({ ...subIssue(plan, name), labels: [] })));
    expect(made.every(({ status }) => status === 'done')).toBe(true);
    const effect = subIssue(plan, 'one too many');
    const [outcome] = await forge.perform(effect);
    const { issue } = resultOf(outcome, 'issue');
    expect((await planOf(plan.issue.number)).subIssues).toHaveLength(100);
    expect(await forge.port.reconcile(effect, soon())).toEqual(outcome);
    expect(await forge.port.removeTwins(effect, soon())).toBe(0);
    expect(await forge.as('ada', 'GET', `${issues}/${issue.number}`)).toMatchObject({ state: 'open' });

    // and a sweep of so many asks for a hundred at a time
    const master = plan.issue.number;
    const subIssues = [...made, outcome].map((one) => resultOf(one, 'issue').issue.number);
    const target = { repo, issue: master, baseBranch: 'main', branches: [], pulls: [], subIssues };
    forge.requests();
    const signals = await forge.port.sweep({ ...target, commentsSince: new Date().toISOString() });
    expect(forge.requests().filter((request) => request.includes('readProgress'))).toHaveLength(2);
    const seen = signals.flatMap((signal) => (signal.type === 'issue-seen' ? [signal.number] : []));
    expect(seen).toEqual([master, ...subIssues]);
  });
});
