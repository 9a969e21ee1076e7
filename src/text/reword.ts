/**
 * A sub-issue follows its item. Only what we wrote is replaced: the title while it is ours, and in the text the quoted
 * item while it stands there as we wrote it. Everything else in it belongs to whoever wrote it.
 */

/** An item as its sub-issue says it; `block` is the quoted text. */
export interface ItemWords {
  readonly title: string;
  readonly block: string;
}

export interface Reworded {
  readonly title: string;
  readonly body: string;
  /** The text does not say what the item says, because a person changed what we wrote there. */
  readonly kept: boolean;
}

/** Doing it twice changes nothing more. */
export function rewordIssue(
  issue: { readonly title: string; readonly body: string },
  before: ItemWords,
  after: ItemWords,
): Reworded {
  const body = replaceBlock(issue.body, before.block, after.block);
  const title = issue.title === before.title ? after.title : issue.title;
  return { title, body, kept: !says(body, after.block) };
}

/** An item that only points to an issue has that issue's own text. */
function says(body: string, block: string): boolean {
  return placeOf(body, block) !== null || withoutMarks(block) === body.replaceAll('\r', '').trim();
}

function withoutMarks(block: string): string {
  return block.replace(/^> ?/gm, '').trim();
}

function replaceBlock(body: string, before: string, after: string): string {
  const place = placeOf(body, before);
  if (place === null || before === after) return body;
  const words = place.crlf ? after.replaceAll('\n', '\r\n') : after;
  return `${body.slice(0, place.start)}${words}${body.slice(place.end)}`;
}

/** GitHub's own editor turns every line end into CRLF. */
function placeOf(body: string, block: string): { readonly start: number; readonly end: number; crlf: boolean } | null {
  if (block === '') return null;
  for (const crlf of [false, true]) {
    const words = crlf ? block.replaceAll('\n', '\r\n') : block;
    for (let start = body.indexOf(words); start >= 0; start = body.indexOf(words, start + 1)) {
      const end = start + words.length;
      if (isLineStart(body, start) && isBlockEnd(body, end)) return { start, end, crlf };
    }
  }
  return null;
}

/** A line of the quote just before it would make it part of somebody's larger quote. */
function isLineStart(body: string, at: number): boolean {
  if (at === 0) return true;
  return body[at - 1] === '\n' && !/(^|\n)>[^\n]*\n$/.test(body.slice(0, at));
}

function isBlockEnd(body: string, at: number): boolean {
  return /^(\r?\n(?!>)|$)/.test(body.slice(at, at + 3));
}
