/** What happened, in a few words; null for events that only the record needs. Plain text. */

import type { Event } from '../core/events.ts';
import type { Orchestration, Task } from '../core/model.ts';
import type { Plan } from '../core/plan.ts';
import { findTask, wantedTasks } from '../core/tasks.ts';
import { changeWords } from './change-words.ts';
import { failureWords } from './failure-words.ts';
import { count, listOf } from './markdown.ts';
import { outsideName, outsideStanding } from './outside-words.ts';
import { groupWords, shardWords } from './shard-words.ts';
import { stuckAt } from './stuck-words.ts';
import { agentOf, fullName, landedCount, nameOfId, retryCommand, verdictWords } from './task-words.ts';

/** `#4 Extract auth: implementation 35 %`. `state` is the one after the event. */
export function eventWords(state: Orchestration, event: Event): string | null {
  return 'task' in event ? taskEventWords(state, event) : wholeEventWords(state, event);
}

type TaskEvent = Extract<Event, { task: string }>;
type WholeEvent = Exclude<Event, TaskEvent>;

function wholeEventWords(state: Orchestration, event: WholeEvent): string | null {
  switch (event.type) {
    case 'orchestration-requested':
      return `${event.repo.owner}/${event.repo.name}#${event.issue}: asked for by ${event.by} (${event.id})`;
    case 'command-refused':
      return `a command was refused: ${event.reason}`;
    case 'closed-unstarted':
      return `nothing was started: ${event.reason}`;
    case 'plan-proposed':
      return [`plan read: ${planCounts(event.plan)}`, shardWords(event.plan) ?? '']
        .filter((part) => part !== '')
        .join('. ');
    case 'plan-refused':
      return `the issue cannot be worked on: ${event.problems.map(({ message }) => message).join(' ')}`;
    case 'plan-approved':
      return `plan approved by ${event.by} (digest ${event.digest.slice(0, 12)})`;
    case 'plan-grouped':
      return `items grouped by ${event.by}: ${planCounts(event.plan)}`;
    case 'plan-rejected':
      return `plan rejected by ${event.by}`;
    case 'edge-refused':
    case 'edge-unlinked':
    case 'edge-found':
    case 'edge-buried':
    case 'edge-set-aside':
      return edgeEventWords(state, event);
    case 'planning-finished':
      return `planning finished: ${count(state.tasks.length, 'sub-issue')}, ${edgeCount(state.edgesLinked.length)} on GitHub`;
    case 'group-issue-linked':
      return `group issue #${event.issue.number}: ${groupWords(state.plan, event.group)}`;
    case 'group-issue-closed':
      return `group issue closed: ${groupWords(state.plan, event.group)}`;
    case 'merge-allowed':
      return `merging allowed by ${event.by}`;
    case 'plan-changed':
    case 'plan-unchanged':
    case 'change-approved':
    case 'change-rejected':
    case 'proposals-accepted':
      return changeEventWords(event);
    case 'outside-seen':
      return `${outsideName(state, event.issue)} ${outsideStanding(event.issue)}`;
    case 'blockers-seen':
      return event.blockers.length === 0
        ? `nothing else blocks ${blockedThing(state, event.of)} on GitHub any more`
        : `${blockedThing(state, event.of)} is blocked on GitHub by ${listOf(event.blockers.map((issue) => outsideName(state, issue)))}`;
    case 'paused':
      return `paused by ${event.by}`;
    case 'resumed':
      return `resumed by ${event.by}`;
    case 'retry-requested':
      return `${event.by} asked to try ${count(event.tasks.length, 'task')} again`;
    case 'orchestration-finished':
      return `finished: ${event.done} of ${count(event.total, 'task')} landed`;
    case 'orchestration-cancelled':
      return `cancelled by ${event.by}`;
    case 'summary-posted':
      return `summary posted on #${state.issue.number}`;
    case 'master-closed':
      return `#${state.issue.number} closed`;
    case 'command-gave-up':
      return `given up: ${stuckAt(event.key)}: ${event.message}`;
    case 'run-accepted':
    case 'command-heard':
    case 'command-accepted':
    case 'reply-owed':
    case 'reply-posted':
    case 'plan-digested':
    case 'edit-seen':
    case 'plan-reread':
    case 'editor-known':
    case 'edge-linked':
    case 'edges-confirmed':
    case 'check-seen':
    case 'status-posted':
    case 'status-edited':
    case 'body-marked':
      return null;
  }
  return null;
}

function blockedThing(state: Orchestration, task: string | undefined): string {
  return task === undefined ? `#${state.issue.number}` : nameOfId(state, task);
}

type ChangeEvent = Extract<
  Event,
  { type: 'plan-changed' | 'plan-unchanged' | 'change-approved' | 'change-rejected' | 'proposals-accepted' }
>;

function changeEventWords(event: ChangeEvent): string | null {
  switch (event.type) {
    case 'plan-changed':
      return `the list was edited${event.change.by === null ? '' : ` by ${event.change.by}`}: ${changeWords(event.change)}`;
    case 'plan-unchanged':
      return event.problems === undefined
        ? null
        : `the list was edited, and cannot be worked by: ${event.problems[0]?.message ?? 'its items would wait for each other'}`;
    case 'change-approved':
      return `the edited list counts now, approved by ${event.by}`;
    case 'change-rejected':
      return `${event.by} keeps to the list as it was approved`;
    case 'proposals-accepted':
      return `${event.by} accepted ${count(event.edges.length, 'proposed dependency', 'proposed dependencies')} (${listOf(event.ids)})`;
  }
}

type EdgeEvent = Extract<
  Event,
  { type: 'edge-refused' | 'edge-unlinked' | 'edge-found' | 'edge-buried' | 'edge-set-aside' }
>;

function edgeEventWords(state: Orchestration, event: EdgeEvent): string {
  switch (event.type) {
    case 'edge-refused':
      return `GitHub did not take a dependency; Muster keeps to it all the same: ${event.message}`;
    case 'edge-unlinked':
      return `${edgeWords(state, event)}: taken out on GitHub`;
    case 'edge-found':
      return `${edgeWords(state, event)}: set on GitHub${byWords(event.by)}`;
    case 'edge-buried':
      return `${edgeWords(state, event)}: taken out on GitHub${byWords(event.by)}, and does not count any more`;
    case 'edge-set-aside':
      return `${edgeWords(state, event)}: stands on GitHub and is not waited for${event.why === 'cycle' ? ', because the two would wait for each other' : ''}`;
  }
}

function edgeWords(state: Orchestration, { from, to }: { readonly from: string; readonly to: string }): string {
  return `${nameOfId(state, from)} needs ${nameOfId(state, to)}`;
}

function byWords(by: string | null): string {
  return by === null ? '' : ` by ${by}`;
}

function taskEventWords(state: Orchestration, event: TaskEvent): string | null {
  const task = findTask(state, event.task);
  if (task === undefined) return null;
  const words = taskWords(state, task, event);
  return words === null ? null : `${fullName(task, 60)}: ${words}`;
}

function taskWords(state: Orchestration, task: Task, event: TaskEvent): string | null {
  switch (event.type) {
    case 'sub-issue-linked':
      return `sub-issue of #${state.issue.number}`;
    case 'attempt-started':
      return `agent ${agentOf(state, task)} started${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`;
    case 'attempt-progressed':
      return `${event.stage === '' ? 'at work' : event.stage} ${event.percent} %`;
    case 'attempt-delivered':
      return task.plan.role === 'work'
        ? `delivered ${deliveryWords(event.delivery.files)}`
        : (verdictWords(task) ?? 'ended without a verdict');
    case 'attempt-failed':
      return `failed (${failureWords(event.failure.class).short}): ${event.failure.message} ${event.retryAt === null ? `Try again with ${retryCommand(state, task, event.failure.class)}` : 'It is tried again by itself.'}`;
    case 'task-requeued':
      return event.by === null ? 'tried again' : `tried again, asked for by ${event.by}`;
    case 'task-held':
      return `does not land by itself: ${event.reason}`;
    case 'task-released':
      return 'may land by itself again';
    case 'task-reopened':
      return 'opened again: it is new work';
    case 'task-cancelled':
      return event.reason;
    case 'task-concluded':
      return `done: ${verdictWords(task) ?? 'its verdict is given'} (${landedCount(state)} of ${wantedTasks(state).length})`;
    case 'pull-opened':
      return `pull request #${event.pull.number}`;
    case 'head-moved':
      return `pull request #${event.pull.number} is looked at again, at ${event.pull.headSha.slice(0, 7)}`;
    case 'review-seen':
      return event.approved ? 'approved by a reviewer' : 'changes requested by a reviewer';
    case 'validation-started':
      return 'checks running';
    case 'validation-passed':
      return basisWords(event.basis);
    case 'validation-failed':
      return `checks failed: ${listOf(event.red)}`;
    case 'landing-chosen':
      return `landing now (${event.reason})`;
    case 'landing-refused':
      return `GitHub did not take it for the moment: ${event.landing.reason}`;
    case 'landed':
      return `landed as ${event.sha.slice(0, 7)} (${landedCount(state)} of ${wantedTasks(state).length})`;
    case 'diagnostic-told':
      return `diagnostic issue #${event.issue.number}`;
    case 'diagnostic-closed':
      return 'diagnostic issue closed';
    case 'sub-issue-edited':
      return 'its sub-issue says what its item says now';
    case 'sub-issue-replaced':
      return `sub-issue is #${event.issue.number}: a twin of it was closed`;
    case 'sub-issue-seen':
    case 'task-queued':
    case 'agent-assigned':
    case 'sub-issue-closed':
      return null;
  }
}

function basisWords(basis: 'checks' | 'verify' | 'unverified'): string {
  if (basis === 'checks') return 'checks passed';
  return basis === 'verify' ? 'verified by the verify command' : 'ready, but nothing has checked it';
}

function deliveryWords(files: readonly { readonly added: number; readonly deleted: number }[]): string {
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const deleted = files.reduce((sum, file) => sum + file.deleted, 0);
  return `${count(files.length, 'file')}, +${added} -${deleted} lines`;
}

/** `5 tasks, 4 dependencies, 2 left out`. */
export function planCounts(plan: Plan): string {
  const left = plan.leftOut.length === 0 ? '' : `, ${plan.leftOut.length} left out`;
  return `${count(plan.tasks.length, 'task')}, ${edgeCount(plan.edges.length)}${left}`;
}

function edgeCount(n: number): string {
  return count(n, 'dependency', 'dependencies');
}
