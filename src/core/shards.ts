/**
 * Group issues. An issue takes a hundred sub-issues, closed ones included; what does not fit under the master issue
 * stands under issues of its own, each a part of the list: sections stay whole where they fit, and neighbours stay together.
 */
import type { IssueRef, Orchestration, Task } from './model.ts';
import type { Plan, PlannedTask, Room, Shard, TaskId } from './plan.ts';
import { findTask, isNotChosen, subIssueOf } from './tasks.ts';

/** GitHub's limit of sub-issues per issue; its eight levels are out of reach. */
export const mostSubIssues = 100;

/** Beyond this a list is refused, however it is divided. Tasks. */
export const mostTasks = 1_000;

const usualRoom: Room = { most: mostSubIssues, taken: [] };

/** Of a list seen for the first time; empty where everything fits under the master issue. In the order of the list. */
export function divide(tasks: readonly PlannedTask[], room: Room = usualRoom): readonly Shard[] {
  const fresh = tasks.filter(({ adopts }) => adopts === null);
  const free = room.most - room.taken.length;
  return fresh.length <= free ? [] : shardsOf(fresh, { most: room.most, free, known: 0 });
}

/** `free`: how many more issues the master issue takes; `known`: groups that there are. */
interface Places {
  readonly most: number;
  readonly free: number;
  readonly known: number;
}

function shardsOf(tasks: readonly PlannedTask[], { most, free, known }: Places): readonly Shard[] {
  const parts = packed(partsOf(tasks, most), most);
  const few = parts.length <= free ? parts : even(tasks, most);
  return few.map((some, index) => ({ id: `g${known + index + 1}`, tasks: some.map(({ id }) => id) }));
}

/** Neighbours of one section; of one top-level group where the section is too large; else as many as fit, evenly. */
function partsOf(tasks: readonly PlannedTask[], most: number): readonly (readonly PlannedTask[])[] {
  return runsOf(tasks, ({ section }) => section ?? '').flatMap((section) => {
    if (section.length <= most) return [section];
    return runsOf(section, ({ parents }) => parents[0] ?? '').flatMap((part) => even(part, most));
  });
}

function runsOf(
  tasks: readonly PlannedTask[],
  nameOf: (task: PlannedTask) => string,
): readonly (readonly PlannedTask[])[] {
  const runs: PlannedTask[][] = [];
  let last: string | null = null;
  for (const task of tasks) {
    const name = nameOf(task);
    if (name === last) runs.at(-1)?.push(task);
    else runs.push([task]);
    last = name;
  }
  return runs;
}

function even<T>(some: readonly T[], most: number): readonly (readonly T[])[] {
  const count = Math.ceil(some.length / most);
  return [...Array(count).keys()].map((index) =>
    some.slice(Math.ceil((index * some.length) / count), Math.ceil(((index + 1) * some.length) / count)),
  );
}

/** As few as the parts allow, and of about one size, so that what is added later finds room. */
function packed<T>(parts: readonly (readonly T[])[], most: number): readonly (readonly T[])[] {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const aim = total / Math.ceil(total / most);
  const bins: T[][] = [];
  for (const part of parts) {
    const bin = bins.at(-1);
    const size = bin?.length ?? 0;
    const together = size + part.length;
    if (bin !== undefined && together <= most && together - aim <= aim - size) bin.push(...part);
    else bins.push([...part]);
  }
  return bins;
}

/** Of a list that grew while it is worked on: `added` joins groups with room, and only what is left makes new ones. */
export function extended(
  state: Orchestration,
  added: readonly PlannedTask[],
  room: Room = usualRoom,
): readonly Shard[] {
  const known = state.plan?.shards ?? [];
  const fresh = added.filter(({ adopts }) => adopts === null);
  const free = room.most - directIssues(state, room);
  if (known.length === 0 && fresh.length <= free) return [];
  const closed = new Set((state.groups ?? []).flatMap((group) => (group.closed === true ? [group.id] : [])));
  const open = known.filter(({ id }) => !closed.has(id)).map(({ id, tasks }) => ({ id, tasks: [...tasks] }));
  const sections = new Map(state.tasks.map(({ plan }) => [plan.id, plan.section]));
  const left: PlannedTask[] = [];
  for (const task of fresh) {
    const roomy = open.filter(({ tasks }) => tasks.length < room.most);
    const home = roomy.findLast(({ tasks }) => tasks.some((id) => sections.get(id) === task.section)) ?? roomy.at(-1);
    if (home === undefined) left.push(task);
    else home.tasks.push(task.id);
  }
  // put back into the list, it goes on with the sub-issue that it had, where that stands
  for (const { id, adopts } of added) {
    const before = state.tasks.find((task) => adopts !== null && subIssueOf(task)?.number === adopts.number);
    const shard = before === undefined ? undefined : shardOf(state.plan, before.plan.id);
    open.find((one) => one.id === shard?.id)?.tasks.push(id);
  }
  const grown = known.map((shard) => open.find(({ id }) => id === shard.id) ?? shard);
  const more = shardsOf(left, { most: room.most, free, known: known.length });
  // no place for another group issue: the new ones are asked for under the master issue, and GitHub has the word
  return more.length <= free ? [...grown, ...more] : grown;
}

/** How many issues stand directly under the master issue, those that are still to be made included. */
function directIssues(state: Orchestration, room: Room): number {
  const groups = state.groups ?? [];
  const direct = state.tasks.filter((task) => shardOf(state.plan, task.plan.id) === undefined);
  const made = new Set([
    ...room.taken,
    ...direct.flatMap((task) => subIssueOf(task)?.number ?? []),
    ...groups.map(({ issue }) => issue.number),
  ]);
  const coming = direct.filter((task) => subIssueOf(task) === null && task.status !== 'cancelled');
  return made.size + coming.length + Math.max(0, (state.plan?.shards ?? []).length - groups.length);
}

export function shardOf(plan: Plan | null, id: TaskId): Shard | undefined {
  return plan === null ? undefined : shardIndex(plan).get(id);
}

/** Remembered per plan, because it is asked for every task of it. */
const indexByPlan = new WeakMap<Plan, ReadonlyMap<TaskId, Shard>>();

function shardIndex(plan: Plan): ReadonlyMap<TaskId, Shard> {
  const known = indexByPlan.get(plan);
  if (known !== undefined) return known;
  const index = new Map((plan.shards ?? []).flatMap((shard) => shard.tasks.map((id) => [id, shard] as const)));
  indexByPlan.set(plan, index);
  return index;
}

export function groupIssueOf(state: Orchestration, shard: Shard): IssueRef | null {
  return state.groups?.find(({ id }) => id === shard.id)?.issue ?? null;
}

/** The issue that a task's sub-issue stands under; null while its group issue is still to be made. */
export function parentOf(
  state: Orchestration,
  id: TaskId,
): { readonly number: number; readonly nodeId: string } | null {
  const shard = shardOf(state.plan, id);
  if (shard !== undefined) return groupIssueOf(state, shard);
  return { number: state.issue.number, nodeId: state.issue.nodeId };
}

export function tasksOf(state: Orchestration, shard: Shard): readonly Task[] {
  return shard.tasks.flatMap((id) => findTask(state, id) ?? []);
}

/** Group issues to be made, each with the round of the tasks that wait for it. */
export function missingGroups(state: Orchestration): readonly { readonly group: string; readonly round: number }[] {
  return (state.plan?.shards ?? []).flatMap((shard) => {
    if (groupIssueOf(state, shard) !== null) return [];
    const waiting = tasksOf(state, shard).filter(
      ({ status, plan }) => status === 'nlp_parsing' && plan.adopts === null,
    );
    const round = Math.max(0, ...waiting.map((task) => task.round));
    return round === 0 ? [] : [{ group: shard.id, round }];
  });
}

/** Group issues that are still open although nothing of them is left to do. */
export function doneGroups(state: Orchestration): readonly string[] {
  return (state.plan?.shards ?? []).flatMap((shard) => {
    const group = state.groups?.find(({ id }) => id === shard.id);
    if (group === undefined || group.closed === true) return [];
    const tasks = tasksOf(state, shard);
    return tasks.every(endedWell) && tasks.some(({ status }) => status === 'merged') ? [shard.id] : [];
  });
}

function endedWell(task: Task): boolean {
  return task.status === 'merged' || isNotChosen(task) || (task.status === 'cancelled' && task.dropped === true);
}
