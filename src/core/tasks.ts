/** Small questions about tasks that every rule asks. */
import type { Attempt } from './attempt.ts';
import type { IssueRef, Orchestration, PullRef, Task, TaskFacts, TaskProgress } from './model.ts';
import type { Plan, PlannedEdge, TaskId } from './plan.ts';

/** A plan is there, and only `/muster approve` (or `run`) starts it. */
export function waitsForApproval(state: Orchestration): boolean {
  if (state.phase !== 'proposed' || state.digest === null || state.plan === null) return false;
  const { plan, flags, lateEdit } = state;
  const isAsked = plan.policy.approval === 'required' || plan.waits !== undefined;
  return isAsked || flags.dryRun === true || lateEdit !== undefined;
}

export function findTask(state: Orchestration, id: TaskId): Task | undefined {
  let index = indexByTasks.get(state.tasks);
  if (index === undefined) {
    index = new Map(state.tasks.map((task) => [task.plan.id, task]));
    indexByTasks.set(state.tasks, index);
  }
  return index.get(id);
}

/** Remembered per list of tasks, because every rule asks for both ends of every edge. */
const indexByTasks = new WeakMap<readonly Task[], ReadonlyMap<TaskId, Task>>();

export function subIssueOf(task: Task): IssueRef | null {
  return 'sub' in task ? task.sub : null;
}

export function pullOf(task: Task): PullRef | null {
  return 'pull' in task ? task.pull : task.openPull;
}

export function lastAttempt(task: Task): Attempt | undefined {
  return task.attempts.at(-1);
}

/** What the running or just ended attempt delivered, or null. */
export function deliveryOf(task: Task): Attempt['delivery'] {
  return lastAttempt(task)?.delivery ?? null;
}

/** An agent is on it, or about to be. */
export function occupiesSlot(task: Task): boolean {
  return task.status === 'agent_assignment' || (task.status === 'processing' && deliveryOf(task) === null);
}

/** Ended for good unless a human asks for more. */
export function isOver(task: Task): boolean {
  return task.status === 'merged' || task.status === 'cancelled' || (task.status === 'failed' && task.retryAt === null);
}

/** An analysis chose another branch. */
export function isNotChosen(task: Task): boolean {
  return task.status === 'cancelled' && task.notChosen === true;
}

/** Nobody waits for it: another branch was chosen, or a person has done it. */
export function isWaivedFor(task: Task): boolean {
  return isNotChosen(task) || (task.status === 'cancelled' && task.because === 'completed');
}

/** Those that count: what an analysis did not choose was never asked for, what left the list is not asked for any more. */
export function wantedTasks(state: Orchestration): readonly Task[] {
  return state.tasks.filter((task) => !isNotChosen(task) && !(task.status === 'cancelled' && task.dropped === true));
}

/** In the order of the plan. */
export function edgesFrom(state: Orchestration, id: TaskId, kind: PlannedEdge['kind']): readonly PlannedEdge[] {
  return state.plan === null ? [] : (edgeIndex(state.plan).get(`${kind} ${id}`) ?? []);
}

/** Remembered per plan, because every rule asks for the edges of every task. */
const indexByPlan = new WeakMap<Plan, ReadonlyMap<string, readonly PlannedEdge[]>>();

function edgeIndex(plan: Plan): ReadonlyMap<string, readonly PlannedEdge[]> {
  const known = indexByPlan.get(plan);
  if (known !== undefined) return known;
  const index = new Map<string, PlannedEdge[]>();
  for (const edge of plan.edges) {
    const key = `${edge.kind} ${edge.from}`;
    const some = index.get(key);
    if (some === undefined) index.set(key, [edge]);
    else some.push(edge);
  }
  indexByPlan.set(plan, index);
  return index;
}

export function edgeName(edge: { readonly from: TaskId; readonly to: TaskId }): string {
  return `${edge.from}>${edge.to}`;
}

/** The same task in another state: its facts stay, what belonged to the old state goes. */
export function moveTask(task: Task, progress: TaskProgress, facts: Partial<TaskFacts> = {}): Task {
  const { plan, branch, attempts, round, pass, diagnostic, openPull, approvedByReview, mergeAllowedBy } = task;
  const kept = { plan, branch, attempts, round, pass, diagnostic, openPull, approvedByReview, mergeAllowedBy };
  const marks = {
    ...(task.subClosed === true ? { subClosed: true as const } : {}),
    ...(task.dropped === true ? { dropped: true as const } : {}),
    ...(task.held === undefined ? {} : { held: task.held }),
    ...(task.subFate === undefined ? {} : { subFate: task.subFate }),
    ...(task.placed === true ? { placed: true as const } : {}),
    ...(task.reopened === true ? { reopened: true as const } : {}),
    ...(task.again === true ? { again: true as const } : {}),
    ...(task.written === undefined ? {} : { written: task.written }),
  };
  return { ...kept, ...marks, ...progress, ...facts };
}

/** Its item was reworded, and its sub-issue says the old words still. */
export function isOutOfDate({ plan, written }: Task): boolean {
  return written !== undefined && (written.title !== plan.title || written.text !== plan.text);
}

/** Minutes a task is thought to take: the size its text gives, else one hop. */
export function weightOf(task: { readonly plan: { readonly estimateMinutes: number | null } }): number {
  return task.plan.estimateMinutes ?? 1;
}
