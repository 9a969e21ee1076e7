/**
 * The merge train, as a pure choice: what lands next, and why. Sequential and topological: one landing at a time, on
 * exactly the commit that was validated, never past a declared edge. The same predicates answer `why`.
 */

import { judgementOn, judgesOf } from './judge.ts';
import type { Orchestration, Task } from './model.ts';
import { type OpenOutside, openOutside } from './outside.ts';
import type { TaskId } from './plan.ts';
import { pathLengths } from './schedule.ts';
import { edgesFrom, findTask, isOver, isWaivedFor } from './tasks.ts';

export type LandBlocker =
  | { readonly kind: 'not-validated' }
  | { readonly kind: 'edge'; readonly task: TaskId; readonly edge: 'needs' | 'lands-after' }
  /** To land after something that is none of the plan's tasks. */
  | { readonly kind: 'outside'; readonly issue: OpenOutside }
  /** A review or validation has not said pass about exactly this commit. */
  | { readonly kind: 'judge'; readonly task: TaskId }
  | { readonly kind: 'merge-policy'; readonly policy: 'manual' | 'on-approval' }
  | { readonly kind: 'unverified' }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'paused'; readonly by: string }
  | { readonly kind: 'pause'; readonly until: number; readonly reason: string }
  | { readonly kind: 'train'; readonly landing: TaskId };

export interface NextLanding {
  readonly task: TaskId;
  readonly round: number;
  readonly reason: string;
}

/** What lands next, or null when nothing can. Deterministic. */
export function nextLanding(state: Orchestration, now: number): NextLanding | null {
  if (state.phase !== 'running') return null;
  const able = state.tasks.filter(
    (task) => task.status === 'validation_passed' && landBlockers(state, task, now).length === 0,
  );
  const length = pathLengths(state);
  const [first] = [...able].sort((a, b) => (length.get(b.plan.id) ?? 0) - (length.get(a.plan.id) ?? 0));
  if (first === undefined) return null;
  return { task: first.plan.id, round: state.landings + 1, reason: reasonFor(state, first, able.length) };
}

/** Everything that keeps a task from landing now; empty exactly when `nextLanding` may choose it. */
export function landBlockers(state: Orchestration, task: Task, now: number): readonly LandBlocker[] {
  if (task.status !== 'validation_passed') return [{ kind: 'not-validated' }];
  const blockers: LandBlocker[] = [];
  for (const kind of ['needs', 'lands-after'] as const)
    for (const edge of edgesFrom(state, task.plan.id, kind)) {
      const other = findTask(state, edge.to);
      const free =
        other === undefined ||
        other.status === 'merged' ||
        isWaivedFor(other) ||
        (kind === 'lands-after' && other.status === 'cancelled');
      if (!free) blockers.push({ kind: 'edge', task: edge.to, edge: kind });
    }
  for (const issue of openOutside(state, task, 'lands-after')) blockers.push({ kind: 'outside', issue });
  for (const judge of judgesOf(state, task.plan.id))
    if (judge.status !== 'cancelled' && judgementOn(judge, task.pull.headSha) !== 'pass')
      blockers.push({ kind: 'judge', task: judge.plan.id });
  const policy = state.plan?.policy;
  if (policy !== undefined && state.mergeAllowedBy === null && task.mergeAllowedBy === null) {
    if (policy.merge === 'manual' || (policy.merge === 'on-approval' && !task.approvedByReview))
      blockers.push({ kind: 'merge-policy', policy: policy.merge });
    else if (task.basis === 'unverified' && !policy.allowUnverified) blockers.push({ kind: 'unverified' });
  }
  if (task.held !== undefined) blockers.push({ kind: 'held', reason: task.held });
  if (state.pausedBy !== null) blockers.push({ kind: 'paused', by: state.pausedBy });
  if (task.landing.state === 'refused' && task.landing.retryAt > now)
    blockers.push({ kind: 'pause', until: task.landing.retryAt, reason: task.landing.reason });
  const ahead = state.tasks.find((other) => other.status === 'validation_passed' && other.landing.state === 'sent');
  if (ahead !== undefined) blockers.push({ kind: 'train', landing: ahead.plan.id });
  return blockers;
}

function reasonFor(state: Orchestration, task: Task, candidates: number): string {
  const waiting = (state.plan?.edges ?? []).filter((edge) => {
    const from = findTask(state, edge.from);
    return edge.to === task.plan.id && from !== undefined && !isOver(from);
  });
  const frees = new Set(waiting.map((edge) => edge.from)).size;
  const rank = candidates === 1 ? 'the only one ready to land' : `first of ${candidates} ready to land`;
  if (frees === 0) return rank;
  return `${rank}; ${frees} ${frees === 1 ? 'task waits' : 'tasks wait'} for it`;
}
