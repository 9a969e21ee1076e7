/** Which item, or which section of items, somebody means by a reference, an id or a name. */
import type { ReadItem } from './checklist-model.ts';
import { type Directory, type Entry, nameForm, type Section } from './item-directory.ts';
import { doneWords } from './phrase-words.ts';
import { numberOf } from './references.ts';
import { titleWords } from './title-words.ts';

export type Found =
  | {
      readonly kind: 'items';
      readonly items: readonly ReadItem[];
      readonly doubt: string | null;
      readonly section: Section | null;
    }
  | { readonly kind: 'several'; readonly doubt: string }
  | { readonly kind: 'none' };

const none: Found = { kind: 'none' };

function only(item: ReadItem, doubt: string | null = null): Found {
  return { kind: 'items', items: [item], doubt, section: null };
}

/** A section stands for all its leaves that anybody works on or has done. */
function whole(section: Section, from: ReadItem | null): Found {
  const inside = from !== null && section.leaves.includes(from);
  const items = section.leaves.filter((item) => isStep(item));
  return inside || items.length === 0 ? none : { kind: 'items', items, doubt: null, section };
}

/** Work, done work, or a step of a human: something that can be waited for. */
export function isStep(item: ReadItem): boolean {
  return item.dispatch || item.checked || item.kind === 'human';
}

/**
 * `#n`: the item that carries this issue, else the one whose author numbered it so, else the n-th checkbox, else the
 * item that Muster linked to it. Where headings are numbered too and mean something else, nobody can tell.
 */
export function findByReference(directory: Directory, from: ReadItem | null, reference: string): Found {
  const number = numberOf(reference);
  const local = reference.startsWith('#');
  const byPosition = local ? directory.entries[number - 1]?.item : undefined;
  const owners = (directory.owners.get(number) ?? []).filter(
    (item) => item.index !== from?.index && item.refs.some((one) => isSame(one, reference)),
  );
  const start = new RegExp(
    `^[^\\p{L}\\p{N}_#]{0,10}(?:https?://\\S{1,200}/(?:issues|pull)/|[\\w.-]{1,100}/[\\w.-]{1,100}#|#)${number}(?![\\d\\p{L}])`,
    'u',
  );
  const leading = owners.filter((item) => start.test(item.title));
  const [owner] = owners.length === 1 ? owners : leading.length === 1 ? leading : [];
  if (owner !== undefined) {
    // a number in the middle of a sentence may be the author's word for a place in the list
    const trailing = new RegExp(`#${number}(?![\\d\\p{L}])[^\\p{L}]*$|/${number}[^\\p{L}]*$`, 'u').test(owner.title);
    const clear = trailing || leading.includes(owner);
    const other = byPosition !== undefined && byPosition.index !== owner.index && byPosition.index !== from?.index;
    const doubt = other
      ? `"${reference}" was taken for issue ${reference} ("${owner.title}"), not for item ${number} of the list.`
      : null;
    if (doubt !== null && !clear)
      return {
        kind: 'several',
        doubt: `"${reference}" may be issue ${reference}, which "${owner.title}" names, or item ${number} of the list; say which one is meant.`,
      };
    return only(owner, doubt);
  }
  if (owners.length > 1)
    return { kind: 'several', doubt: `"${reference}" stands in several items; say which one is meant.` };
  if (!local) return none;
  const titled = directory.sectionReferences.get(number) ?? [];
  const [heading] = titled;
  if (titled.length === 1 && heading !== undefined) return whole(heading, from);
  const [labelled, another] = directory.labels.get(number) ?? [];
  if (labelled !== undefined && another === undefined) return only(labelled);
  const numbered = directory.sectionNumbers.get(number) ?? [];
  const meant = byPosition ?? directory.linked.get(number);
  const [section] = numbered;
  if (section === undefined) return meant === undefined ? none : only(meant);
  if (byPosition === undefined && numbered.length === 1) return whole(section, from);
  if (section.leaves.length === 1 && section.leaves[0] === meant && meant !== undefined) return only(meant);
  const doubt = `"${reference}" may be item ${number} of the list or the heading "${section.title}"; name the one that is meant.`;
  return { kind: 'several', doubt };
}

/** A reference without a repository may mean any. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a === b || (numberOf(a) === numberOf(b) && (a.startsWith('#') || b.startsWith('#')));
}

const sectionWord =
  /^\W*(?:section|part|chapter|phase|abschnitt|teil|kapitel|phase|partie|secci|parte|fase|seç|sezion|раздел|часть|этап|фаз|bagian|tahap|部分|阶段|セクション|フェーズ|섹션|단계)/iu;

/** An id that its author gave an item or a heading; also "section 2" for the heading "2. Engine". */
export function findById(directory: Directory, from: ReadItem | null, id: string, words: string): Found {
  const owners = (directory.ids.get(id) ?? []).filter((item) => item.index !== from?.index);
  const [owner] = owners;
  if (owner !== undefined && owners.length === 1) return only(owner);
  if (owners.length > 1)
    return { kind: 'several', doubt: `"${words}" fits ${owners.length} items; say which one is meant.` };
  const number = sectionWord.test(words) ? Number(/(\d{1,3})\W*$/.exec(words)?.[1] ?? Number.NaN) : Number.NaN;
  const sections = [
    ...new Set([...(directory.sectionIds.get(id) ?? []), ...(directory.sectionNumbers.get(number) ?? [])]),
  ];
  const [section] = sections;
  if (section === undefined) return none;
  return sections.length === 1
    ? whole(section, from)
    : { kind: 'several', doubt: `"${words}" fits ${sections.length} headings; say which one is meant.` };
}

/** `exact`: title, name or beginning of a title. `loose`: some of its words will do, as long as only one item has them all. */
export type Reach = 'exact' | 'loose';

/**
 * The one item that goes by these words: its whole title, a bold or code name in it, the beginning of its title, a
 * heading, or (`loose`) words that only its title holds.
 */
export function findByName(directory: Directory, from: ReadItem | null, words: string, reach: Reach): Found {
  const name = nameForm(words);
  if (name.length < 2) return none;
  const loose = reach === 'loose';
  const long =
    name.includes(' ') ||
    /\d/.test(name) ||
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(name);
  const others = (entries: readonly Entry[]): readonly Entry[] =>
    entries.filter((entry) => entry.item.index !== from?.index);
  const ways: readonly (() => readonly Entry[])[] = [
    () => others(directory.titles.get(name) ?? []),
    () => others(directory.names.get(name) ?? []),
    () => (loose || long ? beginningWith(directory, from, name) : []),
  ];
  for (const way of ways) {
    const found = way();
    const [one] = found;
    if (found.length === 1 && one !== undefined) return only(one.item);
    if (found.length > 1) return several(words, found.length);
  }
  const section = findSection(directory, from, words, name);
  if (section !== null) return section;
  return loose ? findByWords(directory, from, words, 1) : none;
}

/** At most a few: more than one is as bad as many. */
function beginningWith(directory: Directory, from: ReadItem | null, name: string): readonly Entry[] {
  const { sorted } = directory;
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.title ?? '') < name) low = middle + 1;
    else high = middle;
  }
  const found = new Set<Entry>();
  for (let at = low; at < low + 20; at++) {
    const { title, entry } = sorted[at] ?? { title: '', entry: null };
    if (entry === null || !title.startsWith(name)) break;
    const whole = !/^[\p{Script=Latin}\p{Script=Cyrillic}\p{N}]/u.test(title.slice(name.length, name.length + 2));
    if (whole && entry.item.index !== from?.index) found.add(entry);
  }
  return [...found];
}

function several(words: string, count: number): Found {
  return { kind: 'several', doubt: `"${words}" fits ${count} items; say which one is meant.` };
}

const groupNoun =
  /\s(?:track|phase|section|part|group|milestone|wave|stage|epic|tasks|items|abschnitt|phase|teil|section|étape|sección|fase|seção|этап|раздел|阶段|部分|セクション|フェーズ|단계|섹션)s?$/iu;

/** "the Prompt Registry track": a heading's words, with or without its number. */
function findSection(directory: Directory, from: ReadItem | null, words: string, name: string): Found | null {
  const called = name.replace(groupNoun, '');
  const isGroup = called !== name;
  const wanted = titleWords(called);
  const ways: readonly (() => readonly Section[])[] = [
    () => directory.sectionNames.get(name) ?? [],
    () => (isGroup ? (directory.sectionNames.get(called) ?? []) : []),
    () =>
      isGroup
        ? (directory.sectionWords.get(wanted[0] ?? '') ?? []).filter((section) =>
            wanted.every((word) => section.words.includes(word)),
          )
        : [],
  ];
  for (const way of ways) {
    const found = way();
    // a heading below another that fits as well is a part of it
    const [outermost] = found;
    if (outermost === undefined) continue;
    const apart = found.filter(({ leaves }) => !leaves.every((leaf) => outermost.leaves.includes(leaf)));
    return apart.length > 0 ? several(words, found.length) : whole(outermost, from);
  }
  return null;
}

/** The one item whose title holds all these words, at least `least` of them. */
export function findByWords(directory: Directory, from: ReadItem | null, words: string, least: number): Found {
  const wanted = titleWords(words.replace(doneWords, ''));
  if (wanted.length < Math.max(least, 1) || wanted.length > 12) return none;
  const lists = wanted.map((word) => directory.words.get(word) ?? []);
  const rarest = lists.reduce((best, list) => (list.length < best.length ? list : best));
  const fits = rarest.filter(
    ({ item, words: own }) => item.index !== from?.index && wanted.every((word) => own.has(word)),
  );
  const [one] = fits;
  if (one !== undefined && fits.length === 1) return only(one.item);
  // a group and its own sub-item may both hold them: the group is meant
  if (one !== undefined && fits.every(({ item }) => item === one.item || item.parentIndex === one.item.index))
    return only(one.item);
  return fits.length > 1 ? several(words, fits.length) : none;
}

/**
 * The one of these whose title begins with another form of this word: "stable" names "Stabilization checklist". A long
 * title only where `long` says so, or as the last of them.
 */
export function findByStem(directory: Directory, among: readonly ReadItem[], word: string, long: boolean): Found {
  const [stem] = titleWords(word);
  const fits = among.filter((item) => {
    const entry = directory.entries[item.index];
    if (entry === undefined || stem === undefined || entry.firstWord !== stem) return false;
    return long || entry.words.size <= 3 || item === among.at(-1);
  });
  const [one] = fits;
  return one !== undefined && fits.length === 1 ? only(one) : none;
}

/** "Once the accounts are migrated": the one item that holds all these words and begins with the verb, "Migrate accounts". */
export function findByDeed(directory: Directory, from: ReadItem | null, words: string): Found {
  const found = findByWords(directory, from, words, 2);
  if (found.kind !== 'items') return { kind: 'none' };
  const [item] = found.items;
  const verb = item === undefined ? null : (directory.entries[item.index]?.firstWord ?? null);
  return verb !== null && titleWords(words).includes(verb) ? found : { kind: 'none' };
}

/** The one item whose title holds most of these words, at least two, and more than any other. */
export function findByMostWords(directory: Directory, from: ReadItem | null, words: string): Found {
  const wanted = titleWords(words.replace(/\s*[([][^)\]]*[)\]]?\s*$/, ''));
  const tally = new Map<ReadItem, number>();
  for (const word of wanted)
    for (const { item } of directory.words.get(word) ?? [])
      if (item.index !== from?.index) tally.set(item, (tally.get(item) ?? 0) + 1);
  const counts = [...tally].map(([item, count]) => ({ item, count })).sort((a, b) => b.count - a.count);
  const [best, second] = counts;
  if (best === undefined || best.count < 2 || best.count * 3 < wanted.length * 2) return none;
  return best.count > (second?.count ?? 0) ? only(best.item) : none;
}
