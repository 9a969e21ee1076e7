/**
 * What follows from the state itself, one step at a time: plan approved, task queued, agent assigned, validation judged,
 * landing chosen, everything over. Called until it returns nothing.
 */

import { settleEdits } from './decide-edits.ts';
import { decidePermission } from './decide-requests.ts';
import { attemptFailed } from './decide-work.ts';
import { isSettledEdge } from './edges.ts';
import type { Event } from './events.ts';
import { settleHands } from './hands.ts';
import { judged, startAgain, unchosen } from './judge.ts';
import type { Orchestration, Task } from './model.ts';
import { isBuiltOnOldHead } from './needs.ts';
import { makeFailure } from './retry.ts';
import { isHopeless, pickStarts } from './schedule.ts';
import {
  deliveryOf,
  edgeName,
  edgesFrom,
  findTask,
  isOver,
  lastAttempt,
  waitsForApproval,
  wantedTasks,
} from './tasks.ts';
import { nextLanding } from './train.ts';
import { judgeHead } from './validation.ts';

export function settle(state: Orchestration, now: number): readonly Event[] {
  const operator = state.requests.find((request) => request.state === 'checking' && request.operator === true);
  if (operator !== undefined) return decidePermission(state, operator.source, 'admin');
  if (state.phase === 'proposed') return approveByRun(state);
  if (state.phase !== 'running') return [];
  const edits = settleEdits(state);
  if (edits.length > 0) return edits;
  const hands = settleHands(state);
  if (hands.length > 0) return hands;
  const moves = state.tasks.flatMap((task) => nextMove(state, task, now));
  if (moves.length > 0) return moves;
  if (state.plannedAt === null && isPlanned(state)) return [{ type: 'planning-finished' }];
  const starts = pickStarts(state);
  if (starts.length > 0) {
    return starts.map(({ task, agent, reason }) => ({
      type: 'agent-assigned',
      task,
      attempt: attemptsOf(state, task) + 1,
      agent,
      reason,
    }));
  }
  const landing = nextLanding(state, now);
  if (landing !== null) return [{ type: 'landing-chosen', ...landing }];
  return isFinished(state)
    ? [{ type: 'orchestration-finished', done: landedCount(state), total: wantedTasks(state).length }]
    : [];
}

/** `/muster run` by a writer approves what it started, unless settings demand a separate approval. So does `--grouped`. */
function approveByRun(state: Orchestration): readonly Event[] {
  if (state.digest === null) return [];
  if (state.groupedBy !== undefined) return [{ type: 'plan-approved', by: state.groupedBy, digest: state.digest }];
  if (waitsForApproval(state)) return [];
  return [{ type: 'plan-approved', by: state.requestedBy, digest: state.digest }];
}

/** At most one move per task and pass, so that every state has its own moment. */
function nextMove(state: Orchestration, task: Task, now: number): readonly Event[] {
  const id = task.plan.id;
  switch (task.status) {
    case 'nlp_parsing':
      return task.plan.adopts === null ? [] : [{ type: 'sub-issue-linked', task: id, issue: task.plan.adopts }];
    case 'task_decomposition':
      return edgesFrom(state, id, 'needs').every((edge) => isWritten(state, edge))
        ? [{ type: 'task-queued', task: id }]
        : [];
    case 'processing': {
      const delivery = deliveryOf(task);
      if (delivery === null) return [];
      if (task.plan.role !== 'work') return judged(state, task, delivery, now);
      if (task.openPull === null) return [];
      return [{ type: 'pull-opened', task: id, pull: { ...task.openPull, headSha: delivery.sha } }];
    }
    case 'pr_created':
      return judgeHead(state, task, task.pull.headSha).kind === 'unseen'
        ? []
        : [{ type: 'validation-started', task: id }];
    case 'validation_running': {
      const verdict = judgeHead(state, task, task.pull.headSha);
      if (verdict.kind === 'passed') return [{ type: 'validation-passed', task: id, basis: verdict.basis }];
      if (verdict.kind === 'failed')
        return [{ type: 'validation-failed', task: id, red: verdict.red.map((check) => check.name) }];
      return [];
    }
    case 'validation_failed':
      return redHead(state, task, now);
    case 'failed':
      if (task.retryAt === null || task.retryAt > now) return [];
      return [{ type: 'task-requeued', task: id, round: task.round, by: null }];
    case 'validation_passed': {
      if (task.landing.state !== 'sent' && isBuiltOnOldHead(state, task))
        return [startAgain(task, 'outdated', 'What it was built on has changed before it landed.', [], now)];
      // a check that came late, or was run again, counts until the moment of landing
      const stands = task.landing.state === 'sent' || judgeHead(state, task, task.pull.headSha).kind === 'passed';
      return stands ? [] : [{ type: 'head-moved', task: id, pull: task.pull }];
    }
    case 'pending':
    case 'agent_assignment':
    case 'cancelled':
      return [];
    case 'dependency_resolution':
      return unchosen(state, task);
    case 'merged':
      return [];
  }
}

/** How many lines of a failing check's log go into the failure. */
const evidenceLines = 40;

function redHead(
  state: Orchestration,
  task: Extract<Task, { status: 'validation_failed' }>,
  now: number,
): readonly Event[] {
  const verdict = judgeHead(state, task, task.pull.headSha);
  // a re-run turned it green, or is on its way, before anything followed from the red one
  if (verdict.kind !== 'failed') return [{ type: 'head-moved', task: task.plan.id, pull: task.pull }];
  const logs = verdict.red.flatMap((check) => check.log.split('\n')).filter((line) => line.trim() !== '');
  const names = verdict.red.map((check) => `"${check.name}"`).join(', ');
  const message = `${verdict.red.length === 1 ? 'Check' : 'Checks'} ${names} failed on ${task.pull.headSha.slice(0, 7)}.`;
  return attemptFailed(state, task, makeFailure('ci_failed', message, logs.slice(-evidenceLines)), now);
}

function isWritten(state: Orchestration, edge: { readonly from: string; readonly to: string }): boolean {
  const name = edgeName(edge);
  const other = findTask(state, edge.to);
  // a task whose sub-issue could not be made can have no edge on GitHub; ours still holds
  if (other?.status === 'failed' && other.sub === null) return true;
  return isSettledEdge(state, name);
}

function isPlanned(state: Orchestration): boolean {
  return state.tasks.every(
    (task) => task.status !== 'pending' && task.status !== 'nlp_parsing' && task.status !== 'task_decomposition',
  );
}

function isFinished(state: Orchestration): boolean {
  return state.tasks.every((task) => isOver(task) || isStuck(state, task));
}

/** Nothing but a human can move it: it waits for what ended unlanded. */
function isStuck(state: Orchestration, task: Task): boolean {
  const waits =
    task.status === 'dependency_resolution' ||
    task.status === 'validation_passed' ||
    (task.status === 'processing' && task.plan.role !== 'work' && deliveryOf(task) !== null);
  return waits && isHopeless(state, task);
}

function landedCount(state: Orchestration): number {
  return state.tasks.filter((task) => task.status === 'merged').length;
}

function attemptsOf(state: Orchestration, id: string): number {
  const task = findTask(state, id);
  return task === undefined ? 0 : (lastAttempt(task)?.number ?? 0);
}
