/**
 * The master issue's text is edited while work goes on. An edit is heard, the text is read again, and what differs from
 * what was approved is taken over at once where its editor may command, else when somebody who may approves it.
 */
import { rewordedReason } from './check-ins.ts';
import { openCycle } from './edges.ts';
import type { Event } from './events.ts';
import { isUntouched, signatureOf } from './evolve-edits.ts';
import type { OpenChange, Orchestration, Task } from './model.ts';
import type { PlanChange, TaskId } from './plan.ts';
import { isNothing, planChange } from './resync.ts';
import type { Signal } from './signals.ts';
import { findTask, subIssueOf, waitsForApproval } from './tasks.ts';

export function editSeen(
  state: Orchestration,
  { number, by, at }: Extract<Signal, { type: 'issue-edited' }>,
): readonly Event[] {
  // a plan that waits stays as it was shown; what was edited meanwhile is read once it runs
  if (number !== state.issue.number || (state.phase !== 'running' && !waitsForApproval(state))) return [];
  return at > Math.max(state.edits.seenAt, state.edits.readAt) ? [{ type: 'edit-seen', by, at }] : [];
}

type PlanRead = Extract<Signal, { type: 'plan-read' }>;

/**
 * Whoever asked for a run meant the text as it read then. GitHub's clock counts seconds, so an edit in the same second
 * may have come after; their own edits are as meant.
 */
export function lateEdit(
  state: Orchestration,
  { edited, adopted = [] }: PlanRead,
): { readonly late?: { readonly by: string | null } } {
  const asked = state.requests.findLast(
    ({ state: at, command }) =>
      at === 'accepted' && command.kind === 'command' && (command.verb === 'run' || command.verb === 'plan'),
  );
  if (asked === undefined) return {};
  const late = [...(edited == null ? [] : [edited]), ...adopted].find(
    ({ by, at }) => at >= asked.at && by !== asked.by,
  );
  return late === undefined ? {} : { late: { by: late.by } };
}

/** A task's text may be its sub-issue's, which others may edit than those of the list. */
function isEditedElsewhere(change: PlanChange, { adopted = [] }: PlanRead, by: string | null): boolean {
  const changed = new Set([...change.reworded, ...change.added.map(({ task }) => task)]);
  const numbers = change.plan.tasks.flatMap(({ id, adopts }) => (changed.has(id) ? (adopts?.number ?? []) : []));
  return adopted.some((edit) => numbers.includes(edit.number) && edit.by !== by);
}

/** The answer to another reading of a text that is already worked on. */
export function planReread(state: Orchestration, signal: PlanRead): readonly Event[] {
  if (!state.edits.reading) return [];
  const readAt = Math.max(signal.edited?.at ?? 0, state.edits.seenAt);
  if (!signal.plan.ok) {
    const { problems } = signal.plan;
    return [
      { type: 'plan-unchanged', readAt, problems },
      {
        type: 'reply-owed',
        source: `change-${state.readings}`,
        issue: state.issue.number,
        say: { kind: 'change-problem', problems },
      },
    ];
  }
  const change = planChange(state, signal.plan.plan);
  const circle = change === null ? null : circleIn(state, change);
  if (circle !== null) return [{ type: 'plan-unchanged', readAt, problems: [] }, circle];
  if (change === null || (!isNothing(change) && signatureOf(change.plan) === state.edits.rejected))
    return [{ type: 'plan-unchanged', readAt }];
  const by = signal.edited?.by ?? state.edits.seenBy;
  const asks = by === null || isEditedElsewhere(change, signal, by) ? 'may-not' : 'unknown';
  const editor = isNothing(change) ? 'may-write' : asks;
  return [{ type: 'plan-changed', readAt, change: { ...change, source: `change-${state.readings}`, by, editor } }];
}

/** The text alone has none; together with what is set on GitHub it has one. What is new in it goes by its title. */
function circleIn(state: Orchestration, { plan, added }: PlanChange): Event | null {
  const titles = new Map(plan.tasks.map(({ id, title }) => [id, title]));
  const path = openCycle(state, plan.edges, [...titles.keys()]);
  if (path === null) return null;
  const isNew = (id: TaskId): boolean => added.some(({ task }) => task === id);
  const names = path.map((id) => (isNew(id) ? (titles.get(id) ?? id) : id));
  const say = { kind: 'native-cycle' as const, path: names, by: 'edit' as const };
  return { type: 'reply-owed', source: `change-${state.readings}`, issue: state.issue.number, say };
}

/** Says so on the sub-issue where a person's own text was left as it is. */
export function subIssueEdited(
  state: Orchestration,
  { task: id, title, text, kept }: Extract<Signal, { type: 'sub-issue-edited' }>,
): readonly Event[] {
  const task = findTask(state, id);
  const sub = task === undefined ? null : subIssueOf(task);
  if (task === undefined || sub === null || task.written === undefined) return [];
  if (task.written.title === title && task.written.text === text) return [];
  const edited: Event = { type: 'sub-issue-edited', task: id, title, text };
  if (!kept) return [edited];
  const source = `reworded-${id}-${task.written.edits + 1}`;
  return [edited, { type: 'reply-owed', source, issue: sub.number, say: { kind: 'reworded', task: id } }];
}

/** What follows from an edit, one step at a time. */
export function settleEdits(state: Orchestration): readonly Event[] {
  const { seenAt, readAt, reading, change } = state.edits;
  if (seenAt > readAt && !reading) return [{ type: 'plan-reread' }];
  if (change === null || change.editor !== 'may-write') return [];
  const free = state.plan?.policy.approval === 'run' && state.flags.dryRun !== true;
  return isNothing(change) || free ? approveChange(state, change, change.by ?? 'nobody in particular') : [];
}

/** Takes the text over: what is not wanted any more ends, unless an agent is on it: then a person is asked. */
export function approveChange(state: Orchestration, change: OpenChange, by: string): readonly Event[] {
  const gone = change.dropped.flatMap(({ task, why }) => {
    const found = findTask(state, task);
    return found === undefined ? [] : [{ task: found, reason: goneWords(why) }];
  });
  const ended = gone.filter(({ task }) => isUntouched(task));
  const held = [
    ...gone.filter(({ task }) => !isUntouched(task)),
    ...change.reworded.flatMap((id) => {
      const task = findTask(state, id);
      return task === undefined || isUntouched(task) ? [] : [{ task, reason: rewordedReason }];
    }),
  ].filter(({ task, reason }) => task.held !== reason);
  return [
    { type: 'change-approved', by },
    ...ended.map(({ task, reason }): Event => ({ type: 'task-cancelled', task: task.plan.id, reason, dropped: true })),
    ...held.map(({ task, reason }): Event => ({ type: 'task-held', task: task.plan.id, reason })),
    ...question(
      state,
      change,
      held.map(({ task }) => task),
    ),
  ];
}

function question(state: Orchestration, change: OpenChange, held: readonly Task[]): readonly Event[] {
  if (held.length === 0) return [];
  const tasks = held.map(({ plan }) => plan.id);
  return [
    { type: 'reply-owed', source: `${change.source}-held`, issue: state.issue.number, say: { kind: 'held', tasks } },
  ];
}

function goneWords(why: PlanChange['dropped'][number]['why']): string {
  switch (why) {
    case 'removed':
      return 'its item was taken out of the list';
    case 'ticked':
      return 'its item was ticked by hand';
    case 'struck':
      return 'its item was struck out';
    case 'closed':
      return 'its sub-issue was closed by hand';
    case 'held':
      return 'its item is no work for an agent any more';
  }
}
