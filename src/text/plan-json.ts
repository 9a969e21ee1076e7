/** The plan of an issue body as `muster plan --json` prints it: every checkbox, and what would be made of it. */
import { criticalPath, findCycle, levels } from '../core/graph.ts';
import type { Flags, PlanProblem } from '../core/model.ts';
import type { Plan, PlanWarning } from '../core/plan.ts';
import type { Checklist, ChecklistItem, ItemDependency } from './checklist-model.ts';
import { estimateMinutes } from './estimate.ts';
import { leafDependencies } from './item-graph.ts';
import { type Offer, offerFrom } from './offered-list.ts';
import { patternJson } from './pattern-json.ts';
import { readPlanBlocks } from './plan-block.ts';
import type { JsonEdge, JsonTask, TaskPattern } from './plan-json-model.ts';
import { offerWarning, outsideWarning } from './plan-problems.ts';
import { type Proposal, proposeEdges } from './proposals.ts';
import { readTasks } from './task-list.ts';

/** Numbers in `edges`, `waves` and `criticalPath` are task indices. Tasks that a pattern makes follow the checkboxes. */
export interface PlanJson {
  readonly tasks: readonly JsonTask[];
  readonly warnings: readonly PlanWarning[];
  /** Stated ones, and `proposed` ones, which count for nothing until somebody accepts them by their id. */
  readonly edges: readonly (JsonEdge | Proposal)[];
  readonly waves: readonly (readonly number[])[];
  readonly criticalPath: readonly number[];
  /** Where no checkbox holds work and another kind of list does: what that would be as a plan. */
  readonly offer: OfferJson | null;
  /** Where the list is cut too fine: what `--grouped` would put together. */
  readonly grouping?: readonly GroupJson[];
}

export interface GroupJson {
  readonly title: string;
  readonly tasks: readonly number[];
  readonly why: string;
}

export interface OfferJson {
  readonly basis: Offer['basis'];
  /** With numbers of their own, counted from 0. Their lines are those of `body`. */
  readonly tasks: readonly JsonTask[];
  readonly edges: readonly ItemDependency[];
  /** The text with boxes, as its author could paste it. */
  readonly body: string;
}

/** How the text is read, beside its own words. */
export interface PlanView {
  readonly flags?: Flags;
  /** What was made of it; null where it is refused. */
  readonly plan?: Plan | null;
}

/** What is said of a plan as a whole; the other warnings are those of its text. */
const ofThePlan: ReadonlySet<string> = new Set([
  'over-granular',
  'over-large',
  'false-independence',
  'likely-dependent',
]);

/** Always an answer; a cycle or a reference to nothing is a warning with its code here, and a refusal elsewhere. */
export function planJson(text: string, { flags = {}, plan = null }: PlanView = {}): PlanJson {
  const block = readPlanBlocks(text);
  const { checklist, body, listed } = readTasks({ body: text, flags, marked: block.ok ? block.settings.marked : [] });
  const added = patternJson(body, checklist, plan);
  const minutesOf = new Map([
    ...checklist.items
      .filter((item) => item.dispatch)
      .map(({ index, text }) => [index, estimateMinutes(text)] as const),
    ...added.minutes,
  ]);
  const ids = [...minutesOf.keys()].map(String);
  const known = new Set(ids);
  const arcs = [...leafDependencies(checklist), ...added.edges]
    .map(({ from, to }) => ({ from: String(from), to: String(to) }))
    .filter(({ from, to }) => known.has(from) && known.has(to));
  const cycle = findCycle(ids, arcs);
  const offer = offerFrom(body, checklist);
  const minutes = (id: string): number => minutesOf.get(Number(id)) ?? 1;
  return {
    tasks: [...checklist.items.map((item) => jsonTask(item, added.patterns.get(item.index))), ...added.tasks],
    warnings: [
      ...(block.ok ? checklist.problems : block.problems).map(asWarning),
      ...listed,
      ...(plan?.warnings ?? []).filter(({ code }) => ofThePlan.has(code)),
      ...warningsOf(checklist, cycle, offer, added.tasks.length > 0),
    ].sort((a, b) => a.line - b.line),
    edges: [...checklist.dependencies, ...added.edges, ...proposeEdges(checklist)],
    waves: levels(ids, arcs).map((wave) => wave.map(Number)),
    criticalPath: cycle === null ? criticalPath(ids, arcs, minutes).path.map(Number) : [],
    offer: offer === null ? null : offerJson(offer),
    ...(plan?.grouping === undefined ? {} : { grouping: groupsJson(checklist, plan) }),
  };
}

function groupsJson(checklist: Checklist, { tasks, grouping = [] }: Plan): readonly GroupJson[] {
  const leaves = new Map(checklist.items.flatMap((item) => (item.role === 'leaf' ? [[item.line, item.index]] : [])));
  const indexOf = new Map(tasks.map(({ id, line }) => [id, leaves.get(line)]));
  return grouping.map(({ title, tasks: ids, why }) => {
    return { title, tasks: ids.flatMap((id) => indexOf.get(id) ?? []), why };
  });
}

function offerJson({ basis, checklist, body }: Offer): OfferJson {
  return { basis, tasks: checklist.items.map((item) => jsonTask(item)), edges: checklist.dependencies, body };
}

function jsonTask(item: ChecklistItem, pattern?: TaskPattern): JsonTask {
  const { index, title, checked, section, depth, parentIndex, role, struck, dispatch, reason, refs, dependsOn, line } =
    item;
  const read = { index, title, checked, section, depth, parentIndex, role, struck, dispatch, reason, refs, dependsOn };
  return { ...read, line, ...(pattern === undefined ? {} : { pattern }) };
}

/** A plan with it is refused; here it is shown beside what was understood. */
function asWarning({ line, code, message, remedy }: PlanProblem): PlanWarning {
  return { line, code, message: `${message} ${remedy}` };
}

function warningsOf(
  checklist: Checklist,
  cycle: readonly string[] | null,
  offer: Offer | null,
  hasMadeTasks: boolean,
): readonly PlanWarning[] {
  const missing = checklist.unresolved.map(({ words, line, strict }) =>
    strict ? { line, code: 'unknown-item', message: `"${words}" is not in the list.` } : outsideWarning(words, line),
  );
  const lines = (cycle ?? []).map((id) => checklist.items[Number(id)]).filter((item) => item !== undefined);
  const path = lines.map((item) => `"${item.title}" (line ${item.line})`).join(' -> ');
  const circular =
    cycle === null
      ? []
      : [{ line: lines[0]?.line ?? 0, code: 'cycle', message: `These items wait for each other: ${path}.` }];
  const none =
    hasMadeTasks || checklist.items.some((item) => item.dispatch)
      ? []
      : [
          {
            line: 0,
            code: 'no-checklist',
            message: 'There is nothing to work on: no open checkbox that is work for an agent.',
          },
        ];
  const offered = offer === null ? [] : [offerWarning(offer)];
  return [...checklist.warnings, ...missing, ...circular, ...none, ...offered];
}
