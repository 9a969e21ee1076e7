/**
 * Markdown as a syntax tree with positions in the whole body. Total and bounded: hostile input (thousands of brackets,
 * quotes in quotes in quotes) is blanked out where it would cost seconds or overflow the stack, with a warning.
 */
import type { Nodes, Root, RootContent } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { columnsOf, type Line, type Segment, splitLines, splitSegments } from './segments.ts';

export interface TreeWarning {
  /** 1-based line. */
  readonly line: number;
  readonly message: string;
}

export interface MarkdownTree {
  /** Top-level blocks in document order; every position is one in the body. */
  readonly blocks: readonly RootContent[];
  /** What was parsed: as long as the body, differing where a line was blanked out or a box moved (see `tameLine`). */
  readonly text: string;
  readonly warnings: readonly TreeWarning[];
}

// tables and footnotes never hold a checkbox that counts, and parsing them costs time quadratic in their size
const parser = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(function leaveOutCostlyConstructs(): void {
    const data = this.data();
    const extensions = data.micromarkExtensions ?? [];
    data.micromarkExtensions = extensions;
    extensions.push({ disable: { null: ['table', 'gfmFootnoteDefinition', 'gfmFootnoteCall'] } });
    // these walk the tree recursively (for e-mail addresses); a stack overflow near a regular expression kills Node
    for (const one of (data.fromMarkdownExtensions ?? []).flat(2)) one.transforms = [];
  })
  .freeze();

const usualSegment = 1000;
/** Containers (quotes, list items) opened by one line, and columns of white space before it. */
const maxContainers = 10;
const maxIndent = 64;
/** In the whole body. A plan has at most 100 items. */
const maxListLines = 3000;
/** Per piece that cannot be cut. All far above what people write; together they keep the worst case near a second. */
const pieceLimits = { listLines: 1000, lines: 1200, marks: 4000, underlines: 150 };

/**
 * Parses a body of any size and shape; never throws. Offsets count UTF-16 code units, as string indices do.
 * `segmentGoal`: characters per piece; changes the time it takes, never the answer.
 */
export function parseMarkdown(body: string, segmentGoal = usualSegment): MarkdownTree {
  const warnings: TreeWarning[] = [];
  const lines = splitLines(body).map((line, index) => tameLine(line, index + 1, warnings));
  const definitions = definitionLines(lines);
  const blocks: RootContent[] = [];
  let listLines = 0;
  for (const segment of splitSegments(lines, segmentGoal)) {
    if (listLines > maxListLines) {
      warnings.push({ line: segment.line, message: `Only the first ${maxListLines} list items were read.` });
      break;
    }
    listLines += segment.lines.filter(isListLine).length;
    const text = `${joinLines(tameSegment(segment, warnings).lines, body)}\n`;
    const root = parseSegment(text, segment, definitionsFor(text, definitions), warnings);
    for (const block of root) blocks.push(settle(block, segment, body));
  }
  return { blocks, text: joinLines(lines, body), warnings };
}

/**
 * Always the same length, so that positions stay true. A line that is nested too deeply is blanked out; in `-[ ] text`
 * the box moves one place to the right, because without a space the list item, and with it all nesting, would be lost.
 */
function tameLine(line: Line, number: number, warnings: TreeWarning[]): Line {
  const start = number === 1 && line.text.startsWith('\ufeff') ? ` ${line.text.slice(1)}` : line.text;
  const text = start.replace(/^([ \t>]{0,40}(?:[-*+]|\d{1,9}[.)]))(\[[ xX]?\])[ \t](?=[ \t]*[^\s(])/, '$1 $2');
  const deep = countContainers(text) > maxContainers || (columnsOf(text) > maxIndent && countContainers(text) > 0);
  if (!deep) return { text, offset: line.offset };
  warnings.push({ line: number, message: 'This line is nested too deeply and was ignored.' });
  return { text: ' '.repeat(text.length), offset: line.offset };
}

/** Quote and list markers at the start of a line, one behind the other. */
function countContainers(line: string): number {
  const marker = /[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))/y;
  let count = 0;
  while (count <= maxContainers && marker.test(line)) count += 1;
  return count;
}

function isListLine(line: Line): boolean {
  return /^[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/.test(line.text);
}

/** Lines with the endings they have in the body. */
function joinLines(lines: readonly Line[], body: string): string {
  const parts: string[] = [];
  for (const [index, { text, offset }] of lines.entries()) {
    parts.push(text);
    const next = lines[index + 1]?.offset;
    if (next !== undefined) parts.push(body.slice(offset + text.length, next));
  }
  return parts.join('');
}

function tameSegment(segment: Segment, warnings: TreeWarning[]): Segment {
  const count = { listLines: 0, lines: 0, marks: 0, underlines: 0 };
  let tooMuch = false;
  const lines = segment.lines.map((line, index) => {
    if (line.fenced) return line;
    count.lines += 1;
    if (isListLine(line)) count.listLines += 1;
    if (/^[ \t>]*(?:=+|-+)[ \t]*$/.test(line.text)) count.underlines += 1;
    for (const char of line.text) if ('[]*_~`<&!@|(\\'.includes(char)) count.marks += 1;
    const over = (Object.keys(pieceLimits) as (keyof typeof pieceLimits)[]).some(
      (key) => count[key] > pieceLimits[key],
    );
    if (over && !tooMuch)
      warnings.push({ line: segment.line + index, message: 'The text from here on is too intricate and was ignored.' });
    tooMuch ||= over;
    return tooMuch ? { ...line, text: ' '.repeat(line.text.length) } : line;
  });
  return tooMuch ? { ...segment, lines } : segment;
}

/** Link definitions count for the whole body, so each segment that uses one is given it. */
function definitionLines(lines: readonly Line[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let mayStart = true;
  for (const { text } of lines) {
    const label: string | undefined = mayStart
      ? /^ {0,3}\[([^\]^[]{1,200})\]:[ \t]*\S/.exec(text)?.[1]?.toLowerCase()
      : undefined;
    if (label !== undefined && found.size < 200 && !found.has(label)) found.set(label, text);
    // below other text it would be a part of that
    mayStart = label !== undefined || text.trim() === '';
  }
  return found;
}

function definitionsFor(text: string, definitions: ReadonlyMap<string, string>): string {
  if (definitions.size === 0) return '';
  const lower = text.toLowerCase();
  const used = [...definitions].filter(([label]) => lower.includes(`[${label}]`)).map(([, line]) => line);
  return used.length === 0 ? '' : `\n${used.join('\n\n')}\n`;
}

function parseSegment(
  text: string,
  segment: Segment,
  definitions: string,
  warnings: TreeWarning[],
): readonly RootContent[] {
  try {
    const root: Root = parser.parse(text + definitions);
    return root.children.filter((node) => (node.position?.start.offset ?? 0) < text.length);
  } catch (error) {
    // the parser recurses; what the limits above may let through must not take the process down
    if (!(error instanceof RangeError)) throw error;
    warnings.push({ line: segment.line, message: 'The text from here on could not be read.' });
    return [];
  }
}

/** Deeper nesting than people write; who walks the tree may recurse this far. */
const maxDepth = 60;

/** Moves every position of a freshly parsed tree, in place, from the segment to the body, and flattens what is too deep. */
function settle<Node extends Nodes>(top: Node, segment: Segment, body: string): Node {
  const open: { readonly node: Nodes; readonly depth: number }[] = [{ node: top, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    const { position } = node;
    if (position !== undefined) {
      position.start = moved(position.start, segment);
      position.end = moved(position.end, segment);
    }
    if (!('children' in node)) continue;
    if (depth > maxDepth) {
      const value = body.slice(position?.start.offset, position?.end.offset);
      node.children = [{ type: 'text', value, ...(position === undefined ? {} : { position }) }];
    } else for (const child of node.children) open.push({ node: child, depth: depth + 1 });
  }
  return top;
}

function moved<Point extends { line: number; offset?: number | undefined }>(point: Point, segment: Segment): Point {
  return { ...point, line: point.line + segment.line - 1, offset: (point.offset ?? 0) + segment.offset };
}
