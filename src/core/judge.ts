/**
 * Tasks that judge: reviews and validations say pass or fail, analyses choose a branch. A verdict is about exactly one
 * commit; it is kept until what it judged has landed, and given again when that has moved on.
 */

import type { Delivery } from './attempt.ts';
import { attemptFailed } from './decide-work.ts';
import type { Event } from './events.ts';
import type { Orchestration, Task } from './model.ts';
import type { TaskId } from './plan.ts';
import { makeFailure } from './retry.ts';
import { deliveryOf, findTask, lastAttempt } from './tasks.ts';

/** The branch of every outcome that no other branch names. */
export const otherwise = 'else';

const usualSendBacks = 2;

/** The tasks that judge this one. */
export function judgesOf(state: Orchestration, id: TaskId): readonly Task[] {
  return state.tasks.filter((task) => task.plan.judges?.includes(id) === true);
}

/** What it says about this commit; null while it says nothing. */
export function judgementOn(judge: Task, sha: string): 'pass' | 'fail' | null {
  if (judge.status !== 'processing' && judge.status !== 'merged') return null;
  const delivery = deliveryOf(judge);
  return delivery?.sha === sha ? (delivery.outcome?.verdict ?? null) : null;
}

/** What follows from the outcome of a task that lands nothing. */
export function judged(state: Orchestration, task: Task, delivery: Delivery, now: number): readonly Event[] {
  const aimed = (task.plan.judges ?? []).flatMap((id) => findTask(state, id) ?? []);
  const open = aimed.filter(({ status }) => status !== 'merged' && status !== 'cancelled');
  const outcome = delivery.outcome;
  if (outcome === undefined)
    return attemptFailed(state, task, makeFailure('no_outcome', 'No outcome was recorded.', []), now);
  if (task.plan.role === 'analyze' && outcome.verdict === 'pass') return analysed(state, task, outcome.outcome, now);
  if (open.some((one) => one.status !== 'validation_passed' || one.pull.headSha !== delivery.sha))
    return open.every((one) => one.status === 'validation_passed') || outcome.verdict === 'fail'
      ? [startAgain(task, 'outdated', 'What it judged has moved on.', [], now)]
      : [];
  if (outcome.verdict === 'pass') return open.length > 0 ? [] : [{ type: 'task-concluded', task: task.plan.id }];
  return rejected(task, open, outcome.notes, now);
}

/** Sent back while there are rounds left for it; then its no is final, and people decide. */
function rejected(task: Task, open: readonly Task[], notes: string, now: number): readonly Event[] {
  const lines = notes.split('\n').filter((line) => line.trim() !== '');
  const message = `The ${task.plan.role} "${task.plan.title}" says no.`;
  const earlier = task.attempts.filter(
    ({ round, failure }) => round === task.round && failure?.class === 'judged_bad',
  ).length;
  const sent = open.length > 0 && earlier < (task.plan.sendBacks ?? usualSendBacks);
  if (!sent)
    return [
      {
        type: 'attempt-failed',
        task: task.plan.id,
        attempt: lastAttempt(task)?.number ?? 0,
        failure: makeFailure('judged_bad', message, lines),
        retryAt: null,
      },
    ];
  return [
    startAgain(task, 'judged_bad', message, lines, now),
    ...open.map((one) => startAgain(one, 'changes_requested', message, lines, now)),
  ];
}

/** Work that this task's final no holds up, as it was judged: what somebody has mended since is only judged again. */
export function heldUpBy(state: Orchestration, judge: Task): readonly Task[] {
  const sha = deliveryOf(judge)?.sha;
  if (!saidNo(judge)) return [];
  return (judge.plan.judges ?? [])
    .flatMap((id) => findTask(state, id) ?? [])
    .filter((one) => one.status === 'validation_passed' && one.pull.headSha === sha);
}

/** The judges whose final no keeps this task from landing. */
export function saysNoTo(state: Orchestration, id: TaskId): readonly Task[] {
  return judgesOf(state, id).filter(saidNo);
}

function saidNo(judge: Task): boolean {
  return judge.status === 'failed' && judge.retryAt === null && judge.failure.class === 'judged_bad';
}

/** A person wants another round after a final no: what was judged goes back with the notes, to be judged again. */
export function sendBack(state: Orchestration, judge: Task, now: number): readonly AttemptFailed[] {
  if (judge.status !== 'failed') return [];
  const { failure } = judge;
  return heldUpBy(state, judge).map((one) =>
    startAgain(one, 'changes_requested', failure.message, failure.evidence, now),
  );
}

type AttemptFailed = Extract<Event, { type: 'attempt-failed' }>;

/** A failure that is nobody's: tried again at once, and not counted against the attempts. */
export function startAgain(
  task: Task,
  failureClass: 'outdated' | 'judged_bad' | 'changes_requested',
  message: string,
  evidence: readonly string[],
  now: number,
): AttemptFailed {
  const failure = makeFailure(failureClass, message, evidence);
  return { type: 'attempt-failed', task: task.plan.id, attempt: lastAttempt(task)?.number ?? 0, failure, retryAt: now };
}

/** The branches that an analysis may choose; empty when nothing hangs on it. */
export function branchesOf(state: Orchestration, id: TaskId): readonly string[] {
  const named = state.tasks.flatMap(({ plan: { chosenBy } }) => (chosenBy?.task === id ? [chosenBy.outcome] : []));
  return [...new Set(named)];
}

function analysed(state: Orchestration, task: Task, outcome: string, now: number): readonly Event[] {
  const branches = branchesOf(state, task.plan.id);
  const chosen = branches.length === 0 || chosenBranch(branches, outcome) !== null;
  if (chosen) return [{ type: 'task-concluded', task: task.plan.id }];
  const message = `The outcome "${harmless(outcome)}" is none of the branches: ${branches.join(', ')}.`;
  return attemptFailed(state, task, makeFailure('no_outcome', message, []), now);
}

function chosenBranch(branches: readonly string[], outcome: string): string | null {
  const wanted = plain(outcome);
  const named = branches.find((branch) => plain(branch) === wanted);
  return named ?? (branches.includes(otherwise) ? otherwise : null);
}

/** What an agent wrote, as words that no page reads as anything else. */
function harmless(outcome: string): string {
  return outcome
    .replace(/[^\p{L}\p{N}_.-]+/gu, ' ')
    .trim()
    .slice(0, 80);
}

function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');
}

/** Nothing, or that the analysis it hangs on chose another branch. */
export function unchosen(state: Orchestration, task: Task): readonly Event[] {
  const { chosenBy } = task.plan;
  const analysis = chosenBy === undefined ? undefined : findTask(state, chosenBy.task);
  if (chosenBy === undefined || analysis?.status !== 'merged') return [];
  const found = deliveryOf(analysis)?.outcome?.outcome ?? '';
  if (chosenBranch(branchesOf(state, chosenBy.task), found) === chosenBy.outcome) return [];
  const reason = `not chosen: the analysis found ${found === '' ? 'nothing' : `"${harmless(found)}"`}`;
  return [{ type: 'task-cancelled', task: task.plan.id, reason, notChosen: true }];
}
