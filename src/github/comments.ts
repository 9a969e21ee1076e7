/** Comments by time, over a whole repository: how commands are found whose webhook was lost. */
import type { RepoName } from '../engine/ports.ts';
import { textAt, timeAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { listAll } from './listing.ts';

export interface RecentComment {
  readonly issue: number;
  readonly comment: unknown;
}

/**
 * Comments on issues created since then (ISO 8601), oldest first. GitHub filters by the last edit, so older ones that
 * were edited are left out here: an edit does not command. Comments on pull requests are left out as in webhooks.
 */
export async function listRecentComments(
  installation: Installation,
  repo: RepoName,
  since: string,
): Promise<readonly RecentComment[]> {
  const rows = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/issues/comments',
    { owner: repo.owner, repo: repo.name, since, sort: 'created', direction: 'asc' },
    undefined,
  );
  // Stored times have whole seconds, `since` may not.
  const from = Math.floor(Date.parse(since) / 1000) * 1000;
  return rows
    .filter((comment) => timeAt(comment, 'created_at') >= from && !textAt(comment, 'html_url').includes('/pull/'))
    .map((comment) => ({ issue: issueNumber(comment), comment }))
    .sort((a, b) => timeAt(a.comment, 'created_at') - timeAt(b.comment, 'created_at'));
}

function issueNumber(comment: unknown): number {
  return Number(textAt(comment, 'issue_url').split('/').at(-1));
}
