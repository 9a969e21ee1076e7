import type { Readable } from 'node:stream';
import { CappedBuffer } from './capped-buffer.ts';
import { splitLines } from './lines.ts';

export type OnLine = (stream: 'stdout' | 'stderr', line: string) => void;

export interface RecordedOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
  readonly bytes: number;
}

export interface Recording {
  /** Follows one stream; reading never stops, so that the writer never blocks. */
  follow(name: 'stdout' | 'stderr', stream: Readable): void;
  /** `performance.now()` of the last byte. */
  lastActivity(): number;
  finish(): RecordedOutput;
  /** What the listener threw, if it did; it is not called again after that. */
  listenerError(): unknown;
}

/** Stores what a program prints: half of `outputBytes` for each stream, head and tail kept. */
export function startRecording(outputBytes: number, lineBytes: number, onLine?: OnLine): Recording {
  let lastActivity = performance.now();
  let listener = onLine;
  let listenerError: unknown;
  const tell = (stream: 'stdout' | 'stderr', line: string): void => {
    try {
      listener?.(stream, line);
    } catch (error) {
      listenerError = error;
      listener = undefined;
    }
  };
  const half = Math.floor(outputBytes / 2);
  const stored = { stdout: new CappedBuffer(half), stderr: new CappedBuffer(half) };
  const lines = {
    stdout: splitLines(lineBytes, (line) => tell('stdout', line)),
    stderr: splitLines(lineBytes, (line) => tell('stderr', line)),
  };
  return {
    follow(name, stream) {
      stream.on('error', () => undefined);
      stream.on('data', (chunk: Buffer) => {
        lastActivity = performance.now();
        stored[name].push(chunk);
        if (listener !== undefined) lines[name].push(chunk);
      });
    },
    lastActivity: () => lastActivity,
    finish() {
      lines.stdout.flush();
      lines.stderr.flush();
      const { stdout, stderr } = stored;
      return {
        stdout: stdout.text(),
        stderr: stderr.text(),
        truncated: stdout.truncated || stderr.truncated,
        bytes: stdout.bytes + stderr.bytes,
      };
    },
    listenerError: () => listenerError,
  };
}
