/** What a failure leads to: another automatic attempt after a pause, or a human. One row per class. */

import type { Failure, FailureClass } from './attempt.ts';
import { fraction, hash32 } from './hash.ts';
import type { Task } from './model.ts';
import type { Policy } from './plan.ts';

/** Most automatic attempts for a class, within the policy's own cap. 1 = a second try would change nothing. */
const mostAttempts: Readonly<Record<FailureClass, number>> = {
  timeout: 1,
  stalled: 2,
  cancelled: 1,
  crashed: 2,
  spawn_failed: 1,
  no_changes: 2,
  no_outcome: 2,
  policy_violation: 1,
  verify_failed: 2,
  ci_failed: 1,
  merge_conflict: 2,
  pull_closed: 1,
  artifact_missing: 2,
  judged_bad: 1,
  changes_requested: 1,
  outdated: 1,
  github_refused: 1,
};
/** Conflicts of one task in one round; this many are final, so the work is done again at most once less. */
const mostConflicts = 6;

/** Milliseconds since the epoch of the next automatic attempt, or null when a human has to act. */
export function nextTryAt(task: Task, failure: Failure, policy: Policy, now: number): number | null {
  // being sent back, and looking again at what has moved on, are bounded by whoever judges (`judge.ts`)
  const tries = task.attempts.filter(
    ({ round, failure: earlier }) =>
      round === task.round && earlier?.class !== 'changes_requested' && earlier?.class !== 'outdated',
  );
  const earlierConflicts = tries.filter((attempt) => attempt.failure?.class === 'merge_conflict').length;
  const most = Math.min(mostAttempts[failure.class], Math.max(1, policy.attempts));
  // a conflict is nobody's fault: it is counted by itself, and only `attempts: 1` forbids trying again
  const spent =
    failure.class === 'merge_conflict' && policy.attempts > 1
      ? earlierConflicts + 1 >= mostConflicts
      : tries.length - earlierConflicts >= most;
  if (spent) return null;
  const pauseMs = policy.retryDelaySeconds * 1000 * 2 ** (tries.length - 1);
  // jitter of up to a quarter keeps tasks that failed together from starting together
  return now + Math.round(pauseMs * (1 + fraction(`${task.plan.id}.${tries.length}`) / 4));
}

/** Equal failures get equal fingerprints: numbers, hashes and paths' digits are left out. */
function fingerprintOf(failureClass: FailureClass, message: string, evidence: readonly string[]): string {
  const signature = [message, evidence.at(-1) ?? ''].join('\n').replace(/[0-9a-f]{7,40}|\d+/g, '#');
  return hash32(`${failureClass}\n${signature}`);
}

export function makeFailure(failureClass: FailureClass, message: string, evidence: readonly string[]): Failure {
  return { class: failureClass, message, evidence, fingerprint: fingerprintOf(failureClass, message, evidence) };
}
