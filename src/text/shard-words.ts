/** Group issues in words: why there are some, which there are, and how long GitHub's limits make their creation. */
import type { Plan, PlannedTask, Shard } from '../core/plan.ts';
import { shardOf } from '../core/shards.ts';
import { columns, plainText } from './columns.ts';
import { humanDuration } from './durations.ts';
import { blocks, cell, clip, count, oneLine, table } from './markdown.ts';

/** Plain text: the sections that it holds, else where its tasks stand in the list. */
export function shardTitle(plan: Plan, shard: Shard): string {
  const sections = sectionsOf(plan, shard);
  const [first, last] = [sections.at(0), sections.at(-1)];
  if (first === undefined || last === undefined) return places(plan, shard);
  const names = clip(oneLine(first === last ? first : `${first} to ${last}`), 120);
  const parts = (plan.shards ?? []).filter((one) =>
    sectionsOf(plan, one).some((section) => sections.includes(section)),
  );
  return parts.length < 2 ? names : `${names} (${places(plan, shard)})`;
}

function sectionsOf(plan: Plan, shard: Shard): readonly string[] {
  return [...new Set(tasksOf(plan, shard).flatMap(({ section }) => section ?? []))];
}

function tasksOf(plan: Plan, shard: Shard): readonly PlannedTask[] {
  return plan.tasks.filter(({ id }) => shardOf(plan, id)?.id === shard.id);
}

function places(plan: Plan, shard: Shard): string {
  const at = plan.tasks.flatMap(({ id }, index) => (shardOf(plan, id)?.id === shard.id ? [index + 1] : []));
  return at.length === 1 ? `task ${at[0]}` : `tasks ${at[0]} to ${at.at(-1)}`;
}

/** Issues that carrying out this plan makes: one per task that has none yet, and the group issues. */
function issuesToMake({ tasks, shards = [] }: Plan): number {
  return tasks.filter(({ adopts }) => adopts === null).length + shards.length;
}

/** GitHub's limits for making content. A quarter is to be had at once, the rest comes back over the window and a little. */
const limits = [
  { most: 80, windowMs: 100_000 },
  { most: 500, windowMs: 3_640_000 },
] as const;

/** How long making so many issues takes at least on GitHub. Milliseconds. */
export function creationMs(issues: number): number {
  return Math.max(
    ...limits.map(({ most, windowMs }) => (Math.max(0, issues - most / 4) * windowMs) / (most - most / 4)),
  );
}

/** `creating 122 issues takes about 3m under GitHub's limit`; null where it takes no time worth a word. Plain text. */
export function creationWords(plan: Plan): string | null {
  const issues = issuesToMake(plan);
  const ms = creationMs(issues);
  if (ms < 60_000) return null;
  const minutes = Math.ceil(ms / 60_000) * 60_000;
  return `creating ${count(issues, 'issue')} takes about ${humanDuration(minutes)} under GitHub's limit of 80 a minute and 500 an hour`;
}

/** Why there are group issues, in two sentences; null where there are none. Plain text. */
export function shardWords(plan: Plan): string | null {
  const { shards = [], room } = plan;
  if (shards.length === 0) return null;
  const most = room?.most ?? 100;
  const here = (room?.taken.length ?? 0) === 0 ? '' : ` (it has ${room?.taken.length} already)`;
  const grouped = shards.reduce((sum, { tasks }) => sum + tasks.length, 0);
  const long = creationWords(plan);
  return `GitHub allows an issue ${most} sub-issues${here}, so the sub-issues of ${count(grouped, 'task')} stand under ${count(shards.length, 'group issue')}.${long === null ? '' : ` ${long[0]?.toUpperCase()}${long.slice(1)}.`}`;
}

/** The group issues as a table, for the plan comment; null where there are none. Markdown. */
export function shardTable(plan: Plan): string | null {
  const words = shardWords(plan);
  if (words === null) return null;
  const rows = (plan.shards ?? []).map((shard) => {
    const [first, last] = [tasksOf(plan, shard).at(0), tasksOf(plan, shard).at(-1)];
    return [
      cell(shardTitle(plan, shard)),
      String(shard.tasks.length),
      cell(first?.title ?? '', 60),
      cell(last?.title ?? '', 60),
    ];
  });
  return blocks(['### Group issues', words, table(['Group issue', 'Tasks', 'First', 'Last'], rows)]);
}

/** The same as lines for the command line. */
export function shardLines(plan: Plan): readonly string[] {
  const words = shardWords(plan);
  if (words === null) return [];
  const rows = (plan.shards ?? []).map((shard) => [
    plainText(shardTitle(plan, shard), 70),
    count(shard.tasks.length, 'task'),
    places(plan, shard),
  ]);
  return [`Group issues. ${words}`, ...columns(rows).map((line) => `  ${line}`)];
}

/** Plain text: `60 tasks of "Backend"`. */
export function groupWords(plan: Plan | null, group: string): string {
  const shard = plan?.shards?.find(({ id }) => id === group);
  if (plan === null || shard === undefined) return group;
  return `${count(shard.tasks.length, 'task')} (${shardTitle(plan, shard)})`;
}
