import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dialect } from './dialects.ts';
import { newReading, type Reading, readValue, tells } from './readings.ts';
import { createSseReader } from './sse.ts';

/** A JSON answer of more is not read; what it used is then guessed. Bytes. */
const LARGEST_JSON = 32 * 1024 * 1024;

export interface Metered {
  readonly reading: Reading;
  readonly shape: 'events' | 'json';
  /** Something in it could not be read. */
  readonly malformed: boolean;
  /** Events in a stream; about one for each token of text. */
  readonly events: number;
  /** Beginning of an answer that is no JSON, such as a proxy's page. */
  readonly sample: string;
}

/** Reads along with an answer. Never throws, never holds anything up. */
export interface Meter {
  readonly push: (chunk: Buffer) => void;
  /** A promise only where the answer was compressed. */
  readonly end: () => Metered | Promise<Metered>;
}

/** Status and headers decide how the bytes are read. */
export function createMeter(dialect: Dialect, type: string, encoding: string): Meter {
  const reader = /^text\/event-stream\b/i.test(type) ? eventReader(dialect) : jsonReader(dialect);
  const expand = decoderFor(encoding);
  if (expand === null) return reader;
  // asked for identity and got something else all the same
  expand.on('data', reader.push);
  let broken = false;
  expand.on('error', () => {
    broken = true;
  });
  return {
    push(chunk) {
      if (!broken) expand.write(chunk);
    },
    end: () =>
      new Promise((resolve) => {
        const done = (): void => resolve(reader.end());
        if (broken) return done();
        expand.once('close', done);
        expand.end();
      }),
  };
}

function decoderFor(encoding: string): ReturnType<typeof createGunzip> | null {
  // an answer that was cut off is still read as far as it goes
  const cut = { finishFlush: constants.Z_SYNC_FLUSH };
  switch (encoding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(cut);
    case 'deflate':
      return createInflate(cut);
    case 'br':
      return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
  }
  return null;
}

interface Reader {
  readonly push: (chunk: Buffer) => void;
  readonly end: () => Metered;
}

function eventReader(dialect: Dialect): Reader {
  const reading = newReading();
  let malformed = false;
  let events = 0;
  const sse = createSseReader((name, data) => {
    events += 1;
    if (data === '[DONE]') reading.complete = true;
    else if (tells(dialect, name, data)) {
      const value = parse(data);
      if (value === undefined) malformed = true;
      else readValue(dialect, value, reading);
    }
  });
  return {
    push: sse.push,
    end() {
      sse.end();
      return { reading, shape: 'events', malformed, events, sample: '' };
    },
  };
}

function jsonReader(dialect: Dialect): Reader {
  const reading = newReading();
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    push(chunk) {
      size += chunk.length;
      if (size <= LARGEST_JSON) chunks.push(chunk);
      else chunks = chunks.slice(0, 1);
    },
    end() {
      const body = Buffer.concat(chunks).toString('utf8');
      const value = size <= LARGEST_JSON ? parse(body) : undefined;
      if (value !== undefined) readValue(dialect, value, reading);
      const malformed = value === undefined && size <= LARGEST_JSON;
      // a JSON value that parses is whole
      if (value !== undefined) reading.complete = true;
      return { reading, shape: 'json', malformed, events: 0, sample: malformed ? body.slice(0, 4_096) : '' };
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
