/** What becomes of each item of a checklist: a task, nothing because it is done, or nothing because nobody here does it. */
import type { OutsideName } from '../core/plan.ts';
import type { Checklist, ChecklistItem } from './checklist-model.ts';
import { ownLinkOf } from './item-directory.ts';
import { leavesOf } from './item-graph.ts';
import { clip } from './markdown.ts';
import { innerLinks } from './own-link.ts';
import { normalTitle } from './plain-text.ts';
import { numberOf } from './references.ts';

/** A sub-issue as GitHub knows it. */
export interface SubIssue {
  readonly number: number;
  readonly id: number;
  readonly nodeId: string;
  readonly url: string;
  readonly title: string;
  readonly open: boolean;
  /** The issue between it and the master issue; absent: there is none. */
  readonly under?: number;
  /** Its text; where an item only points to it, this is what is to be done. */
  readonly body?: string;
  /** Ids of the issues that it waits for on GitHub. */
  readonly blockedBy?: readonly number[];
  /** The same by name. */
  readonly blockerNames?: readonly OutsideName[];
  /** Names of its labels, which may say who works on it. */
  readonly labels?: readonly string[];
}

/** `held`: nobody here does it, and it is not done, so nothing that needs it may start. */
export interface Fate {
  readonly is: 'task' | 'done' | 'held' | 'group';
  readonly leftOut: string | null;
  readonly adopts: SubIssue | null;
  /** The number Muster appended to the item. */
  readonly link: number | null;
}

/** One fate per item, by index. */
export function judgeItems(checklist: Checklist, known: ReadonlyMap<number, SubIssue>): ReadonlyMap<number, Fate> {
  const linkOf = ownLinks(checklist, new Set(known.keys()));
  const fates = new Map(checklist.items.map((item) => [item.index, judge(item, linkOf(item), known)]));
  holdCopies(checklist, fates);
  const leaves = leavesOf(checklist);
  const needs = checklist.dependencies.filter(
    ({ kind, to }) => kind === 'needs' && checklist.items[to]?.role === 'leaf',
  );
  // what needs something that nobody here will do cannot start either, and so on along the chain
  for (let changed = true; changed; ) {
    changed = false;
    for (const { from, to } of needs) {
      const target = checklist.items[to];
      if (target === undefined || fates.get(to)?.is !== 'held') continue;
      for (const index of leaves(from)) {
        const fate = fates.get(index);
        if (fate?.is !== 'task') continue;
        fates.set(index, { ...fate, is: 'held', leftOut: waitsFor(target) });
        changed = true;
      }
    }
  }
  return fates;
}

/**
 * Items with one link: either they are one task, whose sub-issue has a title of its own, or a line was copied with its
 * link; then the issue belongs to the first of them.
 */
function holdCopies(checklist: Checklist, fates: Map<number, Fate>): void {
  const linked = new Map<number, { readonly items: ChecklistItem[]; readonly issue: SubIssue }>();
  for (const item of checklist.items) {
    const issue = fates.get(item.index)?.adopts ?? null;
    if (issue === null) continue;
    const known = linked.get(issue.number);
    if (known === undefined) linked.set(issue.number, { items: [item], issue });
    else known.items.push(item);
  }
  for (const { items, issue } of linked.values()) {
    const own = items.some(
      (item) => pointedNumber(item) !== null || normalTitle(item.title) === normalTitle(issue.title),
    );
    const owners = new Map<string, ChecklistItem>();
    for (const item of items) {
      const words = own ? '' : normalTitle(item.title);
      const owner = owners.get(words);
      const fate = fates.get(item.index);
      if (owner === undefined || fate === undefined) owners.set(words, item);
      else {
        const leftOut = `it has the link #${issue.number} of line ${owner.line}; take the link out here to make it a task of its own`;
        fates.set(item.index, { ...fate, is: 'held', leftOut, adopts: null });
      }
    }
  }
}

function waitsFor(target: ChecklistItem): string {
  return `it waits for "${clip(target.title, 80)}" (line ${target.line}), which Muster does not work on; tick that when it is done and run again`;
}

/** The link of each item. One in the middle of its words counts only if it is no other item's at the end. */
function ownLinks(checklist: Checklist, known: ReadonlySet<number>): (item: ChecklistItem) => number | null {
  const atEnd = new Map(
    checklist.items.map((item) => [item.index, pointedNumber(item) ?? ownLinkOf(item.title, known)]),
  );
  const taken = new Set(atEnd.values());
  return (item) =>
    atEnd.get(item.index) ?? innerLinks(item).find((number) => known.has(number) && !taken.has(number)) ?? null;
}

function judge(item: ChecklistItem, link: number | null, known: ReadonlyMap<number, SubIssue>): Fate {
  const issue = link === null ? undefined : known.get(link);
  const fate = (is: Fate['is'], leftOut: string | null): Fate => ({ is, leftOut, adopts: null, link });
  if (item.role === 'group') return fate('group', null);
  if (item.checked) return fate('done', null);
  if (item.struck) return fate('done', item.reason);
  if (!item.dispatch) return fate('held', item.reason);
  if (issue?.open === false)
    return fate('done', `its sub-issue #${issue.number} is closed; reopen it to have it worked on`);
  if (issue !== undefined) return { is: 'task', leftOut: null, adopts: issue, link };
  if (!isPointer(item)) return fate('task', null);
  const where = item.refs[0] ?? item.title;
  return fate(
    'held',
    `it only points to ${where}; make that a sub-issue of this issue, or write here what is to be done`,
  );
}

/** The number of an item that is nothing but `#n` or the address of issue n. */
export function pointedNumber(item: ChecklistItem): number | null {
  const [only] = item.refs;
  return only !== undefined && isPointer(item) ? numberOf(only) : null;
}

/** Nothing but a reference: the work is described somewhere else. */
function isPointer(item: ChecklistItem): boolean {
  return item.refs.length === 1 && (item.title === item.refs[0] || /^https?:\/\/\S+$/.test(item.title));
}
