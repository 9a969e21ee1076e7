/** What a reader sees of inline Markdown: marks, comments and tags gone, a link its text, lines joined. */
import type { Nodes, Parents } from 'mdast';

export interface PlainText {
  /** White space is not yet collapsed: one character here for each the reader sees. */
  readonly text: string;
  /** 1-based line of the body for an index of `text`. */
  readonly lineAt: (index: number) => number;
}

export function plainText(node: Nodes): PlainText {
  const parts: string[] = [];
  const starts: { readonly index: number; readonly line: number }[] = [];
  let length = 0;
  const add = (text: string, line: number): void => {
    starts.push({ index: length, line });
    parts.push(text);
    length += text.length;
  };
  const walk = (at: Nodes): void => {
    const line = at.position?.start.line ?? 1;
    if (at.type === 'text' || at.type === 'inlineCode') add(at.value, line);
    else if (at.type === 'break') add('\n', line);
    else if (at.type === 'image' || at.type === 'imageReference') add(at.alt ?? '', line);
    else if ('children' in at) for (const child of (at as Parents).children) walk(child);
  };
  walk(node);
  const text = parts.join('').replace(/\[\^[^\]\s]{1,60}\]/g, (note) => ' '.repeat(note.length));
  return { text, lineAt: (index) => lineOf(text, starts, index) };
}

function lineOf(
  text: string,
  starts: readonly { readonly index: number; readonly line: number }[],
  index: number,
): number {
  const piece = starts.findLast((start) => start.index <= index);
  if (piece === undefined) return 1;
  return piece.line + text.slice(piece.index, index).split('\n').length - 1;
}

function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The plain words of a node on one line. */
export function wordsOf(node: Nodes): string {
  return collapse(plainText(node).text);
}

/** For comparing titles: width, case, white space and links that Muster appended make no difference. */
export function normalTitle(title: string): string {
  return collapse(withoutLinks(title).normalize('NFKC').toLowerCase());
}

/** A title without any ` (#n)` at its end. */
export function withoutLinks(title: string): string {
  let rest = title.trimEnd();
  // only the last characters are looked at, so that a thousand links cost no more than one each
  for (let link = endLink(rest); link > 0; link = endLink(rest)) rest = rest.slice(0, -link);
  return rest;
}

function endLink(text: string): number {
  return /\s{1,9}\(#\d{1,10}\)$/.exec(text.slice(-24))?.[0].length ?? 0;
}
