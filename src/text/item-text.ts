/** The Markdown of one checklist item, as it is handed to whoever works on it. */
import type { ListItem, Nodes, Paragraph } from 'mdast';
import { splitLines } from './segments.ts';

export interface ItemText {
  /** Without the box, sub-checkboxes and HTML comments; indented as if the item stood at the top. */
  readonly text: string;
  /** The item's own paragraphs and those of its plain child bullets. */
  readonly paragraphs: readonly Paragraph[];
  readonly hasBoxes: boolean;
  /** `<!-- muster: run -->` or `<!-- muster: skip -->` in the item itself. */
  readonly override: 'run' | 'skip' | null;
}

const overriding = /^<!--\s{0,9}muster:\s{0,9}(run|skip)\s{0,9}-->/i;

/** `start`: offset at which the item's words begin. */
export function itemText(item: ListItem, start: number, body: string): ItemText {
  const cuts: { start: number; end: number }[] = [];
  const paragraphs: Paragraph[] = [];
  let hasBoxes = false;
  let override: ItemText['override'] = null;
  const walk = (node: Nodes): void => {
    if (node.type === 'paragraph') paragraphs.push(node);
    // what a reader cannot see is no part of the request
    if (node.type === 'html') {
      cuts.push(...commentsIn(rangeOf(node), body));
      const said = overriding.exec(node.value)?.[1]?.toLowerCase();
      if (said === 'run' || said === 'skip') override = said;
    }
    if (node.type === 'blockquote' || !('children' in node)) return;
    for (const child of node.children) {
      if (child.type === 'listItem' && holdsBox(child)) {
        hasBoxes = true;
        if (typeof child.checked === 'boolean') {
          cuts.push(lineRange(rangeOf(child), body));
          continue;
        }
      }
      walk(child);
    }
  };
  walk(item);
  // not the item's own end: the parser puts it into the next item when a fence is left open
  const end = item.children.at(-1)?.position?.end.offset ?? start;
  const indent = (item.children[1]?.position?.start.column ?? (item.position?.start.column ?? 1) + 2) - 1;
  const own = withoutRanges(body, start, end, cuts);
  return { text: dedent(own, indent), paragraphs, hasBoxes, override };
}

function holdsBox(item: ListItem): boolean {
  if (typeof item.checked === 'boolean') return true;
  return item.children.some((child) => child.type === 'list' && child.children.some(holdsBox));
}

function rangeOf(node: Nodes): { start: number; end: number } {
  return { start: node.position?.start.offset ?? 0, end: node.position?.end.offset ?? 0 };
}

function commentsIn(range: { start: number; end: number }, body: string): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (let start = body.indexOf('<!--', range.start); start >= 0 && start < range.end; ) {
    const close = body.indexOf('-->', start + 2);
    const end = close < 0 ? range.end : Math.min(close + 3, range.end);
    found.push({ start, end });
    start = body.indexOf('<!--', end);
  }
  return found;
}

/** With the white space before it, so that no empty bullet line stays behind. */
function lineRange(range: { start: number; end: number }, body: string): { start: number; end: number } {
  let start = range.start;
  while (start > 0 && /[ \t\r\n]/.test(body.charAt(start - 1))) start -= 1;
  return { start, end: range.end };
}

function withoutRanges(
  body: string,
  start: number,
  end: number,
  cuts: readonly { start: number; end: number }[],
): string {
  const parts: string[] = [];
  let from = start;
  for (const cut of [...cuts].sort((a, b) => a.start - b.start)) {
    if (cut.start < from || cut.end > end) continue;
    parts.push(body.slice(from, cut.start));
    from = cut.end;
  }
  parts.push(body.slice(from, end));
  return parts.join('');
}

/** Removes up to `indent` columns of white space from every line but the first, and white space at the ends. */
function dedent(text: string, indent: number): string {
  const lines = splitLines(text).map((line, index) => {
    if (index === 0) return line.text;
    let at = 0;
    for (let columns = 0; columns < indent && /[ \t]/.test(line.text.charAt(at)); at++)
      columns += line.text.charAt(at) === '\t' ? 4 - (columns % 4) : 1;
    return line.text.slice(at).trimEnd();
  });
  return lines.join('\n').trim();
}
