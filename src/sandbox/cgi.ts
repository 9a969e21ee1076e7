import type { Readable } from 'node:stream';

export interface CgiHead {
  readonly status: number;
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  /** What was already read of the body. */
  readonly rest: Buffer;
}

// No CGI answer of git has a head anywhere near this long.
const LONGEST_HEAD = 64 * 1024;

/** Reads the head of a CGI answer (RFC 3875, 6.3) and leaves the stream paused at its body. Null = no proper head. */
export async function readCgiHead(stream: Readable): Promise<CgiHead | null> {
  let seen = Buffer.alloc(0);
  while (seen.length <= LONGEST_HEAD) {
    const chunk = await nextChunk(stream);
    if (chunk === null) return null;
    seen = Buffer.concat([seen, chunk]);
    const match = /\r?\n\r?\n/.exec(seen.toString('latin1'));
    if (match === null) continue;
    const head = seen.toString('latin1', 0, match.index);
    return { ...parseHead(head), rest: seen.subarray(match.index + match[0].length) };
  }
  return null;
}

function parseHead(text: string): Pick<CgiHead, 'status' | 'headers'> {
  let status = 200;
  const headers: (readonly [string, string])[] = [];
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') status = Number.parseInt(value, 10) || 500;
    else headers.push([name, value]);
  }
  return { status, headers };
}

function nextChunk(stream: Readable): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const take = (): void => {
      const chunk = stream.read() as Buffer | null;
      if (chunk === null) return;
      stop();
      resolve(chunk);
    };
    const end = (): void => {
      stop();
      resolve(null);
    };
    const fail = (error: Error): void => {
      stop();
      reject(error);
    };
    const stop = (): void => {
      stream.off('readable', take).off('end', end).off('close', end).off('error', fail);
    };
    stream.on('readable', take).on('end', end).on('close', end).on('error', fail);
    take();
  });
}
