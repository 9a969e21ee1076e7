/**
 * text: human words <-> core values. Everything Muster reads from people (checklist, commands, settings) and every
 * sentence it writes. May import core, the Markdown parser, yaml and zod. Pure: no clock, no randomness, no input but
 * the arguments; any string is accepted, none takes long. This file reads the checklist of an issue.
 * Invariant: items carry exact offsets, so that whoever edits the body can touch single characters.
 */
import type { List, ListItem, Paragraph, RootContent } from 'mdast';
import type { Checklist, ChecklistWarning, ReadItem } from './checklist-model.ts';
import { readDependencies } from './dependencies.ts';
import { itemText } from './item-text.ts';
import { brokenBox } from './malformed-boxes.ts';
import { parseMarkdown } from './markdown-tree.ts';
import { plainText, wordsOf } from './plain-text.ts';
import { referencesIn } from './references.ts';
import { isAcceptance, whyNotWork } from './work-kind.ts';

interface Place {
  readonly headings: readonly { readonly depth: number; readonly text: string }[];
  readonly lead: string | null;
}

/**
 * Reads the checklist of an issue's body. Total: any string gives an answer, in time linear in its length. `ownLinks`
 * are numbers of sub-issues; a ` (#n)` with such a number was appended to the item and is not its author's word.
 */
export function parseChecklist(body: string, ownLinks: ReadonlySet<number> = new Set()): Checklist {
  const tree = parseMarkdown(body);
  const warnings: ChecklistWarning[] = tree.warnings.map((warning) => ({ ...warning, code: 'unreadable' }));
  const items: ReadItem[] = [];
  const acceptance: string[] = [];
  let place: Place = { headings: [], lead: null };
  for (const block of tree.blocks) {
    const reading = { body, parsed: tree.text, items, warnings, acceptance, place };
    if (block.type === 'list') readList(block, reading, 0, null);
    place = placeAfter(block, place);
  }
  const read = readDependencies(items, ownLinks);
  return {
    items: items.map(({ paragraphs: _, ...item }) => ({ ...item, dependsOn: read.needs.get(item.index) ?? [] })),
    dependencies: read.dependencies,
    unresolved: read.unresolved,
    warnings: [...warnings, ...read.warnings].sort((a, b) => a.line - b.line),
    acceptance,
  };
}

function placeAfter(block: RootContent, place: Place): Place {
  switch (block.type) {
    case 'heading': {
      const above = place.headings.filter((heading) => heading.depth < block.depth);
      return { headings: [...above, { depth: block.depth, text: wordsOf(block) }], lead: null };
    }
    case 'paragraph':
      return { ...place, lead: wordsOf(block) };
    case 'list':
    case 'html':
    case 'definition':
      return place;
    default:
      return { ...place, lead: null };
  }
}

interface Reading {
  readonly body: string;
  /** What the tree was made of, character for character as long as the body. */
  readonly parsed: string;
  readonly items: ReadItem[];
  readonly warnings: ChecklistWarning[];
  readonly acceptance: string[];
  readonly place: Place;
}

function readList(list: List, reading: Reading, depth: number, parent: number | null): void {
  const boxed = list.children.some((item) => typeof item.checked === 'boolean');
  for (const item of list.children) {
    const index = readItem(item, boxed, reading, depth, parent);
    for (const child of item.children) if (child.type === 'list') readList(child, reading, depth + 1, index ?? parent);
  }
}

/** The index it was given, or null when the item is no checkbox. */
function readItem(
  item: ListItem,
  among: boolean,
  reading: Reading,
  depth: number,
  parent: number | null,
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
  const { text, paragraphs, hasBoxes } = itemText(item, found.words, reading.body);
  return push(reading, {
    ...found,
    paragraph: first,
    paragraphs,
    line,
    box: { start: found.box.start - moved, end: found.box.end - moved },
    end: wordsEnd(reading.body, first.position?.end.offset ?? 0),
    text,
    depth,
    parent,
    role: hasBoxes ? 'group' : 'leaf',
    malformed,
  });
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
  return null;
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

interface Found extends FoundBox {
  readonly paragraph: Paragraph;
  readonly paragraphs: readonly Paragraph[];
  readonly line: number;
  readonly end: number;
  readonly text: string;
  readonly depth: number;
  readonly parent: number | null;
  readonly role: 'leaf' | 'group';
}

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
  const { checked, role, unclear } = found;
  const above = found.parent === null ? null : (items[found.parent] ?? null);
  const facts = { title, headings, lead: place.lead, parent: above, refs: referencesIn(found.paragraph) };
  const acceptance = isAcceptance(facts);
  if (acceptance && role === 'leaf' && !struck) reading.acceptance.push(title);
  const reason =
    role === 'group' ? 'a group: its sub-items are the work' : whyNotWork({ ...facts, checked, struck, unclear });
  items.push({
    index: items.length,
    title,
    checked,
    section: headings.at(-1) ?? null,
    headings,
    lead: place.lead,
    depth: found.depth,
    parentIndex: found.parent,
    role,
    struck,
    dispatch: reason === null,
    reason,
    refs: facts.refs,
    line: found.line,
    text: found.text,
    box: found.box,
    end: found.end,
    names: namesIn(found.paragraph),
    malformed: found.malformed,
    paragraphs: found.paragraphs,
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
