/** When a need is met, and where a task starts that does not wait for the landing. */
import type { Failure } from './attempt.ts';
import type { Orchestration, PullRef, Task } from './model.ts';
import type { PlannedEdge } from './plan.ts';
import { deliveryOf, edgesFrom, findTask, isWaivedFor, pullOf } from './tasks.ts';

/** What nobody chose is not waited for. A start can be made from one unlanded head only: the others have to land. */
export function isMet(state: Orchestration, task: Task, edge: PlannedEdge, other: Task): boolean {
  if (other.status === 'merged' || isWaivedFor(other)) return true;
  if (!isGoodEnough(other, edge.until ?? 'merged')) return false;
  return unlandedNeeds(state, task).length === 1;
}

/** The open pull request that a task starts from: its one need that is good enough without having landed. */
export function startsFrom(
  state: Orchestration,
  task: Task,
): { readonly branch: string; readonly pull: PullRef } | null {
  const [only, ...more] = unlandedNeeds(state, task);
  const pull = only === undefined ? null : pullOf(only);
  return only === undefined || pull === null || more.length > 0 ? null : { branch: only.branch, pull };
}

function unlandedNeeds(state: Orchestration, task: Task): readonly Task[] {
  return edgesFrom(state, task.plan.id, 'needs')
    .map(({ to }) => findTask(state, to))
    .filter((other): other is Task => other !== undefined && other.status !== 'merged' && !isWaivedFor(other));
}

/** A red head after an approval is not built on. */
function isGoodEnough(other: Task, until: 'merged' | 'approved' | 'pr-green'): boolean {
  if (other.status !== 'validation_passed') return false;
  return until === 'pr-green' || (until === 'approved' && other.approvedByReview);
}

/** What a judge wants changed in the work delivered last; while this stands, attempts go on from the task's own branch. */
export function sentBackWith(task: Task): Failure | null {
  const delivered = task.attempts.slice(0, -1).findLast(({ delivery }) => delivery !== null);
  const failure = delivered?.failure ?? null;
  return task.openPull !== null && failure?.class === 'changes_requested' ? failure : null;
}

/** It started from a head of what it needs that is not the one that landed: what is gone from there must not come back. */
export function isBuiltOnOldHead(state: Orchestration, task: Task): boolean {
  const base = deliveryOf(task)?.baseSha;
  return edgesFrom(state, task.plan.id, 'needs').some(({ to, until }) => {
    const other = until === undefined || until === 'merged' ? undefined : findTask(state, to);
    if (other?.status !== 'merged' || other.pull === null || other.pull.headSha === base) return false;
    return other.attempts.some(({ delivery }) => delivery?.sha === base);
  });
}
