/**
 * Explicit words that make one item wait for another. Nothing is inferred from position, shared words or arrows.
 *
 * What a number means: `#n` is the issue n of the item that carries this reference; when no item does, it is the item
 * that its author numbered n, else the n-th checkbox of the list, counted from 1 in document order; where a heading has
 * that number too, nobody can tell. `item 3`, `task 3`, `step 3` and a bare `3` never mean issues. Ids of the author's
 * own, words in quotes, code or bold, or at the start of exactly one title, name that item or heading.
 */
import type {
  ChecklistSource,
  ChecklistWarning,
  ItemDependency,
  MissingDependency,
  OutsideDependency,
  ReadItem,
} from './checklist-model.ts';
import { isAdjective, readClause } from './dependency-clause.ts';
import { add, addOutside, isFull, type Ledger, mostDependencies } from './dependency-ledger.ts';
import { findPhrases, type Phrase } from './dependency-phrases.ts';
import { readStatements } from './dependency-statements.ts';
import { type Directory, directoryOf, siblingsOf } from './item-directory.ts';
import { followsOn, ownPlace } from './place-words.ts';
import { plainText, withoutLinks } from './plain-text.ts';

export interface ReadDependencies {
  readonly dependencies: readonly ItemDependency[];
  readonly needs: ReadonlyMap<number, readonly number[]>;
  readonly unresolved: readonly MissingDependency[];
  readonly outside: readonly OutsideDependency[];
  readonly warnings: readonly ChecklistWarning[];
}

export function readDependencies(source: ChecklistSource, ownLinks: ReadonlySet<number>): ReadDependencies {
  const { items } = source;
  const directory = directoryOf(items, ownLinks, source.sections);
  const ledger: Ledger = {
    items,
    dependencies: new Map(),
    settled: new Set(),
    unresolved: [],
    outside: [],
    warnings: [],
  };
  for (const item of items) {
    for (const [at, paragraph] of item.paragraphs.entries()) {
      const plain = plainText(paragraph);
      // a link at the end of an item is its own number, none that it waits for
      const text = withoutLinks(plain.text);
      for (const phrase of findPhrases(text)) {
        if (isFull(ledger)) return finished(ledger, item.line);
        readPhrase(ledger, directory, item, at === 0 ? phrase : inDetail(phrase), plain.lineAt(phrase.index));
      }
      if (at === 0) readOwnPlace(ledger, directory, item, text);
    }
  }
  readStatements(ledger, directory, source);
  return finished(ledger, null);
}

/** In the running text below an item only labels and first words speak of the item; the rest needs a number or quotes. */
function inDetail(phrase: Phrase): Phrase {
  return phrase.placed === 'inside' && !/[:：]/.test(phrase.source) ? { ...phrase, strength: 'faint' } : phrase;
}

function readPhrase(ledger: Ledger, directory: Directory, item: ReadItem, phrase: Phrase, line: number): void {
  const clause = readClause(directory, item, phrase);
  const source = phrase.source.slice(0, 200);
  for (const message of clause.doubts) ledger.warnings.push({ line, code: 'ambiguous-dependency', message });
  if (phrase.direction === 'blocks') {
    // what it blocks need not be in the list; a noun ("unsafe blocks") names nothing
    if (
      phrase.placed === 'inside' &&
      !/^(?:this|it|dies|das|cela|esto|isto|это|此|これ)\b/iu.test(phrase.before) &&
      !isVerb(phrase)
    )
      return;
    for (const { item: to, basis } of clause.found) {
      if (to.index !== item.index && !(basis === 'prose' && isAdjective(phrase)))
        add(ledger, { from: to.index, to: item.index, kind: phrase.kind, basis, source, line });
    }
    return;
  }
  for (const missing of clause.missing) ledger.unresolved.push({ from: item.index, line, ...missing });
  if (phrase.strength !== 'faint')
    addOutside(ledger, clause.missing, { from: item.index, kind: phrase.kind, source, line });
  for (const { item: to, basis } of clause.found) {
    if (to.index === item.index) {
      const message = `"${phrase.source.slice(0, 120)}" means this item itself; Muster does not wait for it.`;
      ledger.warnings.push({ line, code: 'self-dependency', message });
    } else {
      if (phrase.kind === 'needs') ledger.settled.add(item.index);
      add(ledger, { from: item.index, to: to.index, kind: phrase.kind, basis, source, line });
    }
  }
}

/** "must land before" cannot be a noun, and "blocks" at the end of Japanese or Korean clauses is none either. */
function isVerb({ source, operands }: Phrase): boolean {
  return !/^(?:blocks|blocking)\b/i.test(source) || /^(?:all|everything)\b/i.test(operands);
}

/** "do last", "do this first", "Then ...": said of its own list. */
function readOwnPlace(ledger: Ledger, directory: Directory, item: ReadItem, text: string): void {
  const place = ownPlace(text);
  const siblings = siblingsOf(directory, item);
  const before = siblings[siblings.indexOf(item) - 1];
  const others = place === null ? [] : siblings.filter((other) => ownPlace(other.title) !== place);
  const note = (from: ReadItem, to: ReadItem, kind: ItemDependency['kind']): void => {
    const source = text.slice(0, 200);
    if (from.index !== to.index && !isFull(ledger))
      add(ledger, { from: from.index, to: to.index, kind, basis: 'prose', source, line: item.line });
  };
  for (const other of others) {
    if (place === 'first') note(other, item, 'needs');
    else note(item, other, place === 'last' ? 'needs' : 'lands-after');
  }
  if (before !== undefined && followsOn(text, before.title)) note(item, before, 'needs');
}

function finished({ dependencies, unresolved, outside, warnings }: Ledger, full: number | null): ReadDependencies {
  const found = [...dependencies.values()];
  const message = `Only the first ${mostDependencies} dependencies were read.`;
  return {
    dependencies: found,
    needs: needsOf(found),
    unresolved,
    outside,
    warnings: full === null ? warnings : [...warnings, { line: full, code: 'unreadable', message }],
  };
}

/** What explicit words say; an order of phases is shown among the edges only. */
function needsOf(dependencies: readonly ItemDependency[]): ReadonlyMap<number, readonly number[]> {
  const needs = new Map<number, number[]>();
  for (const { from, to, kind, basis } of dependencies) {
    if (kind !== 'needs' || basis === 'phase') continue;
    const known = needs.get(from);
    if (known === undefined) needs.set(from, [to]);
    else known.push(to);
  }
  for (const list of needs.values()) list.sort((a, b) => a - b);
  return needs;
}
