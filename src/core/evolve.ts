/**
 * evolve(state, event) -> state. Folds what happened; decides nothing and never throws: an event that does not fit the
 * state (or that this version does not know) changes nothing but the sequence number.
 */
import { commandKey } from './commands.ts';
import type { Event, RecordedEvent } from './events.ts';
import { evolveEdges, isEdgeEvent, rewrittenEdges, withFoundEdges } from './evolve-edges.ts';
import { evolveEdits, isEditEvent, newTask, noEdits } from './evolve-edits.ts';
import { evolveTask } from './evolve-task.ts';
import type { CheckState, Orchestration, Task } from './model.ts';
import { withBlockers, withOutside } from './outside.ts';
import type { Plan } from './plan.ts';
import { defaultPolicy } from './plan.ts';
import { deliveryOf, moveTask, pullOf } from './tasks.ts';

export const emptyOrchestration: Orchestration = {
  stateVersion: 2,
  seq: 0,
  id: '',
  repo: { owner: '', name: '', nodeId: '', defaultBranch: 'main', cloneUrl: '' },
  issue: { number: 0, nodeId: '', title: '', url: '' },
  phase: 'requested',
  requestedAt: 0,
  requestedBy: '',
  flags: {},
  readings: 0,
  plan: null,
  digest: null,
  approvedBy: null,
  problems: [],
  requiredChecks: [],
  baseChecks: [],
  tasks: [],
  edgesLinked: [],
  edgesRefused: [],
  plannedAt: null,
  mergeAllowedBy: null,
  edits: noEdits,
  pausedBy: null,
  checks: [],
  requests: [],
  replies: [],
  report: {
    due: 0,
    shown: 0,
    edits: 0,
    lastEditAt: 0,
    comment: null,
    bodyDue: 0,
    bodyShown: 0,
    bodyEdits: 0,
    lastBodyEditAt: 0,
    summaries: [],
  },
  round: 1,
  landings: 0,
  outcome: null,
  masterClosed: false,
  stuck: [],
};

/** Old checks of heads that no task has any more are dropped beyond this many. */
const keptChecks = 500;

export function evolve(state: Orchestration, recorded: RecordedEvent): Orchestration {
  const { event, at, seq } = recorded;
  const next = apply(state, event, at);
  return { ...next, seq, report: withDue(next, event) };
}

/** Folds a whole history. */
export function replay(history: readonly RecordedEvent[]): Orchestration {
  return history.reduce(evolve, emptyOrchestration);
}

function apply(state: Orchestration, event: Event, at: number): Orchestration {
  if ('task' in event) {
    const next = oneTask(state, event.task, event, at);
    if (event.type === 'sub-issue-replaced') return rewrittenEdges(next, event.task);
    return event.type === 'landing-chosen' ? { ...next, landings: next.landings + 1 } : next;
  }
  if (isEditEvent(event)) return evolveEdits(state, event);
  if (isEdgeEvent(event)) return evolveEdges(state, event, at);
  switch (event.type) {
    case 'orchestration-requested':
      return begun(state, event, at);
    case 'command-heard':
      return { ...state, requests: [...state.requests, event.request] };
    case 'command-accepted':
      return withRequest(state, event.source, 'accepted');
    case 'command-refused':
      return withRequest(state, event.source, 'refused');
    case 'reply-owed':
      return withReply(state, event);
    case 'reply-posted':
      return withAnswer(state, event.source);
    case 'comment-reacted':
      return withReaction(state, event);
    case 'run-accepted':
      return withRun(state, event);
    case 'closed-unstarted':
      return { ...state, phase: 'refused' };
    case 'plan-proposed':
      return withPlan(state, event);
    case 'plan-refused':
      return { ...state, phase: 'refused', problems: event.problems };
    case 'plan-digested':
      return { ...state, digest: event.digest };
    case 'plan-grouped':
      return withGroups(state, event);
    case 'plan-approved':
      return { ...everyTask(state, event, at), phase: 'running', approvedBy: event.by };
    case 'plan-rejected':
    case 'orchestration-cancelled':
      return { ...state, phase: 'cancelled' };
    case 'group-issue-linked':
    case 'group-issue-closed':
      return withGroup(state, event);
    case 'planning-finished':
      return { ...state, plannedAt: at };
    case 'check-seen':
      return { ...state, checks: withCheck(state, event.check) };
    case 'pull-closed':
      return withoutPull(state, event.number);
    case 'merge-allowed':
      return allowMerge(state, event);
    case 'outside-seen':
      return withOutside(state, event.issue);
    case 'blockers-seen':
      return withBlockers(state, event);
    case 'paused':
      return { ...state, pausedBy: event.by };
    case 'resumed':
      return { ...state, pausedBy: null };
    case 'retry-requested':
      return withRetry(state, event.flags);
    case 'orchestration-finished':
      return { ...state, phase: 'finished', outcome: { done: event.done, total: event.total, at } };
    case 'status-replaced':
      // the one that was kept shows whatever it was made with
      return { ...state, report: { ...state.report, comment: event.comment, shown: 0 } };
    case 'master-closed':
      return { ...state, masterClosed: true };
    case 'command-gave-up':
      return withStuck(state, event, at);
    case 'status-posted':
    case 'status-edited':
    case 'body-marked':
    case 'summary-posted':
      return withReport(state, event, at);
  }
  // an event of a later version: tolerated, so that a downgrade does not lose the history
  return state;
}

function withRun(before: Orchestration, { by, flags }: Extract<Event, { type: 'run-accepted' }>): Orchestration {
  const { groupedBy: _, ...state } = before;
  return { ...state, phase: 'reading', requestedBy: by, flags, readings: state.readings + 1 };
}

function withGroups(state: Orchestration, event: Extract<Event, { type: 'plan-grouped' }>): Orchestration {
  if (state.phase !== 'proposed') return state;
  const { plan } = event;
  const tasks = plannedTasks(state.issue.number, plan, event.branches);
  return withFoundEdges({ ...state, plan, tasks, digest: null, groupedBy: event.by }, plan);
}

function plannedTasks(issue: number, plan: Plan, branches: readonly string[]): readonly Task[] {
  return plan.tasks.map((planned, index) =>
    newTask(planned, branches[index] ?? `muster/${issue}-${planned.id}`, 'pending'),
  );
}

type GroupEvent = Extract<Event, { type: 'group-issue-linked' | 'group-issue-closed' }>;

function withGroup(state: Orchestration, event: GroupEvent): Orchestration {
  const { groups = [] } = state;
  if (event.type === 'group-issue-closed')
    return { ...state, groups: groups.map((one) => (one.id === event.group ? { ...one, closed: true } : one)) };
  const group = { id: event.group, issue: event.issue };
  return { ...state, groups: [...groups.filter(({ id }) => id !== group.id), group] };
}

function withoutPull(state: Orchestration, number: number): Orchestration {
  const tasks = state.tasks.map((task) =>
    task.openPull?.number === number ? moveTask(task, task, { openPull: null }) : task,
  );
  return { ...state, tasks };
}

function oneTask(state: Orchestration, id: string, event: Event, at: number): Orchestration {
  return { ...state, tasks: state.tasks.map((task) => (task.plan.id === id ? evolveTask(task, event, at) : task)) };
}

function everyTask(state: Orchestration, event: Event, at: number): Orchestration {
  return { ...state, tasks: state.tasks.map((task) => evolveTask(task, event, at)) };
}

function withCheck(state: Orchestration, seen: CheckState): readonly CheckState[] {
  const checks = [...state.checks.filter((check) => check.sha !== seen.sha || check.name !== seen.name), seen];
  if (checks.length <= keptChecks) return checks;
  const heads = new Set(state.tasks.flatMap((task) => [pullOf(task)?.headSha, deliveryOf(task)?.sha]));
  const spare = checks.length - keptChecks;
  const old = checks.filter((check) => check !== seen && !heads.has(check.sha)).slice(0, spare);
  return checks.filter((check) => !old.includes(check));
}

function withRequest(state: Orchestration, source: string, to: 'accepted' | 'refused'): Orchestration {
  return {
    ...state,
    requests: state.requests.map((request) => (request.source === source ? { ...request, state: to } : request)),
  };
}

/** The operator is answered where the question came from, and nothing is posted. */
function withReply(state: Orchestration, event: Extract<Event, { type: 'reply-owed' }>): Orchestration {
  const { source, issue, say } = event;
  const posted = state.requests.some((request) => request.source === source && request.operator === true);
  return { ...state, replies: [...state.replies, { source, issue, say, posted }] };
}

function begun(
  state: Orchestration,
  { id, repo, issue, by }: Extract<Event, { type: 'orchestration-requested' }>,
  at: number,
): Orchestration {
  return { ...state, id, repo, issue: { ...state.issue, number: issue }, requestedAt: at, requestedBy: by };
}

function withAnswer(state: Orchestration, source: string): Orchestration {
  const replies = state.replies.map((reply) => (reply.source === source ? { ...reply, posted: true } : reply));
  return { ...state, replies };
}

function withReaction(
  state: Orchestration,
  { comment, reaction }: Extract<Event, { type: 'comment-reacted' }>,
): Orchestration {
  const requests = state.requests.map((request) =>
    request.comment?.id === comment ? { ...request, reacted: reaction } : request,
  );
  return { ...state, requests };
}

function withPlan(state: Orchestration, event: Extract<Event, { type: 'plan-proposed' }>): Orchestration {
  const { repo, issue, plan, requiredChecks, baseChecks } = event;
  const tasks = plannedTasks(issue.number, plan, event.branches);
  const edits = { ...noEdits, readAt: event.readAt ?? 0 };
  const { lateEdit: _, ...before } = state;
  const late = event.late === undefined ? {} : { lateEdit: event.late };
  const read = { repo, issue, plan, requiredChecks, baseChecks, tasks, edits };
  return withFoundEdges({ ...before, ...late, phase: 'proposed', ...read, digest: null }, plan);
}

function withRetry(state: Orchestration, flags: Orchestration['flags']): Orchestration {
  return {
    ...state,
    phase: 'running',
    round: state.round + 1,
    outcome: null,
    stuck: [],
    flags: { ...state.flags, ...flags },
    plan: state.plan === null ? null : withFlags(state.plan, flags),
  };
}

function allowMerge(state: Orchestration, { by, tasks }: Extract<Event, { type: 'merge-allowed' }>): Orchestration {
  const freed = state.tasks.map((task) =>
    tasks === undefined || tasks.includes(task.plan.id) ? withoutHold(task) : task,
  );
  if (tasks === undefined) return { ...state, mergeAllowedBy: by, tasks: freed };
  return {
    ...state,
    tasks: freed.map((task) => (tasks.includes(task.plan.id) ? { ...task, mergeAllowedBy: by } : task)),
  };
}

function withoutHold(task: Task): Task {
  const { held: _, ...rest } = task;
  return rest;
}

/** A refused edit of what we show counts as made: the next change worth showing is tried again, under a new number. */
function withStuck(
  state: Orchestration,
  event: Extract<Event, { type: 'command-gave-up' }>,
  at: number,
): Orchestration {
  const stuck = [...state.stuck, { key: event.key, message: event.message }];
  const { report } = state;
  const edit = commandKey(state, { kind: 'edit-status', revision: report.edits + 1 });
  const mark = commandKey(state, { kind: 'mark-body', revision: report.bodyEdits + 1 });
  // its own failure is a change too, but not one to try again for
  if (event.key === edit) return { ...state, stuck, report: edited(report, report.due + 1, at) };
  if (event.key === mark) return { ...state, stuck, report: marked(report, report.bodyDue, at) };
  return { ...state, stuck };
}

function edited(report: Orchestration['report'], shown: number, at: number): Orchestration['report'] {
  return { ...report, shown, edits: report.edits + 1, lastEditAt: at };
}

function marked(report: Orchestration['report'], shown: number, at: number): Orchestration['report'] {
  return { ...report, bodyShown: shown, bodyEdits: report.bodyEdits + 1, lastBodyEditAt: at };
}

function withFlags(plan: Plan, flags: Orchestration['flags']): Plan {
  const policy = plan.policy ?? defaultPolicy;
  return {
    ...plan,
    policy: {
      ...policy,
      maxWorkers: flags.maxWorkers ?? policy.maxWorkers,
      batchSize: flags.batchSize ?? policy.batchSize,
      timeoutSeconds: flags.timeoutSeconds ?? policy.timeoutSeconds,
      agent: flags.agent ?? policy.agent,
    },
  };
}

type ReportEvent = Extract<Event, { type: 'status-posted' | 'status-edited' | 'body-marked' | 'summary-posted' }>;

function withReport(state: Orchestration, event: ReportEvent, at: number): Orchestration {
  const { report } = state;
  switch (event.type) {
    case 'status-posted':
      return { ...state, report: { ...report, comment: event.comment, shown: event.shown, lastEditAt: at } };
    case 'status-edited':
      return { ...state, report: edited(report, event.shown, at) };
    case 'body-marked':
      return { ...state, report: marked(report, event.shown, at) };
    case 'summary-posted':
      return {
        ...state,
        report: { ...report, summaries: [...report.summaries, { round: event.round, posted: true }] },
      };
  }
}

const invisible: ReadonlySet<Event['type']> = new Set<Event['type']>([
  'orchestration-requested',
  'command-heard',
  'command-accepted',
  'command-refused',
  'reply-owed',
  'reply-posted',
  'comment-reacted',
  'plan-digested',
  'edit-seen',
  'plan-reread',
  'plan-unchanged',
  'editor-known',
  'edge-linked',
  'edges-confirmed',
  'sub-issue-edited',
  'check-seen',
  'status-posted',
  'status-edited',
  'body-marked',
  'summary-posted',
  'master-closed',
  'task-queued',
  'sub-issue-closed',
  'group-issue-closed',
]);
/** What follows from a closed sub-issue is told; that GitHub closes what has landed is not. */
function isUnremarkable(event: Event): boolean {
  return event.type === 'sub-issue-seen' && (event.fate !== 'open' || event.placed === true);
}

const marksBody: ReadonlySet<Event['type']> = new Set<Event['type']>(['sub-issue-linked', 'landed', 'task-concluded']);

/** A plan that waits is shown with its digest, and with the news that its text has changed. */
function isVisible({ report, phase }: Orchestration, event: Event): boolean {
  if (event.type === 'plan-digested') return report.comment !== null;
  return !invisible.has(event.type) || (event.type === 'edit-seen' && phase === 'proposed');
}

function withDue(state: Orchestration, event: Event): Orchestration['report'] {
  const { report } = state;
  return {
    ...report,
    due: report.due + (isVisible(state, event) && !isUnremarkable(event) ? 1 : 0),
    bodyDue: report.bodyDue + (marksBody.has(event.type) ? 1 : 0),
  };
}
