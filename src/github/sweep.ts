/**
 * Reads back, for one orchestration, what lost webhooks would have said: one GraphQL request for issues, pull requests
 * and checks with the logs of failed ones, and one REST request for comments. Without GraphQL it takes more of them.
 */
import { isSameIssue } from '../core/outside.ts';
import type { PullSeen, Signal } from '../core/signals.ts';
import type { SweepTarget } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { askedByComment } from './asked.ts';
import { askWithBlockers, blockersIn } from './blockers.ts';
import { responseOf } from './classify.ts';
import { listRecentComments } from './comments.ts';
import { readProgress } from './documents.ts';
import { editIn } from './editor.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { listAt, numberAt, optionalTextAt, optionalTimeAt, textAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { graphqlErrors, isRecord } from './limits.ts';
import { askEitherWay } from './missing.ts';
import { mainBlockersIn, seeOutside } from './outside.ts';
import { readProgressByRest } from './progress-rest.ts';
import { askWhoMayWrite, reviewedBy } from './reviews.ts';
import { checksOf } from './rollup.ts';
import { isNotPlanned } from './shapes.ts';

/** For asking who of the reviewers may write. */
const REVIEWERS_MS = 15_000;

export async function sweepOrchestration(
  app: GitHubApp,
  target: SweepTarget,
  secrets: readonly string[],
): Promise<readonly Signal[]> {
  const installation = await app.installationFor(target.repo);
  const issues = [target.issue, ...target.subIssues];
  const repository = await askEitherWay(
    installation.server,
    'readProgress',
    () => readRepository(installation, target, issues),
    () => readProgressByRest(installation, target, issues),
  );
  const outside = await seeOutside(installation, target.outside ?? []);
  const pulls = pullsOf(repository, target);
  const checks = [
    ...checksOf(valueAt(repository, 'base.target'), target.baseBranch, secrets),
    ...[...pulls.values()].flatMap((pull) =>
      checksOf(valueAt(listAt(pull, 'commits.nodes')[0], 'commit'), textAt(pull, 'headRefName'), secrets),
    ),
  ];
  const comments = await listRecentComments(installation, target.repo, target.commentsSince);
  const mayWrite = askWhoMayWrite(installation, target.repo, AbortSignal.timeout(REVIEWERS_MS));
  const seen = [...pulls.values()].map(async (pull) => pullSeen(pull, await reviewedBy(pull, mayWrite)));
  return [
    ...issues.flatMap((_, index) => issueSeen(valueAt(repository, `i${index}`), target)),
    ...blocked(valueAt(repository, 'i0')),
    ...outside.map((issue): Signal => ({ type: 'outside-seen', issue })),
    ...edited(installation, target.issue, valueAt(repository, 'i0')),
    ...edgesSeen(issues.slice(1).map((_, index) => valueAt(repository, `i${index + 1}`))),
    ...(await Promise.all(seen)),
    ...checks.map((check): Signal => ({ type: 'check-seen', check })),
    ...comments
      .filter(({ issue }) => issues.includes(issue))
      .flatMap(({ comment, issue }) => askedByComment(comment, issue)),
  ];
}

/** Of each kind in one request: a pull request brings its checks and reviews, and GitHub refuses half a million nodes. */
const AT_ONCE = 100;

/** One request for a hundred of each; the answers put together as if it had been one. */
async function readRepository(
  installation: Installation,
  target: SweepTarget,
  issues: readonly number[],
): Promise<unknown> {
  const whole: Record<string, unknown> = {};
  const most = Math.max(issues.length, target.branches.length, target.pulls.length);
  for (let from = 0; from < most; from += AT_ONCE) {
    const parts = {
      i: issues.slice(from, from + AT_ONCE),
      b: target.branches.slice(from, from + AT_ONCE),
      p: target.pulls.slice(from, from + AT_ONCE),
    };
    const answer = await readPart(installation, target, parts);
    // what is not about one of them is the same in each
    for (const [name, value] of Object.entries(answer)) {
      const [, kind, index] = /^([ibp])(\d+)$/.exec(name) ?? [];
      whole[kind === undefined ? name : `${kind}${from + Number(index)}`] = value;
    }
  }
  return whole;
}

interface Parts {
  readonly i: readonly number[];
  readonly b: readonly string[];
  readonly p: readonly number[];
}

async function readPart(
  installation: Installation,
  target: SweepTarget,
  { i, b, p }: Parts,
): Promise<Readonly<Record<string, unknown>>> {
  const variables = {
    owner: target.repo.owner,
    name: target.repo.name,
    base: `refs/heads/${target.baseBranch}`,
    ...numbered('i', i),
    ...numbered('b', b),
    ...numbered('p', p),
  };
  const document = readProgress({ issues: i.length, branches: b.length, pulls: p.length });
  try {
    const answer = await askWithBlockers(installation.server, document, (words) =>
      installation.graphql<unknown>(words, variables, undefined),
    );
    const repository = valueAt(answer, 'repository');
    if (!isRecord(repository)) throw new UnexpectedAnswerError('GraphQL answered something other than the repository');
    return repository;
  } catch (error) {
    // An issue that was deleted is an error beside the data of all the others.
    const errors = graphqlErrors(responseOf(error)?.data);
    const partial = error instanceof Error ? valueAt(Reflect.get(error, 'data'), 'repository') : undefined;
    if (partial && errors.every(({ type, path }) => type === 'NOT_FOUND' && path.length > 1) && isRecord(partial))
      return partial;
    throw error;
  }
}

function numbered<T>(prefix: string, values: readonly T[]): Record<string, T> {
  return Object.fromEntries(values.map((value, index) => [`${prefix}${index}`, value]));
}

/** By number, each once; forks may use our branch names and are left out. */
function pullsOf(repository: unknown, target: SweepTarget): ReadonlyMap<number, unknown> {
  const found = [
    ...target.branches.flatMap((_, index) => listAt(repository, `b${index}.nodes`)),
    ...target.pulls.map((_, index) => valueAt(repository, `p${index}`)),
  ];
  const ours = found.filter((pull) => pull && valueAt(pull, 'isCrossRepository') !== true);
  return new Map(ours.map((pull) => [numberAt(pull, 'number'), pull]));
}

function edited(installation: Installation, number: number, issue: unknown): readonly Signal[] {
  const edit = issue ? editIn(installation.server, issue) : null;
  return edit === null ? [] : [{ type: 'issue-edited', number, ...edit }];
}

function blocked(issue: unknown): readonly Signal[] {
  const blockers = issue ? mainBlockersIn(issue) : null;
  return blockers === null ? [] : [{ type: 'blockers-seen', blockers }];
}

/** What the sub-issues wait for. */
function edgesSeen(subIssues: readonly unknown[]): readonly Signal[] {
  const issues = subIssues.flatMap((issue) => {
    const seen = blockersIn(issue);
    return seen === null ? [] : [{ id: Number(valueAt(issue, 'fullDatabaseId')), ...seen }];
  });
  return issues.length === 0 ? [] : [{ type: 'edges-seen', issues }];
}

function issueSeen(issue: unknown, target: SweepTarget): readonly Signal[] {
  if (!issue) return [];
  return [
    {
      type: 'issue-seen',
      number: numberAt(issue, 'number'),
      state: textAt(issue, 'state') === 'OPEN' ? 'open' : 'closed',
      notPlanned: isNotPlanned(optionalTextAt(issue, 'stateReason')),
      closedAt: optionalTimeAt(issue, 'closedAt'),
      ...parentIn(issue, target),
    },
  ];
}

/** Below the master issue, or below an issue that is. */
function parentIn(issue: unknown, { repo, issue: number }: SweepTarget): { readonly parent?: 'here' | 'elsewhere' } {
  if (valueAt(issue, 'parent') === undefined) return {};
  const above = [valueAt(issue, 'parent'), valueAt(issue, 'parent.parent')];
  const here = above.some((one) => {
    if (!one || numberAt(one, 'number') !== number) return false;
    const name = { owner: textAt(one, 'repository.owner.login'), name: textAt(one, 'repository.name') };
    return isSameIssue({ ...name, number }, { ...repo, number });
  });
  return { parent: here ? 'here' : 'elsewhere' };
}

function pullSeen(pull: unknown, reviewed: PullSeen['reviewed']): Signal {
  return {
    type: 'pull-seen',
    pull: {
      number: numberAt(pull, 'number'),
      url: textAt(pull, 'url'),
      headRef: textAt(pull, 'headRefName'),
      headSha: textAt(pull, 'headRefOid'),
      state: textAt(pull, 'state') === 'OPEN' ? 'open' : 'closed',
      merged: valueAt(pull, 'merged') === true,
      mergeSha: optionalTextAt(pull, 'mergeCommit.oid'),
      reviewed,
    },
  };
}
