/** Edges as GitHub has them: which are written, by whom, and what is still to be written or taken out. */
import type { CoreCommand } from './commands.ts';
import { findCycle } from './graph.ts';
import type { Orchestration } from './model.ts';
import type { NativeEdges, PlannedEdge, TaskId } from './plan.ts';
import { edgeName, findTask, subIssueOf } from './tasks.ts';

export interface Ends {
  readonly from: TaskId;
  readonly to: TaskId;
}

const none: NativeEdges = { found: [], buried: [], aside: [], unseen: {}, removals: {} };

export function nativeOf(state: Orchestration): NativeEdges {
  return state.native ?? none;
}

/** Nothing is left to be written: it is there, whoever made it, or GitHub would not have it. */
export function isSettledEdge(state: Orchestration, name: string): boolean {
  return state.edgesLinked.includes(name) || state.edgesRefused.includes(name) || nativeOf(state).found.includes(name);
}

export function endsOf(name: string): Ends {
  const [from = '', to = ''] = name.split('>');
  return { from, to };
}

/** Only `needs` are GitHub's; `lands-after` stays ours. */
export function isPlannedNeed(state: Orchestration, name: string): boolean {
  return (state.plan?.edges ?? []).some((edge) => edge.kind === 'needs' && edgeName(edge) === name);
}

/** Everything that is known to begin at a task. */
export function edgesNamed(state: Orchestration, from: TaskId): readonly string[] {
  const { found, aside, unseen } = nativeOf(state);
  const names = [...state.edgesLinked, ...found, ...aside, ...Object.keys(unseen)];
  return names.filter((name) => endsOf(name).from === from);
}

/** The text asks for it, or a pattern. */
export function isStated(state: Orchestration, name: string): boolean {
  return (state.plan?.edges ?? []).some(
    (edge) => edge.kind === 'needs' && edgeName(edge) === name && (edge.basis !== 'native' || edge.stated === true),
  );
}

export function addEdge(state: Orchestration, { from, to }: Ends): Extract<CoreCommand, { kind: 'add-edge' }> {
  const removals = nativeOf(state).removals[edgeName({ from, to })] ?? 0;
  return { kind: 'add-edge', from, to, ...(removals === 0 ? {} : { round: removals + 1 }) };
}

export function removeEdge(state: Orchestration, ends: Ends): Extract<CoreCommand, { kind: 'remove-edge' }> {
  return { kind: 'remove-edge', ...ends, round: (nativeOf(state).removals[edgeName(ends)] ?? 0) + 1 };
}

/** Needs that are not on GitHub yet, and edges of ours that nothing asks for any more. */
export function edgeCommands(state: Orchestration): readonly CoreCommand[] {
  const needs = (state.plan?.edges ?? []).filter(({ kind }) => kind === 'needs');
  const wanted = new Set(needs.map(edgeName));
  const { aside, found } = nativeOf(state);
  const missing = needs.filter((edge) => !isSettledEdge(state, edgeName(edge)));
  const surplus = state.edgesLinked.filter(
    (name) => !wanted.has(name) && !aside.includes(name) && !found.includes(name),
  );
  return [
    ...missing.filter((edge) => hasIssues(state, edge)).map((edge) => addEdge(state, edge)),
    ...surplus
      .map(endsOf)
      .filter((ends) => hasIssues(state, ends))
      .map((ends) => removeEdge(state, ends)),
  ];
}

function hasIssues(state: Orchestration, { from, to }: Ends): boolean {
  return [from, to].every((id) => {
    const task = findTask(state, id);
    return task !== undefined && subIssueOf(task) !== null;
  });
}

/** The cycle that these edges have among `ids`, the first repeated at the end; null without one. What has ended is free. */
export function openCycle(
  state: Orchestration,
  edges: readonly Ends[],
  ids: readonly TaskId[] = state.tasks.map(({ plan }) => plan.id),
): readonly TaskId[] | null {
  const ended = state.tasks.filter(({ status }) => status === 'merged' || status === 'cancelled');
  const free = new Set(ended.map(({ plan }) => plan.id));
  return findCycle(
    ids.filter((id) => !free.has(id)),
    edges,
  );
}

/** Edges of a text that was read again, with what people set and took out on GitHub: that is stronger than any text. */
export function withNativeEdges(
  state: Orchestration,
  stated: readonly PlannedEdge[],
  listed: ReadonlySet<TaskId>,
): readonly PlannedEdge[] {
  const { found, buried } = nativeOf(state);
  const kept = stated.filter((edge) => edge.kind !== 'needs' || !buried.includes(edgeName(edge)));
  const edges = kept.map((edge) => (edge.kind === 'needs' && found.includes(edgeName(edge)) ? asNative(edge) : edge));
  const there = new Set(edges.filter(({ kind }) => kind === 'needs').map(edgeName));
  const more = (state.plan?.edges ?? []).filter(
    (edge) =>
      edge.kind === 'needs' &&
      found.includes(edgeName(edge)) &&
      listed.has(edge.from) &&
      listed.has(edge.to) &&
      !there.has(edgeName(edge)),
  );
  return [...edges, ...more.map(({ stated: _, ...edge }) => edge)];
}

/** A text says it, and it is on GitHub already: that counts more. */
export function asNative(edge: PlannedEdge): PlannedEdge {
  return { ...edge, basis: 'native', stated: true };
}
