/** The diagnostic issue: what failed, what it most likely was, what to do, and the exact words that try it again. */
import type { Attempt, Failure } from '../core/attempt.ts';
import type { Orchestration, Task } from '../core/model.ts';
import { lastAttempt, pullOf, subIssueOf } from '../core/tasks.ts';
import { humanDuration, utcMinute } from './durations.ts';
import { adviceFor, failureWords } from './failure-words.ts';
import { blocks, cell, clip, code, count, fence, inline, mostBodyChars, oneLine, table } from './markdown.ts';
import { agentOf, attemptMs, nameOf, retryCommand } from './task-words.ts';

const mostTitleChars = 200;
const mostLogLines = 60;

/** Title as plain text, body as Markdown; the body is edited in place while the same task keeps failing. */
export function renderDiagnostic(state: Orchestration, task: Task): { readonly title: string; readonly body: string } {
  const known = lastFailure(task);
  const how = known === null ? '' : ` (${failureWords(known.failure.class).short})`;
  const title = clip(oneLine(`Failed: ${task.plan.title}`), mostTitleChars - how.length) + how;
  const body = blocks([
    opening(state, task, known),
    facts(state, task, known),
    known === null ? null : errorDetails(known.failure),
    known === null ? null : advice(known.failure),
    retry(state, task, known?.failure ?? null),
    `<sub>Part of #${state.issue.number}. This issue closes itself when a later attempt lands. Tasks that do not need this one go on in the meantime.</sub>`,
  ]);
  return { title, body: clip(body, mostBodyChars) };
}

/** The body with which it is closed: solved, and by what; what had happened stays readable below. */
export function renderDiagnosticClosing(state: Orchestration, task: Task): string {
  const pull = pullOf(task);
  const attempt = lastAttempt(task);
  const known = lastFailure(task);
  const by = pull === null ? '' : ` with pull request #${pull.number}`;
  const who = attempt === undefined ? '' : ` (attempt ${attempt.number}, agent ${code(attempt.agent)})`;
  const solved =
    task.status === 'merged'
      ? `**Solved.** ${inline(nameOf(task))} landed${by}${who} on ${utcMinute(task.at)}. Nothing is left to do here.`
      : `**No longer open.** ${inline(nameOf(task))} does not need this any more.`;
  const body = blocks([
    solved,
    '## What had happened',
    facts(state, task, known),
    known === null ? null : errorDetails(known.failure),
    known === null ? null : likelyCause(known.failure),
    `<sub>Part of #${state.issue.number}.</sub>`,
  ]);
  return clip(body, mostBodyChars);
}

interface KnownFailure {
  readonly failure: Failure;
  /** Null where no attempt was involved, such as a sub-issue that GitHub refused. */
  readonly attempt: Attempt | null;
}

function lastFailure(task: Task): KnownFailure | null {
  const attempt = task.attempts.findLast(({ failure }) => failure !== null) ?? null;
  if (task.status === 'failed') {
    const own = attempt?.failure?.fingerprint === task.failure.fingerprint ? attempt : (lastAttempt(task) ?? null);
    return { failure: task.failure, attempt: own };
  }
  return attempt?.failure == null ? null : { failure: attempt.failure, attempt };
}

function opening(state: Orchestration, task: Task, known: KnownFailure | null): string {
  const sub = subIssueOf(task);
  const about = sub === null ? `*${inline(task.plan.title)}*` : `#${sub.number}`;
  const meaning = known === null ? 'It failed.' : failureWords(known.failure.class).meaning;
  return `Muster set a coding agent to work on ${about}, part of #${state.issue.number}. ${meaning} It is not tried again by itself: somebody has to have a look.`;
}

function facts(state: Orchestration, task: Task, known: KnownFailure | null): string {
  const sub = subIssueOf(task);
  const pull = pullOf(task);
  const times = task.diagnostic?.count ?? 1;
  const rows = [
    ['Task', cell(`${sub === null ? '' : `#${sub.number} `}${task.plan.title}`)],
    ['Agent', workerOf(state, task, known)],
    [
      'Failure',
      known === null ? 'unknown' : `${failureWords(known.failure.class).short} (${code(known.failure.class)})`,
    ],
    ['Attempt', attemptWords(state, task, known)],
    ['Pull request', pull === null ? 'none' : `#${pull.number}`],
    ['Branch', task.attempts.length === 0 ? '' : code(task.branch)],
    ['Time with agents', task.attempts.length === 0 ? '' : humanDuration(attemptMs(task))],
    ['Seen', times > 1 ? `${times} times` : ''],
  ].filter(([, value]) => value !== '');
  return table(['', ''], rows);
}

/** The one whose attempt failed, and as whom. */
function workerOf(state: Orchestration, task: Task, known: KnownFailure | null): string {
  const agent = code(known?.attempt?.agent ?? agentOf(state, task));
  return task.plan.persona === undefined ? agent : `${cell(task.plan.persona, 60)} on ${agent}`;
}

/** `2 of 2`: the attempt that failed, and how many there were. */
function attemptWords(state: Orchestration, task: Task, known: KnownFailure | null): string {
  const attempt = known?.attempt ?? null;
  if (attempt === null) return 'none: it failed before an agent could start';
  const tries = task.attempts.filter(({ round }) => round === attempt.round).length;
  const allowed = state.plan?.policy.attempts ?? tries;
  const why = tries < allowed ? '; trying the same again would not help' : '';
  return `${attempt.number} of ${task.attempts.length}${why}`;
}

function errorDetails(failure: Failure): string {
  const lines = failure.evidence.slice(-mostLogLines).map((line) => clip(line, 500));
  const log =
    lines.length === 0
      ? 'Nothing was logged that would tell more.'
      : `**Log excerpt** (secrets removed, the last line tells most)\n\n${fence(lines.join('\n'), 'text')}`;
  return `### Error details\n\n${inline(failure.message, 1_000)}\n\n${log}`;
}

function advice(failure: Failure): string {
  const steps = adviceFor(failure).fixes.map((fix, index) => `${index + 1}. ${fix}`);
  return `${likelyCause(failure)}\n\n### Recommended fixes\n\n${steps.join('\n')}`;
}

function likelyCause(failure: Failure): string {
  return `### Likely cause\n\n${adviceFor(failure).cause}`;
}

function retry(state: Orchestration, task: Task, failure: Failure | null): string {
  const plain = retryCommand(state, task);
  const longer = retryCommand(state, task, failure?.class ?? null);
  const also = longer === plain ? '' : `\n\nOr with more time for each agent:\n\n${fence(longer)}`;
  const rest = state.tasks.filter(({ status }) => status === 'failed').length;
  const all = rest > 1 ? ` (\`/muster retry\` alone starts all ${count(rest, 'failed task')} again)` : '';
  return `### Try again\n\nComment this on #${state.issue.number}${all}:\n\n${fence(plain)}${also}`;
}
