import type { Effect, EffectOutcome } from '../engine/ports.ts';
import { classifyFailure, statusOf } from './classify.ts';
import type { Installation } from './installation.ts';
import { rememberOwnName } from './own-name.ts';
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
    rememberOwnName(installation, data);
    return { status: 'done', result: { kind: 'issue', issue: issueRef(data) } };
  } catch (error) {
    // a server of another kind may refuse labels that it does not know; nothing was made then
    const refusedLabels = statusOf(error) === 422 && effect.labels.length > 0 && installation.server.differs();
    if (refusedLabels) return createIssue(installation, { ...effect, labels: [] }, deadline);
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
