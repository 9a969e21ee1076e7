/**
 * Explicit words that make one item wait for another. Nothing is inferred from position, shared words or arrows.
 *
 * What a number means: `#n` is the issue n of the item that carries this reference; when no item does, it is the n-th
 * checkbox of the list, counted from 1 in document order. `item 3`, `task 3`, `step 3` and a bare `3` always count
 * checkboxes. Words in quotes, code or bold, or at the start of exactly one title, name that item.
 */
import type { ChecklistWarning, ItemDependency, MissingDependency, ReadItem } from './checklist-model.ts';
import { readClause } from './dependency-clause.ts';
import { findPhrases } from './dependency-phrases.ts';
import { directoryOf } from './item-directory.ts';
import { plainText, withoutLinks } from './plain-text.ts';

export interface ReadDependencies {
  readonly dependencies: readonly ItemDependency[];
  readonly needs: ReadonlyMap<number, readonly number[]>;
  readonly unresolved: readonly MissingDependency[];
  readonly warnings: readonly ChecklistWarning[];
}

/** A hundred tasks cannot have more; what has is an attack on our time. */
const mostDependencies = 10_000;

export function readDependencies(items: readonly ReadItem[], ownLinks: ReadonlySet<number>): ReadDependencies {
  const directory = directoryOf(items, ownLinks);
  const dependencies = new Map<string, ItemDependency>();
  const unresolved: MissingDependency[] = [];
  const warnings: ChecklistWarning[] = [];
  for (const item of items)
    for (const paragraph of item.paragraphs) {
      const plain = plainText(paragraph);
      // a link at the end of an item is its own number, none that it waits for
      for (const phrase of findPhrases(withoutLinks(plain.text))) {
        if (dependencies.size > mostDependencies || unresolved.length > mostDependencies) {
          const message = `Only the first ${mostDependencies} dependencies were read.`;
          return finished(dependencies, unresolved, [...warnings, { line: item.line, code: 'unreadable', message }]);
        }
        const line = plain.lineAt(phrase.index);
        const clause = readClause(directory, item, phrase);
        for (const message of clause.doubts) warnings.push({ line, code: 'ambiguous-dependency', message });
        for (const missing of clause.missing) unresolved.push({ from: item.index, line, ...missing });
        for (const { item: to, basis } of clause.found) {
          const key = `${item.index}>${to.index}`;
          if (to.index === item.index) {
            const message = `"${phrase.source.slice(0, 120)}" means this item itself; Muster does not wait for it.`;
            warnings.push({ line, code: 'self-dependency', message });
            continue;
          }
          if (dependencies.has(key) || isWithin(items, item.index, to.index)) continue;
          const source = phrase.source.slice(0, 200);
          dependencies.set(key, { from: item.index, to: to.index, kind: phrase.kind, basis, source, line });
        }
      }
    }
  return finished(dependencies, unresolved, warnings);
}

function finished(
  found: ReadonlyMap<string, ItemDependency>,
  unresolved: readonly MissingDependency[],
  warnings: readonly ChecklistWarning[],
): ReadDependencies {
  const dependencies = [...found.values()];
  return { dependencies, needs: needsOf(dependencies), unresolved, warnings };
}

/** A sub-item never waits for its own group, nor a group for its own sub-item. */
function isWithin(items: readonly ReadItem[], one: number, other: number): boolean {
  const under = (child: number, top: number): boolean => {
    for (let at = items[child]?.parentIndex ?? null; at !== null; at = items[at]?.parentIndex ?? null)
      if (at === top) return true;
    return false;
  };
  return under(one, other) || under(other, one);
}

function needsOf(dependencies: readonly ItemDependency[]): ReadonlyMap<number, readonly number[]> {
  const needs = new Map<number, number[]>();
  for (const { from, to, kind } of dependencies) {
    if (kind !== 'needs') continue;
    const known = needs.get(from);
    if (known === undefined) needs.set(from, [to]);
    else known.push(to);
  }
  for (const list of needs.values()) list.sort((a, b) => a - b);
  return needs;
}
