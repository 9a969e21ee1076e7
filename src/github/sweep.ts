/**
 * Reads back, for one orchestration, what lost webhooks would have said: one GraphQL request for issues, pull requests
 * and checks with the logs of failed ones, and one REST request for comments. Without GraphQL it takes more of them.
 */
import { isSameIssue } from '../core/outside.ts';
import type { PullSeen, Signal } from '../core/signals.ts';
import type { SweepTarget } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { askedByComment } from './asked.ts';
import { responseOf } from './classify.ts';
import { listRecentComments } from './comments.ts';
import { readProgress } from './documents.ts';
import { editIn } from './editor.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { listAt, numberAt, optionalTextAt, optionalTimeAt, textAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { graphqlErrors, isRecord } from './limits.ts';
import { askEitherWay } from './missing.ts';
import { blockersIn, seeOutside } from './outside.ts';
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
    ...(await Promise.all(seen)),
    ...checks.map((check): Signal => ({ type: 'check-seen', check })),
    ...comments
      .filter(({ issue }) => issues.includes(issue))
      .flatMap(({ comment, issue }) => askedByComment(comment, issue)),
  ];
}

async function readRepository(
  installation: Installation,
  target: SweepTarget,
  issues: readonly number[],
): Promise<unknown> {
  const variables = {
    owner: target.repo.owner,
    name: target.repo.name,
    base: `refs/heads/${target.baseBranch}`,
    ...numbered('i', issues),
    ...numbered('b', target.branches),
    ...numbered('p', target.pulls),
  };
  const document = readProgress({
    issues: issues.length,
    branches: target.branches.length,
    pulls: target.pulls.length,
  });
  try {
    const repository = valueAt(await installation.graphql<unknown>(document, variables, undefined), 'repository');
    if (!isRecord(repository)) throw new UnexpectedAnswerError('GraphQL answered something other than the repository');
    return repository;
  } catch (error) {
    // An issue that was deleted is an error beside the data of all the others.
    const errors = graphqlErrors(responseOf(error)?.data);
    const partial = error instanceof Error ? valueAt(Reflect.get(error, 'data'), 'repository') : undefined;
    if (partial && errors.every(({ type, path }) => type === 'NOT_FOUND' && path.length > 1)) return partial;
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
  const blockers = issue ? blockersIn(issue) : null;
  return blockers === null ? [] : [{ type: 'blockers-seen', blockers }];
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
