/**
 * The numbers of a run, all folded from the state: nothing is guessed, and what is only an estimate is called one by
 * those who print it. Times are milliseconds.
 */

import type { FailureClass } from '../core/attempt.ts';
import { criticalPath } from '../core/graph.ts';
import type { Orchestration, Task } from '../core/model.ts';
import type { TaskId } from '../core/plan.ts';
import { edgesFrom, findTask, isOver, pullOf, subIssueOf, wantedTasks } from '../core/tasks.ts';
import { agentOf, attemptMs } from './task-words.ts';

export interface TaskFigures {
  readonly task: TaskId;
  readonly title: string;
  readonly outcome: 'landed' | 'failed' | 'cancelled' | 'unfinished';
  readonly agent: string | null;
  readonly subIssue: number | null;
  readonly pull: number | null;
  /** Of the last delivery, against the base branch. */
  readonly added: number;
  readonly deleted: number;
  readonly files: number;
  /** Agents' time on it, over all attempts. */
  readonly ms: number;
  readonly attempts: number;
}

/** Round 1 is the original run, each later one a retry that a person asked for. */
interface RoundFigures {
  readonly round: number;
  readonly done: number;
  readonly of: number;
}

interface DiagnosticFigures {
  readonly task: TaskId;
  readonly issue: number | null;
  readonly class: FailureClass | null;
  readonly count: number;
  readonly state: 'open' | 'closing' | 'closed';
}

export interface Figures {
  readonly landed: number;
  readonly total: number;
  /** 0..1; null while there is no task. */
  readonly successRate: number | null;
  /** From the accepted command to the end, or to the last thing known while it still runs; null before anything ended. */
  readonly wallMs: number | null;
  /** From the command to the last edge written. */
  readonly planningMs: number | null;
  readonly sumOfAttemptsMs: number;
  /** Sum of attempts / wall time. */
  readonly speedup: number | null;
  /** The longest chain of `needs`, each task with the time agents spent on it. */
  readonly criticalPathMs: number;
  /** Its tasks in order, without those that nobody has worked on yet. */
  readonly criticalPath: readonly TaskId[];
  /** What no schedule could beat with these dependencies and this many workers; null where that cannot be said. */
  readonly speedupBound: number | null;
  /** Share of the workers' time that agents were at work: 0..1. */
  readonly utilisation: number | null;
  readonly attempts: number;
  readonly added: number;
  readonly deleted: number;
  readonly pulls: number;
  readonly tasks: readonly TaskFigures[];
  readonly rounds: readonly RoundFigures[];
  readonly diagnostics: readonly DiagnosticFigures[];
}

export function figuresOf(state: Orchestration): Figures {
  const tasks = state.tasks.map((task) => taskFigures(state, task));
  const total = wantedTasks(state).length;
  const landed = tasks.filter(({ outcome }) => outcome === 'landed').length;
  const sumOfAttemptsMs = tasks.reduce((sum, { ms }) => sum + ms, 0);
  const end = endOf(state);
  const wallMs = end === null ? null : Math.max(0, end - state.requestedAt);
  const needs = (state.plan?.edges ?? []).filter(({ kind }) => kind === 'needs');
  const msOf = (id: TaskId): number => tasks.find(({ task }) => task === id)?.ms ?? 0;
  const chain = criticalPath(
    tasks.map(({ task }) => task),
    needs,
    msOf,
  );
  const workers = state.plan?.policy.maxWorkers ?? 1;
  const bound = ratio(sumOfAttemptsMs, Math.max(chain.length, sumOfAttemptsMs / workers));
  const speedup = ratio(sumOfAttemptsMs, wallMs);
  return {
    landed,
    total,
    successRate: total === 0 ? null : landed / total,
    wallMs,
    planningMs: state.plannedAt === null ? null : Math.max(0, state.plannedAt - state.requestedAt),
    sumOfAttemptsMs,
    speedup,
    criticalPathMs: chain.length,
    criticalPath: chain.path.filter((id) => msOf(id) > 0),
    // a bound below what happened means that a retry changed the number of workers on the way
    speedupBound: bound !== null && speedup !== null && bound < speedup ? null : bound,
    utilisation: ratio(sumOfAttemptsMs, wallMs === null ? null : wallMs * workers),
    attempts: tasks.reduce((sum, { attempts }) => sum + attempts, 0),
    added: tasks.reduce((sum, { added }) => sum + added, 0),
    deleted: tasks.reduce((sum, { deleted }) => sum + deleted, 0),
    pulls: tasks.filter(({ pull }) => pull !== null).length,
    tasks,
    rounds: roundFigures(state),
    diagnostics: state.tasks.flatMap(diagnosticFigures),
  };
}

function taskFigures(state: Orchestration, task: Task): TaskFigures {
  const files = task.attempts.findLast(({ delivery }) => delivery !== null)?.delivery?.files ?? [];
  return {
    task: task.plan.id,
    title: task.plan.title,
    outcome: outcomeOf(task),
    agent: task.attempts.length === 0 ? null : agentOf(state, task),
    subIssue: subIssueOf(task)?.number ?? null,
    pull: pullOf(task)?.number ?? null,
    added: files.reduce((sum, { added }) => sum + added, 0),
    deleted: files.reduce((sum, { deleted }) => sum + deleted, 0),
    files: files.length,
    ms: attemptMs(task),
    attempts: task.attempts.length,
  };
}

function outcomeOf(task: Task): TaskFigures['outcome'] {
  if (task.status === 'merged') return 'landed';
  if (task.status === 'cancelled') return 'cancelled';
  return task.status === 'failed' && isOver(task) ? 'failed' : 'unfinished';
}

/**
 * A task belongs to the round in which a person last asked for it, or for something it waited for: it could not have
 * gone on without that retry.
 */
function roundFigures(state: Orchestration): readonly RoundFigures[] {
  const known = new Map<TaskId, number>();
  const roundOf = (task: Task): number => {
    const seen = known.get(task.plan.id);
    if (seen !== undefined) return seen;
    known.set(task.plan.id, task.round);
    const waitedFor = [...edgesFrom(state, task.plan.id, 'needs'), ...edgesFrom(state, task.plan.id, 'lands-after')];
    const rounds = waitedFor
      .map(({ to }) => findTask(state, to))
      .map((other) => (other === undefined ? 1 : roundOf(other)));
    const round = Math.max(task.round, ...rounds);
    known.set(task.plan.id, round);
    return round;
  };
  const rounds = wantedTasks(state).map((task) => ({ round: roundOf(task), landed: task.status === 'merged' }));
  const last = Math.max(1, ...rounds.map(({ round }) => round));
  return Array.from({ length: last }, (_, index) => ({
    round: index + 1,
    done: rounds.filter(({ round, landed }) => landed && round === index + 1).length,
    of: rounds.filter(({ round }) => round > index).length,
  }));
}

function diagnosticFigures(task: Task): readonly DiagnosticFigures[] {
  const { diagnostic } = task;
  if (diagnostic === null) return [];
  const failure = task.attempts.findLast((attempt) => attempt.failure !== null)?.failure ?? null;
  return [
    {
      task: task.plan.id,
      issue: diagnostic.issue?.number ?? null,
      class: task.status === 'failed' ? task.failure.class : (failure?.class ?? null),
      count: diagnostic.count,
      state: diagnostic.state,
    },
  ];
}

function endOf(state: Orchestration): number | null {
  if (state.outcome !== null) return state.outcome.at;
  const ends = state.tasks.flatMap((task) => [
    ...task.attempts.flatMap(({ endedAt }) => (endedAt === null ? [] : [endedAt])),
    ...(task.status === 'merged' ? [task.at] : []),
  ]);
  return ends.length === 0 ? null : Math.max(...ends);
}

function ratio(part: number, whole: number | null): number | null {
  return whole === null || whole <= 0 ? null : part / whole;
}
