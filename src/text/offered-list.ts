/**
 * A body without checkboxes that still lists its tasks: as an ordered list, as bullets that begin with `#n`, or as rows
 * of a table of issues. Offered as a plan, never taken for one.
 */
import type { List, ListItem, Paragraph, RootContent } from 'mdast';
import { parseChecklist } from './checklist.ts';
import type { Checklist } from './checklist-model.ts';
import { parseMarkdown } from './markdown-tree.ts';
import { readTable } from './pipe-tables.ts';
import { wordsOf } from './plain-text.ts';
import { referencesInText } from './references.ts';

export interface Offer {
  readonly basis: 'ordered-list' | 'issue-references' | 'table';
  /** Of the body as it is. */
  readonly line: number;
  /** The body with a box before each task; what its author may paste. */
  readonly body: string;
  /** What that would be understood as. */
  readonly checklist: Checklist;
  /** What was put into the body, in order. */
  readonly insertions: readonly Insertion[];
  /** Entries beyond those that are offered. */
  readonly more: number;
}

/** `at` is an offset of the body as it is. */
interface Insertion {
  readonly at: number;
  readonly text: string;
  readonly line: number;
}

const mostOffered = 200;
/** Numbered, and no work: how to make a bug appear, who wants what. */
const notTasks =
  /reproduc|repro\b|steps taken|how to use|usage|references?$|footnotes?|nachstellen|reproduzieren|reproduire|reproducir|reproduzir|riprodu|воспроизв|重现|复现|再現|재현|langkah reproduksi|mereproduksi|goals?$|ziele$|objetivos?$/iu;

/** Null where boxes hold work already, or nothing looks like a list of tasks: fewer than `least` entries are none. */
export function offerFrom(body: string, checklist: Checklist, least = 2): Offer | null {
  if (checklist.items.some((item) => item.dispatch || item.checked) || checklist.acceptance.length > 0) return null;
  const found: Record<Offer['basis'], Insertion[]> = { 'ordered-list': [], 'issue-references': [], table: [] };
  let place = '';
  for (const block of parseMarkdown(body).blocks) {
    if (block.type === 'heading') place = wordsOf(block);
    if (notTasks.test(place)) continue;
    if (block.type === 'list' && !hasBox(block)) {
      if (block.ordered === true) found['ordered-list'].push(...boxes(block.children, body));
      else found['issue-references'].push(...boxes(block.children.filter(beginsWithReference), body));
    }
    if (block.type === 'paragraph') {
      found.table.push(...rowsAsItems(block, body));
      if (/[:：]$/.test(wordsOf(block))) place = wordsOf(block);
    }
  }
  const [basis, insertions] = most(found);
  const [first] = insertions;
  if (first === undefined || insertions.length < least) return null;
  const shown = insertions.slice(0, mostOffered);
  const offered = insert(body, shown);
  return {
    basis,
    line: first.line,
    body: offered,
    checklist: parseChecklist(offered),
    insertions: shown,
    more: insertions.length - shown.length,
  };
}

function most(found: Readonly<Record<Offer['basis'], readonly Insertion[]>>): [Offer['basis'], readonly Insertion[]] {
  const all = Object.entries(found) as [Offer['basis'], readonly Insertion[]][];
  return all.reduce((best, one) => (one[1].length > best[1].length ? one : best));
}

function hasBox(list: List): boolean {
  return list.children.some((item) => typeof item.checked === 'boolean');
}

function beginsWithReference(item: ListItem): boolean {
  const [first] = item.children;
  if (first?.type !== 'paragraph') return false;
  return (
    /^(?:[\w.-]{1,100}\/[\w.-]{1,100})?#\d/.test(wordsOf(first)) ||
    /^https?:\/\/\S+\/(?:issues|pull)\/\d+/.test(wordsOf(first))
  );
}

function boxes(items: readonly ListItem[], body: string): readonly Insertion[] {
  return items.flatMap((item) => {
    const [first] = item.children;
    const start = first?.type === 'paragraph' ? first.position?.start : undefined;
    const at = start?.offset;
    return at === undefined || start === undefined || !/\s/.test(body.charAt(at - 1))
      ? []
      : [{ at, text: '[ ] ', line: start.line }];
  });
}

const workColumn =
  /^(?:task|title|item|name|what|description|summary|work|aufgabe|titel|tâche|titre|tarea|título|tarefa|attività|titolo|задача|название|任务|标题|タスク|タイトル|작업|제목|tugas|judul)s?$/iu;

/** A row counts when it names an issue; the title is what stands beside it. */
function rowsAsItems(block: Paragraph & RootContent, body: string): readonly Insertion[] {
  const start = block.position?.start;
  const end = block.position?.end.offset ?? 0;
  const table = readTable(body.slice(start?.offset ?? 0, end), start?.line ?? 1);
  if (table === null) return [];
  const titled = table.header.findIndex((title) => workColumn.test(title));
  const lines = table.rows.flatMap(({ cells, line }) => {
    const at = cells.findIndex((cell) => /^(?:[\w.-]{1,100}\/[\w.-]{1,100})?#\d{1,10}\b/.test(cell));
    const reference = at < 0 ? undefined : referencesInText(cells[at] ?? '')[0];
    if (reference === undefined) return [];
    const beside = cells[at] === reference ? (cells[titled >= 0 && titled !== at ? titled : at + 1] ?? '') : '';
    const words = beside === '' ? (cells[at] ?? reference) : `${reference} ${beside}`;
    return [{ words: words.replace(/[\r\n]/g, ' '), line }];
  });
  const ending = body.includes('\r\n') ? '\r\n' : '\n';
  return lines.map(({ words, line }, index) => ({
    at: end,
    text: `${index === 0 ? ending + ending : ending}- [ ] ${words}`,
    line,
  }));
}

function insert(body: string, insertions: readonly Insertion[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { at, text } of insertions) {
    parts.push(body.slice(from, at), text);
    from = at;
  }
  return parts.join('') + body.slice(from);
}
