import { grown } from './capped-buffer.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Hands out an unfinished last line. */
  flush(): void;
}

/** Cuts bytes into lines of at most `lineBytes`; the rest of a longer line is dropped. Line ends are not handed out. */
export function splitLines(lineBytes: number, onLine: (line: string) => void): LineSplitter {
  let held: Buffer = Buffer.alloc(0);
  let length = 0;
  const keep = (part: Buffer): void => {
    const room = Math.min(part.length, lineBytes - length);
    if (room <= 0) return;
    held = grown(held, length + room, lineBytes);
    part.copy(held, length, 0, room);
    length += room;
  };
  const emit = (): void => {
    const end = length > 0 && held[length - 1] === CARRIAGE_RETURN ? length - 1 : length;
    onLine(held.toString('utf8', 0, end));
    length = 0;
  };
  return {
    push(chunk) {
      let at = 0;
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, at)) {
        keep(chunk.subarray(at, end));
        emit();
        at = end + 1;
      }
      keep(chunk.subarray(at));
    },
    flush() {
      if (length > 0) emit();
    },
  };
}
