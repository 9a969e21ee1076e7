/** The closing report: what came out, how long it took, what is left for a person. Every number is from `figures.ts`. */

import type { Orchestration, Task } from '../core/model.ts';
import { wantedTasks } from '../core/tasks.ts';
import { humanDuration } from './durations.ts';
import { failureWords } from './failure-words.ts';
import type { Figures, TaskFigures } from './figures.ts';
import { figuresOf } from './figures.ts';
import { blocks, bullets, cell, clip, code, count, inline, listOf, mostBodyChars, table } from './markdown.ts';
import { verificationWords } from './plan-words.ts';
import { fullName, nameOf, nameOfId, retryCommand, stateWords, workerWords } from './task-words.ts';

const mostRows = 120;

/** The summary comment of the current round as Markdown. */
export function renderSummary(state: Orchestration): string {
  const figures = figuresOf(state);
  return clip(
    blocks([
      headline(figures),
      table(['', ''], totals(state, figures)),
      tasksTable(state, figures),
      diagnostics(state, figures),
      remaining(state),
      `<sub>All numbers are measured by Muster from its own record of run ${code(state.id)}; lines are counted in git.</sub>`,
    ]),
    mostBodyChars,
  );
}

function headline(figures: Figures): string {
  const took = figures.wallMs === null ? '' : ` in ${humanDuration(figures.wallMs)}`;
  const all = figures.landed === figures.total ? 'All done: ' : '';
  return `## ${all}${figures.landed} of ${count(figures.total, 'task')} landed${took}`;
}

function totals(state: Orchestration, figures: Figures): readonly (readonly string[])[] {
  const { sumOfAttemptsMs, speedup, speedupBound, criticalPathMs, utilisation, successRate } = figures;
  const workers = state.plan?.policy.maxWorkers ?? 1;
  const bound =
    speedupBound === null
      ? ''
      : `; at most ${times(speedupBound)} was possible with these dependencies and ${count(workers, 'worker')}`;
  const rows: readonly (readonly [string, string | null])[] = [
    ['Duration, from the command to the end', figures.wallMs === null ? null : humanDuration(figures.wallMs)],
    ['Planning (sub-issues and dependencies)', figures.planningMs === null ? null : humanDuration(figures.planningMs)],
    [
      "Agents' time, all attempts together",
      `${humanDuration(sumOfAttemptsMs)}; one agent alone would have needed about as long (an estimate)`,
    ],
    ["Speedup (agents' time / duration)", speedup === null ? null : `${times(speedup)}${bound}`],
    [
      'Longest chain of dependent tasks',
      criticalPathMs === 0 ? null : `${humanDuration(criticalPathMs)}: ${chain(state, figures)}`,
    ],
    [
      'Workers busy',
      utilisation === null ? null : `${percent(utilisation)} of the time of ${count(workers, 'worker')}`,
    ],
    ['Success', successRate === null ? null : `${percent(successRate)}: ${rounds(figures)}`],
    [
      'Lines',
      figures.pulls === 0
        ? null
        : `+${figures.added.toLocaleString('en-US')} -${figures.deleted.toLocaleString('en-US')} in ${count(figures.pulls, 'pull request')}`,
    ],
    ['Verification', verificationWords(state)],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
}

function chain(state: Orchestration, { criticalPath }: Figures): string {
  const names = criticalPath.map((id) => cell(nameOfId(state, id)));
  const shown = names.length > 8 ? [...names.slice(0, 4), '…', ...names.slice(-3)] : names;
  return shown.join(', then ');
}

/** `3/5`, and with retries `original 3/5, retry 2/2, all 5/5`. */
export function rounds({ rounds: all, landed, total }: Pick<Figures, 'rounds' | 'landed' | 'total'>): string {
  if (all.length < 2) return `${landed}/${total}`;
  const parts = all.map(({ round, done, of }) => {
    const name = round === 1 ? 'original' : all.length === 2 ? 'retry' : `retry ${round - 1}`;
    return `${name} ${done}/${of}`;
  });
  return [...parts, `all ${landed}/${total}`].join(', ');
}

function tasksTable(state: Orchestration, figures: Figures): string {
  const all = state.tasks.flatMap((task, index) => {
    const numbers = figures.tasks[index];
    return numbers === undefined ? [] : [{ task, numbers }];
  });
  // where not all have a place, what did not land must not be among those without one
  const landed = ({ task }: (typeof all)[number]): boolean => task.status === 'merged';
  const chosen =
    all.length <= mostRows ? all : [...all.filter((one) => !landed(one)), ...all.filter(landed)].slice(0, mostRows);
  const rows = chosen.map(({ task, numbers }) => row(state, task, numbers));
  const more = all.length - chosen.length;
  const head = ['Task', 'Result', 'Agent', 'Pull request', 'Files', 'Lines', 'Time', 'Attempts'];
  return `${table(head, rows)}${more > 0 ? `\n\nand ${count(more, 'more task')}.` : ''}`;
}

function row(state: Orchestration, task: Task, numbers: TaskFigures): readonly string[] {
  const worked = numbers.attempts > 0;
  const worker = workerWords(task);
  return [
    cell(fullName(task, 100)),
    cell(stateWords(state, task, 0)),
    worker === null ? '' : cell(worker, 60),
    numbers.pull === null ? '' : `#${numbers.pull}`,
    numbers.files === 0 ? '' : String(numbers.files),
    numbers.files === 0 ? '' : `+${numbers.added} -${numbers.deleted}`,
    worked ? humanDuration(numbers.ms) : '',
    worked ? String(numbers.attempts) : '',
  ];
}

function diagnostics(state: Orchestration, figures: Figures): string | null {
  if (figures.diagnostics.length === 0) return null;
  const lines = figures.diagnostics.slice(0, mostRows).map((one) => {
    const where = one.issue === null ? 'no issue yet' : `#${one.issue}`;
    const what = one.class === null ? '' : `, ${failureWords(one.class).short}`;
    const often = one.count > 1 ? `, ${one.count} times` : '';
    const now = one.state === 'open' ? 'open' : 'solved by a later attempt';
    return `${where}: ${inline(nameOfId(state, one.task))}${what}${often}; ${now}`;
  });
  return `### Diagnostic issues\n\n${bullets(lines)}`;
}

function remaining(state: Orchestration): string {
  const open = state.tasks.filter(({ status }) => status !== 'merged' && status !== 'cancelled');
  const dropped = wantedTasks(state).filter(({ status }) => status === 'cancelled').length;
  const without = dropped === 0 ? '' : `, except what was cancelled (${count(dropped, 'task')})`;
  if (open.length === 0) return `### Left for a person\n\nNothing: everything asked for has landed${without}.`;
  const failed = open.filter(({ status }) => status === 'failed');
  const lines = open.slice(0, mostRows).map((task) => {
    const how =
      task.status === 'failed' ? `; try again with ${code(retryCommand(state, task, task.failure.class))}` : '';
    return `${inline(fullName(task))}: ${inline(stateWords(state, task, 0), 300)}${how}`;
  });
  const names = listOf(failed.map((task) => inline(nameOf(task))));
  const all = failed.length > 1 ? `\n\n\`/muster retry\` starts ${names} together.` : '';
  return `### Left for a person\n\n${bullets(lines)}${all}`;
}

function times(factor: number): string {
  return `${factor.toFixed(1)}x`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
