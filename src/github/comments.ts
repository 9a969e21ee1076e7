/** Comments by time, over a whole repository: how commands are found whose webhook was lost. */
import type { RepoName } from '../engine/ports.ts';
import { numberAt, optionalTextAt, optionalTimeAt, textAt, timeAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { listAll } from './listing.ts';
import { askIfThere } from './missing.ts';
import { isPullRequest } from './shapes.ts';
import { someAtOnce } from './some-at-once.ts';

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
  const where = { owner: repo.owner, repo: repo.name, since };
  const rows = await askIfThere(
    installation.server,
    'issues/comments',
    () =>
      listAll(
        installation.octokit,
        '/repos/{owner}/{repo}/issues/comments',
        { ...where, sort: 'created', direction: 'asc' },
        undefined,
      ),
    () => listByIssue(installation, where),
  );
  // Stored times have whole seconds, `since` may not.
  const from = Math.floor(Date.parse(since) / 1000) * 1000;
  return rows
    .filter(
      (comment) =>
        timeAt(comment, 'created_at') >= from && !(optionalTextAt(comment, 'html_url') ?? '').includes('/pull/'),
    )
    .map((comment) => ({ issue: issueNumber(comment), comment }))
    .sort((a, b) => timeAt(a.comment, 'created_at') - timeAt(b.comment, 'created_at'));
}

/** Where comments cannot be listed over a whole repository: those of the issues that changed since then. */
async function listByIssue(
  installation: Installation,
  where: { readonly owner: string; readonly repo: string; readonly since: string },
): Promise<readonly unknown[]> {
  const issues = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/issues',
    { ...where, state: 'all' },
    undefined,
  );
  const since = Date.parse(where.since);
  // not every server heeds the filter
  const talked = issues.filter(
    (issue) =>
      !isPullRequest(issue) &&
      valueAt(issue, 'comments') !== 0 &&
      (optionalTimeAt(issue, 'updated_at') ?? since) >= Math.floor(since / 1000) * 1000,
  );
  const found = await someAtOnce(talked, (issue) =>
    listAll(
      installation.octokit,
      '/repos/{owner}/{repo}/issues/{issue_number}/comments',
      { ...where, issue_number: numberAt(issue, 'number') },
      undefined,
    ).then((rows) => rows.map((row) => Object.assign({ issue_url: `/${numberAt(issue, 'number')}` }, row))),
  );
  return found.flat();
}

function issueNumber(comment: unknown): number {
  const address = optionalTextAt(comment, 'issue_url') ?? textAt(comment, 'html_url').split('#')[0] ?? '';
  return Number(address.split('/').at(-1));
}
