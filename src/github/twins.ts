/** Removing what a late landing created twice: the oldest stays, the others are unlinked and closed, or deleted. */
import type { Effect } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { statusOf } from './classify.ts';
import type { Installation } from './installation.ts';
import { findMarkedComments, findMarkedIssues, findMarkedSubIssues, type MarkedIssue } from './marked.ts';

/** Returns how many were removed by this call; effects that GitHub itself keeps unique have no twins. */
export async function removeTwins(app: GitHubApp, effect: Effect, deadline: AbortSignal): Promise<number> {
  switch (effect.kind) {
    case 'create-sub-issue': {
      const installation = await app.installationFor(effect.repo);
      const found = await findMarkedSubIssues(installation, await app.identity(), effect, deadline);
      return closeAllButFirst(installation, effect, found, deadline);
    }
    case 'create-issue': {
      const installation = await app.installationFor(effect.repo);
      const found = await findMarkedIssues(installation, await app.identity(), effect, deadline);
      return closeAllButFirst(installation, effect, found, deadline);
    }
    case 'create-comment':
      return deleteCommentTwins(app, effect, deadline);
    case 'check-permission':
    case 'read-plan':
    case 'add-edge':
    case 'edit-comment':
    case 'mark-body':
    case 'edit-issue':
    case 'react':
    case 'open-pull':
    case 'merge-pull':
      return 0;
  }
}

async function closeAllButFirst(
  installation: Installation,
  effect: Extract<Effect, { kind: 'create-sub-issue' | 'create-issue' }>,
  found: readonly MarkedIssue[],
  deadline: AbortSignal,
): Promise<number> {
  const repo = { owner: effect.repo.owner, repo: effect.repo.name, request: { signal: deadline } };
  let removed = 0;
  for (const twin of found.slice(1)) {
    if (effect.kind === 'create-sub-issue' && twin.linked) {
      // A linked twin would count as a task of the parent, closed or not.
      await installation.octokit.request('DELETE /repos/{owner}/{repo}/issues/{issue_number}/sub_issue', {
        ...repo,
        issue_number: effect.parent.number,
        sub_issue_id: twin.ref.id,
      });
    }
    if (!twin.open) continue;
    await installation.octokit.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
      ...repo,
      issue_number: twin.ref.number,
      state: 'closed',
      // not as not planned: should it be the one on record, a sweep in between would take its task for dropped
      state_reason: 'completed',
    });
    removed += 1;
  }
  return removed;
}

async function deleteCommentTwins(
  app: GitHubApp,
  effect: Extract<Effect, { kind: 'create-comment' }>,
  deadline: AbortSignal,
): Promise<number> {
  const installation = await app.installationFor(effect.repo);
  const [, ...twins] = await findMarkedComments(installation, await app.identity(), effect, deadline);
  for (const twin of twins) {
    try {
      await installation.octokit.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', {
        owner: effect.repo.owner,
        repo: effect.repo.name,
        comment_id: twin.id,
        request: { signal: deadline },
      });
    } catch (error) {
      // 404: somebody else removed it in between.
      if (statusOf(error) !== 404) throw error;
    }
  }
  return twins.length;
}
