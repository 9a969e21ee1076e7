/**
 * Hands on sub-issues: people close, reopen and move them. How each stands is a fact, told by webhook or sweep; what
 * follows is read off the facts, so that a lost webhook costs time and nothing else. docs/decisions/012.
 */
import type { Event } from './events.ts';
import { isUntouched } from './evolve-edits.ts';
import type { HandFate, Orchestration, Task } from './model.ts';
import type { Signal } from './signals.ts';
import { subIssueOf } from './tasks.ts';

type IssueSeen = Extract<Signal, { type: 'issue-seen' }>;

/** A sub-issue is not as it was last seen. */
export function subIssueSeen(state: Orchestration, seen: IssueSeen): readonly Event[] {
  if (state.phase !== 'running' && state.phase !== 'finished') return [];
  return state.tasks.flatMap((task) => {
    if (subIssueOf(task)?.number !== seen.number) return [];
    const fate = fateOf(task, seen);
    const placed = seen.parent === 'here' && task.placed !== true ? { placed: true as const } : {};
    // that its landing closed it may have gone unseen
    const again = seen.reopened === true && task.status === 'merged' && task.reopened !== true;
    if (fate === (task.subFate ?? 'open') && placed.placed === undefined && !again) return [];
    return [{ type: 'sub-issue-seen' as const, task: task.plan.id, fate, ...placed }];
  });
}

/** One that never was below the master issue (no room, no such thing on that server) cannot have been taken away. */
function fateOf(task: Task, { state, notPlanned, parent }: IssueSeen): HandFate | 'open' {
  if (state === 'closed') return notPlanned ? 'not-planned' : 'completed';
  if (parent === 'elsewhere') return task.placed === true ? 'moved' : 'open';
  // a webhook does not tell where it is
  return parent === undefined && task.subFate === 'moved' ? 'moved' : 'open';
}

/** What follows from how the sub-issues stand. */
export function settleHands(state: Orchestration): readonly Event[] {
  return state.tasks.flatMap((task) => followed(state, task));
}

function followed(state: Orchestration, task: Task): readonly Event[] {
  const { subFate } = task;
  if (subFate === undefined) return undone(state, task);
  if (task.status === 'merged') return [];
  if (task.status === 'cancelled') {
    // what ended it is no longer how it stands: it ends anew, as whoever sees only the last look would have it
    const isOther = task.because !== undefined && task.because !== subFate;
    const endsAnew = subFate !== 'completed' || task.openPull === null;
    return isOther && endsAnew ? [reopened(task, task.round + 1)] : [];
  }
  switch (subFate) {
    case 'not-planned':
      return [ended(task, subFate)];
    case 'completed':
      // whoever merges its pull request closes it too, and the news of the merge may come later
      return task.openPull === null ? endedOrHeld(state, task, subFate) : [];
    case 'moved':
      return endedOrHeld(state, task, subFate);
  }
}

/** It is open, and where it belongs: what was ended or held because it was not goes on. */
function undone(state: Orchestration, task: Task): readonly Event[] {
  if (task.held !== undefined && isHeldByHand(task))
    return task.status === 'merged' || task.status === 'cancelled'
      ? []
      : [{ type: 'task-released', task: task.plan.id }];
  if (task.status !== 'cancelled' || task.because === undefined || hasHeir(state, task)) return [];
  return [reopened(task, task.round + 1)];
}

/** Its item was put back meanwhile, and became a task of its own. */
function hasHeir(state: Orchestration, task: Task): boolean {
  const own = subIssueOf(task)?.number;
  return state.tasks.some(
    (other) => other.plan.id !== task.plan.id && own !== undefined && subIssueOf(other)?.number === own,
  );
}

function endedOrHeld(state: Orchestration, task: Task, fate: 'completed' | 'moved'): readonly Event[] {
  if (isUntouched(task)) return [ended(task, fate)];
  const reason = wordsFor(fate);
  if (task.held === reason) return [];
  const source = `hand-${task.plan.id}-${state.seq}`;
  const say = { kind: 'held' as const, tasks: [task.plan.id], byHand: true as const };
  return [
    { type: 'task-held', task: task.plan.id, reason },
    { type: 'reply-owed', source, issue: subIssueOf(task)?.number ?? state.issue.number, say },
  ];
}

function ended(task: Task, because: HandFate): Event {
  const dropped = because === 'completed' ? { dropped: true as const } : {};
  const number = subIssueOf(task)?.number ?? '';
  const reason = because === 'not-planned' ? `sub-issue #${number} was closed as not planned` : wordsFor(because);
  return { type: 'task-cancelled', task: task.plan.id, reason, because, ...dropped };
}

function wordsFor(fate: 'completed' | 'moved'): string {
  return fate === 'completed'
    ? 'its sub-issue was closed as completed by hand'
    : 'its sub-issue was moved away from this issue';
}

function isHeldByHand({ held }: Task): boolean {
  return held === wordsFor('completed') || held === wordsFor('moved');
}

/** Its sub-issue was opened again after the end: new work, once somebody asks for it. */
export function isReopened(task: Task): boolean {
  if (task.status === 'merged') return task.reopened === true;
  return task.status === 'cancelled' && task.because !== undefined && task.subFate === undefined;
}

export function reopened(task: Task, round: number): Event {
  // the branch of what has landed may still be there
  const branch = task.status === 'merged' ? { branch: `${task.branch}-r${round}` } : {};
  return { type: 'task-reopened', task: task.plan.id, round, ...branch };
}
