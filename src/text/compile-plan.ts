/** From an issue's body and the settings to a plan that can be carried out, or to everything that is wrong with it. */
import type { Flags, PlanProblem } from '../core/model.ts';
import type { Plan, PlannedEdge, PlannedTask, Policy, Satisfaction, SettledItem } from '../core/plan.ts';
import { parseChecklist } from './checklist.ts';
import type { Checklist, ChecklistItem } from './checklist-model.ts';
import { type AgentDemands, chooseAgents } from './choose-agents.ts';
import { estimateMinutes } from './estimate.ts';
import { type Fate, judgeItems, pointedNumber, type SubIssue } from './item-fates.ts';
import { inOrder, leafDependencies } from './item-graph.ts';
import { mergeSettings } from './merge-settings.ts';
import { applyPattern } from './pattern-graph.ts';
import { readPlanBlocks } from './plan-block.ts';
import { createDraft } from './plan-draft.ts';
import {
  agentProblems,
  cycleProblems,
  emptyProblems,
  planWarnings,
  referenceProblems,
  sizeProblems,
} from './plan-problems.ts';
import type { Settings } from './settings.ts';

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
  /** Labels of the issue. */
  readonly labels?: readonly string[];
}

export type CompiledPlan =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Never throws. An item already ticked satisfies whatever waits for it. */
export function compilePlan(input: PlanInput): CompiledPlan {
  const block = readPlanBlocks(input.body);
  const known = new Map(input.subIssues.map((issue) => [issue.number, issue]));
  const checklist = parseChecklist(input.body, new Set(known.keys()));
  const fates = judgeItems(checklist, known);
  const chosen = planTasks(checklist, fates);
  if (!block.ok) return { ok: false, problems: block.problems };
  const { settings, warnings } = mergeSettings(input.settings, block.settings, input.basePolicy);
  const policy = policyOf(input, settings);
  const draft = createDraft(
    chosen.map(({ task }) => task),
    planEdges(checklist, chosen),
  );
  const ofIssue = block.settings.pattern !== undefined;
  if (settings.pattern !== undefined) applyPattern(draft, settings.pattern, input.agents);
  const found = chooseAgents(draft.tasks(), agentDemands(input, settings), {
    names: input.agents,
    capabilities: input.capabilities ?? {},
    usual: policy.agent,
  });
  // lines of the settings file are no lines of the issue
  const tasks = ofIssue ? found.tasks : found.tasks.map((task) => (task.made === true ? { ...task, line: 0 } : task));
  const stated = draft.edges().map((edge) => satisfied(edge, draft.get(edge.from), settings.satisfiedBy));
  const problems = [
    ...(ofIssue ? draft.problems() : draft.problems().map(inSettingsFile)),
    ...(input.rereading === true && checklist.items.length > 0 ? [] : emptyProblems(input.body, checklist, tasks)),
    ...sizeProblems(tasks),
    ...agentProblems(input.flags.agent ?? settings.agent, input.agents),
    ...found.problems,
    ...referenceProblems(checklist, fates),
    ...cycleProblems(tasks, stated),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const plan: Plan = {
    tasks,
    edges: policy.strategy === 'sequential' ? [...stated, ...listOrder(tasks, stated)] : stated,
    policy,
    leftOut: checklist.items.flatMap((item) => {
      const reason = fates.get(item.index)?.leftOut ?? null;
      return reason === null ? [] : [{ line: item.line, title: item.title, reason }];
    }),
    acceptance: checklist.acceptance,
    warnings: [...planWarnings(checklist, fates), ...warnings],
    settled: settledItems(checklist, fates),
  };
  return { ok: true, plan };
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
function satisfied(edge: PlannedEdge, from: PlannedTask | undefined, by: Satisfaction | undefined): PlannedEdge {
  const applies = by !== undefined && by !== 'merged' && edge.kind === 'needs' && from?.role === 'work';
  return applies && edge.until === undefined ? { ...edge, until: by } : edge;
}

function inSettingsFile(problem: PlanProblem): PlanProblem {
  return { ...problem, line: 0, message: `.github/muster.yml, line ${problem.line}: ${problem.message}` };
}

interface TaskOfItem {
  readonly item: ChecklistItem;
  readonly task: PlannedTask;
}

function planTasks(checklist: Checklist, fates: ReadonlyMap<number, Fate>): readonly TaskOfItem[] {
  const leaves = checklist.items.filter((item) => item.role === 'leaf');
  const words = (item: ChecklistItem | undefined): { readonly title: string; readonly text: string } | null =>
    item === undefined ? null : wordsOfItem(item, fates.get(item.index));
  const chosen = leaves.flatMap((item, at) => (fates.get(item.index)?.is === 'task' ? [{ item, at }] : []));
  return chosen.map(({ item, at }, index) => {
    const adopted = fates.get(item.index)?.adopts ?? null;
    const neighbours = [words(leaves[at - 1]), words(leaves[at + 1])].flatMap((one) => one?.title ?? []);
    const task: PlannedTask = {
      id: `t${index + 1}`,
      ...wordsOfItem(item, fates.get(item.index)),
      section: item.section,
      parents: parentsOf(checklist, item),
      neighbours,
      role: 'work',
      estimateMinutes: estimateMinutes(item.text),
      line: item.line,
      agent: null,
      adopts:
        adopted === null ? null : { number: adopted.number, id: adopted.id, nodeId: adopted.nodeId, url: adopted.url },
    };
    return { item, task };
  });
}

/** Without the link Muster appended: a text with it and without it is the same text. */
function wordsOfItem(item: ChecklistItem, fate: Fate | undefined): { readonly title: string; readonly text: string } {
  const adopted = fate?.adopts ?? null;
  if (adopted !== null && pointedNumber(item) !== null)
    return { title: adopted.title, text: adopted.body ?? adopted.title };
  const link = fate?.link ?? null;
  return { title: withoutLink(item.title, link), text: withoutLink(item.text, link) };
}

function withoutLink(text: string, link: number | null): string {
  return link === null ? text : text.replace(new RegExp(` \\(#${link}\\)(?=\\r?\\n|$)`), '');
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
  const { satisfiedBy: _, requiredCapabilities: __, agentRules: ___, pattern: ____, ...policy } = settings;
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

function planEdges(checklist: Checklist, tasks: readonly TaskOfItem[]): readonly PlannedEdge[] {
  const ids = new Map(tasks.map(({ item, task }) => [item.index, task.id]));
  return leafDependencies(checklist).flatMap(({ from, to, kind, basis, source, line }) => {
    const [a, b] = [ids.get(from), ids.get(to)];
    return a === undefined || b === undefined ? [] : [{ from: a, to: b, kind, basis, source, line }];
  });
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
