/** evolve for edges: what is written to GitHub, taken out there, and set or taken out by people. */
import { asNative, endsOf, nativeOf } from './edges.ts';
import type { Event } from './events.ts';
import type { Orchestration } from './model.ts';
import type { NativeEdges, Plan, PlannedEdge, TaskId } from './plan.ts';
import { edgeName, findTask, subIssueOf } from './tasks.ts';

const edgeTypes = [
  'edge-linked',
  'edge-refused',
  'edge-unlinked',
  'edge-found',
  'edge-buried',
  'edge-set-aside',
  'edges-confirmed',
] as const;

type EdgeEvent = Extract<Event, { type: (typeof edgeTypes)[number] }>;

export function isEdgeEvent(event: Event): event is EdgeEvent {
  return edgeTypes.some((type) => type === event.type);
}

export function evolveEdges(state: Orchestration, event: EdgeEvent, at: number): Orchestration {
  const native = nativeOf(state);
  if (event.type === 'edges-confirmed') {
    const unseen = Object.fromEntries(Object.entries(native.unseen).filter(([name]) => !event.edges.includes(name)));
    return { ...state, native: { ...native, unseen } };
  }
  const name = edgeName(event);
  const changed = (change: Partial<NativeEdges> = {}): NativeEdges => ({
    ...native,
    ...change,
    unseen: { ...native.unseen, [name]: at },
  });
  switch (event.type) {
    case 'edge-linked':
      return { ...state, edgesLinked: [...state.edgesLinked, name], native: changed() };
    case 'edge-refused':
      return { ...state, edgesRefused: [...state.edgesRefused, name] };
    case 'edge-unlinked':
      return {
        ...unlinked(state, name),
        ...(native.found.includes(name) ? { plan: planWithout(state, name) } : {}),
        native: changed({
          found: without(native.found, name),
          aside: without(native.aside, name),
          removals: removedOnceMore(native, name),
        }),
      };
    case 'edge-found':
      return {
        ...state,
        plan: state.plan === null ? null : { ...state.plan, edges: withNeed(state, state.plan.edges, event) },
        native: changed({
          found: [...without(native.found, name), name],
          buried: without(native.buried, name),
          aside: without(native.aside, name),
        }),
      };
    case 'edge-buried':
      return {
        ...unlinked(state, name),
        plan: planWithout(state, name),
        native: changed({
          found: without(native.found, name),
          buried: [...without(native.buried, name), name],
          aside: without(native.aside, name),
        }),
      };
    case 'edge-set-aside':
      return { ...state, native: changed({ aside: [...without(native.aside, name), name] }) };
  }
}

/** The issue that a task has by now is another one: what was written about the old one is written again. */
export function rewrittenEdges(state: Orchestration, task: TaskId): Orchestration {
  const touched = state.edgesLinked.filter((name) => [endsOf(name).from, endsOf(name).to].includes(task));
  if (touched.length === 0) return state;
  const native = nativeOf(state);
  const removals = touched.reduce((all, name) => removedOnceMore({ ...native, removals: all }, name), native.removals);
  return {
    ...state,
    edgesLinked: state.edgesLinked.filter((name) => !touched.includes(name)),
    native: { ...native, removals },
  };
}

/** What a plan knows to be on GitHub already. */
export function withFoundEdges(state: Orchestration, plan: Plan): Orchestration {
  const native = nativeOf(state);
  const there = plan.edges.filter(({ basis }) => basis === 'native').map(edgeName);
  if (there.every((name) => native.found.includes(name))) return state;
  return { ...state, native: { ...native, found: [...new Set([...native.found, ...there])] } };
}

function removedOnceMore({ removals }: NativeEdges, name: string): NativeEdges['removals'] {
  return { ...removals, [name]: (removals[name] ?? 0) + 1 };
}

function unlinked(state: Orchestration, name: string): Orchestration {
  return {
    ...state,
    edgesLinked: without(state.edgesLinked, name),
    edgesRefused: without(state.edgesRefused, name),
  };
}

function without(names: readonly string[], name: string): readonly string[] {
  return names.filter((one) => one !== name);
}

function planWithout({ plan }: Orchestration, name: string): Plan | null {
  const isOther = (edge: PlannedEdge): boolean => edge.kind !== 'needs' || edgeName(edge) !== name;
  return plan === null ? null : { ...plan, edges: plan.edges.filter(isOther) };
}

function withNeed(
  state: Orchestration,
  edges: readonly PlannedEdge[],
  { from, to }: { readonly from: TaskId; readonly to: TaskId },
): readonly PlannedEdge[] {
  const name = edgeName({ from, to });
  const isSame = (edge: PlannedEdge): boolean => edge.kind === 'needs' && edgeName(edge) === name;
  if (edges.some(isSame)) return edges.map((edge) => (isSame(edge) ? asNative(edge) : edge));
  const other = findTask(state, to);
  const number = other === undefined ? null : (subIssueOf(other)?.number ?? null);
  return [...edges, { from, to, kind: 'needs', basis: 'native', source: `blocked by #${number ?? to}`, line: 0 }];
}
