/** A plan for the command line: what would be worked on, in which order and why, what looks doubtful, and what is left out. */
import { criticalPath, levels } from '../core/graph.ts';
import type { Plan, PlannedEdge, TaskId } from '../core/plan.ts';
import { columns, plainText } from './columns.ts';
import { planCounts } from './event-words.ts';
import { sayGroups } from './grouping-words.ts';
import { count } from './markdown.ts';
import { ranges } from './plan-forecast.ts';
import { roleWords } from './role-words.ts';
import { shardLines } from './shard-words.ts';

/** Tasks are called by their numbers in the list. `settings`: where the settings stand, null for none. */
export function sayPlan(plan: Plan, settings: string | null = null): string {
  const numberOf = new Map(plan.tasks.map(({ id }, index) => [id, index + 1]));
  const names = (ids: readonly TaskId[]): string => ranges(ids.map((id) => numberOf.get(id) ?? 0));
  return [
    planCounts(plan),
    ...(settings === null ? [] : [`Settings: ${plainText(settings, 300)}`]),
    '',
    ...tasks(plan, names),
    ...withGap(shardLines(plan)),
    ...order(plan, names),
    ...listed('Dependencies:', dependencies(plan, names)),
    ...listed(
      'Proposed dependencies (they hold nothing back; "/muster approve --with p1" accepts one):',
      proposals(plan, names),
    ),
    ...withGap(sayGroups(plan, (id) => names([id]))),
    ...listed(
      'Left out:',
      plan.leftOut.map(({ line, title, reason }) => `${at(line)}${plainText(title, 80)}: ${plainText(reason)}`),
    ),
    ...listed(
      'Warnings:',
      plan.warnings.map(({ line, message }) => `${at(line)}${plainText(message, 500)}`),
    ),
  ].join('\n');
}

type Names = (ids: readonly TaskId[]) => string;

function tasks(plan: Plan, names: Names): readonly string[] {
  const ends = new Map<string, TaskId[]>();
  for (const { from, to, kind } of plan.edges) {
    const known = ends.get(`${kind} ${from}`);
    if (known === undefined) ends.set(`${kind} ${from}`, [to]);
    else known.push(to);
  }
  const to = (id: TaskId, kind: PlannedEdge['kind']): string => names(ends.get(`${kind} ${id}`) ?? []);
  const rows = plan.tasks.flatMap((task) => {
    const waits = [
      ['needs', to(task.id, 'needs')],
      ['lands after', to(task.id, 'lands-after')],
    ].filter(([, ids]) => ids !== '');
    const section = task.section === null ? '' : `(${plainText(task.section, 30)})`;
    const words = [plainText(roleWords(task, names), 120), ...waits.map((part) => part.join(' '))];
    const items = (task.items ?? []).map(({ title }) => ['', `- ${plainText(title, 68)}`]);
    const row = [names([task.id]), plainText(task.title, 70), section, words.filter((part) => part !== '').join('; ')];
    return [row, ...items];
  });
  return columns(rows, [0]).map((line) => `  ${line}`);
}

function order(plan: Plan, names: Names): readonly string[] {
  const ids = plan.tasks.map(({ id }) => id);
  const needs = plan.edges.filter(({ kind }) => kind === 'needs');
  const waves = levels(ids, needs).map((wave, index) => `${index + 1}: ${names(wave)}`);
  const weight = new Map(plan.tasks.map((task) => [task.id, task.estimateMinutes ?? 1]));
  const longest = criticalPath(ids, needs, (id) => weight.get(id) ?? 1);
  const estimated = plan.tasks.some(({ estimateMinutes }) => estimateMinutes !== null);
  const length = estimated
    ? `about ${count(Math.round(longest.length), 'minute')}, an estimate`
    : count(longest.path.length, 'task');
  return [
    ...(waves.length < 2 ? [] : listed('Waves (tasks that may run together):', waves)),
    ...(longest.path.length < 2
      ? []
      : ['', `Longest chain (${length}): ${longest.path.map((id) => names([id])).join(' -> ')}`]),
  ];
}

const bases: Readonly<Record<PlannedEdge['basis'], string>> = {
  ref: '',
  prose: '',
  native: ', on GitHub',
  phase: ', phases',
  yaml: ', settings',
  proposed: ', accepted',
};

/** Why each dependency is there, in the author's words. What one statement says of many tasks is one line. */
function dependencies(plan: Plan, names: Names): readonly string[] {
  const told = new Map<string, PlannedEdge[]>();
  for (const edge of plan.edges) {
    const { kind, basis, source, line } = edge;
    // between parts, each item has the same words in a line of its own
    const place = basis === 'phase' || basis === 'yaml' ? '' : `${line} ${edge.from}`;
    const key = JSON.stringify([kind, basis, source, place]);
    const known = told.get(key);
    if (known === undefined) told.set(key, [edge]);
    else known.push(edge);
  }
  return [...told.values()].flatMap((edges) => byTarget(edges).map((some) => dependency(some, names)));
}

/** Those that wait for the same, together. */
function byTarget(edges: readonly PlannedEdge[]): readonly (readonly PlannedEdge[])[] {
  const targets = new Map<TaskId, TaskId[]>();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const groups = new Map<string, PlannedEdge[]>();
  for (const edge of edges) {
    const key = (targets.get(edge.from) ?? []).join();
    groups.set(key, [...(groups.get(key) ?? []), edge]);
  }
  return [...groups.values()];
}

function dependency(edges: readonly PlannedEdge[], names: Names): string {
  const [first] = edges;
  if (first === undefined) return '';
  const { kind, basis, source, line, until } = first;
  const from = [...new Set(edges.map((edge) => edge.from))];
  const to = [...new Set(edges.map((edge) => edge.to))];
  const verb =
    kind === 'needs' ? (from.length === 1 ? 'needs' : 'need') : from.length === 1 ? 'lands after' : 'land after';
  const when = until === undefined || until === 'merged' ? '' : ` (${until})`;
  const said = source === '' ? '' : ` ("${plainText(source, 80)}"${bases[basis]})`;
  return `${at(line)}${names(from)} ${verb} ${names(to)}${when}${said}`;
}

function proposals(plan: Plan, names: Names): readonly string[] {
  return (plan.proposals ?? []).map(
    ({ id, from, to, kind, source }) =>
      `${id}: ${names([from])} ${kind === 'needs' ? 'needs' : 'lands after'} ${names([to])} (${plainText(source, 200)})`,
  );
}

function at(line: number): string {
  return line > 0 ? `line ${line}: ` : '';
}

function listed(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function withGap(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}
