/**
 * Issues and pull requests that a plan waits for, in any repository: by GraphQL many to a request, else one by one. What
 * is not there, or not for this App to see, is `unreadable`: GitHub does not tell the two apart.
 */
import type { OutsideIssue, OutsideName, OutsideState } from '../core/plan.ts';
import type { SweepTarget } from '../engine/ports.ts';
import { nameOf, repositoryIn } from './blockers.ts';
import { responseOf, statusOf } from './classify.ts';
import { readOutside } from './documents.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { listAt, numberAt, optionalTextAt, textAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { graphqlErrors, isRecord } from './limits.ts';
import { listAll } from './listing.ts';
import { askEitherWay, isForbidden } from './missing.ts';
import { getIn } from './rest.ts';
import { isPullRequest } from './shapes.ts';
import { someAtOnce } from './some-at-once.ts';

/** A request with more of them costs GitHub too much at once. */
const MOST_AT_ONCE = 50;

export async function seeOutside(
  installation: Installation,
  wanted: NonNullable<SweepTarget['outside']>,
): Promise<readonly OutsideIssue[]> {
  const seen: OutsideIssue[] = [];
  for (let at = 0; at < wanted.length; at += MOST_AT_ONCE) {
    const some = wanted.slice(at, at + MOST_AT_ONCE);
    seen.push(
      ...(await askEitherWay(
        installation.server,
        'readOutside',
        () => seeByGraphql(installation, some),
        () => seeByRest(installation, some),
      )),
    );
  }
  return seen;
}

async function seeByGraphql(
  installation: Installation,
  wanted: readonly OutsideName[],
): Promise<readonly OutsideIssue[]> {
  const variables = Object.fromEntries(
    wanted.flatMap(({ owner, name, number }, at) => [
      [`o${at}`, owner],
      [`n${at}`, name],
      [`i${at}`, number],
    ]),
  );
  const answer = await partly(installation.graphql<unknown>(readOutside(wanted.length), variables, undefined));
  return wanted.map(({ owner, name, number }, at) => {
    const found = valueAt(answer, `r${at}.issueOrPullRequest`);
    return { owner, name, number, state: found ? graphqlState(found) : 'unreadable' };
  });
}

/** One that cannot be read is an error beside the data of all the others. */
async function partly(asking: Promise<unknown>): Promise<unknown> {
  try {
    const answer = await asking;
    if (!isRecord(answer)) throw new UnexpectedAnswerError('GraphQL answered something other than issues');
    return answer;
  } catch (error) {
    const errors = graphqlErrors(responseOf(error)?.data);
    const partial = error instanceof Error ? Reflect.get(error, 'data') : undefined;
    const closed = errors.every(({ type, path }) => (type === 'NOT_FOUND' || type === 'FORBIDDEN') && path.length > 0);
    if (isRecord(partial) && errors.length > 0 && closed) return partial;
    throw error;
  }
}

function graphqlState(found: unknown): OutsideState {
  const pullState = optionalTextAt(found, 'pullState');
  if ((pullState ?? textAt(found, 'state')) === 'OPEN') return 'open';
  if (pullState !== null) return pullState === 'MERGED' ? 'done' : 'dropped';
  return closedState(optionalTextAt(found, 'stateReason'));
}

/** What was closed before there were reasons counts as done, as it does for GitHub. */
function closedState(reason: string | null): OutsideState {
  return reason === null || reason.toLowerCase() === 'completed' ? 'done' : 'dropped';
}

function seeByRest(installation: Installation, wanted: readonly OutsideName[]): Promise<readonly OutsideIssue[]> {
  return someAtOnce(wanted, async ({ owner, name, number }) => {
    const repo = { owner, name };
    try {
      const issue = await getIn(installation, repo, '/issues/{issue_number}', { issue_number: number });
      return { ...repo, number, state: restState(issue) };
    } catch (error) {
      if (statusOf(error) !== 404 && statusOf(error) !== 410 && !isForbidden(error)) throw error;
      return { ...repo, number, state: 'unreadable' as const };
    }
  });
}

function restState(issue: unknown): OutsideState {
  if (textAt(issue, 'state') === 'open') return 'open';
  if (!isPullRequest(issue)) return closedState(optionalTextAt(issue, 'state_reason'));
  const merged = valueAt(issue, 'pull_request.merged') === true;
  return merged || optionalTextAt(issue, 'pull_request.merged_at') !== null ? 'done' : 'dropped';
}

/** The other ends of `blockedBy`; null where the server did not tell. */
export function mainBlockersIn(issue: unknown): readonly OutsideName[] | null {
  if (!isRecord(valueAt(issue, 'blockedBy'))) return null;
  return listAt(issue, 'blockedBy.nodes').flatMap((node) => (node ? [nameOf(node)] : []));
}

/**
 * `blockedBy` over REST, in GraphQL's shape; null where the server has no such thing. `issue` is as REST shows it: one that
 * says that nothing blocks it costs no request.
 */
export async function mainBlockersOverRest(
  installation: Installation,
  { owner, name, number }: OutsideName,
  issue: unknown,
  deadline?: AbortSignal,
): Promise<unknown> {
  if (installation.server.lacks('dependencies')) return null;
  if (valueAt(issue, 'issue_dependencies_summary.total_blocked_by') === 0) return { nodes: [] };
  const rows = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by',
    { owner, repo: name, issue_number: number },
    deadline,
  );
  return {
    nodes: rows.map((row) => ({ number: numberAt(row, 'number'), repository: repositoryIn(row, { owner, name }) })),
  };
}
