/** Finds the item that somebody means by a number, a reference or a name. */
import { headingNumber, idsOf } from './author-ids.ts';
import type { ReadItem } from './checklist-model.ts';
import { findAllPhrases, findPhrases, type Phrase } from './dependency-phrases.ts';
import { doneWords } from './phrase-words.ts';
import { normalTitle, withoutLinks } from './plain-text.ts';
import { numberOf, referenceOfUrl, referencesInText } from './references.ts';
import { titleWords } from './title-words.ts';

export interface Entry {
  readonly item: ReadItem;
  /** Its whole title, and its title without what it says of dependencies. */
  readonly titles: readonly string[];
  readonly names: readonly string[];
  /** Stems of its title, without what it says of dependencies. */
  readonly words: ReadonlySet<string>;
  readonly firstWord: string | null;
}

export interface Directory {
  readonly entries: readonly Entry[];
  /** Issue number -> items that carry it outside their dependency words; the first map only as authored. */
  readonly owners: ReadonlyMap<number, readonly ReadItem[]>;
  readonly linked: ReadonlyMap<number, ReadItem>;
  /** Id its author gave it -> items. */
  readonly ids: ReadonlyMap<string, readonly ReadItem[]>;
  /** Number its author wrote before its title -> items. */
  readonly labels: ReadonlyMap<number, readonly ReadItem[]>;
  /** Whole titles and given names, in their plain form -> entries. */
  readonly titles: ReadonlyMap<string, readonly Entry[]>;
  readonly names: ReadonlyMap<string, readonly Entry[]>;
  /** Sorted by title, for finding those that begin alike. */
  readonly sorted: readonly { readonly title: string; readonly entry: Entry }[];
  readonly words: ReadonlyMap<string, readonly Entry[]>;
  readonly sections: readonly Section[];
  /** Those with leaves, by what they may be called. */
  readonly sectionIds: ReadonlyMap<string, readonly Section[]>;
  readonly sectionNumbers: ReadonlyMap<number, readonly Section[]>;
  readonly sectionReferences: ReadonlyMap<number, readonly Section[]>;
  readonly sectionNames: ReadonlyMap<string, readonly Section[]>;
  readonly sectionWords: ReadonlyMap<string, readonly Section[]>;
  /** What its children are, by parent; `null` for the top of the checklist. */
  readonly siblings: ReadonlyMap<string, readonly ReadItem[]>;
}

/** A heading, or a bold line or plain bullet that serves as one, with all leaves below it. */
export interface Section {
  readonly index: number;
  readonly title: string;
  /** Its title without what it says of dependencies. */
  readonly plain: string;
  /** With and without the number before it. */
  readonly names: readonly string[];
  readonly words: readonly string[];
  readonly ids: readonly string[];
  readonly number: number | null;
  readonly leaves: readonly ReadItem[];
}

export function directoryOf(
  items: readonly ReadItem[],
  ownLinks: ReadonlySet<number>,
  headings: readonly string[] = [],
): Directory {
  const owners = new Map<number, ReadItem[]>();
  const linked = new Map<number, ReadItem>();
  const ids = new Map<string, ReadItem[]>();
  const labels = new Map<number, ReadItem[]>();
  const siblings = new Map<string, ReadItem[]>();
  const entries: Entry[] = [];
  for (const item of items) {
    const own = ownLinkOf(item.title, ownLinks);
    if (own !== null) linked.set(own, item);
    const plain = withoutLinks(item.title);
    const phrases = findPhrases(plain);
    const foreign = new Set(
      findAllPhrases(plain)
        .flatMap(({ source }) => referencesWithUrls(source))
        .map(numberOf),
    );
    for (const number of new Set(item.refs.map(numberOf)))
      if (number !== own && !foreign.has(number)) put(owners, number, item);
    for (const id of idsOf(plain)) put(ids, id, item);
    const label = /^(\d{1,3})[.)]\s/.exec(plain)?.[1];
    if (label !== undefined) put(labels, Number(label), item);
    put(siblings, listKey(item), item);
    entries.push(entryOf(item, plain, phrases));
  }
  const sections = sectionsOf(items, headings);
  const named = sections.filter(({ leaves }) => leaves.length > 0);
  return {
    entries,
    owners,
    linked,
    ids,
    labels,
    titles: indexBy(entries, (entry) => entry.titles),
    names: indexBy(entries, (entry) => entry.names),
    sorted: entries
      .flatMap((entry) => entry.titles.map((title) => ({ title, entry })))
      .sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0)),
    words: indexBy(entries, (entry) => entry.words),
    sections,
    sectionIds: indexBy(named, (section) => section.ids),
    sectionNumbers: indexBy(named, ({ number }) => (number === null ? [] : [number])),
    sectionReferences: indexBy(named, ({ plain }) => numbersAtStart(plain)),
    sectionNames: indexBy(named, ({ names }) => names),
    sectionWords: indexBy(named, ({ words }) => words),
    siblings,
  };
}

function entryOf(item: ReadItem, plain: string, phrases: readonly Phrase[]): Entry {
  const parts: string[] = [];
  let from = 0;
  for (const { index, end } of phrases) {
    if (index > from) parts.push(plain.slice(from, index));
    from = Math.max(from, end);
  }
  parts.push(plain.slice(from));
  const own = parts.join(' ').replace(/[\s(（[,，;—–-]+[)）\]]*\s*$/u, '');
  const words = titleWords(own);
  return {
    item,
    titles: [...new Set([plain, own].map((title) => nameForm(withoutReference(title))))],
    names: [...item.names, ...labelOf(own)].map(nameForm),
    words: new Set(words),
    firstWord: words[0] ?? null,
  };
}

function withoutReference(title: string): string {
  return title.replace(/^(?:[\w./-]{0,100}#\d{1,10}\s*[-–—:.]?\s*)/, '');
}

/** "Alpha" of "Alpha: block cache". */
function labelOf(title: string): readonly string[] {
  const label = /^([^:：]{2,60}?)(?:\s?[:：]\s|：|\s[–—-]\s)/u.exec(withoutReference(title))?.[1];
  return label === undefined ? [] : [label];
}

function indexBy<Thing, Key>(
  things: readonly Thing[],
  keys: (thing: Thing) => Iterable<Key>,
): ReadonlyMap<Key, readonly Thing[]> {
  const index = new Map<Key, Thing[]>();
  for (const thing of things) for (const key of new Set(keys(thing))) put(index, key, thing);
  return index;
}

function numbersAtStart(title: string): readonly number[] {
  const number = /^\D{0,12}#(\d{1,10})(?!\d)/.exec(title)?.[1];
  return number === undefined ? [] : [Number(number)];
}

function put<Key, Thing>(map: Map<Key, Thing[]>, key: Key, thing: Thing): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [thing]);
  else known.push(thing);
}

/** Items that stand in one list have one key. */
function listKey(item: ReadItem): string {
  return `${item.parentIndex ?? ''}/${item.list}`;
}

/** The items of the same list, in order. */
export function siblingsOf(directory: Directory, item: ReadItem): readonly ReadItem[] {
  return directory.siblings.get(listKey(item)) ?? [];
}

/** "2.", "Phase 3:". */
const sectionPrefix = /^\W*(?:\p{L}{3,12}\s)?\d+(?:\.\d+)*\s?[.):：–—-]?\s*/u;

function sectionsOf(items: readonly ReadItem[], headings: readonly string[]): readonly Section[] {
  const leaves = headings.map((): ReadItem[] => []);
  for (const item of items) if (item.role === 'leaf') for (const at of item.sections) leaves[at]?.push(item);
  return headings.map((title, index) => {
    const plain = withoutPhrases(title);
    return {
      index,
      title,
      plain,
      names: [nameForm(plain), nameForm(plain.replace(sectionPrefix, ''))],
      words: titleWords(plain),
      ids: idsOf(plain),
      number: headingNumber(plain),
      leaves: leaves[index] ?? [],
    };
  });
}

function withoutPhrases(title: string): string {
  const [first] = findPhrases(title);
  const kept = first === undefined ? title : title.slice(0, first.index);
  return kept.replace(/[\s([{—–:-]+$/u, '');
}

/** The number of the ` (#n)` that Muster appended to a title. */
export function ownLinkOf(title: string, ownLinks: ReadonlySet<number>): number | null {
  const number = Number(/\s\(#(\d{1,10})\)$/.exec(title)?.[1] ?? Number.NaN);
  return ownLinks.has(number) ? number : null;
}

function referencesWithUrls(words: string): readonly string[] {
  const urls = words.match(/https?:\/\/[^\s,)]{1,300}/g) ?? [];
  return [...referencesInText(words), ...urls.map(referenceOfUrl).filter((found) => found !== null)];
}

/** Lower case, without punctuation at the edges of words, articles in front and "is done" behind. */
export function nameForm(words: string): string {
  const plain = normalTitle(words)
    .replace(/[^\p{L}\p{N}\s]+(?=\s|$)|(?<=\s|^)[^\p{L}\p{N}\s]+/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return plain
    .replace(
      /^(?:the|an?|completing|completion of|finishing|merging|merge of|landing of|d(?:er|ie|as|em|en)|l(?:e|a|os|as)|el|os?|as?|il|lo|gli)\s/,
      '',
    )
    .replace(doneWords, '')
    .trim();
}
