/**
 * Proposed dependencies: they gate nothing until a person accepts them, by the ids of the plan that is shown. An accepted
 * one is an edge like others; its basis still says where it came from.
 */
import type { ProposalTrouble } from './approval.ts';
import { findCycle } from './graph.ts';
import type { Orchestration } from './model.ts';
import type { Plan, PlannedEdge, PlannedProposal, TaskId } from './plan.ts';
import { findTask } from './tasks.ts';

/** Those that nobody has accepted and that could still change something. */
export function openProposals(state: Orchestration): readonly PlannedProposal[] {
  const { plan } = state;
  if (plan === null) return [];
  const joined = namesOf(plan.edges);
  return (plan.proposals ?? []).filter(
    (one) => !isAccepted(joined, one) && endedOf(state, one) === null && bothListed(state, one),
  );
}

export type ChosenProposals =
  | { readonly ok: true; readonly ids: readonly string[]; readonly edges: readonly PlannedEdge[] }
  | { readonly ok: false; readonly troubles: readonly ProposalTrouble[] };

/** Ids as they were typed; `all` takes what can be taken. One that cannot be accepted refuses all that were named. */
export function chooseProposals(state: Orchestration, wanted: readonly string[]): ChosenProposals {
  const { plan } = state;
  const known = plan?.proposals ?? [];
  if (plan === null) return { ok: true, ids: [], edges: [] };
  const all = wanted.some((id) => id.toLowerCase() === 'all');
  const named = [...new Set(wanted.map((id) => id.toLowerCase()))].filter((id) => id !== 'all');
  const troubles: ProposalTrouble[] = [];
  const ids: string[] = [];
  const edges: PlannedEdge[] = [];
  const take = (one: PlannedProposal, isNamed: boolean): void => {
    const trouble = troubleOf(state, one, [...plan.edges, ...edges]);
    if (trouble === null) {
      ids.push(one.id);
      edges.push(edgeOf(one));
    } else if (isNamed) troubles.push(trouble);
  };
  for (const id of named) {
    const one = known.find((other) => other.id === id);
    if (one === undefined) troubles.push({ why: 'unknown', id });
    else take(one, true);
  }
  if (all) for (const one of known) if (!ids.includes(one.id)) take(one, false);
  return troubles.length > 0 ? { ok: false, troubles } : { ok: true, ids, edges };
}

/**
 * The plan with accepted edges. What the author says by now wins: an edge that is stated already is no second one, one
 * that would close a circle or has lost its task is dropped.
 */
export function withAccepted(plan: Plan, accepted: readonly PlannedEdge[]): Plan {
  if (accepted.length === 0) return plan;
  const ids = plan.tasks.map(({ id }) => id);
  const known = new Set(ids);
  const edges = [...plan.edges];
  for (const edge of accepted) {
    const stated = edges.some(({ from, to, kind }) => from === edge.from && to === edge.to && kind === edge.kind);
    if (stated || !known.has(edge.from) || !known.has(edge.to)) continue;
    if (findCycle(ids, [...edges, edge]) === null) edges.push(edge);
  }
  return { ...plan, edges };
}

/** What was proposed before keeps its id, so that whoever reads p2 and types it means the same; new ones get new ids. */
export function withKnownIds(
  before: readonly PlannedProposal[],
  fresh: readonly PlannedProposal[],
): readonly PlannedProposal[] {
  const nameOf = ({ from, to, kind }: PlannedProposal): string => `${kind} ${from}>${to}`;
  const known = new Map(before.map((one) => [nameOf(one), one.id]));
  let last = Math.max(0, ...before.map(({ id }) => Number(id.slice(1)) || 0));
  return fresh.map((one) => {
    const id = known.get(nameOf(one));
    if (id === undefined) last += 1;
    return { ...one, id: id ?? `p${last}` };
  });
}

/** Edges that were accepted before. */
export function acceptedEdges(plan: Plan): readonly PlannedEdge[] {
  return plan.edges.filter(({ basis }) => basis === 'proposed');
}

function edgeOf({ from, to, kind, source, line, until }: PlannedProposal): PlannedEdge {
  return { from, to, kind, basis: 'proposed', source, line, ...(until === undefined ? {} : { until }) };
}

function namesOf(edges: readonly PlannedEdge[]): ReadonlySet<string> {
  return new Set(edges.map(({ from, to, kind }) => `${kind} ${from}>${to}`));
}

/** A `needs` says more than a `lands-after`. */
function isAccepted(joined: ReadonlySet<string>, { from, to, kind }: PlannedProposal): boolean {
  return joined.has(`${kind} ${from}>${to}`) || joined.has(`needs ${from}>${to}`);
}

function bothListed(state: Orchestration, { from, to }: PlannedProposal): boolean {
  return findTask(state, from) !== undefined && findTask(state, to) !== undefined;
}

/** The task of it that has ended for good: there is nothing to wait, or nothing to wait for. */
function endedOf(state: Orchestration, { from, to }: PlannedProposal): TaskId | null {
  const ended = [from, to].find((id) => {
    const status = findTask(state, id)?.status;
    return status === 'merged' || status === 'cancelled';
  });
  return ended ?? null;
}

function troubleOf(
  state: Orchestration,
  proposal: PlannedProposal,
  edges: readonly PlannedEdge[],
): ProposalTrouble | null {
  const { id } = proposal;
  if (isAccepted(namesOf(edges), proposal)) return { why: 'accepted', id };
  if (!bothListed(state, proposal)) return { why: 'unknown', id };
  const task = endedOf(state, proposal);
  if (task !== null) return { why: 'ended', id, task };
  const path = findCycle(
    state.tasks.map(({ plan }) => plan.id),
    [...edges, proposal],
  );
  return path === null ? null : { why: 'cycle', id, path };
}
