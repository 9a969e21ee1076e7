import { StringDecoder } from 'node:string_decoder';

/** A longer line is no event of any provider; it is let go by unread. Characters. */
const LONGEST_LINE = 16 * 1024 * 1024;

export interface SseReader {
  readonly push: (chunk: Buffer) => void;
  /** What came after the last empty line is no whole event and is dropped, as the standard has it. */
  readonly end: () => void;
}

/**
 * Server-sent events from bytes that were cut anywhere: within a character, a line, a CRLF. `name` is '' where the
 * event has none.
 */
export function createSseReader(onEvent: (name: string, data: string) => void): SseReader {
  const decoder = new StringDecoder('utf8');
  const lineEnd = /\r\n|\r|\n/g;
  /** The line so far, in the parts in which it came. */
  let parts: string[] = [];
  let length = 0;
  let afterCr = false;
  let name = '';
  let data: string[] = [];

  function line(text: string): void {
    if (text === '') {
      if (data.length > 0) onEvent(name, data.join('\n'));
      name = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') data.push(value);
    else if (field === 'event') name = value;
  }

  function endLine(rest: string): void {
    if (length + rest.length <= LONGEST_LINE) line(parts.length === 0 ? rest : parts.join('') + rest);
    parts = [];
    length = 0;
  }

  function take(text: string): void {
    if (text === '') return;
    // the line ended with the CR already
    let from = afterCr && text.startsWith('\n') ? 1 : 0;
    afterCr = text.endsWith('\r');
    lineEnd.lastIndex = from;
    for (let found = lineEnd.exec(text); found !== null; found = lineEnd.exec(text)) {
      endLine(text.slice(from, found.index));
      from = lineEnd.lastIndex;
    }
    length += text.length - from;
    if (length > LONGEST_LINE) parts = [];
    else if (from < text.length) parts.push(text.slice(from));
  }

  return {
    push: (chunk) => take(decoder.write(chunk)),
    end: () => take(decoder.end()),
  };
}
