/**
 * Dependencies that people set and take out on GitHub. A webhook tells of one, a sweep shows how all stand; both lead to
 * the same end. What we wrote or heard of lately is not doubted because a sweep shows it otherwise: lists lag behind.
 */
import { type Ends, edgesNamed, endsOf, isPlannedNeed, isSettledEdge, isStated, nativeOf, openCycle } from './edges.ts';
import type { Event } from './events.ts';
import type { Orchestration, Task } from './model.ts';
import { blockersSeen } from './outside.ts';
import type { Signal } from './signals.ts';
import { edgeName, findTask, subIssueOf } from './tasks.ts';

/** How long a sweep may lag behind, far above what GitHub needs. */
const lagMs = 120_000;

export function edgeTold(
  state: Orchestration,
  { blocked, blocking, there, by }: Extract<Signal, { type: 'edge-told' }>,
): readonly Event[] {
  const tasks = unlandedTasks(state);
  const [from, to] = [tasks.get(blocked), tasks.get(blocking)];
  if (from === undefined || to === undefined || from.status === 'cancelled') return [];
  const ends = { from: from.plan.id, to: to.plan.id };
  if (!there) return taken(state, ends, by);
  const name = edgeName(ends);
  return isThere(state, name) ? [] : found(state, [], ends, by);
}

export function edgesSeen(
  state: Orchestration,
  { issues }: Extract<Signal, { type: 'edges-seen' }>,
  now: number,
): readonly Event[] {
  const tasks = unlandedTasks(state);
  const events: Event[] = [];
  const confirmed: string[] = [];
  for (const seen of issues) {
    const task = tasks.get(seen.id);
    if (task === undefined || task.status === 'cancelled') continue;
    const from = task.plan.id;
    const { names = [] } = seen;
    const outside = names.filter((_, at) => !isTask(state, seen.blockers[at]));
    if (seen.all) events.push(...blockersSeen(state, outside, from));
    const there = new Set(seen.blockers.flatMap((id) => tasks.get(id)?.plan.id ?? []).map((to) => `${from}>${to}`));
    for (const name of new Set([...there, ...edgesNamed(state, from)])) {
      const is = there.has(name);
      const isOver = findTask(state, endsOf(name).to)?.status === 'merged';
      if (isOver || (!is && !seen.all)) continue;
      if (is === isThere(state, name) && name in nativeOf(state).unseen) confirmed.push(name);
      events.push(...compared(state, events, name, is, now));
    }
  }
  return confirmed.length === 0 ? events : [...events, { type: 'edges-confirmed', edges: confirmed }];
}

/** One edge as a sweep shows it, against what we believe. */
function compared(
  state: Orchestration,
  before: readonly Event[],
  name: string,
  is: boolean,
  now: number,
): readonly Event[] {
  const { aside, unseen } = nativeOf(state);
  const ends = endsOf(name);
  const isOurs = state.edgesLinked.includes(name);
  if (is === isThere(state, name)) {
    const freed = is && aside.includes(name) && !isOurs && cycleWith(state, before, ends) === null;
    return freed ? [{ type: 'edge-found', ...ends, by: null }] : [];
  }
  // our own command about it is on its way
  const isMoving = is
    ? isPlannedNeed(state, name) && !isSettledEdge(state, name)
    : isOurs && !isPlannedNeed(state, name);
  if (isMoving || now - (unseen[name] ?? 0) < lagMs) return [];
  return is ? found(state, before, ends, null) : taken(state, ends, null);
}

function isThere(state: Orchestration, name: string): boolean {
  const { found: others, aside } = nativeOf(state);
  return state.edgesLinked.includes(name) || others.includes(name) || aside.includes(name);
}

function taken(state: Orchestration, ends: Ends, by: string | null): readonly Event[] {
  const name = edgeName(ends);
  if (!isThere(state, name)) return [];
  return isStated(state, name) ? [{ type: 'edge-buried', ...ends, by }] : [{ type: 'edge-unlinked', ...ends }];
}

function found(state: Orchestration, before: readonly Event[], ends: Ends, by: string | null): readonly Event[] {
  const path = cycleWith(state, before, ends);
  if (path === null) return [{ type: 'edge-found', ...ends, by }];
  return [
    { type: 'edge-set-aside', ...ends, why: 'cycle' },
    {
      type: 'reply-owed',
      source: `cycle-${ends.from}-${ends.to}-${state.seq}`,
      issue: state.issue.number,
      say: { kind: 'native-cycle', path, by: 'github' },
    },
  ];
}

/** Several may come at once, each without a cycle and all together with one. */
function cycleWith(state: Orchestration, before: readonly Event[], ends: Ends): readonly string[] | null {
  const more = before.filter((event) => event.type === 'edge-found');
  const gone = new Set(before.flatMap((event) => (event.type === 'edge-buried' ? [edgeName(event)] : [])));
  const edges = (state.plan?.edges ?? []).filter((edge) => edge.kind !== 'needs' || !gone.has(edgeName(edge)));
  return openCycle(state, [...edges, ...more, ends]);
}

function isTask(state: Orchestration, id: number | undefined): boolean {
  return state.tasks.some((task) => subIssueOf(task)?.id === id);
}

/** By the id of their sub-issue. Nothing waits for what has landed. */
function unlandedTasks(state: Orchestration): ReadonlyMap<number, Task> {
  if (state.phase !== 'running') return new Map();
  const open = state.tasks.filter(({ status }) => status !== 'merged');
  return new Map(
    open.flatMap((task) => {
      const sub = subIssueOf(task);
      return sub === null ? [] : [[sub.id, task] as const];
    }),
  );
}
