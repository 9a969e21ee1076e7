/** "Why is this task not running, or not landing, and what would finishing it free?" from the predicates that gate it. */
import type { Orchestration, Task } from './model.ts';
import type { TaskId } from './plan.ts';
import type { StartBlocker } from './schedule.ts';
import { startBlockers } from './schedule.ts';
import { findTask, isOver } from './tasks.ts';
import type { LandBlocker } from './train.ts';
import { landBlockers } from './train.ts';
import { judgeHead } from './validation.ts';

export interface Why {
  readonly task: TaskId;
  readonly status: Task['status'];
  /** What keeps it from starting; empty when it may start, runs, or ran. */
  readonly start: readonly StartBlocker[];
  /** What keeps it from landing, once it has a pull request. */
  readonly land: readonly LandBlocker[];
  /** Checks that its head still waits for. */
  readonly checks: readonly string[];
  /** Tasks that wait for it directly, to start or to land. */
  readonly frees: readonly TaskId[];
}

/** By an edge, or for its verdict. */
function waitingFor(state: Orchestration, { plan: { id, judges = [] } }: Task): readonly TaskId[] {
  const behind = (state.plan?.edges ?? []).filter((edge) => edge.to === id).map(({ from }) => from);
  return [...new Set([...behind, ...judges])];
}

/** Null when there is no such task. */
export function why(state: Orchestration, id: TaskId, now: number): Why | null {
  const task = findTask(state, id);
  if (task === undefined) return null;
  const hasPull =
    task.status === 'pr_created' || task.status === 'validation_running' || task.status === 'validation_passed';
  const verdict = hasPull ? judgeHead(state, task, task.pull.headSha) : null;
  return {
    task: id,
    status: task.status,
    start: isOver(task) ? [] : startBlockers(state, task),
    land: task.status === 'validation_passed' ? landBlockers(state, task, now) : [],
    checks: verdict?.kind === 'running' || verdict?.kind === 'unseen' ? verdict.waitsFor : [],
    frees: waitingFor(state, task),
  };
}
