/** From an issue's body and the settings to a plan that can be carried out, or to everything that is wrong with it. */

import { asNative } from '../core/edges.ts';
import { contracted, mergeTasks } from '../core/grouping.ts';
import type { Flags, PlanProblem } from '../core/model.ts';
import type {
  Plan,
  PlannedEdge,
  PlannedProposal,
  PlannedTask,
  Policy,
  Room,
  Satisfaction,
  SettledItem,
  TaskId,
} from '../core/plan.ts';
import { divide, mostSubIssues } from '../core/shards.ts';
import { edgeName } from '../core/tasks.ts';
import type { Checklist, ChecklistItem } from './checklist-model.ts';
import { type AgentDemands, chooseAgents } from './choose-agents.ts';
import { estimateMinutes } from './estimate.ts';
import { proposeGroups } from './grouping.ts';
import { groupingWarning } from './grouping-words.ts';
import { type Fate, judgeItems, pointedNumber, type SubIssue } from './item-fates.ts';
import { inOrder, leafDependencies, reachability } from './item-graph.ts';
import { mergeSettings } from './merge-settings.ts';
import { nativeOutside, outsideNeeds, outsideProblems, type Place } from './outside-needs.ts';
import { withoutLink } from './own-link.ts';
import { applyPattern } from './pattern-graph.ts';
import { readPlanBlocks } from './plan-block.ts';
import { createDraft } from './plan-draft.ts';
import {
  agentProblems,
  cycleProblems,
  dependenceWarnings,
  emptyProblems,
  planWarnings,
  referenceProblems,
  sizeProblems,
} from './plan-problems.ts';
import { independenceWarnings, sizeWarnings } from './plan-shape.ts';
import { proposeEdges } from './proposals.ts';
import type { Settings } from './settings.ts';
import { readTasks } from './task-list.ts';

export interface PlanInput {
  readonly body: string;
  readonly settings: Settings;
  readonly flags: Flags;
  /** The issue's sub-issues on GitHub; an item linked to an open one goes on with it. */
  readonly subIssues: readonly SubIssue[];
  /** Names of the operator's agents. */
  readonly agents: readonly string[];
  readonly basePolicy: Policy;
  /** The plan is being worked on: a list without open items is done, not empty. */
  readonly rereading?: boolean;
  /** What each agent is good at, by name. */
  readonly capabilities?: Readonly<Record<string, readonly string[]>>;
  /** Where it is on GitHub; absent: nothing outside of the list is waited for. */
  readonly place?: Place;
  /** Labels of the issue. */
  readonly labels?: readonly string[];
  /** How many sub-issues an issue takes. */
  readonly mostSubIssues?: number;
  /** A plan with group issues starts without being asked for twice. */
  readonly startsSharded?: boolean;
}

export type CompiledPlan =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Never throws. An item already ticked satisfies whatever waits for it. */
export function compilePlan(input: PlanInput): CompiledPlan {
  const block = readPlanBlocks(input.body);
  const known = new Map(input.subIssues.map((issue) => [issue.number, issue]));
  const marked = block.ok ? block.settings.marked : [];
  const { checklist, body, listed } = readTasks({ ...input, marked }, new Set(known.keys()));
  const fates = judgeItems(checklist, known);
  const { items, idOf } = planTasks(checklist, fates);
  if (!block.ok) return { ok: false, problems: block.problems };
  const { settings, warnings } = mergeSettings(input.settings, block.settings, input.basePolicy);
  const policy = policyOf(input, settings);
  const draft = createDraft(items, planEdges(checklist, idOf));
  const ofIssue = block.settings.pattern !== undefined;
  if (settings.pattern !== undefined) applyPattern(draft, settings.pattern, input.agents);
  const found = chooseAgents(draft.tasks(), agentDemands(input, settings), {
    names: input.agents,
    capabilities: input.capabilities ?? {},
    usual: policy.agent,
  });
  // lines of the settings file are no lines of the issue
  const tasks = ofIssue ? found.tasks : found.tasks.map((task) => (task.made === true ? { ...task, line: 0 } : task));
  const written = draft.edges().map((edge) => satisfied(edge, draft.get(edge.from), settings.satisfiedBy));
  const stated = withNative(written, tasks, input.subIssues);
  const room = roomOf(input);
  const shards = input.rereading === true ? [] : divide(tasks, room);
  const outside =
    input.place === undefined
      ? []
      : [...outsideNeeds(checklist, idOf, input.place), ...nativeOutside(tasks, input.subIssues)];
  const problems = [
    ...checklist.problems,
    ...(ofIssue ? draft.problems() : draft.problems().map(inSettingsFile)),
    ...(input.rereading === true && checklist.items.length > 0 ? [] : emptyProblems(body, checklist, tasks)),
    ...sizeProblems(tasks, shards, room),
    ...agentProblems(input.flags.agent ?? settings.agent, input.agents),
    ...found.problems,
    ...referenceProblems(checklist, fates),
    ...outsideProblems(outside),
    ...cycleProblems(tasks, stated),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const edges = policy.strategy === 'sequential' ? [...stated, ...listOrder(tasks, stated)] : stated;
  // what is at work keeps its cut
  const grouping = input.rereading === true ? [] : proposeGroups(tasks, edges);
  const proposed = planProposals(checklist, idOf, edges).map((one) => ({
    ...one,
    ...satisfied(one, draft.get(one.from), settings.satisfiedBy),
  }));
  const plan: Plan = {
    tasks,
    edges,
    policy,
    leftOut: checklist.items.flatMap((item) => {
      const reason = fates.get(item.index)?.leftOut ?? null;
      return reason === null ? [] : [{ line: item.line, title: item.title, reason }];
    }),
    acceptance: checklist.acceptance,
    warnings: [
      ...listed,
      ...planWarnings(checklist, fates),
      ...warnings,
      ...groupingWarning(grouping, tasks),
      ...sizeWarnings(tasks),
      ...independenceWarnings(tasks, edges, policy.strategy === 'sequential' ? [] : proposed),
      ...(policy.strategy === 'parallel' ? dependenceWarnings(tasks, proposed) : []),
    ],
    settled: settledItems(checklist, fates),
    // what is said to run in parallel gets no proposals, what is in sequence needs none
    ...(policy.strategy === 'adaptive' && proposed.length > 0 ? { proposals: proposed } : {}),
    ...(grouping.length === 0 ? {} : { grouping }),
    // most issues have none yet
    ...(room.taken.length === 0 && room.most === mostSubIssues ? {} : { room }),
    ...(shards.length === 0 ? {} : { shards }),
    ...(shards.length === 0 || input.startsSharded === true ? {} : { waits: 'sharded' }),
    ...(outside.length === 0 ? {} : { outside }),
  };
  return { ok: true, plan };
}

function roomOf({ subIssues, mostSubIssues: most = mostSubIssues }: PlanInput): Room {
  return { most, taken: subIssues.filter(({ under }) => under === undefined).map(({ number }) => number) };
}

/** So that a task that is not in the list any more can be told from one that is done. */
function settledItems(checklist: Checklist, fates: ReadonlyMap<number, Fate>): readonly SettledItem[] {
  return checklist.items.flatMap((item) => {
    const fate = fates.get(item.index);
    if (fate === undefined || (fate.is !== 'done' && fate.is !== 'held')) return [];
    const why = item.checked ? 'ticked' : item.struck ? 'struck' : fate.is === 'done' ? 'closed' : 'held';
    return [{ title: withoutLink(item.title, fate.link), link: fate.link, why }];
  });
}

/**
 * Rules and capabilities of the settings. An item's own labels are the words in square brackets around its title and
 * those of the sub-issue it stands for; then come those of the whole issue.
 */
function agentDemands({ labels = [], subIssues }: PlanInput, settings: Settings): AgentDemands {
  return {
    rules: settings.agentRules ?? [],
    capabilities: settings.requiredCapabilities ?? [],
    labelsOf: ({ title, adopts }) => [
      ...[/^\[([^[\]]{1,60})\]/, /\[([^[\]]{1,60})\]$/].flatMap((at) => at.exec(title.trim())?.[1] ?? []),
      ...(subIssues.find(({ number }) => number === adopts?.number)?.labels ?? []),
      ...labels,
    ],
  };
}

/** `satisfied_by` is about work that builds on work; whoever judges says itself what it waits for. */
function satisfied<Edge extends Pick<PlannedEdge, 'kind' | 'until'>>(
  edge: Edge,
  from: PlannedTask | undefined,
  by: Satisfaction | undefined,
): Edge {
  const applies = by !== undefined && by !== 'merged' && edge.kind === 'needs' && from?.role === 'work';
  return applies && edge.until === undefined ? { ...edge, until: by } : edge;
}

function inSettingsFile(problem: PlanProblem): PlanProblem {
  return { ...problem, line: 0, message: `.github/muster.yml, line ${problem.line}: ${problem.message}` };
}

interface PlannedItems {
  readonly items: readonly PlannedTask[];
  /** By index of the item. */
  readonly idOf: ReadonlyMap<number, TaskId>;
}

/** Items with the link of one sub-issue are one task. */
function planTasks(checklist: Checklist, fates: ReadonlyMap<number, Fate>): PlannedItems {
  const leaves = checklist.items.filter((item) => item.role === 'leaf');
  const words = (item: ChecklistItem | undefined): { readonly title: string; readonly text: string } | null =>
    item === undefined ? null : wordsOfItem(item, fates.get(item.index));
  const chosen = leaves.flatMap((item, at) => (fates.get(item.index)?.is === 'task' ? [{ item, at }] : []));
  const byLink = new Map<number, number>();
  const found: { readonly task: PlannedTask; readonly others: PlannedTask[]; readonly title: string }[] = [];
  const idOf = new Map<number, TaskId>();
  for (const { item, at } of chosen) {
    const adopted = fates.get(item.index)?.adopts ?? null;
    const place = adopted === null ? undefined : byLink.get(adopted.number);
    const id = `t${(place ?? found.length) + 1}`;
    idOf.set(item.index, id);
    const task: PlannedTask = {
      id,
      ...wordsOfItem(item, fates.get(item.index)),
      section: item.section,
      parents: parentsOf(checklist, item),
      neighbours: [words(leaves[at - 1]), words(leaves[at + 1])].flatMap((one) => one?.title ?? []),
      role: 'work',
      estimateMinutes: estimateMinutes(item.text),
      line: item.line,
      agent: null,
      adopts:
        adopted === null ? null : { number: adopted.number, id: adopted.id, nodeId: adopted.nodeId, url: adopted.url },
    };
    if (place !== undefined) found[place]?.others.push(task);
    else {
      if (adopted !== null) byLink.set(adopted.number, found.length);
      found.push({ task, others: [], title: adopted?.title ?? '' });
    }
  }
  const items = found.map(({ task, others, title }) => (others.length === 0 ? task : mergeTasks(task, others, title)));
  return { items, idOf };
}

/** Without the link Muster appended: a text with it and without it is the same text. */
function wordsOfItem(item: ChecklistItem, fate: Fate | undefined): { readonly title: string; readonly text: string } {
  const adopted = fate?.adopts ?? null;
  if (adopted !== null && pointedNumber(item) !== null)
    return { title: adopted.title, text: adopted.body ?? adopted.title };
  const link = fate?.link ?? null;
  return { title: withoutLink(item.title, link), text: withoutLink(item.text, link) };
}

function parentsOf(checklist: Checklist, item: ChecklistItem): readonly string[] {
  const parents: string[] = [];
  for (let at = item.parentIndex; at !== null; at = checklist.items[at]?.parentIndex ?? null) {
    const parent = checklist.items[at];
    if (parent !== undefined) parents.unshift(parent.title);
  }
  return parents;
}

/** Operator's defaults, then the repository's and the issue's settings, then the flags of the command. */
function policyOf({ basePolicy, flags }: PlanInput, settings: Settings): Policy {
  const {
    satisfiedBy: _,
    requiredCapabilities: __,
    agentRules: ___,
    pattern: ____,
    marked: _____,
    ...policy
  } = settings;
  return {
    ...basePolicy,
    ...policy,
    ...(flags.maxWorkers === undefined ? {} : { maxWorkers: flags.maxWorkers }),
    ...(flags.batchSize === undefined ? {} : { batchSize: flags.batchSize }),
    ...(flags.timeoutSeconds === undefined ? {} : { timeoutSeconds: flags.timeoutSeconds }),
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
    ...(flags.priority === undefined ? {} : { priority: flags.priority }),
    ...(flags.strategy === undefined ? {} : { strategy: flags.strategy }),
  };
}

function planEdges(checklist: Checklist, idOf: ReadonlyMap<number, TaskId>): readonly PlannedEdge[] {
  const edges = renamedArcs(leafDependencies(checklist), idOf).map(
    ({ from, to, kind, basis, source, line }): PlannedEdge => ({ from, to, kind, basis, source, line }),
  );
  return contracted(edges, new Map());
}

/** Between tasks instead of items; what is about no task goes. */
function renamedArcs<Arc extends { readonly from: number; readonly to: number }>(
  arcs: readonly Arc[],
  idOf: ReadonlyMap<number, TaskId>,
): readonly (Omit<Arc, 'from' | 'to'> & { readonly from: TaskId; readonly to: TaskId })[] {
  return arcs.flatMap((arc) => {
    const [from, to] = [idOf.get(arc.from), idOf.get(arc.to)];
    return from === undefined || to === undefined ? [] : [{ ...arc, from, to }];
  });
}

/** What the text suggests, and neither the author nor a pattern has said or ruled out. Ids are those of `plan --json`. */
function planProposals(
  checklist: Checklist,
  idOf: ReadonlyMap<number, TaskId>,
  edges: readonly PlannedEdge[],
): readonly PlannedProposal[] {
  const waits = reachability(edges);
  return renamedArcs(proposeEdges(checklist), idOf).flatMap(({ id, from, to, kind, source, line }) =>
    from === to || waits(from, to) || waits(to, from) ? [] : [{ id, from, to, kind, source, line }],
  );
}

/** Dependencies that stand on GitHub already. They count more than any text. */
function withNative(
  stated: readonly PlannedEdge[],
  tasks: readonly PlannedTask[],
  subIssues: readonly SubIssue[],
): readonly PlannedEdge[] {
  const byIssue = new Map(tasks.flatMap((task) => (task.adopts === null ? [] : [[task.adopts.id, task] as const])));
  const found = subIssues.flatMap(({ id, blockedBy = [] }) =>
    blockedBy.flatMap((blocker): readonly PlannedEdge[] => {
      const [from, to] = [byIssue.get(id), byIssue.get(blocker)];
      if (from === undefined || to === undefined) return [];
      const source = `blocked by #${to.adopts?.number} on GitHub`;
      return [{ from: from.id, to: to.id, kind: 'needs', basis: 'native', source, line: from.line }];
    }),
  );
  const names = new Set(found.map(edgeName));
  const isNeed = (edge: PlannedEdge): boolean => edge.kind === 'needs' && names.has(edgeName(edge));
  const known = new Set(stated.filter(isNeed).map(edgeName));
  return [
    ...stated.map((edge) => (isNeed(edge) ? asNative(edge) : edge)),
    ...found.filter((edge) => !known.has(edgeName(edge))),
  ];
}

/** `sequential`: each task waits for the one before it. The order is the list's, except where its own words say otherwise. */
function listOrder(tasks: readonly PlannedTask[], stated: readonly PlannedEdge[]): readonly PlannedEdge[] {
  const order = inOrder(
    tasks.map(({ id }) => id),
    stated,
  );
  const lines = new Map(tasks.map(({ id, line }) => [id, line]));
  return order.slice(1).flatMap((from, at) => {
    const to = order[at];
    if (to === undefined || stated.some((edge) => edge.from === from && edge.to === to && edge.kind === 'needs'))
      return [];
    const source = 'strategy: sequential';
    return [{ from, to, kind: 'needs' as const, basis: 'yaml' as const, source, line: lines.get(from) ?? 0 }];
  });
}
