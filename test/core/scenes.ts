/** Given: short sentences that bring a stage where a rule can be shown. Sub-issue of `t3` is #103, its pull #203. */

import type { Delivery, FailureClass } from '../../src/core/attempt.ts';
import type { Event } from '../../src/core/events.ts';
import type { Flags, Phase, SpokenCommand, Task, Verb } from '../../src/core/model.ts';
import type { PlannedEdge, Policy } from '../../src/core/plan.ts';
import type { CheckSeen, MergeRefusal, PullSeen } from '../../src/core/signals.ts';
import { deliveryOf, findTask, lastAttempt, pullOf } from '../../src/core/tasks.ts';
import { planOf, Stage } from './story.ts';

type Checks = { readonly required?: readonly string[]; readonly base?: readonly string[] };

function numberOf(id: string): number {
  return Number(id.slice(1));
}

export function taskOf(stage: Stage, id: string): Task {
  const task = findTask(stage.state, id);
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
}

export function statuses(stage: Stage): readonly string[] {
  return stage.state.tasks.map((task) => task.status);
}

export function typesOf(events: readonly Event[]): readonly string[] {
  return events.map((event) => event.type);
}

/** What followed from being obeyed: types of facts, and for answers what they say. */
export function followed(events: readonly Event[]): string {
  return events
    .filter(({ type }) => type !== 'command-heard' && type !== 'command-accepted')
    .map((event) => (event.type === 'reply-owed' ? `says ${event.say.kind}` : event.type))
    .join(', ');
}

/** A plan was approved, its sub-issues and edges exist, and what may run has an agent. */
export function running(
  ids: readonly string[],
  edges: readonly PlannedEdge[] = [],
  policy: Partial<Policy> = {},
  checks: Checks = {},
): Stage {
  const stage = new Stage().planned(planOf(ids, edges, policy), checks);
  return linked(stage);
}

export function linked(stage: Stage): Stage {
  stage.when(
    ...stage.state.tasks.map((task) => ({ type: 'sub-issue-created', ...subIssue(task.plan.id) }) as const),
    ...(stage.state.plan?.edges ?? [])
      .filter((edge) => edge.kind === 'needs')
      .map(({ from, to }) => ({ type: 'edge-added', from, to }) as const),
  );
  return stage;
}

export function subIssue(id: string): {
  task: string;
  issue: { number: number; id: number; nodeId: string; url: string };
} {
  const number = 100 + numberOf(id);
  return { task: id, issue: { number, id: number, nodeId: `I_${number}`, url: '' } };
}

export function attemptNumber(stage: Stage, id: string): number {
  return lastAttempt(taskOf(stage, id))?.number ?? 0;
}

export function startAgent(stage: Stage, id: string): readonly Event[] {
  return stage.when({ type: 'attempt-started', task: id, attempt: attemptNumber(stage, id), confinement: 'test' });
}

/** What attempt `n` of `t1` delivers is commit `t1-n`. */
export function delivery(stage: Stage, id: string, changes: Partial<Delivery> = {}): Delivery {
  const sha = `${id}-${attemptNumber(stage, id)}`;
  return { sha, baseSha: 'base', files: [], verify: null, said: '', warning: null, ...changes };
}

export function deliver(stage: Stage, id: string, changes: Partial<Delivery> = {}): readonly Event[] {
  startAgent(stage, id);
  const attempt = attemptNumber(stage, id);
  return stage.when({ type: 'attempt-delivered', task: id, attempt, delivery: delivery(stage, id, changes) });
}

export function failAttempt(
  stage: Stage,
  id: string,
  failureClass: FailureClass = 'crashed',
  message = 'exit 1',
): readonly Event[] {
  startAgent(stage, id);
  const attempt = attemptNumber(stage, id);
  return stage.when({ type: 'attempt-failed', task: id, attempt, class: failureClass, message, evidence: [] });
}

/** Our own request was answered: the pull request exists, at what was delivered. */
export function openPull(stage: Stage, id: string, number = 200 + numberOf(id)): readonly Event[] {
  const headSha = deliveryOf(taskOf(stage, id))?.sha ?? '';
  return stage.when({ type: 'pull-opened', task: id, number, url: '', headSha });
}

/** Delivered and its pull request open; where nothing checks, validated at once. */
export function withPull(stage: Stage, id: string, changes: Partial<Delivery> = {}): Stage {
  deliver(stage, id, changes);
  openPull(stage, id);
  return stage;
}

export function pullSeen(stage: Stage, id: string, changes: Partial<PullSeen> = {}): readonly Event[] {
  const task = taskOf(stage, id);
  const pull: PullSeen = {
    number: pullOf(task)?.number ?? 200 + numberOf(id),
    url: '',
    headRef: task.branch,
    headSha: pullOf(task)?.headSha ?? '',
    state: 'open',
    merged: false,
    mergeSha: null,
    reviewed: null,
    ...changes,
  };
  return stage.when({ type: 'pull-seen', pull });
}

/** A check on the head of the task's pull request. Its conclusion given, it is completed. */
export function checkOn(stage: Stage, id: string, name: string, changes: Partial<CheckSeen> = {}): readonly Event[] {
  const task = taskOf(stage, id);
  const check: CheckSeen = {
    sha: pullOf(task)?.headSha ?? '',
    branch: task.branch,
    name,
    status: changes.conclusion === undefined ? 'in_progress' : 'completed',
    conclusion: null,
    url: 'http://x/runs/1',
    log: '',
    ...changes,
  };
  return stage.when({ type: 'check-seen', check });
}

/** The landing that was sent came true. */
export function merge(stage: Stage, id: string): readonly Event[] {
  return stage.when({ type: 'merged', task: id, sha: `m-${id}` });
}

export function refuseMerge(
  stage: Stage,
  id: string,
  why: MergeRefusal,
  paths: readonly string[] = [],
): readonly Event[] {
  const task = taskOf(stage, id);
  const round = task.status === 'validation_passed' && task.landing.state === 'sent' ? task.landing.round : 0;
  return stage.when({ type: 'merge-refused', task: id, round, why, message: `not now: ${why}`, paths });
}

export function landAll(stage: Stage, ...ids: readonly string[]): Stage {
  for (const id of ids) {
    withPull(stage, id);
    merge(stage, id);
  }
  return stage;
}

let asked = 0;

export interface Asking {
  readonly by?: string;
  readonly source?: string;
  readonly issue?: number;
  readonly target?: number | null;
  readonly flags?: Flags;
  readonly permission?: 'admin' | 'write' | 'read' | 'none';
}

/** Somebody types a command, and their permission becomes known. Returns the facts that followed both. */
export function ask(stage: Stage, verb: Verb, how: Asking = {}): readonly Event[] {
  return askFor(stage, { kind: 'command', verb, flags: how.flags ?? {}, target: how.target ?? null }, how);
}

export function askFor(stage: Stage, command: SpokenCommand, how: Asking = {}): readonly Event[] {
  asked += 1;
  const { source = `comment-${asked}-0`, issue = 7, by = 'ada', permission = 'write' } = how;
  return [
    ...stage.when({ type: 'asked', source, issue, by, at: stage.now, command }),
    ...stage.when({ type: 'permission-known', source, permission }),
  ];
}

/** An orchestration in each of its phases; its one task stands as far as the phase allows. */
export function inPhase(phase: Phase): Stage {
  switch (phase) {
    case 'requested': {
      const stage = new Stage();
      stage.record({ type: 'orchestration-requested', id: 'orch-7-20261120-0930', repo: noRepo, issue: 7, by: 'ada' });
      return stage;
    }
    case 'reading':
      return new Stage().requested();
    case 'proposed':
      return new Stage().planned(planOf(['t1'], [], { approval: 'required' }));
    case 'running':
      return running(['t1']);
    case 'finished':
      return landAll(running(['t1']), 't1');
    case 'cancelled': {
      const stage = running(['t1']);
      ask(stage, 'cancel');
      return stage;
    }
    case 'refused': {
      const stage = inPhase('requested');
      ask(stage, 'help');
      return stage;
    }
  }
}

/** One task whose first attempt ran into a conflict, so that the next goes on with its open pull request. */
export function inConflict(): Stage {
  const stage = withPull(running(['t1']), 't1');
  refuseMerge(stage, 't1', 'conflict', ['a.txt', 'b.txt']);
  return stage;
}

/** The same, its second attempt about to start. */
export function secondAttempt(): Stage {
  const stage = inConflict();
  ask(stage, 'retry');
  return stage;
}

/** The task, which has failed. */
export function failureOf(stage: Stage): Extract<Task, { status: 'failed' }> {
  const task = taskOf(stage, 't1');
  if (task.status !== 'failed') throw new Error(`it is ${task.status}`);
  return task;
}

const noRepo = { owner: 'acme', name: 'shop', nodeId: '', defaultBranch: 'main', cloneUrl: '' };
