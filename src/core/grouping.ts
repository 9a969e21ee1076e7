/**
 * Several items of a list in one task: the merge itself, and recognising them when the list is read again. Pure on the
 * plan, so that what starts is what was shown.
 */
import type { Task } from './model.ts';
import type { Plan, PlannedEdge, PlannedItem, PlannedTask, TaskId } from './plan.ts';
import { likeness, plainTitle } from './same-title.ts';
import { divide } from './shards.ts';
import { subIssueOf } from './tasks.ts';

/** Each proposed group as one task, at the place and with the id of its first one. */
export function groupedPlan(plan: Plan): Plan {
  const { grouping = [], ...rest } = plan;
  const byId = new Map(plan.tasks.map((task) => [task.id, task]));
  const merged = grouping.flatMap(({ title, tasks }) => {
    const members = tasks.flatMap((id) => byId.get(id) ?? []);
    const [first, ...rest] = members;
    return first === undefined || rest.length === 0 ? [] : [{ members, task: mergeTasks(first, rest, title) }];
  });
  const { shards: _, waits, ...whole } = replaced(rest, merged);
  // fewer tasks need fewer group issues, or none
  const shards = divide(whole.tasks, plan.room);
  return {
    ...whole,
    warnings: plan.warnings.filter(({ code }) => code !== 'over-granular'),
    ...(shards.length === 0 ? {} : { shards, ...(waits === undefined ? {} : { waits }) }),
  };
}

/** The text lists what each of them asks for. */
export function mergeTasks(first: PlannedTask, others: readonly PlannedTask[], title: string): PlannedTask {
  const members = [first, ...others];
  const items = members.flatMap(itemsOf);
  const titles = new Set(items.map((item) => item.title));
  const neighbours = members.flatMap((task) => task.neighbours).filter((one) => !titles.has(one));
  const minutes = members.map(({ estimateMinutes }) => estimateMinutes);
  const capabilities = [...new Set(members.flatMap((task) => task.capabilities ?? []))];
  return {
    ...first,
    title,
    text: items.map(({ text }) => `- ${text.trim().replace(/\r?\n(?=[^\r\n])/g, '\n  ')}`).join('\n'),
    section: items.every(({ section }) => section === first.section) ? first.section : null,
    parents: sharedStart(items.map(({ parents }) => parents)),
    neighbours: [...new Set(neighbours)].slice(0, 4),
    estimateMinutes: minutes.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0),
    line: Math.min(...items.map(({ line }) => line)),
    adopts: members.find(({ adopts }) => adopts !== null)?.adopts ?? null,
    ...(capabilities.length === 0 ? {} : { capabilities }),
    items,
  };
}

export function itemsOf(task: PlannedTask): readonly PlannedItem[] {
  const { title, text, line, section, parents, estimateMinutes } = task;
  return task.items ?? [{ title, text, line, section, parents, estimateMinutes }];
}

/** Ends are renamed; what is inside one task, and doubles, go. Of two equal needs the one that asks for more stays. */
export function contracted<Edge extends Pick<PlannedEdge, 'from' | 'to' | 'kind' | 'until'>>(
  edges: readonly Edge[],
  ids: ReadonlyMap<TaskId, TaskId>,
): readonly Edge[] {
  const found = new Map<string, Edge>();
  for (const edge of edges) {
    const [from, to] = [ids.get(edge.from) ?? edge.from, ids.get(edge.to) ?? edge.to];
    if (from === to) continue;
    const key = `${edge.kind} ${from}>${to}`;
    const known = found.get(key);
    if (known === undefined || asksFor(edge) > asksFor(known)) found.set(key, { ...edge, from, to });
  }
  return [...found.values()];
}

/** The items of tasks that hold several of them, found in a list that was read again. */
export function regrouped(known: readonly Task[], fresh: Plan): Plan {
  const groups = known.filter(({ plan }) => plan.items !== undefined).map(profileOf);
  if (groups.length === 0) return fresh;
  const singles = new Set(known.flatMap(({ plan }) => (plan.items === undefined ? [plainTitle(plan.title)] : [])));
  const listed = new Set(fresh.tasks.flatMap((task) => itemsOf(task).map(({ title }) => plainTitle(title))));
  let open = fresh.tasks
    .filter(({ made }) => made !== true)
    .map((task) => ({ task, title: plainTitle(task.title), place: placeOf(task), unlinked: task.adopts === null }));
  const gather = (fits: (group: Profile, one: (typeof open)[number]) => boolean): void => {
    open = open.filter((one) => {
      const group = groups.find((other) => fits(other, one));
      group?.members.push(one.task);
      return group === undefined;
    });
  };
  gather(({ issue }, { task }) => task.adopts !== null && task.adopts.number === issue);
  gather(({ places }, { place, unlinked }) => unlinked && places.has(place));
  open = open.filter(({ title, unlinked }) => unlinked && !singles.has(title));
  gather(({ titles }, { title }) => titles.has(title));
  gather(({ task, members }, { task: one }) => {
    const before = itemsOf(task.plan);
    // as many as are missing may read otherwise; the rest is new
    if (members.flatMap(itemsOf).length >= before.length) return false;
    const gone = before.filter(({ title }) => !listed.has(plainTitle(title)));
    return gone.some((item) => pathOf(item) === pathOf(one) && likeness(item.title, one.title) >= 0.5);
  });
  return replaced(
    fresh,
    groups.flatMap(({ task, titles, members }) => {
      const [first] = members;
      return first === undefined ? [] : [{ members, task: mergeAgain(task, titles, first, members) }];
    }),
  );
}

interface Profile {
  readonly task: Task;
  readonly issue: number | undefined;
  /** Title -> place among its items. */
  readonly titles: ReadonlyMap<string, number>;
  readonly places: ReadonlySet<string>;
  readonly members: PlannedTask[];
}

function profileOf(task: Task): Profile {
  const items = itemsOf(task.plan);
  return {
    task,
    issue: subIssueOf(task)?.number,
    titles: new Map(items.map(({ title }, index) => [plainTitle(title), index])),
    places: new Set(items.map(placeOf)),
    members: [],
  };
}

/** Under the title that it has. Another order of the same items is no other task; with other words the list's counts. */
function mergeAgain(
  group: Task,
  titles: Profile['titles'],
  first: PlannedTask,
  members: readonly PlannedTask[],
): PlannedTask {
  const parts = members.flatMap((task) =>
    itemsOf(task).map((item) => ({
      place: titles.get(plainTitle(item.title)),
      task: { ...task, ...item, items: [item] },
    })),
  );
  const isSame = parts.every(({ place }) => place !== undefined);
  const [head = first, ...rest] = parts
    .sort((a, b) => (isSame ? (a.place ?? 0) - (b.place ?? 0) : a.task.line - b.task.line))
    .map(({ task }): PlannedTask => task);
  return { ...mergeTasks(head, rest, group.plan.title), id: first.id, adopts: subIssueOf(group) };
}

interface Merged {
  readonly members: readonly PlannedTask[];
  readonly task: PlannedTask;
}

/** Each merged task stands where the first of its members in the list stood. */
function replaced(plan: Plan, merged: readonly Merged[]): Plan {
  const order = new Map(plan.tasks.map(({ id }, index) => [id, index]));
  const ids = new Map<TaskId, TaskId>();
  const instead = new Map<TaskId, PlannedTask>();
  for (const { members, task } of merged) {
    const sorted = [...members].sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
    const id = sorted[0]?.id ?? task.id;
    for (const member of members) ids.set(member.id, id);
    instead.set(id, { ...task, id });
  }
  const tasks = plan.tasks.flatMap((task) => {
    const id = ids.get(task.id);
    if (id === undefined) return [task];
    return id === task.id ? [instead.get(id) ?? task] : [];
  });
  const { proposals } = plan;
  return {
    ...plan,
    tasks: tasks.map((task) => renamed(task, ids)),
    edges: contracted(plan.edges, ids),
    ...(plan.outside === undefined
      ? {}
      : {
          outside: plan.outside.map((need) => ({
            ...need,
            from: need.from === null ? null : (ids.get(need.from) ?? need.from),
          })),
        }),
    ...(proposals === undefined ? {} : { proposals: contracted(proposals, ids) }),
  };
}

function renamed(task: PlannedTask, ids: ReadonlyMap<TaskId, TaskId>): PlannedTask {
  const { judges, chosenBy } = task;
  return {
    ...task,
    ...(judges === undefined ? {} : { judges: [...new Set(judges.map((id) => ids.get(id) ?? id))] }),
    ...(chosenBy === undefined ? {} : { chosenBy: { ...chosenBy, task: ids.get(chosenBy.task) ?? chosenBy.task } }),
  };
}

function asksFor({ until = 'merged' }: Pick<PlannedEdge, 'until'>): number {
  return ['pr-green', 'approved', 'merged'].indexOf(until);
}

function sharedStart(paths: readonly (readonly string[])[]): readonly string[] {
  const [first = []] = paths;
  const end = first.findIndex((part, at) => !paths.every((path) => path[at] === part));
  return end < 0 ? first : first.slice(0, end);
}

type Place = Pick<PlannedTask, 'title' | 'section' | 'parents'>;

function pathOf({ section, parents }: Place): string {
  return [section ?? '', ...parents].map(plainTitle).join('\n');
}

function placeOf(item: Place): string {
  return `${plainTitle(item.title)}\n${pathOf(item)}`;
}
