/**
 * text, the rendering half: every sentence the bot says, folded from core values. May import core and the text packages.
 * This file is the one status comment, edited in place. Invariant: it changes with events, never merely with the clock,
 * and stays below GitHub's limit whatever the plan holds.
 */
import type { Orchestration } from '../core/model.ts';
import { wantedTasks } from '../core/tasks.ts';
import { humanDuration } from './durations.ts';
import { figuresOf } from './figures.ts';
import { graphGap, graphLegend, renderGraph } from './graph-picture.ts';
import { blocks, bullets, clip, code, count, details, inline, mostBodyChars, oneLine } from './markdown.ts';
import { nativeDetails } from './native-words.ts';
import { nextSteps } from './next-steps.ts';
import { renderPlanComment } from './plan-comment.ts';
import { leftOutDetails, planFacts, warningDetails } from './plan-words.ts';
import { proposalDetails } from './proposal-words.ts';
import { renderGaps, type ServerGap } from './server-gaps.ts';
import { stuckAt } from './stuck-words.ts';
import { taskTables } from './task-tables.ts';
import { fullName, landedCount, retryCommand } from './task-words.ts';

/**
 * The status comment as Markdown, below 65,036 characters. `now` is milliseconds since the epoch, `gaps` what the server
 * lacks.
 */
export function renderStatus(state: Orchestration, now: number, gaps: readonly ServerGap[] = []): string {
  const { plan } = state;
  const top = [headline(state), steps(state, now)];
  if (plan === null) return blocks([...top, footer()]);
  if (state.phase === 'proposed') return renderPlanComment(state, plan, { top, footer: footer() }, gaps);
  const rest = [
    failures(state),
    stuckWords(state),
    proposalDetails(state),
    leftOutDetails(plan),
    warningDetails(plan),
    nativeDetails(state),
    planFacts(state),
    renderGaps(gaps),
  ];
  const picture = graph(state);
  const [most, some, few] = [state.tasks.length, Math.min(state.tasks.length, 200), Math.min(state.tasks.length, 60)];
  const body = (rows: number, extras: readonly (string | null)[]): string =>
    blocks([...top, taskTables(state, now, rows), ...extras, footer()]);
  // from everything to the least that still tells how it stands
  const tries: readonly (readonly [number, readonly (string | null)[]])[] = [
    [most, [picture, ...rest]],
    [most, rest],
    [some, rest],
    [few, rest],
  ];
  for (const [rows, extras] of tries) {
    const text = body(rows, extras);
    if (text.length <= mostBodyChars) return text;
  }
  return clip(body(few, []), mostBodyChars);
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

function graph(state: Orchestration): string | null {
  const picture = renderGraph(state);
  const words = [picture === null ? '' : graphLegend(state), graphGap(state)].filter((part) => part !== '').join(' ');
  return picture === null && words === '' ? null : blocks([picture, words === '' ? '' : `<sub>${words}</sub>`]);
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

function footer(): string {
  const commands = ['status', 'retry', 'cancel', 'help'].map((verb) => `\`/muster ${verb}\``);
  const what =
    'Muster makes a sub-issue of each item, sets coding agents to work on them and lands their pull requests.';
  return `<sub>${what} Commands, as a comment here: ${commands.join(' · ')}</sub>`;
}
