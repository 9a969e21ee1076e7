/** A coarser cut of a list in words: what is proposed, what would be in which group, how to have it so. */
import { itemsOf } from '../core/grouping.ts';
import type { Plan, PlannedTask, PlanWarning, TaskGroup } from '../core/plan.ts';
import { columns, plainText } from './columns.ts';
import { blocks, cell, clip, count, details, listOf, table } from './markdown.ts';

const mostGroups = 40;
const mostItems = 8;

export function groupingWarning(groups: readonly TaskGroup[], tasks: readonly PlannedTask[]): readonly PlanWarning[] {
  if (groups.length === 0) return [];
  const names = listOf(
    groups.map(({ title }) => `"${clip(title, 60)}"`),
    6,
  );
  const message = `The list is cut very fine: ${tasks.length} tasks, most of them small, would be ${sizeOf(groups, tasks.length)} with groups such as ${names}. With --grouped (run, plan or approve), each group is one task with one agent and one pull request.`;
  return [{ line: 0, code: 'over-granular', message }];
}

/** Tasks that are left when each group is one. */
function sizeOf(groups: readonly TaskGroup[], tasks: number): number {
  return groups.reduce((left, group) => left - group.tasks.length + 1, tasks);
}

/** The groups as a table, for the comment that shows a plan; null where none are proposed. */
export function groupingDetails(plan: Plan): string | null {
  const { grouping = [], tasks } = plan;
  if (grouping.length === 0) return null;
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const rows = grouping.slice(0, mostGroups).map(({ title, tasks: ids, why }) => {
    const items = ids.flatMap((id) => byId.get(id) ?? []);
    const shown = items.slice(0, mostItems).map((task) => cell(task.title, 80));
    const more = items.length > shown.length ? [`and ${items.length - shown.length} more`] : [];
    return [`**${cell(title, 100)}**`, [...shown, ...more].join('<br>'), cell(why, 160)];
  });
  const left = grouping.length - rows.length;
  const size = sizeOf(grouping, tasks.length);
  return details(
    `Fewer, larger tasks: ${tasks.length} could be ${size}`,
    blocks([
      `Most items are small. \`/muster approve --grouped\` starts this plan with each group as one task: one agent, one pull request, and all its items are linked to it and ticked when it lands. Nothing else changes; \`/muster approve\` starts it as it is.`,
      table(['Group', 'Items', 'Why'], rows),
      left > 0 ? `and ${count(left, 'more group')}.` : '',
    ]),
  );
}

/** The same for the command line. `number`: how a task is named there. */
export function sayGroups(plan: Plan, number: (id: string) => string): readonly string[] {
  const { grouping = [], tasks } = plan;
  if (grouping.length === 0) return [];
  const rows = grouping.map(({ title, tasks: ids, why }) => [
    ids.map(number).join(', '),
    plainText(title, 60),
    `(${plainText(why, 100)})`,
  ]);
  return [
    `Fewer, larger tasks (--grouped): ${tasks.length} could be ${sizeOf(grouping, tasks.length)}`,
    ...columns(rows).map((line) => `  ${line}`),
  ];
}

/** For whoever reads a task that holds several items; null for one of a single item. */
export function groupWords(task: PlannedTask): string | null {
  const items = itemsOf(task);
  return items.length < 2
    ? null
    : `It holds ${count(items.length, 'item')} of the list (lines ${listOf(
        items.map(({ line }) => String(line)),
        12,
      )}), done together in one pull request. All of them are ticked when it lands.`;
}
