/** Short answers to commands. They say what happens now, or what to type instead. */
import type { Orchestration, PlanProblem, ReplyWords } from '../core/model.ts';
import { why } from '../core/why.ts';
import { askCheckIns, unclearOption } from './check-in-words.ts';
import { blocks, bullets, clip, code, count, inline, listOf, mostBodyChars, table } from './markdown.ts';
import { acceptedWords, proposalTroubles } from './proposal-words.ts';
import { landedCount, nameOfId } from './task-words.ts';
import { sayNext, sayWhy } from './waiting.ts';

const mostProblems = 30;

/** `now`: milliseconds since the epoch. */
export function renderReply(state: Orchestration, say: ReplyWords, now = 0): string {
  return clip(words(state, say, now), mostBodyChars);
}

function words(state: Orchestration, say: ReplyWords, now: number): string {
  switch (say.kind) {
    case 'no-permission':
      return `Sorry, ${inline(say.user)}: only people with write permission on this repository can command Muster. Nothing was changed.`;
    case 'unknown-command':
      return `I do not understand ${code(clip(say.text, 200))}: ${inline(say.problem, 400)}\n\n\`/muster help\` lists what I know. Nothing was changed.`;
    case 'edited-comment':
      return `${code(clip(say.text, 200))} came into your comment by an edit, and edits are not obeyed: what was asked for stays as it was first read. Write it as a new comment, please. Nothing was changed.`;
    case 'help':
      return help;
    case 'status':
      return status(state);
    case 'why':
      return whyWords(state, say.tasks, now);
    case 'paused':
      return `Paused: agents at work finish what they do, nothing new starts and nothing lands. \`/muster resume\` goes on. ${where(state)}`;
    case 'resumed':
      return `Going on. ${status(state)}`;
    case 'held':
      return askCheckIns(state, say.tasks, say.byHand === true);
    case 'change-approved':
      return say.tasks.length === 0
        ? 'The list counts as it reads now.'
        : `The list counts as it reads now: ${named(state, say.tasks)}. ${where(state)}`;
    case 'change-rejected':
      return `It stays with what was approved; the list may be changed back, or changed again. ${where(state)}`;
    case 'change-problem':
      return changeProblems(say.problems);
    case 'proposals-accepted':
      return acceptedWords(state, say.ids, say.edges);
    case 'proposals-refused':
      return proposalTroubles(state, say.troubles);
    case 'option-unclear':
      return unclearOption(state, say);
    case 'already-running':
      return `This issue is being worked on already. ${status(state)}`;
    case 'nothing-here':
      return 'Nothing runs here yet. `/muster run` on an issue with a checklist starts it.';
    case 'nothing-to-do':
      return `${inline(say.detail, 400)} Nothing was changed.`;
    case 'retrying':
      return `Trying again: ${named(state, say.tasks)}. What has landed stays; what waited for ${say.tasks.length === 1 ? 'it' : 'them'} follows. ${where(state)}`;
    case 'cancelled':
      return say.tasks.length === 0
        ? 'Cancelled before anything was started.'
        : `Cancelled: ${named(state, say.tasks)}. Running agents are stopped; branches and pull requests stay for you to keep or close.`;
    case 'merging':
      return `${say.tasks === undefined ? 'Everything that passes its checks' : `${named(state, say.tasks)} (nothing else)`} may land now, in the order of its dependencies. ${where(state)}`;
    case 'plan-problem':
      return planProblems(say.problems);
  }
}

/** Tasks told about in one answer. */
const mostExplained = 20;

function whyWords(state: Orchestration, ids: readonly string[], now: number): string {
  const lines = ids.slice(0, mostExplained).flatMap((id) => {
    const reasons = why(state, id, now);
    return reasons === null
      ? []
      : [
          sayWhy(state, reasons, now)
            .map((line) => inline(line, 600))
            .join(' '),
        ];
  });
  const more = ids.length - lines.length;
  if (lines.length === 1) return lines.join('');
  return bullets(more > 0 ? [...lines, `and ${more} more; \`/muster why #n\` tells about one of them`] : lines);
}

function status(state: Orchestration): string {
  const done = `${landedCount(state)} of ${count(state.tasks.length, 'task')} landed.`;
  return blocks([`${state.tasks.length === 0 ? '' : `${done} `}${inline(sayNext(state, 0), 1_500)}`, where(state)]);
}

function where(state: Orchestration): string {
  const url = state.report.comment?.url ?? '';
  return /^https?:\/\/[^\s<>()]+$/.test(url) ? `[The status comment](${url}) always shows how it stands.` : '';
}

function named(state: Orchestration, ids: readonly string[]): string {
  return listOf(
    ids.map((id) => inline(nameOfId(state, id))),
    10,
  );
}

function changeProblems(problems: readonly PlanProblem[]): string {
  return blocks([
    'The list was edited, and I cannot work by it as it reads now. What was approved before goes on.',
    problemList(problems),
  ]);
}

function planProblems(problems: readonly PlanProblem[]): string {
  return blocks([
    'I cannot work on this issue as it stands. Nothing was started.',
    problemList(problems),
    'Change that, then comment `/muster run` again.',
  ]);
}

function problemList(problems: readonly PlanProblem[]): string {
  const lines = problems.slice(0, mostProblems).map(({ line, message, remedy }) => {
    const place = line > 0 ? `**Line ${line}:** ` : '';
    return `${place}${inline(message, 600)}${remedy === '' ? '' : ` ${inline(remedy, 600)}`}`;
  });
  const more = problems.length - lines.length;
  return bullets(more > 0 ? [...lines, `and ${more} more`] : lines);
}

const help = blocks([
  'Write one of these as a comment on the master issue. Only people with write permission can command.',
  table(
    ['Command', 'What it does'],
    [
      [
        '`/muster run`',
        'Reads the checklist of this issue, makes a sub-issue for each item, sets agents to work and lands what is good.',
      ],
      ['`/muster plan`', 'Shows what a run would do, and starts nothing; the same as `/muster run --dry-run`.'],
      ['`/muster status`', 'Says how it stands and what is waited for.'],
      [
        '`/muster why [#n]`',
        'Says why a task does not run or land, and what waits for it: of all that have not landed, or of the one.',
      ],
      ['`/muster approve`', 'Starts a plan that waits for approval, or takes over a list that was edited.'],
      [
        '`/muster approve --with p1`',
        'Accepts proposed dependencies too, `p1,p3` or `all`; also while the work goes on.',
      ],
      ['`/muster approve --option 2 [#n]`', 'Answers a question that Muster asked, by the number of an option.'],
      ['`/muster reject`', 'Drops a plan that waits for approval, or an edit of the list.'],
      ['`/muster retry [#n]`', 'Tries what failed again: everything, or the one sub-issue.'],
      ['`/muster cancel [#n]`', 'Stops everything, or the one sub-issue.'],
      ['`/muster pause`', 'Lets agents at work finish; nothing new starts and nothing lands.'],
      ['`/muster resume`', 'Goes on after a pause.'],
      ['`/muster merge [#n]`', 'Lets what is ready land where merging is left to people: everything, or the one task.'],
      ['`/muster help`', 'Shows this.'],
    ],
  ),
  'Flags of `run` and `retry`: `--max-workers N`, `--batch-size N`, `--timeout SECONDS`, `--agent NAME`, `--priority critical|high|medium|low`, `--strategy adaptive|parallel|sequential`, `--retry`, `--fresh`, `--dry-run`. `run`, `plan` and `approve` take `--grouped` (one task of each proposed group); `run` and `plan` take `--as-list` (the entries of a list without boxes are the tasks). `/orchestrate` means `/muster run`. The label `muster` starts a run too.',
]);
