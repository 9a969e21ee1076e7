/** Plain lines for the command line: progress as it happens, the end of a run, a plan, a list of runs. */
import type { RecordedEvent } from '../core/events.ts';
import type { Orchestration, PlanProblem } from '../core/model.ts';
import { pullOf } from '../core/tasks.ts';
import { columns, plainText } from './columns.ts';
import { clockTime, humanDuration, utcClock } from './durations.ts';
import { eventWords } from './event-words.ts';
import { figuresOf } from './figures.ts';
import { count, listOf } from './markdown.ts';
import { rounds } from './summary.ts';
import { fullName, landedCount, stateWords, timeWords, workerWords } from './task-words.ts';
import { sayNext } from './waiting.ts';

/**
 * `[12:05:03] #4 Extract auth: implementation 35 %`; null for events that only the record needs. `state` is the one after
 * the event; `clock` turns milliseconds since the epoch into the time of day.
 */
export function sayEvent(
  state: Orchestration,
  recorded: RecordedEvent,
  clock: (at: number) => string = utcClock,
): string | null {
  const { event, at } = recorded;
  const words = eventWords(state, event);
  return words === null ? null : `[${clock(at)}] ${plainText(words, 400)}`;
}

/** The end of a run: one line that says it, a row per task, the numbers, what is left to do. */
export function saySummary(state: Orchestration): string {
  const figures = figuresOf(state);
  const { landed, total, wallMs, speedup, speedupBound, sumOfAttemptsMs } = figures;
  const head = ['Task', 'Result', 'Agent', 'Pull request', 'Lines', 'Time', 'Attempts'];
  const rows = state.tasks.map((task, index) => {
    const numbers = figures.tasks[index];
    return [
      fullName(task, 48),
      stateWords(state, task, 0),
      workerWords(task) ?? '',
      numbers?.pull == null ? '' : `#${numbers.pull}`,
      numbers === undefined || numbers.files === 0 ? '' : `+${numbers.added} -${numbers.deleted}`,
      humanDuration(numbers?.ms ?? 0),
      String(numbers?.attempts ?? 0),
    ];
  });
  const share = total === 0 ? '' : ` (${Math.round((100 * landed) / total)} %)`;
  const bound = speedupBound === null ? '' : `; no schedule could pass ${speedupBound.toFixed(1)}x here`;
  const numbers = [
    ["Agents' time", `${humanDuration(sumOfAttemptsMs)} (about what one after the other would have taken)`],
    ['Longest chain', humanDuration(figures.criticalPathMs)],
    ['Speedup', speedup === null ? '' : `${speedup.toFixed(1)}x${bound}`],
    ['Success', rounds(figures)],
    ['Diagnostics', listOf(figures.diagnostics.flatMap(({ issue }) => (issue === null ? [] : [`#${issue}`])))],
  ].filter(([, value]) => value !== '');
  return [
    `${landed} of ${count(total, 'task')} landed${share}${wallMs === null ? '' : ` in ${humanDuration(wallMs)}`}`,
    '',
    ...columns([head, ...rows], [5, 6]),
    '',
    ...columns(numbers),
    '',
    sayNext(state, 0),
  ].join('\n');
}

export function sayProblems(problems: readonly PlanProblem[]): string {
  return problems
    .map(
      ({ line, message, remedy }) =>
        `${at(line)}${plainText(message, 600)}${remedy === '' ? '' : `\n  ${plainText(remedy, 600)}`}`,
    )
    .join('\n');
}

/** One block per run: how it stands, its tasks, what comes next. */
export function sayStatus(states: readonly Orchestration[], now: number): string {
  if (states.length === 0) return 'Nothing runs, and nothing has run yet.';
  return states.map((state) => statusBlock(state, now)).join('\n\n');
}

function statusBlock(state: Orchestration, now: number): string {
  const { repo, issue, phase, id } = state;
  const title = issue.title === '' ? '' : ` ${plainText(issue.title, 80)}`;
  const done = state.tasks.length === 0 ? '' : `, ${landedCount(state)} of ${state.tasks.length} landed`;
  const rows = state.tasks.map((task) => {
    const pull = pullOf(task);
    return [
      fullName(task, 60),
      stateWords(state, task, now),
      workerWords(task) ?? '',
      pull === null ? '' : `#${pull.number}`,
      timeWords(state, task),
    ];
  });
  return [
    `${repo.owner}/${repo.name}#${issue.number}${title}`,
    `  ${id}: ${phase}${done}, asked for by ${state.requestedBy} at ${clockTime(state.requestedAt, now)}`,
    ...columns(rows).map((line) => `  ${line}`),
    `  ${plainText(sayNext(state, now), 1_500)}`,
  ].join('\n');
}

function at(line: number): string {
  return line > 0 ? `line ${line}: ` : '';
}
