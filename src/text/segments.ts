/**
 * Cuts Markdown into pieces that mean the same parsed alone as parsed together. The parser needs time quadratic in the
 * number of blocks, so a long body is parsed piece by piece. Cuts fall only before a line in the first column that
 * closes whatever was open above it; where that is in doubt nothing is cut.
 */

export interface Line {
  readonly text: string;
  /** Offset of its first character in the body. */
  readonly offset: number;
}

export interface SegmentLine extends Line {
  /** Inside a code fence that is itself inside nothing. */
  readonly fenced: boolean;
}

export interface Segment {
  readonly offset: number;
  /** 1-based line of the body on which it starts. */
  readonly line: number;
  readonly lines: readonly SegmentLine[];
}

/** Lines without their endings; `\n`, `\r\n` and a lone `\r` all end a line, as in CommonMark. */
export function splitLines(body: string): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let at = 0; at < body.length; at++) {
    const code = body.charCodeAt(at);
    if (code !== 10 && code !== 13) continue;
    lines.push({ text: body.slice(start, at), offset: start });
    if (code === 13 && body.charCodeAt(at + 1) === 10) at++;
    start = at + 1;
  }
  lines.push({ text: body.slice(start), offset: start });
  return lines;
}

/** Segments of at least `goal` characters where cuts allow it; joined they are the body. Never empty. */
export function splitSegments(lines: readonly Line[], goal: number): readonly Segment[] {
  const segments: Segment[] = [];
  const scan = newScan();
  let start = 0;
  let open: SegmentLine[] = [];
  for (const [index, line] of lines.entries()) {
    const fenced = scan.fence !== null;
    const safe = advance(scan, line.text);
    if (safe && line.offset - (open[0]?.offset ?? line.offset) >= goal) {
      segments.push({ offset: open[0]?.offset ?? 0, line: start + 1, lines: open });
      start = index;
      open = [];
    }
    open.push({ ...line, fenced });
  }
  segments.push({ offset: open[0]?.offset ?? 0, line: start + 1, lines: open });
  return segments;
}

/** What is open at the top level. `item`: the column at which the content of the open top-level list item starts. */
interface Scan {
  fence: { readonly char: string; readonly length: number } | null;
  /** What ends the open HTML block. */
  html: RegExp | null;
  item: { readonly content: number; readonly marker: string } | null;
  blank: boolean;
  /** `doubt`: a line that may or may not have closed the open item. `never`: no cut is safe any more. */
  trust: 'sure' | 'doubt' | 'never';
}

function newScan(): Scan {
  return { fence: null, html: null, item: null, blank: true, trust: 'sure' };
}

const bullet = /^([-*+])(?:[ \t]|$)/;
const ordered = /^\d{1,9}([.)])(?:[ \t]|$)/;
const fence = /^(`{3,}|~{3,})(.*)$/;
const rule = /^(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;

/** Takes one more line in; true when the body may be cut before it. */
function advance(scan: Scan, line: string): boolean {
  if (scan.trust === 'never') return false;
  const indent = columnsOf(line);
  const content = line.trim();
  if (scan.fence !== null) {
    // a closed fence leaves nothing open, just as a blank line between two blocks
    scan.blank = indent < 4 && closesFence(content, scan.fence);
    if (scan.blank) scan.fence = null;
    return false;
  }
  if (scan.html !== null) {
    if (scan.trust === 'doubt' && opensMore(content)) scan.trust = 'never';
    if (scan.html.test(line)) scan.html = null;
    scan.blank = content === '';
    return false;
  }
  const afterBlank = scan.blank;
  scan.blank = content === '';
  if (content === '') return false;
  if (scan.trust === 'doubt') {
    // such a line starts something new at the top level, whatever was open before it
    const fresh = indent === 0 && (afterBlank || /^[-*+][ \t]+\S/.test(content)) && !rule.test(content);
    if (!fresh) {
      if (opensMore(content)) scan.trust = 'never';
      return false;
    }
    scan.trust = 'sure';
    scan.item = null;
  }
  // a line indented as far as the content of the open item belongs to it and opens nothing at the top level
  if (indent > 3 || (scan.item !== null && indent >= scan.item.content)) return false;
  return openBlock(scan, content, indent, afterBlank) && indent === 0;
}

function openBlock(scan: Scan, content: string, indent: number, afterBlank: boolean): boolean {
  const run = fence.exec(content);
  if (run?.[1] !== undefined && !(run[1].startsWith('`') && run[2]?.includes('`') === true)) {
    scan.fence = { char: run[1].charAt(0), length: run[1].length };
    scan.item = null;
    return true;
  }
  if (content.startsWith('<')) {
    openHtml(scan, content);
    return afterBlank;
  }
  if (content.startsWith('>')) {
    scan.item = null;
    return afterBlank;
  }
  const heading = /^#{1,6}(?:[ \t]|$)/.test(content);
  if (heading || rule.test(content)) {
    scan.item = null;
    return heading || afterBlank;
  }
  const marker = bullet.exec(content)?.[1] ?? ordered.exec(content)?.[1];
  const follows = marker !== undefined && scan.item?.marker === marker;
  if (marker !== undefined && (afterBlank || follows || /^(?:[-*+]|1[.)])[ \t]+\S/.test(content)))
    scan.item = { content: contentColumn(content, indent), marker };
  // below text an empty item, or an ordered one that is not its list's next, may be an item or just more text
  else if (marker !== undefined) scan.trust = 'doubt';
  else if (afterBlank) scan.item = null;
  // text out of line with the open item: its paragraph going on, or a new one if no paragraph is open in it
  else if (scan.item !== null) scan.trust = 'doubt';
  if (marker !== undefined && content.length <= marker.length + 9 && !/\s\S/.test(content)) scan.trust = 'doubt';
  return afterBlank || follows;
}

/** Could open a block that swallows lines until its own end. */
function opensMore(content: string): boolean {
  return fence.test(content) || content.startsWith('<');
}

/** The HTML blocks of CommonMark: five with an end of their own, the others end at a blank line. */
const htmlBlocks: readonly { readonly start: RegExp; readonly end: RegExp; readonly skip: number }[] = [
  { start: /^<!--/, end: /-->/, skip: 2 },
  { start: /^<\?/, end: /\?>/, skip: 2 },
  { start: /^<!\[CDATA\[/, end: /\]\]>/, skip: 9 },
  { start: /^<![A-Za-z]/, end: />/, skip: 2 },
  { start: /^<(?:script|pre|style|textarea)(?:[\s>]|$)/i, end: /<\/(?:script|pre|style|textarea)>/i, skip: 1 },
];

function openHtml(scan: Scan, content: string): void {
  const block = htmlBlocks.find(({ start }) => start.test(content));
  if (block !== undefined) {
    scan.html = block.end.test(content.slice(block.skip)) ? null : block.end;
    scan.item = null;
  } else {
    scan.html = /^\s*$/;
    scan.trust = 'doubt';
  }
}

function closesFence(content: string, open: { readonly char: string; readonly length: number }): boolean {
  const run = /^(`+|~+)$/.exec(content)?.[1];
  return run?.startsWith(open.char) === true && run.length >= open.length;
}

/** Columns of white space a line starts with; a tab reaches to the next multiple of four. */
export function columnsOf(line: string, from = 0): number {
  let columns = from;
  for (const char of line) {
    if (char === ' ') columns += 1;
    else if (char === '\t') columns += 4 - (columns % 4);
    else break;
  }
  return columns - from;
}

function contentColumn(content: string, indent: number): number {
  const marker = /^(?:[-*+]|\d{1,9}[.)])/.exec(content)?.[0] ?? '-';
  const rest = content.slice(marker.length);
  const end = indent + marker.length;
  const space = columnsOf(rest, end);
  return rest.trim() === '' || space > 4 ? end + 1 : end + space;
}
