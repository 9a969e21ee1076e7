/** What the outside says about attempts, pull requests, checks and merges. Only our own branches and numbers count. */

import type { Failure } from './attempt.ts';
import type { Event } from './events.ts';
import type { Orchestration, Task } from './model.ts';
import { makeFailure, nextTryAt } from './retry.ts';
import type { CheckSeen, PullSeen, Signal } from './signals.ts';
import { isOver, lastAttempt, pullOf } from './tasks.ts';

export function attemptFailed(state: Orchestration, task: Task, failure: Failure, now: number): readonly Event[] {
  const policy = state.plan?.policy;
  const retryAt = policy === undefined ? null : nextTryAt(task, failure, policy, now);
  return [{ type: 'attempt-failed', task: task.plan.id, attempt: lastAttempt(task)?.number ?? 0, failure, retryAt }];
}

export function pullSeen(state: Orchestration, seen: PullSeen): readonly Event[] {
  const task = state.tasks.find((one) => pullOf(one)?.number === seen.number || one.branch === seen.headRef);
  if (task === undefined || task.status === 'merged') return [];
  const known = pullOf(task);
  // what was cancelled while its landing was on its way has landed all the same
  if (task.status === 'cancelled' && !(seen.merged && known?.number === seen.number))
    return seen.state === 'closed' && task.openPull?.number === seen.number
      ? [{ type: 'pull-closed', number: seen.number }]
      : [];
  const events: Event[] = [];
  const pull = { number: seen.number, url: seen.url, headSha: seen.headSha };
  if (known === null || known.number !== seen.number) {
    // our request to open it may still be unanswered; a closed one of an earlier life is not ours any more
    if (seen.state !== 'open' || task.status !== 'processing' || lastAttempt(task)?.delivery?.sha !== seen.headSha)
      return [];
    return [{ type: 'pull-opened', task: task.plan.id, pull }];
  }
  if (seen.merged) return seen.mergeSha === null ? [] : [{ type: 'landed', task: task.plan.id, sha: seen.mergeSha }];
  if (seen.state === 'closed') return closedUnmerged(task);
  if (seen.headSha !== known.headSha && movesHead(task, seen.headSha))
    events.push({ type: 'head-moved', task: task.plan.id, pull });
  const approved = seen.reviewed === 'approved';
  if (seen.reviewed !== null && approved !== task.approvedByReview)
    events.push({ type: 'review-seen', task: task.plan.id, approved });
  return events;
}

/** A head older than what we ourselves pushed last is late news, not a move. */
function movesHead(task: Task, sha: string): boolean {
  const pushed = task.attempts.flatMap((attempt) => (attempt.delivery === null ? [] : [attempt.delivery.sha]));
  return !pushed.slice(0, -1).includes(sha);
}

function closedUnmerged(task: Task): readonly Event[] {
  switch (task.status) {
    case 'pr_created':
    case 'validation_running':
    case 'validation_failed':
    case 'validation_passed': {
      const failure = makeFailure(
        'pull_closed',
        `Pull request #${task.pull.number} was closed without being merged.`,
        [],
      );
      return [
        { type: 'attempt-failed', task: task.plan.id, attempt: lastAttempt(task)?.number ?? 0, failure, retryAt: null },
      ];
    }
    case 'dependency_resolution':
    case 'agent_assignment':
    case 'processing':
    case 'failed':
      return task.openPull === null ? [] : [{ type: 'pull-closed', number: task.openPull.number }];
    case 'pending':
    case 'nlp_parsing':
    case 'task_decomposition':
    case 'merged':
    case 'cancelled':
      return [];
  }
}

/** Checks are kept for our branches and the base branch; the push's check may be seen before the push's own outcome. */
export function checkSeen(state: Orchestration, seen: CheckSeen): readonly Event[] {
  const ours =
    seen.branch === state.repo.defaultBranch ||
    state.tasks.some((task) => task.branch === seen.branch || pullOf(task)?.headSha === seen.sha);
  if (!ours) return [];
  const known = state.checks.find((check) => check.sha === seen.sha && check.name === seen.name);
  if (known !== undefined && !isNewer(known, seen)) return [];
  return [{ type: 'check-seen', check: seen }];
}

const order = { queued: 0, in_progress: 1, completed: 2 } as const;

/**
 * A re-run starts again from `queued` under a new URL with a higher number; the same run only moves forward. Late news
 * of an earlier run, or of a second job of the same name, must not take turns with the latest for ever.
 */
function isNewer(known: CheckSeen, seen: CheckSeen): boolean {
  if (known.url !== seen.url) {
    const [before, after] = [runNumber(known.url), runNumber(seen.url)];
    if (before === null || after === null) return true;
    if (before !== after) return after > before;
  }
  if (order[seen.status] !== order[known.status]) return order[seen.status] > order[known.status];
  return known.conclusion !== seen.conclusion || (known.log === '' && seen.log !== '');
}

/** The number at the end of a check's URL; GitHub's grow with time. Null for what other services link to. */
function runNumber(url: string): number | null {
  const digits = /\/(\d+)\/?$/.exec(url)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The master issue closed as not planned by a human: nothing of it is wanted any more. Of sub-issues: see hands.ts. */
export function issueSeen(state: Orchestration, seen: Extract<Signal, { type: 'issue-seen' }>): readonly Event[] {
  if (seen.state !== 'closed' || !seen.notPlanned || seen.number !== state.issue.number) return [];
  return masterDropped(state, seen.closedAt);
}

/** Closed before the run was asked for, it was asked for all the same. */
function masterDropped(state: Orchestration, closedAt: number | null): readonly Event[] {
  const asked = state.requests[0]?.at ?? state.requestedAt;
  const closedSince = closedAt !== null && closedAt >= asked;
  if (!closedSince) return [];
  return cancelAll(state, `closing #${state.issue.number} as not planned`);
}

/** Nothing when nothing goes on. `by` follows "cancelled by". */
export function cancelAll(state: Orchestration, by: string): readonly Event[] {
  if (state.phase === 'finished' || state.phase === 'cancelled' || state.phase === 'refused') return [];
  const going =
    state.phase === 'running' ? state.tasks.filter((task) => !isOver(task) || task.status === 'failed') : [];
  return [
    ...going.map((task): Event => ({ type: 'task-cancelled', task: task.plan.id, reason: `cancelled by ${by}` })),
    { type: 'orchestration-cancelled', by },
  ];
}

/** Milliseconds before a landing that GitHub refused for the moment is tried again; doubles with each refusal. */
const landingPauseMs = 2_000;

export function mergeRefused(
  state: Orchestration,
  task: Task,
  refused: Extract<Signal, { type: 'merge-refused' }>,
  now: number,
): readonly Event[] {
  if (task.status !== 'validation_passed' || task.landing.state !== 'sent' || task.landing.round !== refused.round)
    return [];
  switch (refused.why) {
    case 'conflict': {
      const where = refused.paths.length > 0 ? ` in ${refused.paths.join(', ')}` : '';
      const message = `Pull request #${task.pull.number} conflicts with ${state.repo.defaultBranch}${where}.`;
      return attemptFailed(state, task, makeFailure('merge_conflict', message, refused.paths), now);
    }
    case 'other':
      return attemptFailed(state, task, makeFailure('github_refused', refused.message, []), now);
    case 'head-moved':
    case 'checks':
    case 'not-mergeable': {
      const refusals = Math.max(0, state.landings - countLanded(state) - 1);
      const retryAt = now + landingPauseMs * 2 ** Math.min(5, refusals);
      return [
        {
          type: 'landing-refused',
          task: task.plan.id,
          landing: { state: 'refused', round: refused.round, reason: refused.message, retryAt },
        },
      ];
    }
  }
}

function countLanded(state: Orchestration): number {
  return state.tasks.filter((task) => task.status === 'merged').length;
}
