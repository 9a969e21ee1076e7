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
  let rest = '';
  /** No line ends before this place in `rest`. */
  let scanned = 0;
  let tooLong = false;
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

  function take(text: string): void {
    rest += text;
    let from = 0;
    lineEnd.lastIndex = scanned;
    for (let found = lineEnd.exec(rest); found !== null; found = lineEnd.exec(rest)) {
      const { index } = found;
      // a CR at the end may be half of a CRLF
      if (found[0] === '\r' && index + 1 === rest.length) {
        lineEnd.lastIndex = index;
        break;
      }
      if (tooLong) tooLong = false;
      else line(rest.slice(from, index));
      from = lineEnd.lastIndex;
    }
    const heldBack = rest.endsWith('\r') ? 1 : 0;
    rest = rest.slice(from);
    if (rest.length > LONGEST_LINE) {
      tooLong = true;
      rest = rest.slice(rest.length - heldBack);
    }
    scanned = rest.length - Math.min(heldBack, rest.length);
  }

  return {
    push: (chunk) => take(decoder.write(chunk)),
    end() {
      const text = rest + decoder.end();
      rest = '';
      // a CR at the very end was held back, in case its LF followed
      if (!tooLong && text.endsWith('\r')) line(text.slice(0, -1));
    },
  };
}
