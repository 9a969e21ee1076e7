/**
 * text, the rendering half: every sentence the bot says, folded from core values. May import core and the text packages.
 * This file is the one status comment, edited in place. Invariant: it changes with events, never merely with the clock,
 * and stays below GitHub's limit whatever the plan holds.
 */
import type { Orchestration, Task } from '../core/model.ts';
import { pullOf, wantedTasks } from '../core/tasks.ts';
import { humanDuration } from './durations.ts';
import { figuresOf } from './figures.ts';
import { graphLegend, renderGraph } from './graph-picture.ts';
import {
  blocks,
  bullets,
  cell,
  clip,
  code,
  count,
  details,
  inline,
  mostBodyChars,
  oneLine,
  table,
} from './markdown.ts';
import { nextSteps } from './next-steps.ts';
import { leftOutDetails, planFacts, warningDetails } from './plan-words.ts';
import { renderGaps, type ServerGap } from './server-gaps.ts';
import { stuckAt } from './stuck-words.ts';
import { fullName, landedCount, retryCommand, stateWords, timeWords, workerWords } from './task-words.ts';

/**
 * The status comment as Markdown, below 65,036 characters. `now` is milliseconds since the epoch, `gaps` what the server
 * lacks.
 */
export function renderStatus(state: Orchestration, now: number, gaps: readonly ServerGap[] = []): string {
  const { plan } = state;
  const top = [headline(state), steps(state, now)];
  if (plan === null) return blocks([...top, footer(state)]);
  const rest = [
    failures(state),
    stuckWords(state),
    leftOutDetails(plan),
    warningDetails(plan),
    planFacts(state),
    renderGaps(gaps),
  ];
  const picture = graph(state);
  const [most, few] = [state.tasks.length, Math.min(state.tasks.length, 60)];
  const body = (rows: number, extras: readonly (string | null)[]): string =>
    blocks([...top, tasksTable(state, now, rows), ...extras, footer(state)]);
  // from everything to the least that still tells how it stands
  const tries = [body(most, [picture, ...rest]), body(most, rest), body(few, rest), body(few, [])];
  return tries.find((text) => text.length <= mostBodyChars) ?? clip(body(few, []), mostBodyChars);
}

function headline(state: Orchestration): string {
  const done = landedCount(state);
  const total = wantedTasks(state).length;
  switch (state.phase) {
    case 'requested':
    case 'reading':
      return '**Muster is getting ready**';
    case 'refused':
      return '**Muster started nothing here**';
    case 'proposed':
      return `**Muster has a plan: ${count(total, 'task')}, ${count(state.plan?.edges.length ?? 0, 'dependency', 'dependencies')}**`;
    case 'running':
      return `**Muster${state.pausedBy === null ? '' : ' (paused)'}: ${done} of ${total} landed** ${bar(done, total)}`;
    case 'finished': {
      const took = figuresOf(state).wallMs;
      return `**Muster is done: ${done} of ${total} landed**${took === null ? '' : ` in ${humanDuration(took)}`} ${bar(done, total)}`;
    }
    case 'cancelled':
      return total === 0 ? '**Cancelled**' : `**Cancelled: ${done} of ${total} landed** ${bar(done, total)}`;
  }
}

/** One line each, so that a person sees at once whether they are needed. */
function steps(state: Orchestration, now: number): string {
  return nextSteps(state, now)
    .map(({ label, text }) => `${label === null ? '' : `**${label}:** `}${inline(text, 600)}`)
    .join('\\\n');
}

const barWidth = 20;

function bar(done: number, total: number): string {
  const filled = total === 0 ? 0 : Math.floor((done / total) * barWidth);
  return `\`${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}\``;
}

function tasksTable(state: Orchestration, now: number, rows: number): string {
  const shown = state.tasks.slice(0, rows);
  const head = ['Task', 'State', 'Agent', 'Branch', 'Pull request', 'Time'];
  const left = state.tasks.length - shown.length;
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

function graph(state: Orchestration): string | null {
  const picture = renderGraph(state);
  if (picture === null) return null;
  const legend = graphLegend(state);
  return blocks([picture, legend === '' ? '' : `<sub>${legend}</sub>`]);
}

/** Most failures that are spelt out. */
const mostFailures = 20;

function failures(state: Orchestration): string | null {
  const failed = state.tasks.filter((task) => task.status === 'failed' && task.retryAt === null);
  if (failed.length === 0) return null;
  const lines = failed.slice(0, mostFailures).map((task) => {
    if (task.status !== 'failed') return '';
    const { failure, diagnostic } = task;
    const where = diagnostic?.issue == null ? '' : ` Log, likely cause and fixes: #${diagnostic.issue.number}.`;
    const last = failure.evidence.at(-1);
    const telling = last === undefined || failure.message.includes(last) ? '' : ` ${code(clip(oneLine(last), 160))}.`;
    return `**${inline(fullName(task))}**: ${inline(failure.message, 240)}${telling}${where} Try again: ${code(retryCommand(state, task, failure.class))}`;
  });
  const more = failed.length - lines.length;
  return `### What failed\n\n${bullets(more > 0 ? [...lines, `and ${more} more`] : lines)}`;
}

function stuckWords(state: Orchestration): string | null {
  if (state.stuck.length === 0) return null;
  const lines = state.stuck.slice(-mostFailures).map(({ key, message }) => `${stuckAt(key)}: ${inline(message, 240)}`);
  return details(`Given up after several tries: ${state.stuck.length}`, bullets(lines));
}

function footer(state: Orchestration): string {
  const commands = ['status', 'retry', 'cancel', 'help'].map((verb) => `\`/muster ${verb}\``);
  const asked = state.phase === 'proposed' ? ['`/muster approve`', '`/muster reject`', ...commands] : commands;
  const what =
    'Muster makes a sub-issue of each item, sets coding agents to work on them and lands their pull requests.';
  return `<sub>${what} Commands, as a comment here: ${asked.join(' · ')}</sub>`;
}
