import type { Effect, EffectOutcome } from '../engine/ports.ts';
import { classifyFailure } from './classify.ts';
import type { Installation } from './installation.ts';
import { issueRef } from './shapes.ts';

export async function createIssue(
  installation: Installation,
  effect: Extract<Effect, { kind: 'create-issue' }>,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  try {
    const { data } = await installation.octokit.request('POST /repos/{owner}/{repo}/issues', {
      owner: effect.repo.owner,
      repo: effect.repo.name,
      title: effect.title,
      body: effect.body,
      labels: [...effect.labels],
      request: { signal: deadline },
    });
    return { status: 'done', result: { kind: 'issue', issue: issueRef(data) } };
  } catch (error) {
    return classifyFailure(error, 'once');
  }
}

export async function editIssue(
  installation: Installation,
  effect: Extract<Effect, { kind: 'edit-issue' }>,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  try {
    await installation.octokit.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
      owner: effect.repo.owner,
      repo: effect.repo.name,
      issue_number: effect.issue,
      ...(effect.body !== null && { body: effect.body }),
      ...(effect.close !== null && { state: 'closed' as const, state_reason: effect.close }),
      request: { signal: deadline },
    });
    return { status: 'done', result: { kind: 'done' } };
  } catch (error) {
    return classifyFailure(error, 'repeat');
  }
}
