/** The tasks as rows: one table of a few, and of many the ones that matter now, with the rest folded group by group. */
import type { Orchestration, Task } from '../core/model.ts';
import { shardOf, tasksOf } from '../core/shards.ts';
import { isOver, pullOf } from '../core/tasks.ts';
import { blocks, cell, code, count, details, inline, table } from './markdown.ts';
import { shardTitle } from './shard-words.ts';
import { fullName, stateWords, timeWords, workerWords } from './task-words.ts';

/** Up to this many, one table shows them all. */
const mostUnfolded = 100;
/** Most of those that matter now which stand above the folded tables. */
const mostActive = 30;

/** At most about `rows` rows. Markdown. */
export function taskTables(state: Orchestration, now: number, rows: number): string {
  if (state.tasks.length <= mostUnfolded) return tableOf(state, state.tasks, now, rows);
  const active = state.tasks.filter(isActive);
  const parts = partsOf(state);
  const each = Math.max(5, Math.floor(rows / parts.length));
  return blocks([
    active.length === 0 ? null : tableOf(state, active, now, Math.min(mostActive, rows)),
    ...parts.map(({ title, tasks }) =>
      details(`${asHtml(title)}: ${standing(tasks)}`, tableOf(state, tasks, now, each)),
    ),
  ]);
}

/** The line of a summary is HTML, where Markdown's backslashes would show. */
function asHtml(title: string): string {
  return inline(title, 160).replace(/\\(?=[\\`*[\]~_#+=.)-])/g, '');
}

/** Worked on, about to land, or failed. */
function isActive(task: Task): boolean {
  const waits = ['pending', 'nlp_parsing', 'task_decomposition', 'dependency_resolution'].includes(task.status);
  return !waits && task.status !== 'merged' && task.status !== 'cancelled';
}

interface Part {
  readonly title: string;
  readonly tasks: readonly Task[];
}

/** The groups, and before them what stands directly under the master issue; without groups, all. */
function partsOf(state: Orchestration): readonly Part[] {
  const { plan } = state;
  const direct = state.tasks.filter((task) => shardOf(plan, task.plan.id) === undefined);
  const groups = (plan?.shards ?? []).map((shard) => ({
    title: plan === null ? shard.id : shardTitle(plan, shard),
    tasks: tasksOf(state, shard),
  }));
  const title = groups.length === 0 ? 'All tasks' : `Directly under #${state.issue.number}`;
  return direct.length === 0 ? groups : [{ title, tasks: direct }, ...groups];
}

/** `12 of 60 landed, 3 failed, 40 to come`. */
function standing(tasks: readonly Task[]): string {
  const landed = tasks.filter(({ status }) => status === 'merged').length;
  const failed = tasks.filter(({ status }) => status === 'failed').length;
  const open = tasks.filter((task) => !isOver(task) && task.status !== 'failed').length;
  return [
    `${landed} of ${tasks.length} landed`,
    failed === 0 ? '' : `${failed} failed`,
    open === 0 ? '' : `${open} to come`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function tableOf(state: Orchestration, tasks: readonly Task[], now: number, rows: number): string {
  const shown = tasks.slice(0, rows);
  const head = ['Task', 'State', 'Agent', 'Branch', 'Pull request', 'Time'];
  const left = tasks.length - shown.length;
  const note = left === 0 ? '' : `\n\nand ${count(left, 'more task')}: see the sub-issues of this issue.`;
  return `${table(
    head,
    shown.map((task) => row(state, task, now)),
  )}${note}`;
}

function row(state: Orchestration, task: Task, now: number): readonly string[] {
  const pull = pullOf(task);
  const worker = workerWords(task);
  const words = cell(stateWords(state, task, now), 160);
  return [
    cell(fullName(task, 100)),
    task.status === 'failed' ? `**${words}**` : words,
    worker === null ? '' : cell(worker, 60),
    task.attempts.length === 0 ? '' : code(task.branch),
    pull === null ? '' : `#${pull.number}`,
    timeWords(state, task),
  ];
}
