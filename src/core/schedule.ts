/**
 * Which tasks start now. Work-conserving: a task starts the moment its needs are met and a slot is free, longest
 * remaining path first; `batchSize` adds the seed's barrier. The same predicates answer `why`.
 */
import { remainingPath } from './graph.ts';
import type { Orchestration, Task } from './model.ts';
import { isMet } from './needs.ts';
import { type OpenOutside, openOutside } from './outside.ts';
import type { PlannedEdge, PlannedTask, TaskId } from './plan.ts';
import { edgesFrom, findTask, isOver, occupiesSlot, wantedTasks, weightOf } from './tasks.ts';

export type StartBlocker =
  | { readonly kind: 'not-approved' }
  | { readonly kind: 'paused'; readonly by: string }
  /** Its item was edited, and nobody who may has approved that. */
  | { readonly kind: 'changed' }
  /** The list was edited a moment ago: what starts is what it says, so it is read first. */
  | { readonly kind: 'unread' }
  | { readonly kind: 'no-sub-issue' }
  | { readonly kind: 'edges-unwritten' }
  | { readonly kind: 'need'; readonly task: TaskId; readonly hopeless: boolean }
  /** None of the plan's tasks. */
  | { readonly kind: 'outside'; readonly issue: OpenOutside }
  | { readonly kind: 'pause'; readonly until: number }
  /** A batch is chosen once every task has its sub-issue. */
  | { readonly kind: 'planning' }
  | { readonly kind: 'batch'; readonly running: number }
  | { readonly kind: 'slot'; readonly running: number; readonly max: number };

export interface Start {
  readonly task: TaskId;
  readonly agent: string;
  readonly reason: string;
}

/** The tasks that start now, best first. Never more than the free slots. */
export function pickStarts(state: Orchestration): readonly Start[] {
  const policy = state.plan?.policy;
  if (state.phase !== 'running' || policy === undefined || state.pausedBy !== null || isUnread(state)) return [];
  const running = state.tasks.filter(occupiesSlot).length;
  // a batch is chosen from all tasks: before all are known, the first to be known would be one of its own
  if (policy.batchSize !== null && (running > 0 || state.plannedAt === null)) return [];
  const free = Math.min(policy.maxWorkers - running, policy.batchSize ?? Number.POSITIVE_INFINITY);
  if (free <= 0) return [];
  const length = pathLengths(state);
  const ready = state.tasks.filter(
    (task) => task.status === 'dependency_resolution' && ownBlockers(state, task).length === 0,
  );
  // a stable sort keeps list order among equals
  const best = [...ready].sort((a, b) => (length.get(b.plan.id) ?? 0) - (length.get(a.plan.id) ?? 0));
  return best.slice(0, free).map((task) => ({
    task: task.plan.id,
    agent: task.plan.agent ?? policy.agent,
    reason: agentReason(task.plan),
  }));
}

/** Why this agent, in words. */
export function agentReason({ agent, agentReason: given, persona }: PlannedTask): string {
  if (given !== undefined) return given;
  if (agent !== null) return 'named by the plan';
  return persona === undefined ? 'the default agent' : `the default agent, as ${persona}`;
}

/** Everything that keeps a task from starting now; for one that waits, empty exactly when `pickStarts` may choose it. */
export function startBlockers(state: Orchestration, task: Task): readonly StartBlocker[] {
  const own = ownBlockers(state, task);
  if (own.length > 0 || task.status !== 'dependency_resolution') return own;
  const policy = state.plan?.policy;
  const running = state.tasks.filter(occupiesSlot).length;
  if (policy === undefined) return [{ kind: 'not-approved' }];
  if (state.pausedBy !== null) return [{ kind: 'paused', by: state.pausedBy }];
  if (isUnread(state)) return [{ kind: 'unread' }];
  if (policy.batchSize !== null && state.plannedAt === null) return [{ kind: 'planning' }];
  if (policy.batchSize !== null && running > 0) return [{ kind: 'batch', running }];
  return running >= policy.maxWorkers ? [{ kind: 'slot', running, max: policy.maxWorkers }] : [];
}

function ownBlockers(state: Orchestration, task: Task): readonly StartBlocker[] {
  switch (task.status) {
    case 'pending':
      return [{ kind: 'not-approved' }];
    case 'nlp_parsing':
      return [{ kind: 'no-sub-issue' }];
    case 'task_decomposition':
      return [{ kind: 'edges-unwritten' }];
    case 'failed':
      return task.retryAt === null ? [] : [{ kind: 'pause', until: task.retryAt }];
    case 'dependency_resolution':
      if (isContested(state, task)) return [{ kind: 'changed' }];
      return [...needBlockers(state, task), ...outsideBlockers(state, task)];
    case 'agent_assignment':
    case 'processing':
    case 'pr_created':
    case 'validation_running':
    case 'validation_failed':
    case 'validation_passed':
    case 'merged':
    case 'cancelled':
      return [];
  }
}

function needBlockers(state: Orchestration, task: Task): readonly StartBlocker[] {
  return edgesFrom(state, task.plan.id, 'needs').flatMap((edge) => {
    const other = findTask(state, edge.to);
    if (other === undefined || isMet(state, task, edge, other)) return [];
    return [{ kind: 'need' as const, task: edge.to, hopeless: isHopeless(state, other) }];
  });
}

function outsideBlockers(state: Orchestration, task: Task): readonly StartBlocker[] {
  return openOutside(state, task, 'needs').map((issue) => ({ kind: 'outside' as const, issue }));
}

/** An edit is known, and not what it says. A reading that cannot be had counts as one that changed nothing. */
function isUnread({ edits }: Orchestration): boolean {
  return edits.seenAt > edits.readAt;
}

/** The text asks for something else by now, or not for this any more, and nobody has approved that. */
function isContested({ edits: { change } }: Orchestration, { plan: { id } }: Task): boolean {
  if (change === null) return false;
  return change.reworded.includes(id) || change.dropped.some(({ task }) => task === id);
}

/** True when this task cannot land any more without a human: it ended unlanded, or needs one that did. */
export function isHopeless(state: Orchestration, task: Task): boolean {
  return hopelessTasks(state).has(task.plan.id);
}

/** Remembered per state, because it is asked for every task of it, and the graph may have thousands of edges. */
const hopelessByState = new WeakMap<Orchestration, ReadonlySet<TaskId>>();

/** Spreads from those that ended unlanded to whoever waits for them. */
function hopelessTasks(state: Orchestration): ReadonlySet<TaskId> {
  const known = hopelessByState.get(state);
  if (known !== undefined) return known;
  const byId = new Map(state.tasks.map((task) => [task.plan.id, task]));
  const waiting = new Map<TaskId, TaskId[]>(state.tasks.map((task) => [task.plan.id, []]));
  for (const edge of state.plan?.edges ?? []) {
    const [at, other] = [byId.get(edge.from), byId.get(edge.to)];
    if (at !== undefined && other !== undefined && holdsUp(at, other, edge)) waiting.get(edge.to)?.push(edge.from);
  }
  for (const judge of state.tasks)
    for (const id of judge.plan.judges ?? [])
      if (judge.status !== 'cancelled' && byId.get(id)?.status !== 'merged') waiting.get(judge.plan.id)?.push(id);
  const ended = wantedTasks(state).filter((task) => isOver(task) && task.status !== 'merged');
  const found = new Set(ended.map((task) => task.plan.id));
  // a set hands out what is added to it while it is walked
  for (const id of found) for (const behind of waiting.get(id) ?? []) found.add(behind);
  hopelessByState.set(state, found);
  return found;
}

/** Whether `at` still waits for `other` along this edge. Who started early still waits to land. */
function holdsUp(at: Task, other: Task, { kind, until }: PlannedEdge): boolean {
  if (at.status === 'merged') return false;
  if (kind === 'lands-after') return other.status !== 'cancelled';
  if (until !== undefined && until !== 'merged') return true;
  return at.status === 'dependency_resolution' || at.status === 'failed';
}

/** Minutes (or hops) from the start of each task to the end of the longest chain behind it. */
export function pathLengths(state: Orchestration): ReadonlyMap<TaskId, number> {
  const byId = new Map(state.tasks.map((task) => [task.plan.id, task]));
  return remainingPath([...byId.keys()], state.plan?.edges ?? [], (id) => {
    const task = byId.get(id);
    return task === undefined ? 1 : weightOf(task);
  });
}
