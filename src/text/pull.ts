/** A pull request for a reviewer who has not seen the master issue: asked, done, changed, verified, where to look. */
import type { Attempt, Delivery } from '../core/attempt.ts';
import type { Orchestration, Task } from '../core/model.ts';
import { deliveryOf, edgesFrom, findTask, isWaivedFor, lastAttempt, pullOf, subIssueOf } from '../core/tasks.ts';
import { humanDuration } from './durations.ts';
import {
  blocks,
  bullets,
  clip,
  code,
  count,
  defuseClosing,
  fence,
  inline,
  listOf,
  mostBodyChars,
  quote,
  table,
} from './markdown.ts';
import { verificationWords } from './plan-words.ts';
import { mostTitleChars, titleOf } from './sub-issue.ts';
import { nameOf } from './task-words.ts';

const mostFiles = 20;

/**
 * The body closes the task's sub-issue, and no other issue that is only named in a quoted text; nor does the title,
 * which GitHub copies into the message of the merge commit.
 */
export function renderPull(state: Orchestration, task: Task): { readonly title: string; readonly body: string } {
  const delivery = deliveryOf(task);
  const attempt = lastAttempt(task);
  const sub = subIssueOf(task);
  const closes = sub === null ? '' : `Closes #${sub.number}. `;
  const quoted = blocks([
    `### What was asked\n\n${quote(task.plan.text === '' ? task.plan.title : task.plan.text, 8_000)}`,
    delivery === null ? null : `### What to look at first\n\n${bullets(lookFirst(delivery))}`,
    delivery === null ? null : filesTable(delivery),
    `### How it was verified\n\n${bullets(verified(state, delivery))}`,
    attempt === undefined ? null : agentWords(attempt, delivery),
    `### Order of landing\n\n${bullets(train(state, task))}`,
  ]);
  const master = `A coding agent made this change; Muster checks it and lands it. ${closes}Part of #${state.issue.number}${state.issue.title === '' ? '' : ` (${inline(defuseClosing(state.issue.title), 120)})`}.`;
  const room = mostBodyChars - master.length - 2;
  return {
    title: clip(defuseClosing(titleOf(task)), mostTitleChars),
    body: blocks([master, clip(defuseClosing(quoted), room)]),
  };
}

function filesTable({ files }: Delivery): string {
  const shown = bySize(files).slice(0, mostFiles);
  const more = files.length - shown.length;
  const rows = shown.map(({ path, added, deleted }) => [code(clip(path, 160)), `+${added}`, `-${deleted}`]);
  const rest = more === 0 ? '' : `\n\nand ${count(more, 'more file')}.`;
  return `### Files\n\n${total(files)}\n\n${table(['File', 'Added', 'Deleted'], rows)}${rest}`;
}

function total(files: Delivery['files']): string {
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const deleted = files.reduce((sum, file) => sum + file.deleted, 0);
  return `${count(files.length, 'file')} changed, ${count(added, 'line')} added, ${count(deleted, 'line')} deleted.`;
}

function bySize(files: Delivery['files']): Delivery['files'] {
  return [...files].sort((a, b) => b.added + b.deleted - (a.added + a.deleted));
}

const looksLikeTest =
  /(?:^|\/)(?:tests?|specs?|__tests__|testing)\/|(?:^|\/)test_[^/]*$|[._-](?:test|spec)s?\.[^/]+$|_test\.[^/]+$/i;
/** Files that decide what runs on other people's machines. */
const looksPowerful =
  /(?:^|\/)(?:\.github\/|Dockerfile|Makefile$|package\.json$|[^/]*\.lock$|package-lock\.json$|\.npmrc$|pyproject\.toml$|setup\.py$)/i;

function lookFirst({ files, warning }: Delivery): readonly string[] {
  const tests = files.filter(({ path }) => looksLikeTest.test(path));
  const sources = files.filter(({ path }) => !looksLikeTest.test(path));
  const powerful = files.filter(({ path }) => looksPowerful.test(path));
  const largest = bySize(sources.length > 0 ? sources : files).slice(0, 3);
  const removed = tests.filter(({ added, deleted }) => deleted > added);
  return [
    warning === null ? '' : `**Mind:** ${inline(warning, 300)}.`,
    largest.length === 0
      ? 'No file differs from the base branch.'
      : `The largest ${largest.length === 1 ? 'change is' : 'changes are'} in ${paths(largest)}.`,
    tests.length === 0
      ? '**No test file was touched.**'
      : `${count(tests.length, 'test file')} touched: ${paths(tests)}.`,
    removed.length === 0 ? '' : `**Tests lost more lines than they gained** in ${paths(removed)}.`,
    powerful.length === 0 ? '' : `Build, dependency or CI files are among them: ${paths(powerful)}.`,
  ].filter((line) => line !== '');
}

function paths(files: Delivery['files']): string {
  return listOf(files.map(({ path }) => code(clip(path, 160))));
}

function verified(state: Orchestration, delivery: Delivery | null): readonly string[] {
  const verify = delivery?.verify ?? null;
  const ran =
    verify === null
      ? ''
      : `${code(verify.command)} ${verify.ok ? 'passed' : '**failed**'} on exactly this commit, run by Muster.`;
  return [ran, `Whether it may land: ${verificationWords(state)}`].filter((line) => line !== '');
}

function agentWords(attempt: Attempt, delivery: Delivery | null): string {
  const { startedAt, endedAt } = attempt;
  const took = startedAt === null || endedAt === null ? '' : `, ${humanDuration(endedAt - startedAt)}`;
  const who = `Agent ${code(attempt.agent)}, attempt ${attempt.number}${took}. Lines and files above were counted in git; what follows is what the agent says.`;
  const said =
    delivery === null || delivery.said.trim() === '' ? 'It said nothing.' : fence(clip(delivery.said, 4_000), 'text');
  return `### What the agent says it did\n\n${who}\n\n${said}`;
}

function train(state: Orchestration, task: Task): readonly string[] {
  const before = (['needs', 'lands-after'] as const)
    .flatMap((kind) => edgesFrom(state, task.plan.id, kind))
    .map(({ to }) => findTask(state, to))
    .filter((other): other is Task => other !== undefined);
  const open = before.filter((other) => other.status !== 'merged' && !isWaivedFor(other));
  const landed = before.filter(({ status }) => status === 'merged');
  const behind = (state.plan?.edges ?? [])
    .filter(({ to }) => to === task.plan.id)
    .map(({ from }) => findTask(state, from));
  const waiting = behind.filter((other): other is Task => other !== undefined);
  return [
    open.length === 0 ? 'Nothing has to land before it.' : `Lands after ${withPulls(open)}.`,
    landed.length === 0 ? '' : `Builds on ${withPulls(landed)}, already landed.`,
    waiting.length === 0 ? '' : `${withPulls(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for it.`,
  ].filter((line) => line !== '');
}

function withPulls(tasks: readonly Task[]): string {
  return listOf(
    tasks.map((task) => {
      const pull = pullOf(task);
      return `${inline(nameOf(task))}${pull === null ? '' : ` (pull request #${pull.number})`}`;
    }),
  );
}
