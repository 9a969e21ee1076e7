/**
 * A plan that was read again, seen from the orchestration: who is who, what came, went, or reads otherwise. A task keeps
 * its id through edits: it is the item linked to its sub-issue, else the one of its title, else the one most like it.
 */
import { canonicalJson } from './canonical.ts';
import { withNativeEdges } from './edges.ts';
import { isUntouched } from './evolve-edits.ts';
import { regrouped } from './grouping.ts';
import type { Orchestration, Task } from './model.ts';
import type { Plan, PlanChange, PlannedEdge, PlannedTask, SettledItem, TaskId } from './plan.ts';
import { acceptedEdges, withAccepted, withKnownIds } from './proposals.ts';
import { likeness, plainTitle } from './same-title.ts';
import { extended } from './shards.ts';
import { branchNames } from './slugs.ts';
import { findTask, subIssueOf } from './tasks.ts';

/** Null when the text asks for what is approved, in the same order. */
export function planChange(state: Orchestration, read: Plan): PlanChange | null {
  const { plan } = state;
  if (plan === null) return null;
  // what only hands on its sub-issue ended is still the task of its item
  const listed = state.tasks.filter(
    (task) => !(task.status === 'cancelled' && task.dropped === true && task.because === undefined),
  );
  const fresh = regrouped(listed, read);
  const who = identify(listed, fresh.tasks);
  const free = freeIds(state);
  const added: PlannedTask[] = [];
  const ids = new Map(
    fresh.tasks.map((task) => {
      const known = who.get(task.id);
      if (known === undefined) added.push(task);
      return [task.id, known?.plan.id ?? free()];
    }),
  );
  const tasks = fresh.tasks.map((task) => translated(task, ids));
  const inText = new Set(tasks.map(({ id }) => id));
  // what is held is asked about already
  const gone = listed.filter(
    (task) =>
      !inText.has(task.plan.id) &&
      task.plan.made !== true &&
      !isEnded(task) &&
      task.held === undefined &&
      !(task.again === true && whyGone(task, fresh.settled ?? []) === 'ticked'),
  );
  const reworded = tasks.filter((task) => {
    const known = listed.find((one) => one.plan.id === task.id);
    // who works on it is settled once somebody does
    const meant = known === undefined || isUntouched(known) ? task : { ...task, agent: known.plan.agent };
    return known !== undefined && !isEnded(known) && known.held === undefined && !isSameWork(known.plan, meant);
  });
  const released = tasks.filter((task) => {
    const known = listed.find((one) => one.plan.id === task.id);
    return known?.held !== undefined && isSameWork(known.plan, { ...task, agent: known.plan.agent });
  });
  const stated = fresh.edges.map((edge) => ({ ...edge, from: idOf(ids, edge.from), to: idOf(ids, edge.to) }));
  const proposals = fresh.proposals?.map((one) => ({ ...one, from: idOf(ids, one.from), to: idOf(ids, one.to) })) ?? [];
  const { edges } = withAccepted(
    { ...fresh, tasks, edges: withNativeEdges(state, stated, inText) },
    acceptedEdges(plan),
  );
  const kept = plan.edges.filter(({ from, to }) => !inText.has(from) || !inText.has(to));
  const settled = fresh.settled ?? [];
  const asked = (fresh.outside ?? []).map((need) => ({
    ...need,
    from: need.from === null ? null : idOf(ids, need.from),
  }));
  // a text says nothing of what people set on sub-issues
  const native = (plan.outside ?? []).filter(
    ({ basis, from }) => basis === 'native' && from !== null && inText.has(from),
  );
  const outside = [...asked.filter(({ basis, from }) => basis !== 'native' || from === null), ...native];
  const change: PlanChange = {
    plan: {
      ...grouped(
        state,
        fresh,
        tasks.filter(({ id }) => findTask(state, id) === undefined),
      ),
      tasks: [...tasks, ...state.tasks.flatMap((task) => (inText.has(task.plan.id) ? [] : [task.plan]))],
      // what waits for an item that is done is free; what has landed keeps its place in the picture
      edges: [...edges, ...kept.filter((edge) => isHistory(state, edge))],
      ...(proposals.length === 0 ? {} : { proposals: withKnownIds(plan.proposals ?? [], proposals) }),
      ...(outside.length === 0 ? {} : { outside }),
    },
    added: namedBranches(state, tasks, added, ids),
    reworded: reworded.map(({ id }) => id),
    dropped: gone.map((task) => ({ task: task.plan.id, why: whyGone(task, settled) })),
    released: released.map(({ id }) => id),
    rules: !isSameRules(plan, edges, fresh, inText) || outsideNames(plan.outside) !== outsideNames(outside),
  };
  return isNothing(change) && isSameOrder(state, tasks) ? null : change;
}

/** Whoever has a place in a group issue keeps it. */
function grouped(state: Orchestration, fresh: Plan, added: readonly PlannedTask[]): Plan {
  const { shards: _, outside: __, ...plan } = fresh;
  const shards = extended(state, added, fresh.room);
  return shards.length === 0 ? plan : { ...plan, shards };
}

/** Only places in the text changed. */
export function isNothing(change: PlanChange): boolean {
  const { added, reworded, dropped, released, rules } = change;
  return added.length + reworded.length + dropped.length + released.length === 0 && !rules;
}

function isEnded(task: Task): boolean {
  return task.status === 'merged' || task.status === 'cancelled';
}

function idOf(ids: ReadonlyMap<TaskId, TaskId>, id: TaskId): TaskId {
  return ids.get(id) ?? id;
}

function freeIds(state: Orchestration): () => TaskId {
  let last = Math.max(0, ...state.tasks.map(({ plan }) => Number(plan.id.slice(1)) || 0));
  return () => {
    last += 1;
    return `t${last}`;
  };
}

function translated(task: PlannedTask, ids: ReadonlyMap<TaskId, TaskId>): PlannedTask {
  return {
    ...task,
    id: idOf(ids, task.id),
    ...(task.judges === undefined ? {} : { judges: task.judges.map((id) => idOf(ids, id)) }),
    ...(task.chosenBy === undefined ? {} : { chosenBy: { ...task.chosenBy, task: idOf(ids, task.chosenBy.task) } }),
  };
}

/** By the id in the fresh plan. */
function identify(known: readonly Task[], fresh: readonly PlannedTask[]): ReadonlyMap<TaskId, Task> {
  const found = new Map<TaskId, Task>();
  const taken = new Set<Task>();
  const match = (task: PlannedTask, fits: (one: Task) => boolean): void => {
    if (found.has(task.id)) return;
    const one = known.find((other) => !taken.has(other) && fits(other));
    if (one === undefined) return;
    found.set(task.id, one);
    taken.add(one);
  };
  for (const task of fresh)
    match(task, (one) => task.adopts !== null && subIssueOf(one)?.number === task.adopts.number);
  for (const task of fresh)
    match(task, (one) => plainTitle(one.plan.title) === plainTitle(task.title) && pathOf(one.plan) === pathOf(task));
  for (const task of fresh) match(task, (one) => plainTitle(one.plan.title) === plainTitle(task.title));
  const open = fresh.filter((task) => !found.has(task.id) && task.adopts === null && task.made !== true);
  const spare = known.filter((one) => !taken.has(one) && !isEnded(one) && one.plan.made !== true);
  const pairs = open
    .flatMap((task) => spare.map((one) => ({ task, one, like: likeness(one.plan.title, task.title) })))
    .filter(({ like }) => like >= 0.5)
    .sort((a, b) => b.like - a.like);
  for (const { task, one } of pairs) match(task, (other) => other === one);
  return found;
}

function pathOf(task: PlannedTask): string {
  return [task.section ?? '', ...task.parents].map(plainTitle).join('\n');
}

/** What an approval is about, see canonical.ts; never where it stands. */
function isSameWork(a: PlannedTask, b: PlannedTask): boolean {
  const part = ({ title, text, role, agent, persona, outputs, judges, sendBacks, chosenBy }: PlannedTask): string =>
    canonicalJson({
      title,
      text: text.replaceAll('\r', ''),
      role,
      agent,
      persona,
      outputs,
      judges,
      sendBacks,
      chosenBy,
    });
  return part(a) === part(b);
}

function isSameRules(plan: Plan, edges: readonly PlannedEdge[], fresh: Plan, inText: ReadonlySet<TaskId>): boolean {
  const names = (some: readonly PlannedEdge[]): string =>
    [...new Set(some.map(({ from, to, kind, until = 'merged' }) => `${kind} ${from}>${to} ${until}`))].sort().join();
  const before = plan.edges.filter(({ from, to }) => inText.has(from) && inText.has(to));
  return names(before) === names(edges) && canonicalJson(plan.policy) === canonicalJson(fresh.policy);
}

/** What the author says; GitHub's own edges are watched by themselves. */
function outsideNames(needs: Plan['outside'] = []): string {
  const said = needs.filter(({ basis }) => basis !== 'native');
  const names = said.map(({ from, owner, name, number, kind }) => `${kind} ${from}>${owner}/${name}#${number}`);
  return [...new Set(names)].sort().join();
}

function isSameOrder(state: Orchestration, tasks: readonly PlannedTask[]): boolean {
  const before = state.tasks.map(({ plan }) => `${plan.id} ${plan.line}`);
  const now = new Set(tasks.map(({ id }) => id));
  const listed = before.filter((one) => now.has(one.slice(0, one.indexOf(' '))));
  return listed.join() === tasks.map(({ id, line }) => `${id} ${line}`).join();
}

function isHistory(state: Orchestration, { from, to }: PlannedEdge): boolean {
  const ends = state.tasks.filter(({ plan }) => plan.id === from || plan.id === to);
  return ends.some((task) => task.status === 'merged');
}

function namedBranches(
  state: Orchestration,
  tasks: readonly PlannedTask[],
  added: readonly PlannedTask[],
  ids: ReadonlyMap<TaskId, TaskId>,
): PlanChange['added'] {
  const fresh = new Set(added.map(({ id }) => idOf(ids, id)));
  const more = tasks.filter(({ id }) => fresh.has(id));
  const taken = state.tasks.map(({ branch }) => branch);
  return branchNames(state.issue.number, more, taken).map((branch, index) => ({ task: more[index]?.id ?? '', branch }));
}

function whyGone(task: Task, settled: readonly SettledItem[]): PlanChange['dropped'][number]['why'] {
  const sub = subIssueOf(task)?.number ?? null;
  const item =
    settled.find(({ link }) => link !== null && link === sub) ??
    settled.find(({ title }) => plainTitle(title) === plainTitle(task.plan.title));
  return item?.why ?? 'removed';
}
