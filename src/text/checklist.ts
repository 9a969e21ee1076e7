/**
 * text: human words <-> core values. Everything Muster reads from people (checklist, commands, settings) and every
 * sentence it writes. May import core, the Markdown parser, yaml and zod. Pure: no clock, no randomness, no input but
 * the arguments; any string is accepted, none takes long. This file reads the checklist of an issue.
 * Invariant: items carry exact offsets, so that whoever edits the body can touch single characters.
 */
import type { List, ListItem, Paragraph, RootContent } from 'mdast';
import type { BlockerRow, Checklist, ChecklistItem, ChecklistWarning, ReadItem, Statement } from './checklist-model.ts';
import { readDependencies } from './dependencies.ts';
import { judgeByCompany } from './item-company.ts';
import { type MarkedItems, overrideItems } from './item-overrides.ts';
import { itemText } from './item-text.ts';
import { brokenBox } from './malformed-boxes.ts';
import { parseMarkdown } from './markdown-tree.ts';
import { blockedByColumn, readTable, subjectsOf } from './pipe-tables.ts';
import { plainText, wordsOf } from './plain-text.ts';
import { referencesIn } from './references.ts';
import { isAcceptance, judgeWork, type Override, type Verdict } from './work-kind.ts';

interface Place {
  readonly headings: readonly { readonly depth: number; readonly text: string; readonly section: number }[];
  readonly lead: string | null;
  /** The lead, where it is short enough to name a group. */
  readonly leadSection: number | null;
}

/**
 * Reads the checklist of an issue's body. Total: any string gives an answer, in time linear in its length. `ownLinks`
 * are numbers of sub-issues; a ` (#n)` with such a number was appended to the item and is not its author's word.
 * `marked`: what the issue's `muster` block says of single items.
 */
export function parseChecklist(
  body: string,
  ownLinks: ReadonlySet<number> = new Set(),
  marked: readonly MarkedItems[] = [],
): Checklist {
  const tree = parseMarkdown(body);
  const reading: Reading = {
    body,
    parsed: tree.text,
    items: [],
    warnings: tree.warnings.map((warning) => ({ ...warning, code: 'unreadable' })),
    sections: [],
    statements: [],
    rows: [],
    overrides: new Map(),
    place: { headings: [], lead: null, leadSection: null },
    lists: 0,
  };
  for (const block of tree.blocks) {
    if (block.type === 'list') readList(block, reading, { depth: 0, parent: null, override: null, containers: [] });
    else readWords(block, reading);
  }
  const { warnings } = reading;
  const said = overrideItems(reading.items, reading.sections, ownLinks, marked);
  const items = judgeByCompany(said.items);
  const read = readDependencies({ ...reading, items }, ownLinks);
  return {
    items: items.map((item) => ({ ...publicPart(item), dependsOn: read.needs.get(item.index) ?? [] })),
    dependencies: read.dependencies,
    unresolved: read.unresolved,
    outside: read.outside,
    warnings: [...warnings, ...read.warnings].sort((a, b) => a.line - b.line),
    acceptance: said.items
      .filter((item) => item.acceptance && item.role === 'leaf' && !item.struck)
      .map(({ title }) => title),
    problems: said.problems,
  };
}

function publicPart(item: ReadItem): Omit<ChecklistItem, 'dependsOn'> {
  const { paragraphs: _, kind: __, acceptance: ___, list: ____, sections: _____, overridden: ______, ...rest } = item;
  return rest;
}

const longestLead = 80;

/** Moves to the place below a block, and keeps the words that may state dependencies. */
function readWords(block: RootContent, reading: Reading): void {
  const { place, sections, statements } = reading;
  switch (block.type) {
    case 'heading': {
      const above = place.headings.filter((heading) => heading.depth < block.depth);
      const section = sections.push(wordsOf(block)) - 1;
      statements.push({ words: block, section });
      const headings = [...above, { depth: block.depth, text: wordsOf(block), section }];
      reading.place = { headings, lead: null, leadSection: null };
      return;
    }
    case 'paragraph': {
      if (readRows(block, reading)) return;
      warnBareBoxes(block, reading);
      const lead = wordsOf(block);
      const bold = block.children.length === 1 && block.children[0]?.type === 'strong';
      const names = lead.length <= longestLead && (bold || /[:：]$/.test(lead));
      const leadSection = names ? sections.push(lead.replace(/[:：]$/, '')) - 1 : null;
      reading.place = { ...place, lead, leadSection };
      const heading = place.headings.at(-1)?.section ?? null;
      // a bold line is as good as a heading; other words are said of the heading they stand under
      statements.push(
        bold
          ? { words: { ...block, type: 'heading', depth: 6 }, section: leadSection }
          : { words: block, section: heading },
      );
      return;
    }
    case 'html':
    case 'definition':
      return;
    default:
      reading.place = { ...place, lead: null, leadSection: null };
  }
}

function readRows(block: Paragraph, reading: Reading): boolean {
  const start = block.position?.start;
  const table = readTable(reading.body.slice(start?.offset ?? 0, block.position?.end.offset), start?.line ?? 1);
  if (table === null) return false;
  const column = blockedByColumn(table);
  if (column !== null)
    for (const row of table.rows)
      reading.rows.push({
        subjects: subjectsOf(table, row, column),
        blockers: row.cells[column] ?? '',
        line: row.line,
      });
  return true;
}

interface Reading {
  readonly body: string;
  /** What the tree was made of, character for character as long as the body. */
  readonly parsed: string;
  readonly items: ReadItem[];
  readonly warnings: ChecklistWarning[];
  readonly sections: string[];
  readonly statements: Statement[];
  readonly rows: BlockerRow[];
  /** What items say of themselves, by index. */
  readonly overrides: Map<number, Override>;
  place: Place;
  lists: number;
}

/** What a list stands in. */
interface Within {
  readonly depth: number;
  readonly parent: number | null;
  readonly override: Override | null;
  readonly containers: readonly { readonly title: string; readonly section: number }[];
}

function readList(list: List, reading: Reading, within: Within): void {
  const boxed = list.children.some((item) => typeof item.checked === 'boolean');
  reading.lists += 1;
  const number = reading.lists;
  for (const item of list.children) {
    const index = readItem(item, boxed, reading, { ...within, list: number });
    const inside = index === null ? insideBullet(item, reading, within) : insideBox(index, reading, within);
    for (const child of item.children) if (child.type === 'list') readList(child, reading, inside);
  }
}

function insideBox(index: number, reading: Reading, within: Within): Within {
  const override = reading.overrides.get(index) ?? within.override;
  return { ...within, depth: within.depth + 1, parent: index, override };
}

/** A plain bullet names what stands below it, and may state a dependency of it or of others. */
function insideBullet(item: ListItem, reading: Reading, within: Within): Within {
  const [first] = item.children;
  const deeper = { ...within, depth: within.depth + 1 };
  if (first?.type !== 'paragraph' || within.parent !== null) return deeper;
  const title = wordsOf(first);
  const section = reading.sections.push(title.length > longestLead ? '' : title) - 1;
  const holdsLists = item.children.some((child) => child.type === 'list');
  const around = within.containers.at(-1)?.section ?? reading.place.headings.at(-1)?.section ?? null;
  reading.statements.push({ words: first, section: holdsLists ? section : around });
  return { ...deeper, containers: [...within.containers, { title, section }] };
}

/** The index it was given, or null when the item is no checkbox. */
function readItem(
  item: ListItem,
  among: boolean,
  reading: Reading,
  within: Within & { readonly list: number },
): number | null {
  const [first] = item.children;
  if (first?.type !== 'paragraph') return emptyBox(item, reading);
  const found = findBox(item, first, among, reading.parsed);
  if (found === null) return emptyBox(item, reading);
  // where the tree was parsed with a space that is not there, the box stands one place further left
  const moved = reading.body.charAt(found.box.start - 1) === '[' ? 0 : 1;
  const line = item.position?.start.line ?? 1;
  const malformed = found.malformed || moved > 0;
  if (malformed) warnMalformed(reading, line, found.unclear);
  const { text, paragraphs, hasBoxes, override } = itemText(item, found.words, reading.body);
  const index = push(reading, {
    ...found,
    ...within,
    paragraph: first,
    paragraphs,
    line,
    box: { start: found.box.start - moved, end: found.box.end - moved },
    end: wordsEnd(reading.body, first.position?.end.offset ?? 0),
    text,
    override: override ?? within.override,
    role: hasBoxes ? 'group' : 'leaf',
    malformed,
  });
  if (index !== null && override !== null) reading.overrides.set(index, override);
  return index;
}

interface FoundBox {
  readonly box: { readonly start: number; readonly end: number };
  /** Offset at which the item's words start. */
  readonly words: number;
  readonly checked: boolean;
  readonly malformed: boolean;
  readonly unclear: boolean;
  /** Characters of a malformed box at the start of the paragraph. */
  readonly skip: number;
}

function findBox(item: ListItem, first: Paragraph, among: boolean, parsed: string): FoundBox | null {
  if (typeof item.checked === 'boolean') {
    // the box is the first thing in the item; the tree has no place for it
    const open = parsed.indexOf('[', item.position?.start.offset);
    const box = { start: open + 1, end: open + 2 };
    return { box, words: open + 3, checked: item.checked, malformed: false, unclear: false, skip: 0 };
  }
  const start = first.position?.start.offset ?? 0;
  const broken = brokenBox(parsed.slice(start, first.position?.end.offset ?? start), among);
  if (broken === null) return null;
  const { checked, unclear, skip } = broken;
  const box = { start: start + broken.box.start, end: start + broken.box.end };
  return { box, words: start + skip, checked, malformed: true, unclear, skip };
}

function emptyBox(item: ListItem, reading: Reading): null {
  const start = item.position?.start.offset ?? 0;
  const source = reading.body.slice(start, item.position?.end.offset ?? start);
  if (/^(?:[-*+]|\d{1,9}[.)])\s{1,4}\[[ xX]?\]\s*$/.test(source)) warnEmpty(reading, item.position?.start.line ?? 1);
  if (/^(?:[-*+]|\d{1,9}[.)])\s{1,4}(?:[☐☑☒🔲]|\([ xX]?\))\s+\S/u.test(source))
    warnNoBox(reading, item.position?.start.line ?? 1);
  return null;
}

/** `[ ] text` without a bullet is no list item, and GitHub shows no box; its author should know that nobody reads it. */
function warnBareBoxes(block: Paragraph, reading: Reading): void {
  const start = block.position?.start;
  const source = reading.parsed.slice(start?.offset ?? 0, block.position?.end.offset ?? 0);
  const at = source.search(/^[ \t]{0,3}(?:\[[ xX]\]|[☐☑☒])[ \t]+\S/m);
  if (at < 0) return;
  const line = (start?.line ?? 1) + source.slice(0, at).split('\n').length - 1;
  warnNoBox(reading, line);
}

function warnNoBox(reading: Reading, line: number): void {
  const message = 'This is no checkbox (write "- [ ] "); it was not read.';
  reading.warnings.push({ line, code: 'malformed-checkbox', message });
}

function warnEmpty(reading: Reading, line: number): void {
  reading.warnings.push({ line, code: 'empty-item', message: 'This checkbox has no text and was skipped.' });
}

function warnMalformed(reading: Reading, line: number, unclear: boolean): void {
  const message = unclear
    ? 'The mark in this box is neither empty nor an x, so nobody can tell whether it is done; it is left out.'
    : 'GitHub shows no checkbox here (write "- [ ] "); it was read as one all the same.';
  reading.warnings.push({ line, code: 'malformed-checkbox', message });
}

/** Spaces at the end of a paragraph are not its words. */
function wordsEnd(body: string, end: number): number {
  let at = end;
  while (at > 0 && /[ \t]/.test(body.charAt(at - 1))) at -= 1;
  return at;
}

interface Found extends FoundBox, Within {
  readonly paragraph: Paragraph;
  readonly paragraphs: readonly Paragraph[];
  readonly line: number;
  readonly end: number;
  readonly text: string;
  readonly list: number;
  readonly role: 'leaf' | 'group';
}

const group: Verdict = { kind: 'group', reason: 'a group: its sub-items are the work' };

/** The index it was given, or null for one without words. */
function push(reading: Reading, found: Found): number | null {
  const { items, place } = reading;
  const title = wordsOf(found.paragraph).slice(found.skip).trim();
  if (title === '') {
    warnEmpty(reading, found.line);
    return null;
  }
  const headings = place.headings.map((heading) => heading.text);
  const struck = isStruck(found.paragraph, found.skip);
  const { checked, role, unclear, override, list, depth, line, text, box, end, malformed, paragraphs } = found;
  const parent = found.parent === null ? null : (items[found.parent] ?? null);
  const containers = found.containers.map((one) => one.title);
  const facts = { title, headings, lead: place.lead, parent, containers, checked, struck, unclear, override };
  const acceptance = isAcceptance(facts);
  const { kind, reason } = role === 'group' ? group : judgeWork(facts);
  const around = [...place.headings.map((heading) => heading.section), ...found.containers.map((one) => one.section)];
  items.push({
    index: items.length,
    title,
    checked,
    section: headings.at(-1) ?? null,
    headings,
    lead: place.lead,
    depth,
    parentIndex: found.parent,
    role,
    struck,
    dispatch: reason === null,
    reason,
    refs: referencesIn(found.paragraph),
    line,
    text,
    box,
    end,
    names: namesIn(found.paragraph),
    malformed,
    kind,
    acceptance,
    overridden: override !== null,
    list,
    sections: place.leadSection === null ? around : [...around, place.leadSection],
    paragraphs,
  });
  return items.length - 1;
}

function isStruck(paragraph: Paragraph, skip: number): boolean {
  const parts = paragraph.children.filter((child, index) => {
    const words = plainText(child).text;
    return (index === 0 ? words.slice(skip) : words).trim() !== '';
  });
  return parts.length > 0 && parts.every((child) => child.type === 'delete');
}

function namesIn(paragraph: Paragraph): readonly string[] {
  const marked = paragraph.children.filter((child) => child.type === 'strong' || child.type === 'inlineCode');
  return marked.map((child) => wordsOf(child).replace(/[:.]$/, '')).filter((name) => name !== '');
}
