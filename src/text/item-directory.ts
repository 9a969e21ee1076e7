/** Finds the item that somebody means by a number, a reference or a name. */
import type { ReadItem } from './checklist-model.ts';
import { findPhrases } from './dependency-phrases.ts';
import { normalTitle, withoutLinks } from './plain-text.ts';
import { numberOf, referenceOfUrl, referencesInText } from './references.ts';

interface Entry {
  readonly item: ReadItem;
  readonly title: string;
  readonly names: readonly string[];
}

export interface Directory {
  readonly entries: readonly Entry[];
  /** Issue number -> items that carry it outside their dependency words; the first map only as authored. */
  readonly owners: ReadonlyMap<number, readonly ReadItem[]>;
  readonly linked: ReadonlyMap<number, ReadItem>;
}

export function directoryOf(items: readonly ReadItem[], ownLinks: ReadonlySet<number>): Directory {
  const owners = new Map<number, ReadItem[]>();
  const linked = new Map<number, ReadItem>();
  for (const item of items) {
    const own = ownLinkOf(item.title, ownLinks);
    if (own !== null) linked.set(own, item);
    const foreign = new Set(
      findPhrases(withoutLinks(item.title))
        .flatMap(({ source }) => referencesWithUrls(source))
        .map(numberOf),
    );
    for (const number of new Set(item.refs.map(numberOf)))
      if (number !== own && !foreign.has(number)) owners.set(number, [...(owners.get(number) ?? []), item]);
  }
  const entries = items.map((item) => ({
    item,
    title: nameForm(item.title.replace(/^(?:[\w./-]{0,100}#\d{1,10}\s*[-–—:.]?\s*)/, '')),
    names: item.names.map(nameForm),
  }));
  return { entries, owners, linked };
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

export type Found =
  | { readonly kind: 'item'; readonly item: ReadItem; readonly doubt: string | null }
  | { readonly kind: 'several'; readonly doubt: string }
  | { readonly kind: 'none' };

/** `#n`: the item that carries this issue, else the n-th checkbox, else the item that Muster linked to it. */
export function findByReference(directory: Directory, from: ReadItem, reference: string): Found {
  const number = numberOf(reference);
  const byPosition = reference.startsWith('#') ? directory.entries[number - 1]?.item : undefined;
  const owners = (directory.owners.get(number) ?? []).filter((item) => item.index !== from.index);
  const leading = owners.filter((item) => new RegExp(`^[^\\w#]{0,10}#${number}(?!\\d)`).test(item.title));
  const [owner] = owners.length === 1 ? owners : leading.length === 1 ? leading : [];
  if (owner !== undefined) {
    const other = byPosition !== undefined && byPosition.index !== owner.index && byPosition.index !== from.index;
    const doubt = other
      ? `"${reference}" was taken for issue ${reference} ("${owner.title}"), not for item ${number} of the list.`
      : null;
    return { kind: 'item', item: owner, doubt };
  }
  if (owners.length > 1)
    return { kind: 'several', doubt: `"${reference}" stands in several items; say which one is meant.` };
  if (byPosition !== undefined) return { kind: 'item', item: byPosition, doubt: null };
  const linked = directory.linked.get(number);
  return linked === undefined ? { kind: 'none' } : { kind: 'item', item: linked, doubt: null };
}

/**
 * The one item that goes by these words: its whole title, a bold or code name in it, or the beginning of its title.
 * `loose` also accepts two or more words from the middle of a title.
 */
export function findByName(directory: Directory, from: ReadItem, words: string, loose: boolean): Found {
  const name = nameForm(words);
  if (name.length < 2) return { kind: 'none' };
  const others = directory.entries.filter((entry) => entry.item.index !== from.index);
  const inside = (entry: Entry): boolean => loose && name.includes(' ') && ` ${entry.title} `.includes(` ${name} `);
  const ways: readonly ((entry: Entry) => boolean)[] = [
    (entry) => entry.title === name,
    (entry) => entry.names.includes(name),
    (entry) => (loose || name.includes(' ') || /\d/.test(name)) && `${entry.title} `.startsWith(`${name} `),
    inside,
  ];
  for (const way of ways) {
    const found = others.filter(way);
    const [only] = found;
    if (found.length === 1 && only !== undefined) return { kind: 'item', item: only.item, doubt: null };
    if (found.length > 1)
      return { kind: 'several', doubt: `"${words}" fits ${found.length} items; say which one is meant.` };
  }
  return { kind: 'none' };
}

/** Lower case, without punctuation at the edges of words, articles in front and "is done" behind. */
function nameForm(words: string): string {
  const plain = normalTitle(words)
    .replace(/[^\p{L}\p{N}\s]+(?=\s|$)|(?<=\s|^)[^\p{L}\p{N}\s]+/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return plain
    .replace(/^(?:the|an?|completing|completion of|finishing|merging|merge of|landing of)\s/, '')
    .replace(
      /\s(?:is|are|has|have|to|being|been|get|gets|be)?\s?(?:be |been )?(?:done|complete|completed|finished|merged|landed|land|ready|stable|in place)$/,
      '',
    )
    .trim();
}
