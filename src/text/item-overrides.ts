/**
 * What the `muster` block of an issue says of single items: `run:` and `skip:` with lists of titles, numbers, ids and
 * headings. What an item says of itself (`<!-- muster: run -->`) wins over the block, and a named item over its heading.
 */
import type { PlanProblem } from '../core/model.ts';
import { readId } from './author-ids.ts';
import type { ReadItem } from './checklist-model.ts';
import { type Directory, directoryOf, nameForm } from './item-directory.ts';
import { findById, findByName, findByReference } from './item-lookup.ts';
import { nearest } from './nearest.ts';
import { normalTitle } from './plain-text.ts';
import type { Override } from './work-kind.ts';

/** One entry of such a list; `line` is that of the body. */
export interface MarkedItems {
  readonly override: Override;
  readonly words: string;
  readonly line: number;
}

interface Target {
  readonly items: readonly ReadItem[];
  /** It names a group or a heading, and all below. */
  readonly whole: boolean;
}

export interface Overridden {
  readonly items: readonly ReadItem[];
  readonly problems: readonly PlanProblem[];
}

export function overrideItems(
  items: readonly ReadItem[],
  sections: readonly string[],
  ownLinks: ReadonlySet<number>,
  marked: readonly MarkedItems[],
): Overridden {
  if (marked.length === 0) return { items, problems: [] };
  const directory = directoryOf(items, ownLinks, sections);
  const problems: PlanProblem[] = [];
  const [single, whole] = [new Map<number, MarkedItems>(), new Map<number, MarkedItems>()];
  for (const mark of marked) {
    const target = targetOf(directory, mark.words);
    if (target === null) {
      problems.push(unknown(directory, mark));
      continue;
    }
    const said = target.whole ? whole : single;
    for (const item of target.items) {
      const other = said.get(item.index);
      if (other !== undefined && other.override !== mark.override) problems.push(contradiction(item, mark));
      else said.set(item.index, mark);
    }
  }
  const changed = items.map((item) => {
    const mark = single.get(item.index) ?? whole.get(item.index);
    return mark === undefined || item.overridden || !isOpen(item) ? item : overridden(item, mark.override);
  });
  return { items: changed, problems };
}

/** Groups are no work, and what is done stays done, whatever the block says. */
function isOpen({ role, checked, struck }: ReadItem): boolean {
  return role === 'leaf' && !checked && !struck;
}

function overridden(item: ReadItem, override: Override): ReadItem {
  const own = { ...item, overridden: true, acceptance: false };
  if (override === 'run') return { ...own, kind: 'work', reason: null, dispatch: true };
  return { ...own, kind: 'skipped', reason: 'its author says so (skip in the muster block)', dispatch: false };
}

const place = /^(?:(?:item|task|step)\s)?(\d{1,5})$/i;

function targetOf(directory: Directory, words: string): Target | null {
  const position = place.exec(words.trim())?.[1];
  if (position !== undefined) {
    const item = directory.entries[Number(position) - 1]?.item;
    return item === undefined ? null : below(directory, [item]);
  }
  const titled = directory.entries.filter(({ item }) => normalTitle(item.title) === normalTitle(words));
  const [only] = titled;
  if (only !== undefined && titled.length === 1) return below(directory, [only.item]);
  const id = readId(words.trim());
  const found = [
    ...(/^(?:[\w.-]+\/[\w.-]+)?#\d{1,10}$/.test(words.trim()) ? [findByReference(directory, null, words.trim())] : []),
    ...(id !== null && id.length === words.trim().length ? [findById(directory, null, id.ids[0] ?? '', words)] : []),
    findByName(directory, null, words, 'exact'),
  ].find(({ kind }) => kind === 'items');
  if (found?.kind === 'items' && found.section === null) return below(directory, found.items);
  const named = directory.sectionNames.get(nameForm(words)) ?? (found?.kind === 'items' ? [found.section] : []);
  const leaves = named.flatMap((section) => section?.leaves ?? []);
  return leaves.length === 0 ? null : { items: leaves, whole: true };
}

/** A group stands for all its leaves. */
function below(directory: Directory, items: readonly ReadItem[]): Target {
  const [first] = items;
  if (items.length !== 1 || first?.role !== 'group') return { items, whole: false };
  const inside = new Set([first.index]);
  const leaves: ReadItem[] = [];
  for (const { item } of directory.entries) {
    if (item.parentIndex === null || !inside.has(item.parentIndex)) continue;
    if (item.role === 'group') inside.add(item.index);
    else leaves.push(item);
  }
  return { items: leaves, whole: true };
}

function unknown(directory: Directory, { override, words, line }: MarkedItems): PlanProblem {
  const titles = directory.entries.slice(0, 500).map(({ item }) => item.title);
  const meant = nearest(words, [...titles, ...directory.sections.map(({ plain }) => plain)]);
  return {
    code: 'settings',
    line,
    message: `The muster block, line ${line}: "${override}" names "${words.slice(0, 120)}", which is no item, number or heading of this issue, or more than one.`,
    remedy: meant === null ? 'Write the title as it stands in the list.' : `Did you mean "${meant.slice(0, 120)}"?`,
  };
}

function contradiction(item: ReadItem, { line }: MarkedItems): PlanProblem {
  return {
    code: 'settings',
    line,
    message: `The muster block, line ${line}: both "run" and "skip" name "${item.title.slice(0, 120)}".`,
    remedy: 'Keep it in one of the two lists.',
  };
}
