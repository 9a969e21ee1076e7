/** evolve for edits of the master issue's text: what is heard, read, proposed, and taken over once somebody approved it. */
import { approvedPart, canonicalJson } from './canonical.ts';
import type { Event } from './events.ts';
import { withFoundEdges } from './evolve-edges.ts';
import type { Edits, OpenChange, Orchestration, Task } from './model.ts';
import type { Plan, PlannedEdge, PlannedTask } from './plan.ts';
import { withAccepted } from './proposals.ts';

export const noEdits: Edits = { seenAt: 0, seenBy: null, readAt: 0, reading: false, change: null, rejected: null };

const editTypes = [
  'edit-seen',
  'plan-reread',
  'plan-unchanged',
  'plan-changed',
  'editor-known',
  'change-approved',
  'change-rejected',
  'proposals-accepted',
] as const;

type EditEvent = Extract<Event, { type: (typeof editTypes)[number] }>;

export function isEditEvent(event: Event): event is EditEvent {
  return editTypes.some((type) => type === event.type);
}

export function evolveEdits(state: Orchestration, event: EditEvent): Orchestration {
  const { edits } = state;
  const withEdits = (change: Partial<Edits>): Orchestration => ({ ...state, edits: { ...edits, ...change } });
  switch (event.type) {
    case 'edit-seen':
      return withEdits({ seenAt: event.at, seenBy: event.by });
    case 'plan-reread':
      return { ...withEdits({ reading: true }), readings: state.readings + 1 };
    case 'plan-unchanged':
      return withEdits({ reading: false, readAt: event.readAt, change: null });
    case 'plan-changed':
      return withEdits({ reading: false, readAt: event.readAt, change: event.change });
    case 'editor-known':
      return edits.change === null
        ? state
        : withEdits({ change: { ...edits.change, editor: event.mayWrite ? 'may-write' : 'may-not' } });
    case 'change-rejected':
      return edits.change === null ? state : withEdits({ change: null, rejected: signatureOf(edits.change.plan) });
    case 'change-approved':
      return edits.change === null ? state : takenOver(state, edits.change);
    case 'proposals-accepted':
      return withProposals(state, event.edges);
  }
}

/** An edited list that waits for approval was compared with the plan as it was, so they join both. */
function withProposals(state: Orchestration, edges: readonly PlannedEdge[]): Orchestration {
  const { plan, edits } = state;
  const change = edits.change === null ? null : { ...edits.change, plan: withAccepted(edits.change.plan, edges) };
  return { ...state, plan: plan === null ? null : withAccepted(plan, edges), edits: { ...edits, change } };
}

/** Equal for texts that ask for the same; what people accepted beyond the text does not count. */
export function signatureOf(plan: Plan): string {
  return canonicalJson(approvedPart({ ...plan, edges: plan.edges.filter(({ basis }) => basis !== 'proposed') }));
}

export function newTask(plan: PlannedTask, branch: string, status: 'pending' | 'nlp_parsing'): Task {
  return {
    plan,
    branch,
    attempts: [],
    round: 1,
    pass: 1,
    diagnostic: null,
    openPull: null,
    approvedByReview: false,
    mergeAllowedBy: null,
    status,
  };
}

function takenOver(state: Orchestration, change: OpenChange): Orchestration {
  const known = new Map(state.tasks.map((task) => [task.plan.id, task]));
  const branches = new Map(change.added.map(({ task, branch }) => [task, branch]));
  const tasks = change.plan.tasks.map((planned) => {
    const task = known.get(planned.id);
    if (task === undefined)
      return newTask(planned, branches.get(planned.id) ?? `muster/${state.issue.number}-${planned.id}`, 'nlp_parsing');
    // what runs was asked for in its old words
    const { held: _, ...free } = task;
    if (change.released.includes(task.plan.id)) return free;
    const plan = isUntouched(task) ? planned : { ...task.plan, line: planned.line };
    return canonicalJson(plan) === canonicalJson(task.plan) ? task : reworded(task, plan);
  });
  const edits = { ...state.edits, change: null, rejected: null };
  return withFoundEdges({ ...state, tasks, plan: change.plan, edits }, change.plan);
}

/** Its sub-issue still says what it was made with. */
function reworded(task: Task, plan: PlannedTask): Task {
  const { title, text } = task.plan;
  const isSame = title === plan.title && text === plan.text;
  return { ...task, plan, ...(isSame ? {} : { written: task.written ?? { title, text, edits: 0 } }) };
}

/** No agent has it now, and nothing of it waits to land. */
export function isUntouched({ status }: Task): boolean {
  return (
    status === 'pending' ||
    status === 'nlp_parsing' ||
    status === 'task_decomposition' ||
    status === 'dependency_resolution' ||
    status === 'failed'
  );
}
