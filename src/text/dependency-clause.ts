/** Reads what follows a dependency word: numbers, references, ranges, quoted or plain names, in lists of any of them. */
import type { ReadItem } from './checklist-model.ts';
import type { Phrase } from './dependency-phrases.ts';
import { type Directory, type Found, findByName, findByReference } from './item-directory.ts';
import { referenceOfUrl } from './references.ts';

export interface ClauseReading {
  readonly found: readonly { readonly item: ReadItem; readonly basis: 'ref' | 'prose' }[];
  /** `strict`: it plainly names an item of this list that does not exist. */
  readonly missing: readonly { readonly words: string; readonly strict: boolean }[];
  readonly doubts: readonly string[];
}

interface Tally {
  readonly found: { item: ReadItem; basis: 'ref' | 'prose' }[];
  readonly missing: { words: string; strict: boolean }[];
  readonly doubts: string[];
}

const separator = /^\s*(?:,\s*(?:and|or)\b|,|&|\+|\/|and\b|or\b|und\b|et\b|y\b)\s*/i;
const countWord = /^(?:items?|tasks?|steps?|sub-?tasks?|points?|to-?dos?|boxes|box|no\.|nos\.|number)\s+(?=#?\d)/i;
const issueWord = /^(?:issues?|prs?|pull requests?|tickets?)\s+(?=#\d)/i;
const reference = /^(?:[\w.-]{1,100}\/[\w.-]{1,100})?#(\d{1,10})(?![\w])\+?/;
const bareNumber = /^(\d{1,5})(?![\w.,%°]*[\w%°])(?!\s*:)/;
const rangeEnd = /^\s*(?:-|–|—|\.{2,3}|…|to|through)\s*(#?)(\d{1,10})(?!\w)(?!\.\d)/i;
const address = /^https?:\/\/[^\s,)]{1,300}/;
const quoted = /^(?:"([^"]{1,200})"|“([^”]{1,200})”|«([^»]{1,200})»|'([^']{2,200})'(?!\w))/;
const longestRange = 100;

export function readClause(directory: Directory, from: ReadItem, phrase: Phrase): ClauseReading {
  const tally: Tally = { found: [], missing: [], doubts: [] };
  const several = readPlace(directory, from, phrase.operands);
  if (several !== null) return { found: several.map((item) => ({ item, basis: 'prose' })), missing: [], doubts: [] };
  let rest = phrase.operands.replace(/^(?:on|all of|both|either|completion of)\s+(?=#?\d|items?\s)/i, '');
  let counting = false;
  for (let taken = 0; taken < longestRange; taken++) {
    const word = countWord.exec(rest)?.[0];
    counting = word !== undefined || (counting && /^\d/.test(rest));
    const operand = rest.slice(word?.length ?? issueWord.exec(rest)?.[0].length ?? 0);
    const length = readOne(tally, directory, from, operand, { phrase, counting, first: taken === 0 });
    if (length === 0) {
      if (taken === 0 || phrase.strength === 'strong') readNames(tally, directory, from, operand, phrase, taken > 0);
      break;
    }
    rest = operand.slice(length);
    const between = separator.exec(rest)?.[0];
    if (between === undefined) break;
    rest = rest.slice(between.length);
  }
  return tally;
}

const allAbove =
  /^(?:all|everything|every (?:item|task|step)|each)\b(?: of)?(?: the| these)?(?: other| items?| tasks?| steps?)*(?: from| listed)? (?:above|before|previous|preceding|earlier)\b/i;
const allOthers =
  /^(?:(?:all|every)(?: of)?(?: the)? (?:others?|rest|remaining)\b|everything else\b|all (?:tasks|items|steps)\b(?! \d))/i;
const oneAbove =
  /^(?:the )?(?:previous|preceding) (?:one|item|task|step)\b|^the (?:one|item|task|step) (?:above|before)\b|^the previous$/i;

/** "all of the above", "everything else", "the previous item": named by place. Null when the words say no such thing. */
function readPlace(directory: Directory, from: ReadItem, words: string): readonly ReadItem[] | null {
  const work = directory.entries.map(({ item }) => item).filter((item) => item.dispatch || item.checked);
  const above = work.filter((item) => item.role === 'leaf' && item.index < from.index);
  if (allAbove.test(words)) return above;
  if (allOthers.test(words)) return work.filter((item) => item.role === 'leaf' && item.index !== from.index);
  if (!oneAbove.test(words)) return null;
  const siblings = directory.entries.map(({ item }) => item).filter((item) => item.parentIndex === from.parentIndex);
  return siblings.filter((item) => item.index < from.index).slice(-1);
}

/** Reads one number, reference, range or quoted name; returns how many characters it took, 0 when there is none. */
function readOne(
  tally: Tally,
  directory: Directory,
  from: ReadItem,
  text: string,
  how: { readonly phrase: Phrase; readonly counting: boolean; readonly first: boolean },
): number {
  const link = address.exec(text)?.[0];
  const target = link === undefined ? null : referenceOfUrl(link);
  if (link !== undefined && target !== null) {
    note(tally, findByReference(directory, from, target), target, 'ref', false);
    return link.length;
  }
  const named = quoted.exec(text);
  if (named !== null) {
    const name = named[1] ?? named[2] ?? named[3] ?? named[4] ?? '';
    note(tally, findByName(directory, from, name, true), named[0], 'prose', how.phrase.strength === 'strong');
    return named[0].length;
  }
  const marked = reference.exec(text);
  const bare = marked === null ? bareNumber.exec(text) : null;
  const start = marked ?? bare;
  if (start === null) return 0;
  const first = Number(start[1]);
  const until = rangeEnd.exec(text.slice(start[0].length));
  const length = start[0].length + (until?.[0].length ?? 0);
  if (bare !== null && !how.counting && !endsList(text.slice(length), how.phrase.strength)) return 0;
  const last = until === null ? first : Math.min(Number(until[2]), first + longestRange);
  if (marked !== null && !how.counting) {
    const prefix = marked[0].slice(0, marked[0].indexOf('#') + 1);
    for (let number = first; number <= last; number++)
      noteInRange(
        tally,
        findByReference(directory, from, `${prefix}${number}`),
        `${prefix}${number}`,
        number === first || number === last,
      );
    return length;
  }
  // "after 2030" is no item; "item 2030" and "depends on 2030" claim to be one
  const strict = how.counting || (how.phrase.strength === 'strong' && first < 1000);
  for (let number = first; number <= last; number++) {
    const item = directory.entries[number - 1]?.item;
    if (item !== undefined) tally.found.push({ item, basis: 'ref' });
    else if (strict && (number === first || number === last))
      tally.missing.push({ words: `item ${number}`, strict: true });
  }
  return length;
}

/** A bare number counts items only where nothing follows that it could count: not in "needs 3 reviews". */
function endsList(rest: string, strength: Phrase['strength']): boolean {
  const after = rest.trimStart();
  if (after === '' || (strength === 'strong' && /^[,)\]]/.test(after))) return true;
  const next = separator.exec(rest)?.[0];
  return next !== undefined && /^#?\d/.test(rest.slice(next.length));
}

function noteInRange(tally: Tally, answer: Found, words: string, isEnd: boolean): void {
  if (isEnd || answer.kind === 'item') note(tally, answer, words, 'ref', false);
}

function note(tally: Tally, answer: Found, words: string, basis: 'ref' | 'prose', strict: boolean): void {
  if (answer.kind === 'item') {
    tally.found.push({ item: answer.item, basis });
    if (answer.doubt !== null) tally.doubts.push(answer.doubt);
  } else if (answer.kind === 'several') tally.doubts.push(answer.doubt);
  else tally.missing.push({ words, strict });
}

/** Names without quotes: the whole clause, else its beginning, else each member of a list. */
function readNames(
  tally: Tally,
  directory: Directory,
  from: ReadItem,
  text: string,
  phrase: Phrase,
  later: boolean,
): void {
  const strong = phrase.strength === 'strong';
  const whole = text.trim();
  if (!/\p{L}/u.test(whole)) return;
  const short = whole.split(/\s(?:because|since|so|in order|where|when|if|for|to|being|until|before)\s/i)[0] ?? whole;
  for (const words of new Set([whole, short])) {
    const answer = findByName(directory, from, words, strong);
    if (answer.kind === 'none') continue;
    if (answer.kind === 'item' || strong) note(tally, answer, words, 'prose', false);
    return;
  }
  if (!strong) return;
  const members = short
    .split(/\s*(?:,\s*and\s|,|;|\s&\s|\s\+\s|\sand\s|\sor\s)\s*/i)
    .filter((part) => part.trim() !== '');
  const answers = members.map((words) => ({ words, answer: findByName(directory, from, words, strong) }));
  if (answers.every(({ answer }) => answer.kind === 'none')) {
    if (!later && whole.length <= 120) tally.missing.push({ words: whole, strict: false });
    return;
  }
  for (const { words, answer } of answers) note(tally, answer, words, 'prose', false);
}
