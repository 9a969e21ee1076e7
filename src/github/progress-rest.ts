/**
 * The sweep without GraphQL: the same answer as `readProgress`, put together from REST. One list of issues and one of
 * pull requests say most of it; checks and reviews are asked of each open pull request.
 */
import type { RepoName, SweepTarget } from '../engine/ports.ts';
import { blockedByOverRest } from './blockers.ts';
import { messageOf } from './classify.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { listAt, numberAt, optionalTextAt, textAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { isRecord } from './limits.ts';
import { listAll } from './listing.ts';
import { askIfThere } from './missing.ts';
import { mainBlockersOverRest } from './outside.ts';
import { getIn, headOf, probeIssueRoutes, unlessGone } from './rest.ts';
import { isPullRequest, isSameRepository } from './shapes.ts';
import { someAtOnce } from './some-at-once.ts';

/** GraphQL's `repository` of `readProgress`. */
export async function readProgressByRest(
  installation: Installation,
  target: SweepTarget,
  issues: readonly number[],
): Promise<unknown> {
  const { repo } = target;
  await probeIssueRoutes(installation, repo, target.issue);
  const found = await findIssues(installation, repo, issues);
  const shapes = new Map(
    await someAtOnce([...found], async ([number, issue]) => {
      const blockedBy =
        number === target.issue
          ? ((await mainBlockersOverRest(installation, { ...repo, number }, issue)) ?? undefined)
          : await blockedByOverRest(installation, repo, issue);
      return [number, { ...issueShape(issue), blockedBy }] as const;
    }),
  );
  const pulls = await findPulls(installation, target);
  const base = await headOf(installation, repo, target.baseBranch);
  // first of a commit that certainly exists, so that a missing route is known by it
  const baseChecks = base === null ? null : await rollupOf(installation, repo, base);
  const shaped = new Map(
    await someAtOnce([...pulls.values()], async (pull) => {
      const shape = await pullShape(installation, repo, pull);
      return [numberAt(pull, 'number'), shape] as const;
    }),
  );
  const numbersOf = (branch: string): readonly number[] =>
    [...pulls].filter(([, pull]) => optionalTextAt(pull, 'head.ref') === branch).map(([number]) => number);
  return Object.fromEntries([
    ['base', base === null ? null : { target: { oid: base, statusCheckRollup: baseChecks } }],
    ...issues.map((number, index) => [`i${index}`, shapes.get(number) ?? null]),
    ...target.branches.map((branch, index) => [
      `b${index}`,
      { nodes: numbersOf(branch).map((number) => shaped.get(number)) },
    ]),
    ...target.pulls.map((number, index) => [`p${index}`, shaped.get(number) ?? null]),
  ]);
}

/** The newest of the list in one request, the others one by one; what is gone is left out. */
async function findIssues(
  installation: Installation,
  repo: RepoName,
  wanted: readonly number[],
): Promise<ReadonlyMap<number, unknown>> {
  const listed =
    wanted.length < 3
      ? []
      : await getIn(installation, repo, '/issues', {
          state: 'all',
          sort: 'created',
          direction: 'desc',
          per_page: 100,
        });
  const found = new Map<number, unknown>();
  for (const issue of listAt(listed, ''))
    if (!isPullRequest(issue) && wanted.includes(numberAt(issue, 'number')))
      found.set(numberAt(issue, 'number'), issue);
  const missing = wanted.filter((number) => !found.has(number));
  await someAtOnce(missing, async (number) => {
    const issue = await unlessGone(getIn(installation, repo, '/issues/{issue_number}', { issue_number: number }));
    if (issue !== null) found.set(number, issue);
  });
  return found;
}

function issueShape(issue: unknown) {
  return {
    fullDatabaseId: String(numberAt(issue, 'id')),
    number: numberAt(issue, 'number'),
    state: textAt(issue, 'state').toUpperCase(),
    stateReason: optionalTextAt(issue, 'state_reason')?.toUpperCase() ?? null,
    closedAt: optionalTextAt(issue, 'closed_at'),
  };
}

/** Of our branches and numbers, by number; forks may use our branch names and are left out. */
async function findPulls(installation: Installation, target: SweepTarget): Promise<ReadonlyMap<number, unknown>> {
  const { repo } = target;
  const found = new Map<number, unknown>();
  if (target.branches.length + target.pulls.length === 0) return found;
  const newest = { state: 'all', sort: 'created', direction: 'desc', per_page: 100 };
  const listed = listAt(await getIn(installation, repo, '/pulls', newest), '');
  const take = (pull: unknown): void => {
    if (isSameRepository(pull, repo)) found.set(numberAt(pull, 'number'), pull);
  };
  for (const pull of listed) {
    const ours = target.branches.includes(textAt(pull, 'head.ref')) || target.pulls.includes(numberAt(pull, 'number'));
    if (ours) take(pull);
  }
  if (listed.length < newest.per_page) {
    await someAtOnce(
      target.pulls.filter((number) => !found.has(number)),
      async (number) => {
        const pull = await unlessGone(getIn(installation, repo, '/pulls/{pull_number}', { pull_number: number }));
        if (pull !== null) take(pull);
      },
    );
    return found;
  }
  const heads = new Set([...found.values()].map((pull) => textAt(pull, 'head.ref')));
  await someAtOnce(
    target.branches.filter((branch) => !heads.has(branch)),
    async (branch) => {
      const rows = await listAll(
        installation.octokit,
        '/repos/{owner}/{repo}/pulls',
        { owner: repo.owner, repo: repo.name, state: 'all', head: `${repo.owner}:${branch}` },
        undefined,
      );
      for (const pull of rows) if (textAt(pull, 'head.ref') === branch) take(pull);
    },
  );
  return found;
}

async function pullShape(installation: Installation, repo: RepoName, pull: unknown): Promise<unknown> {
  const number = numberAt(pull, 'number');
  const sha = textAt(pull, 'head.sha');
  const open = textAt(pull, 'state') === 'open';
  const merged = valueAt(pull, 'merged') === true || optionalTextAt(pull, 'merged_at') !== null;
  const [rollup, reviews] = open
    ? await Promise.all([rollupOf(installation, repo, sha), reviewsOf(installation, repo, number)])
    : [null, []];
  return {
    number,
    url: optionalTextAt(pull, 'html_url') ?? '',
    state: merged ? 'MERGED' : open ? 'OPEN' : 'CLOSED',
    merged,
    headRefName: textAt(pull, 'head.ref'),
    headRefOid: sha,
    reviews: { nodes: reviews },
    isCrossRepository: false,
    mergeCommit: merged ? { oid: optionalTextAt(pull, 'merge_commit_sha') } : null,
    commits: { nodes: [{ commit: { oid: sha, statusCheckRollup: rollup } }] },
  };
}

async function reviewsOf(installation: Installation, repo: RepoName, number: number): Promise<readonly unknown[]> {
  const { server } = installation;
  const rows = await askIfThere(
    server,
    'reviews',
    () =>
      listAll(
        installation.octokit,
        '/repos/{owner}/{repo}/pulls/{pull_number}/reviews',
        { owner: repo.owner, repo: repo.name, pull_number: number },
        undefined,
      ),
    (error) => {
      if (error !== null) server.learn('reviews', messageOf(error));
      return [];
    },
  );
  return rows.map((review) => ({
    state: textAt(review, 'state').toUpperCase(),
    author: {
      login: optionalTextAt(review, 'user.login'),
      __typename: optionalTextAt(review, 'user.type') === 'Bot' ? 'Bot' : 'User',
    },
    commit: { oid: optionalTextAt(review, 'commit_id') },
  }));
}

/** GraphQL's `statusCheckRollup` of a commit; null when it has no checks. */
export async function rollupOf(installation: Installation, repo: RepoName, sha: string): Promise<unknown> {
  const [runs, statuses] = await Promise.all([
    checkRunsOf(installation, repo, sha),
    statusesOf(installation, repo, sha),
  ]);
  const nodes = [...runs, ...statuses];
  return nodes.length === 0 ? null : { contexts: { nodes } };
}

/** The newest of each name: not every server leaves out the runs that were repeated. */
async function checkRunsOf(installation: Installation, repo: RepoName, sha: string): Promise<readonly unknown[]> {
  const { server } = installation;
  const rows = await askIfThere(
    server,
    'check-runs',
    () =>
      listAll(
        installation.octokit,
        '/repos/{owner}/{repo}/commits/{ref}/check-runs',
        { owner: repo.owner, repo: repo.name, ref: sha },
        undefined,
        'check_runs',
      ),
    (error) => {
      if (error !== null) server.learn('check-runs', messageOf(error));
      return [];
    },
  );
  const newest = new Map<string, unknown>();
  for (const run of [...rows].sort((a, b) => numberAt(a, 'id') - numberAt(b, 'id')))
    newest.set(textAt(run, 'name'), run);
  return [...newest.values()].map((run) => ({
    __typename: 'CheckRun',
    name: textAt(run, 'name'),
    status: textAt(run, 'status'),
    conclusion: optionalTextAt(run, 'conclusion'),
    url: optionalTextAt(run, 'html_url') ?? optionalTextAt(run, 'details_url') ?? '',
    title: optionalTextAt(run, 'output.title'),
    summary: optionalTextAt(run, 'output.summary'),
    text: optionalTextAt(run, 'output.text'),
  }));
}

function idOf(status: unknown): number {
  return valueAt(status, 'id') === undefined ? 0 : numberAt(status, 'id');
}

async function statusesOf(installation: Installation, repo: RepoName, sha: string): Promise<readonly unknown[]> {
  const { server } = installation;
  const combined = await askIfThere<unknown>(
    server,
    'commit-statuses',
    async () => {
      const answer = await getIn(installation, repo, '/commits/{ref}/status', { ref: sha, per_page: 100 });
      if (!isRecord(answer)) throw new UnexpectedAnswerError('no combined status');
      return answer;
    },
    (error) => {
      if (error !== null) server.learn('commit-statuses', messageOf(error));
      return { statuses: [] };
    },
  );
  const rows = listAt({ statuses: [], ...(isRecord(combined) && combined) }, 'statuses');
  const newest = new Map<string, unknown>();
  // GitHub lists the newest of each name alone; where others come too, theirs is the lower number
  for (const status of [...rows].sort((a, b) => idOf(a) - idOf(b))) newest.set(textAt(status, 'context'), status);
  return [...newest.values()].map((status) => ({
    __typename: 'StatusContext',
    context: textAt(status, 'context'),
    state: textAt(status, 'state').toUpperCase(),
    targetUrl: optionalTextAt(status, 'target_url'),
    description: optionalTextAt(status, 'description'),
  }));
}
