/** How a task is called and how it stands, in plain words: the same in the status comment, the graph and the terminal. */
import type { FailureClass } from '../core/attempt.ts';
import type { Orchestration, Task } from '../core/model.ts';
import type { OpenOutside } from '../core/outside.ts';
import type { TaskId } from '../core/plan.ts';
import type { StartBlocker } from '../core/schedule.ts';
import { isHopeless, startBlockers } from '../core/schedule.ts';
import { deliveryOf, edgesFrom, findTask, isOver, isWaivedFor, lastAttempt, subIssueOf } from '../core/tasks.ts';
import { landBlockers } from '../core/train.ts';
import { clockTime, humanDuration } from './durations.ts';
import { failureWords } from './failure-words.ts';
import { clip, count, listOf, oneLine } from './markdown.ts';
import { outsideName } from './outside-words.ts';
import { limits } from './values.ts';

/** `#12`, or the title in quotes while it has no sub-issue. Plain text: escape it for Markdown. */
export function nameOf(task: Task): string {
  const sub = subIssueOf(task);
  return sub === null ? `"${clip(oneLine(task.plan.title), 60).replaceAll('`', "'")}"` : `#${sub.number}`;
}

/** The same by id; the id itself for one that is not there. */
export function nameOfId(state: Orchestration, id: TaskId): string {
  const task = findTask(state, id);
  return task === undefined ? id : nameOf(task);
}

/** `#12 Extract auth`. Plain text. */
export function fullName(task: Task, most = 80): string {
  const sub = subIssueOf(task);
  const title = clip(oneLine(task.plan.title), most);
  return sub === null ? title : `#${sub.number} ${title}`;
}

export function landedCount(state: Orchestration): number {
  return state.tasks.filter((task) => task.status === 'merged').length;
}

/** The agent that works or worked on it, else the one the plan would give it to. */
export function agentOf(state: Orchestration, task: Task): string {
  return lastAttempt(task)?.agent ?? task.plan.agent ?? state.plan?.policy.agent ?? 'default';
}

/** Who works or worked on it, as seen: `robot`, `robot, then other`, `code reviewer on robot`; null before any attempt. */
export function workerWords(task: Task): string | null {
  const agents = [...new Set(task.attempts.map(({ agent }) => agent))];
  if (agents.length === 0) return null;
  const names = agents.join(', then ');
  return task.plan.persona === undefined ? names : `${oneLine(task.plan.persona)} on ${names}`;
}

/** The exact comment that starts a failed task again. */
export function retryCommand(state: Orchestration, task: Task, failureClass: FailureClass | null = null): string {
  const sub = subIssueOf(task);
  const target = sub === null ? '' : ` #${sub.number}`;
  if (failureClass !== 'timeout') return `/muster retry${target}`;
  const seconds = state.plan?.policy.timeoutSeconds ?? 1800;
  return `/muster retry${target} --timeout ${Math.min(seconds * 2, limits.timeoutSeconds.most)}`;
}

/** One of the thirteen states in words that need no glossary; agent output in it is plain text to be escaped. */
export function stateWords(state: Orchestration, task: Task, now: number): string {
  switch (task.status) {
    case 'pending':
      return 'waits for approval';
    case 'nlp_parsing':
      return 'sub-issue being made';
    case 'task_decomposition':
      return 'dependencies being linked';
    case 'dependency_resolution':
      return waitingWords(state, task);
    case 'agent_assignment':
      return 'agent starting';
    case 'processing':
      if (deliveryOf(task) !== null && task.plan.role !== 'work')
        return verdictWords(task) ?? 'ended without a verdict';
      return deliveryOf(task) === null
        ? `being worked on${progressWords(task)}`
        : 'work done, pull request being opened';
    case 'pr_created':
      return 'waits for checks';
    case 'validation_running':
      return 'checks running';
    case 'validation_failed':
      return `checks failed: ${listOf(
        task.red.map((name) => clip(oneLine(name), 40)),
        3,
      )}`;
    case 'validation_passed':
      return readyWords(state, task, now);
    case 'merged':
      if (task.reopened === true) return 'landed, opened again';
      return task.pull === null ? (verdictWords(task) ?? 'done') : 'landed';
    case 'failed':
      return task.retryAt === null
        ? `failed: ${failureWords(task.failure.class).short}`
        : `tried again soon (${failureWords(task.failure.class).short})`;
    case 'cancelled':
      if (task.because === 'completed') return 'done by hand';
      return task.notChosen === true ? clip(oneLine(task.reason), 160) : 'cancelled';
  }
}

/** `says pass`, `found "high_complexity"`; null while there is no verdict. Plain text. */
export function verdictWords(task: Task): string | null {
  const outcome = deliveryOf(task)?.outcome;
  if (outcome === undefined) return null;
  if (task.plan.role === 'analyze' && outcome.outcome !== '') return `found "${clip(oneLine(outcome.outcome), 60)}"`;
  return outcome.verdict === 'pass' ? 'says pass' : 'says no';
}

/** Time with agents: since when while one works, how long once it ended. It does not change merely because time passes. */
export function timeWords(state: Orchestration, task: Task): string {
  const attempt = lastAttempt(task);
  if (attempt === undefined) return '';
  const nth = task.attempts.length > 1 ? `, attempt ${attempt.number}` : '';
  if (attempt.endedAt === null) {
    return attempt.startedAt === null ? '' : `since ${clockTime(attempt.startedAt, state.requestedAt)}${nth}`;
  }
  return `${humanDuration(attemptMs(task))}${task.attempts.length > 1 ? ` in ${count(task.attempts.length, 'attempt')}` : ''}`;
}

/** Milliseconds that agents worked on it, over all its attempts that ended. */
export function attemptMs(task: Task): number {
  return task.attempts.reduce((sum, { startedAt, endedAt }) => {
    return startedAt === null || endedAt === null ? sum : sum + Math.max(0, endedAt - startedAt);
  }, 0);
}

/** The failed or cancelled tasks that keep this one from ever starting or landing by itself. */
export function rootsOf(state: Orchestration, task: Task): readonly Task[] {
  const seen = new Set<TaskId>([task.plan.id]);
  const visit = (at: Task): readonly Task[] =>
    (['needs', 'lands-after'] as const).flatMap((kind) =>
      edgesFrom(state, at.plan.id, kind).flatMap((edge) => {
        const other = findTask(state, edge.to);
        if (other === undefined || seen.has(edge.to) || (kind === 'lands-after' && other.status === 'cancelled'))
          return [];
        seen.add(edge.to);
        if (other.status === 'merged' || isWaivedFor(other)) return [];
        return isOver(other) ? [other] : visit(other);
      }),
    );
  return visit(task);
}

type NeedBlocker = Extract<StartBlocker, { kind: 'need' }>;

function waitingWords(state: Orchestration, task: Task): string {
  const blockers = startBlockers(state, task);
  const needs = blockers.filter((blocker): blocker is NeedBlocker => blocker.kind === 'need');
  if (needs.length > 0) {
    const names = listOf(needs.map((need) => nameOfId(state, need.task)));
    return isHopeless(state, task)
      ? `cannot start: ${listOf(rootsOf(state, task).map(endedWords))}`
      : `waits for ${names}`;
  }
  const outside = blockers.flatMap((blocker) => (blocker.kind === 'outside' ? [blocker.issue] : []));
  if (outside.length > 0) return outsideWords(state, outside);
  if (blockers.some(({ kind }) => kind === 'unread')) return 'waits for the edited list to be read';
  return blockers.some((blocker) => blocker.kind === 'batch' || blocker.kind === 'planning')
    ? 'waits for the batch before it'
    : 'waits for a free agent';
}

/** What blocks everything is told once, in the lines above the table. */
function outsideWords(state: Orchestration, outside: readonly OpenOutside[]): string {
  const own = outside.filter(({ whole }) => !whole);
  if (own.length === 0) return 'waits for what blocks everything';
  return `waits for ${listOf(own.map((issue) => outsideName(state, issue)))}`;
}

/** `#3 failed`. */
export function endedWords(task: Task): string {
  return `${nameOf(task)} ${task.status === 'cancelled' ? 'was cancelled' : 'failed'}`;
}

function progressWords(task: Task): string {
  const progress = lastAttempt(task)?.progress ?? null;
  if (progress === null) return '';
  const stage = clip(oneLine(progress.stage), 40);
  return ` (${[`${progress.percent} %`, stage].filter((part) => part !== '').join(', ')})`;
}

function readyWords(state: Orchestration, task: Extract<Task, { status: 'validation_passed' }>, now: number): string {
  if (task.landing.state === 'sent') return 'landing';
  const blockers = landBlockers(state, task, now);
  const edges = blockers.flatMap((blocker) => (blocker.kind === 'edge' ? [nameOfId(state, blocker.task)] : []));
  if (edges.length > 0) return `ready, lands after ${listOf(edges)}`;
  const outside = blockers.flatMap((blocker) =>
    blocker.kind === 'outside' ? [outsideName(state, blocker.issue)] : [],
  );
  if (outside.length > 0) return `ready, lands after ${listOf(outside)}`;
  const judges = blockers.flatMap((blocker) => (blocker.kind === 'judge' ? [nameOfId(state, blocker.task)] : []));
  if (judges.length > 0) return `ready, waits for the verdict of ${listOf(judges)}`;
  if (blockers.some(({ kind }) => kind === 'merge-policy')) return 'ready, waits for a person to merge';
  if (blockers.some(({ kind }) => kind === 'unverified')) return 'ready but unverified, waits for a person';
  return task.landing.state === 'refused' ? 'ready, landing is tried again soon' : 'ready to land';
}
