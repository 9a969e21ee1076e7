/** Questions with numbered options, and what to type for each. Markdown, unless said otherwise. */
import type { CheckIn, CheckInOption } from '../core/check-ins.ts';
import { checkInOf, openCheckIns } from '../core/check-ins.ts';
import type { Orchestration, ReplyWords } from '../core/model.ts';
import { findTask, subIssueOf } from '../core/tasks.ts';
import { blocks, bullets, count, inline, listOf, oneLine } from './markdown.ts';
import { nameOf } from './task-words.ts';

/** The comment that asks about the tasks of these ids. `byHand`: because of what became of a sub-issue, not of the list. */
export function askCheckIns(state: Orchestration, ids: readonly string[], byHand: boolean): string {
  const questions = ids.flatMap((id) => {
    const task = findTask(state, id);
    return (task === undefined ? null : checkInOf(task)) ?? [];
  });
  if (questions.length === 0) return 'The question that stood here has been answered.';
  const was = questions.length === 1 ? 'was' : 'were';
  if (byHand)
    return blocks([
      'An agent is at work on this. It goes on, and nothing of it lands until somebody with write permission decides, or the sub-issue is open and in its place again:',
      ...questions.map(question),
    ]);
  return blocks([
    `The list was edited while ${count(questions.length, 'task')} of it ${was} worked on. The agents go on, and nothing of that lands until somebody with write permission decides:`,
    ...questions.map(question),
  ]);
}

function question(checkIn: CheckIn): string {
  const lines = checkIn.options.map((option, index) => {
    const recommended = index + 1 === checkIn.recommended ? ` **Recommended:** ${reasonWords(checkIn)}.` : '';
    return `**${index + 1}.** ${optionWords(option)}: \`${answerCommand(checkIn, index + 1)}\`.${recommended}`;
  });
  return `**${inline(nameOf(checkIn.task))}**: ${inline(checkIn.reason)}.\n\n${bullets(lines)}`;
}

function optionWords(option: CheckInOption): string {
  return option === 'stop' ? 'Stop it; its branch and pull request stay' : 'Let it land as it is';
}

function reasonWords({ about }: CheckIn): string {
  return about === 'gone'
    ? 'nobody asks for it any more'
    : 'what is being made was asked for; a new item can ask for the rest. If the new words ask for the opposite, stop it';
}

function answerCommand({ task }: CheckIn, option: number): string {
  const sub = subIssueOf(task);
  return `/muster approve --option ${option}${sub === null ? '' : ` #${sub.number}`}`;
}

/** What to type for which answer. Plain text. */
export function choices(checkIn: CheckIn): string {
  return checkIn.options
    .map((option, index) => {
      const advised = index + 1 === checkIn.recommended ? ' (recommended)' : '';
      return `\`${answerCommand(checkIn, index + 1)}\` ${option === 'stop' ? 'stops it' : 'lets it land as it is'}${advised}`;
    })
    .join(', ');
}

/** Most questions that are spelt out in one line. */
const mostAsked = 3;

/** What is asked, in one line of plain text; empty while nothing is. */
export function checkInsInShort(state: Orchestration): string {
  const open = openCheckIns(state);
  const asked = open.slice(0, mostAsked).map((one) => {
    return `${nameOf(one.task)} does not land by itself, because ${oneLine(one.reason)}: ${choices(one)}`;
  });
  const more = open.length - asked.length;
  return [...asked, ...(more > 0 ? [`${count(more, 'more question')} like that`] : [])].join('; ');
}

/** An option that does not exist, or does not say which question it answers. */
export function unclearOption(
  state: Orchestration,
  { option, tasks, options }: Extract<ReplyWords, { kind: 'option-unclear' }>,
): string {
  const open = tasks.flatMap((id) => {
    const task = findTask(state, id);
    return (task === undefined ? null : checkInOf(task)) ?? [];
  });
  const known = option <= options;
  const why = known
    ? `Questions are open about ${listOf(open.map(({ task }) => inline(nameOf(task))))}; name the one that is meant.`
    : `There is no option ${option}.`;
  const lines = open.slice(0, 10).flatMap((one) =>
    one.options.flatMap((what, index) => {
      if (known && index + 1 !== option) return [];
      return [`\`${answerCommand(one, index + 1)}\`: ${inline(nameOf(one.task))}. ${optionWords(what)}.`];
    }),
  );
  return blocks([`${why} Nothing was changed.`, bullets(lines)]);
}
