/**
 * What is waited for, in sentences: for one task (`sayWhy`, from core's `why`) and for the whole (`sayNext`).
 * Plain text with commands in backticks and issues as `#n`; nothing of an agent's output gets in.
 */

import type { Attempt } from '../core/attempt.ts';
import { checkInOf } from '../core/check-ins.ts';
import { isReopened } from '../core/hands.ts';
import { heldUpBy } from '../core/judge.ts';
import type { Orchestration, Task } from '../core/model.ts';
import type { StartBlocker } from '../core/schedule.ts';
import { findTask, isOver, lastAttempt } from '../core/tasks.ts';
import type { LandBlocker } from '../core/train.ts';
import type { Why } from '../core/why.ts';
import { choices } from './check-in-words.ts';
import { clockTime } from './durations.ts';
import { clip, count, listOf, oneLine } from './markdown.ts';
import { nativeWords } from './native-words.ts';
import { nextSteps } from './next-steps.ts';
import { outsideName, outsideNeedWords, outsideStanding } from './outside-words.ts';
import { endedWords, nameOf, nameOfId, retryCommand, rootsOf, stateWords, verdictWords } from './task-words.ts';

/** Why a task is not running or not landing, and what it would free: one sentence each, the standing first. */
export function sayWhy(state: Orchestration, why: Why, now: number): readonly string[] {
  const task = findTask(state, why.task);
  if (task === undefined) return [];
  const held = [
    ...why.start.map((one) => startWords(state, task, one)),
    ...why.land.map((one) => landWords(state, task, one)),
  ];
  const edges = nativeWords(state, why.task);
  return [
    standing(state, task, held.length > 0, now),
    ...held,
    ...edges,
    ...checkWords(why),
    ...freeWords(state, task, why),
  ];
}

/** What happens now, what comes next, and what a person is needed for. Changes with events, not with the clock. */
export function sayNext(state: Orchestration, now: number): string {
  return nextSteps(state, now)
    .map(({ label, text }) => (label === null ? text : `${label}: ${text}`))
    .join(' ');
}

function standing(state: Orchestration, task: Task, held: boolean, now: number): string {
  const name = nameOf(task);
  const attempt = lastAttempt(task);
  switch (task.status) {
    case 'merged':
      if (task.reopened === true) return reopenedWords(state, task);
      if (task.pull === null) return `${name} is done: ${stateWords(state, task, now)}.`;
      return `${name} has landed as ${task.sha.slice(0, 7)} with pull request #${task.pull.number}.`;
    case 'cancelled':
      if (isReopened(task)) return reopenedWords(state, task);
      return `${name} is not carried out: ${oneLine(task.reason)}.`;
    case 'failed':
      return task.retryAt === null
        ? `${name} failed: ${sentence(task.failure.message)} ${againWords(state, task)}`
        : `${name} failed and is tried again by itself: ${sentence(task.failure.message)}`;
    case 'processing':
      if (verdictWords(task) !== null && task.plan.role !== 'work')
        return `${name} ${verdictWords(task)} and ends when what it judges has landed.`;
      return attempt === undefined || attempt.startedAt === null
        ? `${name} is being worked on.`
        : `${name} is with ${agentWords(task, attempt)} since ${clockTime(attempt.startedAt, state.requestedAt)}: ${stateWords(state, task, now)}.`;
    case 'validation_passed':
      return held ? `${name} is ready, but does not land yet.` : `${name}: ${stateWords(state, task, now)}.`;
    case 'pending':
    case 'nlp_parsing':
    case 'task_decomposition':
    case 'dependency_resolution':
      return held ? `${name} does not run yet.` : `${name} may start at any moment.`;
    case 'agent_assignment':
    case 'pr_created':
    case 'validation_running':
    case 'validation_failed':
      return `${name}: ${stateWords(state, task, now)}.`;
  }
}

function reopenedWords(state: Orchestration, task: Task): string {
  const landed = task.status === 'merged' ? 'has landed, and was' : 'was';
  return `${nameOf(task)} ${landed} opened again: \`${retryCommand(state, task)}\` starts it as new work.`;
}

/** `agent robot (by label "backend")`; the default agent needs no reason. */
function agentWords({ plan }: Task, { agent, reason }: Attempt): string {
  const who = plan.persona === undefined ? `agent ${agent}` : `${oneLine(plan.persona)} on agent ${agent}`;
  return reason.startsWith('the default agent') ? who : `${who} (${clip(oneLine(reason), 120)})`;
}

function startWords(state: Orchestration, task: Task, blocker: StartBlocker): string {
  switch (blocker.kind) {
    case 'not-approved':
      return 'The plan waits for approval: `/muster approve`.';
    case 'paused':
      return pauseWords(blocker.by);
    case 'changed':
      return 'Its item was edited after it was approved: `/muster approve` takes the list as it reads now, `/muster reject` keeps to what was approved.';
    case 'unread':
      return 'The list was edited a moment ago and is read before anything new starts.';
    case 'no-sub-issue':
      return 'Its sub-issue is still being made.';
    case 'edges-unwritten':
      return 'Its dependencies are still being written to GitHub.';
    case 'need':
      return needWords(state, blocker.task, blocker.hopeless);
    case 'outside':
      return outsideNeedWords(state, task, blocker.issue);
    case 'pause':
      return `The next attempt starts by itself at ${clockTime(blocker.until, state.requestedAt)}.`;
    case 'planning':
      return 'The first batch starts once every task has its sub-issue.';
    case 'batch':
      return `It waits for the running batch to end (${count(blocker.running, 'task')} still at work).`;
    case 'slot':
      return `It waits for a free agent: ${blocker.running} of ${blocker.max} are at work.`;
  }
}

function heldWords(task: Task, reason: string): string {
  const question = checkInOf(task);
  return `It does not land by itself, because ${oneLine(reason)}${question === null ? '' : `: ${choices(question)}`}.`;
}

function pauseWords(by: string): string {
  return `${oneLine(by)} paused everything: \`/muster resume\` goes on.`;
}

function needWords(state: Orchestration, id: string, hopeless: boolean): string {
  const other = findTask(state, id);
  if (other === undefined) return `It needs ${id}, which is not part of the plan any more.`;
  if (!hopeless) return `It needs ${nameOf(other)} to land first (now: ${stateWords(state, other, 0)}).`;
  const roots = isOver(other) ? [other] : rootsOf(state, other);
  const failed = roots.find((root) => root.status === 'failed');
  const remedy = failed === undefined ? '' : ` \`${retryCommand(state, failed)}\` starts it again.`;
  if (isOver(other))
    return `It needs ${nameOf(other)}, which ${other.status === 'failed' ? 'failed' : 'was cancelled'}.${remedy}`;
  return `It needs ${nameOf(other)}, which cannot go on: ${listOf(roots.map(endedWords))}.${remedy}`;
}

function landWords(state: Orchestration, task: Task, blocker: LandBlocker): string {
  switch (blocker.kind) {
    case 'not-validated':
      return 'Its pull request has not passed its checks yet.';
    case 'edge':
      return blocker.edge === 'needs'
        ? `${nameOfId(state, blocker.task)} has to land before it.`
        : `It is to land after ${nameOfId(state, blocker.task)}.`;
    case 'outside':
      return `It is to land after ${outsideName(state, blocker.issue)}, which ${outsideStanding(blocker.issue)}.`;
    case 'judge':
      return `${nameOfId(state, blocker.task)} has to say pass about exactly this commit (now: ${judgeWords(state, blocker.task)}).${remedyFor(state, blocker.task)}`;
    case 'merge-policy':
      return blocker.policy === 'manual'
        ? 'Merging is left to people here: `/muster merge` lets everything that is ready land, or merge the pull request yourself.'
        : `It waits for an approving review${pullWords(task)}; \`/muster merge\` lets it land without one.`;
    case 'paused':
      return pauseWords(blocker.by);
    case 'held':
      return heldWords(task, blocker.reason);
    case 'unverified':
      return 'Nothing has checked it: the repository has no checks and no verify command is set. Have a look, then `/muster merge`.';
    case 'pause':
      return `GitHub did not take it for the moment (${clip(oneLine(blocker.reason), 160)}); it is tried again at ${clockTime(blocker.until, state.requestedAt)}.`;
    case 'train':
      return `${nameOfId(state, blocker.landing)} is landing first; one lands at a time.`;
  }
}

function againWords(state: Orchestration, task: Extract<Task, { status: 'failed' }>): string {
  const command = `\`${retryCommand(state, task, task.failure.class)}\``;
  const held = heldUpBy(state, task).map(nameOf);
  if (held.length > 0)
    return `${command} sends ${listOf(held)} back to work with these notes and has ${held.length === 1 ? 'it' : 'them'} judged again.`;
  return task.failure.class === 'judged_bad' ? `${command} has it judged again.` : `${command} starts it again.`;
}

/** A final no needs a person. */
function remedyFor(state: Orchestration, id: string): string {
  const judge = findTask(state, id);
  return judge?.status === 'failed' && judge.retryAt === null ? ` ${againWords(state, judge)}` : '';
}

function judgeWords(state: Orchestration, id: string): string {
  const judge = findTask(state, id);
  return judge === undefined ? 'not part of the plan any more' : stateWords(state, judge, 0);
}

function pullWords(task: Task): string {
  return 'pull' in task && task.pull !== null ? ` on #${task.pull.number}` : '';
}

function checkWords(why: Why): readonly string[] {
  if (why.status !== 'pr_created' && why.status !== 'validation_running') return [];
  return why.checks.length === 0
    ? ['It waits for the first check to report.']
    : [`It waits for ${why.checks.length === 1 ? 'the check' : 'the checks'} ${listOf(why.checks.map(oneLine), 6)}.`];
}

function freeWords(state: Orchestration, task: Task, why: Why): readonly string[] {
  if (why.frees.length === 0 || task.status === 'merged') return [];
  const names = listOf(why.frees.map((id) => nameOfId(state, id)));
  return [`${names} ${why.frees.length === 1 ? 'waits' : 'wait'} for it.`];
}

function sentence(text: string): string {
  const line = clip(oneLine(text), 300);
  return /[.!?…]$/.test(line) ? line : `${line}.`;
}
