/**
 * Links and ticks in the master issue's body. Edits single characters: ` (#n)` behind an item's first paragraph, `x`
 * in its box. Every other byte, line endings included, stays as its author wrote it.
 */
import { parseChecklist } from './checklist.ts';
import type { ChecklistItem } from './checklist-model.ts';
import { ownLinkOf } from './item-directory.ts';
import { pointedNumber } from './item-fates.ts';
import { clip } from './markdown.ts';
import { endsLinked, innerLinks, unlinkedTitle } from './own-link.ts';
import { normalTitle } from './plain-text.ts';

export interface ItemMark {
  /** Finds the item; a link that Muster appended to it makes no difference. */
  readonly title: string;
  /** 1-based, as the plan was read; breaks ties between equal titles. */
  readonly line: number;
  /** The sub-issue to link. */
  readonly issue: number;
  readonly ticked: boolean;
  /** It is an entry of a list without boxes: see `entry-marks.ts`. */
  readonly entry?: true;
}

export interface MarkedBody {
  readonly body: string;
  /** What could not be marked and why, in words. */
  readonly skipped: readonly string[];
}

/** GitHub refuses longer issue bodies. UTF-16 code units. */
const longestBody = 65_536;

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Doing it twice changes nothing more. A body that would become too long keeps its ticks and goes without links. */
export function markBody(body: string, marks: readonly ItemMark[]): MarkedBody {
  const { edits, skipped } = markEdits(body, marks);
  return { body: applyEdits(body, edits), skipped };
}

export function markEdits(
  body: string,
  marks: readonly ItemMark[],
): { readonly edits: readonly Edit[]; readonly skipped: readonly string[] } {
  const byTitle = itemsByTitle(body, new Set(marks.map(({ issue }) => issue)));
  const skipped: string[] = [];
  const ticks: Edit[] = [];
  const additions: Edit[] = [];
  const taken = new Set<number>();
  const links = new Set(marks.map((mark) => ` (#${mark.issue})`));
  for (const mark of marks) {
    const same = byTitle.get(normalTitle(mark.title)) ?? byTitle.get(`#${mark.issue}`) ?? [];
    const item = itemFor(
      same.filter(({ index }) => !taken.has(index)),
      mark,
      links,
    );
    if (item === undefined) {
      skipped.push(`"${clip(mark.title, 80)}" (#${mark.issue}) is not in the list any more`);
      continue;
    }
    taken.add(item.index);
    if (mark.ticked && !item.checked) ticks.push({ ...item.box, text: 'x' });
    if (!isLinked(item, mark.issue)) additions.push({ start: item.end, end: item.end, text: ` (#${mark.issue})` });
  }
  const edits = [...ticks];
  let length = body.length + ticks.reduce((sum, tick) => sum + growth(tick), 0);
  for (const link of additions) {
    if (length + growth(link) > longestBody) {
      skipped.push(`the link${link.text} was left out: the issue would become longer than GitHub allows`);
      continue;
    }
    length += growth(link);
    edits.push(link);
  }
  return { edits, skipped };
}

function itemsByTitle(body: string, links: ReadonlySet<number>): ReadonlyMap<string, readonly ChecklistItem[]> {
  const found = new Map<string, ChecklistItem[]>();
  const { items } = parseChecklist(body);
  const atEnd = new Set(items.map((item) => pointedNumber(item) ?? ownLinkOf(item.title, links)));
  const inside = new Set([...links].filter((number) => !atEnd.has(number)));
  for (const item of items) {
    if (item.role === 'group') continue;
    const pointed = pointedNumber(item);
    // an item that only points to an issue is planned under that issue's title
    const title = pointed === null ? normalTitle(unlinkedTitle(item, inside)) : `#${pointed}`;
    const same = found.get(title);
    if (same === undefined) found.set(title, [item]);
    else same.push(item);
  }
  return found;
}

/** Of the items with the title of the mark, the one linked to it, else the nearest that is linked to none of `links`. */
function itemFor(
  same: readonly ChecklistItem[],
  mark: ItemMark,
  links: ReadonlySet<string>,
): ChecklistItem | undefined {
  const linked = same.find((item) => isLinked(item, mark.issue));
  const free = same.filter(({ title }) => !links.has(title.slice(title.lastIndexOf(' '))));
  return linked ?? free.sort((a, b) => Math.abs(a.line - mark.line) - Math.abs(b.line - mark.line))[0];
}

/** The link stands at the end of a line, or is all there is. A number elsewhere in the words may mean something else. */
function isLinked(item: ChecklistItem, issue: number): boolean {
  if (item.title.endsWith(` (#${issue})`) || pointedNumber(item) === issue) return true;
  return !endsLinked(item.title) && innerLinks(item).includes(issue);
}

function growth({ start, end, text }: Edit): number {
  return text.length - (end - start);
}

export function applyEdits(body: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start)) {
    parts.push(body.slice(from, start), text);
    from = end;
  }
  parts.push(body.slice(from));
  return parts.join('');
}
