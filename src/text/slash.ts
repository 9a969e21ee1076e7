/**
 * Commands in comments: `/muster <verb> [#issue] [--flags]` and `/orchestrate`, which is `/muster run`. They count at the
 * start of a line, outside code, quotes and comments. Nothing that starts like one is met with silence.
 */
import type { Nodes, RootContent } from 'mdast';
import type { Flags, SpokenCommand, Verb } from '../core/model.ts';
import { listOf } from './markdown.ts';
import { parseMarkdown } from './markdown-tree.ts';
import { nearest } from './nearest.ts';
import {
  limits,
  priorities,
  type ReadValue,
  readChoice,
  readCount,
  readName,
  readProposals,
  readTime,
  strategies,
} from './values.ts';

const verbs: readonly Verb[] = [
  ...(['run', 'plan', 'status', 'why', 'approve', 'reject'] as const),
  ...(['retry', 'cancel', 'pause', 'resume', 'merge', 'help'] as const),
];
/** Verbs that may start work, and so say how. */
const starting: readonly Verb[] = ['run', 'plan', 'retry'];

type FlagReader = (value: string) => ReadValue<Flags>;

const valued: Readonly<Record<string, FlagReader>> = {
  '--max-workers': (text) => as(readCount(text, limits.maxWorkers), (maxWorkers) => ({ maxWorkers })),
  '--batch-size': (text) => as(readCount(text, limits.batchSize), (batchSize) => ({ batchSize })),
  '--timeout': (text) => as(readTime(text), (timeoutSeconds) => ({ timeoutSeconds })),
  '--agent': (text) => as(readName(text), (agent) => ({ agent })),
  '--priority': (text) => as(readChoice(text, priorities), (priority) => ({ priority })),
  '--strategy': (text) => as(readChoice(text, strategies), (strategy) => ({ strategy })),
  '--with': (text) => as(readProposals(text), (ids) => ({ with: ids })),
  '--option': (text) => as(readCount(text, limits.option), (option) => ({ option })),
};
const switches: Readonly<Record<string, Flags>> = {
  '--retry': { retry: true },
  '--fresh': { fresh: true },
  '--dry-run': { dryRun: true },
  '--grouped': { grouped: true },
  '--as-list': { asList: true },
};
/** Flags of single verbs; all others say how to start. */
const flagVerbs: Readonly<Record<string, readonly Verb[]>> = {
  '--with': ['approve'],
  '--option': ['approve'],
  '--grouped': ['run', 'plan', 'approve'],
  '--as-list': ['run', 'plan'],
};
const flagNames = [...Object.keys(valued), ...Object.keys(switches)];

/** Commands of one comment beyond these are ignored, so that one comment cannot ask for a hundred answers. */
const mostCommands = 10;

/** The commands of a comment, in order; what is said twice is heard once. */
export function parseSlashCommands(comment: string): readonly SpokenCommand[] {
  return spokenLines(comment).map(readCommand);
}

/** The same as they were typed, with single spaces. */
export function spokenLines(comment: string): readonly string[] {
  if (!/\/(?:muster|orchestrate)/i.test(comment)) return [];
  const lines = parseMarkdown(comment)
    .blocks.flatMap((block) => linesOf(block, comment))
    .filter((line) => /^\/(?:muster|orchestrate)(?=\s|$)/i.test(line))
    .map((line) => line.replace(/\s+/g, ' ').replace(/(?<=[ =,](?:p\d{1,3}|all)) ?, ?(?=p\d)/gi, ','));
  return [...new Set(lines)].slice(0, mostCommands);
}

/** Lines of paragraphs; an underlined one (`---` below it) is a heading to Markdown and a command to its author. */
function linesOf(block: RootContent, comment: string): readonly string[] {
  if (block.type !== 'paragraph' && block.type !== 'heading') return [];
  const start = block.position?.start.offset ?? 0;
  const hidden = block.children.filter((child): boolean => child.type === 'inlineCode' || child.type === 'html');
  const ranges = hidden.map((child) => rangeOf(child));
  const lines: string[] = [];
  let offset = start;
  for (const line of comment.slice(start, block.position?.end.offset ?? start).split(/(?<=\n|\r(?!\n))/)) {
    const words = offset + (line.length - line.trimStart().length);
    if (!ranges.some((range) => range.start <= words && words < range.end)) lines.push(line.trim());
    offset += line.length;
  }
  return lines;
}

function rangeOf(node: Nodes): { readonly start: number; readonly end: number } {
  return { start: node.position?.start.offset ?? 0, end: node.position?.end.offset ?? 0 };
}

/** One line that begins with `/muster` or `/orchestrate`. */
export function readCommand(line: string): SpokenCommand {
  const text = line.slice(0, 300);
  const [opener = '', ...words] = text.split(' ');
  const isRun = opener.toLowerCase() === '/orchestrate';
  const first = words[0]?.toLowerCase();
  if (!isRun && first === undefined) return { kind: 'command', verb: 'help', flags: {}, target: null };
  const verb = isRun ? 'run' : verbs.find((one) => one === first);
  if (verb === undefined) return { kind: 'unknown', text, problem: unknownVerb(words[0] ?? '') };
  const read = readArguments(isRun ? words : words.slice(1), verb);
  return read.ok ? { kind: 'command', verb, ...read.value } : { kind: 'unknown', text, problem: read.problem };
}

function unknownVerb(word: string): string {
  const meant = nearest(word, verbs);
  const known = `I know ${verbs.slice(0, -1).join(', ')} and ${verbs.at(-1)}.`;
  return `There is no command "${word.slice(0, 40)}". ${meant === null ? known : `Did you mean \`/muster ${meant}\`? ${known}`}`;
}

function readArguments(
  words: readonly string[],
  verb: Verb,
): ReadValue<{ readonly flags: Flags; readonly target: number | null }> {
  let flags: Flags = {};
  let target: number | null = null;
  const seen = new Set<string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('--') && !word.startsWith('—')) {
      // "--with p1 p2"
      const more = flags.with === undefined ? null : readProposals(word);
      if (more?.ok === true && !/^#?\d/.test(word)) {
        flags = joined(flags, { with: more.value });
        continue;
      }
      const number = Number(
        /^#?(\d{1,10})$/.exec(word)?.[1] ?? /\/(?:issues|pull)\/(\d{1,10})$/.exec(word)?.[1] ?? Number.NaN,
      );
      if (Number.isNaN(number) || target !== null) return no(unknownWord(word, verb));
      target = number;
      continue;
    }
    // phones turn two dashes into a long one
    const [name = '', inline] = word.replace(/^—/, '--').toLowerCase().split(/=(.*)/s);
    if (seen.has(name) && name !== '--with') return no(`${name} is given twice.`);
    seen.add(name);
    const misplaced = flagNames.includes(name) ? misplacedFlag(name, verb) : null;
    if (misplaced !== null) return no(misplaced);
    const read = readFlag(name, inline ?? null, words[at + 1]);
    if (!read.ok) return read;
    if (read.value.used) at += 1;
    flags = joined(flags, read.value.flags);
  }
  if (flags.with !== undefined && flags.option !== undefined)
    return no('--with accepts proposals and --option answers a question: one command for each, please.');
  return { ok: true, value: { flags, target } };
}

/** What is named twice is named once. */
function joined(flags: Flags, more: Flags): Flags {
  const ids = [...new Set([...(flags.with ?? []), ...(more.with ?? [])])];
  return { ...flags, ...more, ...(ids.length === 0 ? {} : { with: ids }) };
}

function misplacedFlag(name: string, verb: Verb): string | null {
  const owners = flagVerbs[name] ?? starting;
  if (owners.includes(verb)) return null;
  const takesSome = starting.includes(verb) || Object.values(flagVerbs).some((verbs) => verbs.includes(verb));
  return `\`/muster ${verb}\` takes no ${takesSome ? name : 'flags'}; ${name} belongs to ${listOf(owners)}.`;
}

function unknownWord(word: string, verb: Verb): string {
  const flag = nearest(`--${word.replace(/^-+/, '')}`, flagNames);
  const hint = flag === null ? '' : ` Did you mean ${flag}?`;
  return `I do not understand "${word.slice(0, 60)}" after \`/muster ${verb}\`.${hint}`;
}

/** `used`: the value was the next word. */
function readFlag(
  name: string,
  inline: string | null,
  next: string | undefined,
): ReadValue<{ readonly flags: Flags; readonly used: boolean }> {
  const alone = switches[name];
  if (alone !== undefined) {
    return inline === null ? { ok: true, value: { flags: alone, used: false } } : no(`${name} takes no value.`);
  }
  const reader = valued[name];
  if (reader === undefined) {
    const meant = nearest(name, flagNames);
    return no(
      `There is no flag ${name.slice(0, 40)}. ${meant === null ? `I know ${flagNames.join(', ')}.` : `Did you mean ${meant}?`}`,
    );
  }
  const value = inline ?? next;
  if (value === undefined || (inline === null && value.startsWith('--'))) return no(`${name} needs a value.`);
  const read = reader(value);
  return read.ok ? { ok: true, value: { flags: read.value, used: inline === null } } : no(`${name} ${read.problem}.`);
}

function as<Value>(read: ReadValue<Value>, toFlags: (value: Value) => Flags): ReadValue<Flags> {
  return read.ok ? { ok: true, value: toFlags(read.value) } : read;
}

function no(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}
