/** From an issue's body and the settings to a plan that can be carried out, or to everything that is wrong with it. */
import type { Flags, PlanProblem } from '../core/model.ts';
import type { Plan, PlannedEdge, PlannedTask, Policy } from '../core/plan.ts';
import { parseChecklist } from './checklist.ts';
import type { Checklist, ChecklistItem } from './checklist-model.ts';
import { estimateMinutes } from './estimate.ts';
import { type Fate, judgeItems, pointedNumber, type SubIssue } from './item-fates.ts';
import { inOrder, leafDependencies } from './item-graph.ts';
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
}

export type CompiledPlan =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Never throws. An item already ticked satisfies whatever waits for it. */
export function compilePlan(input: PlanInput): CompiledPlan {
  const known = new Map(input.subIssues.map((issue) => [issue.number, issue]));
  const checklist = parseChecklist(input.body, new Set(known.keys()));
  const fates = judgeItems(checklist, known);
  const chosen = planTasks(checklist, fates);
  const tasks = chosen.map(({ task }) => task);
  const policy = policyOf(input);
  const stated = planEdges(checklist, chosen);
  const problems = [
    ...emptyProblems(input.body, checklist, tasks),
    ...sizeProblems(tasks),
    ...agentProblems(input.flags.agent ?? input.settings.agent, input.agents),
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
    warnings: planWarnings(checklist, fates),
  };
  return { ok: true, plan };
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

/** Operator's defaults, then the repository's settings, then the flags of the command. */
function policyOf({ basePolicy, settings, flags }: PlanInput): Policy {
  return {
    ...basePolicy,
    ...settings,
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
