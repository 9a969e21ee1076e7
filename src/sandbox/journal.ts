import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import type { Mutation, Replayable } from './table.ts';

export interface Journal {
  /** The highest database id given out so far. */
  readonly sequence: number;
  /** Writes one line before it returns. Safe against kill -9 of this process (not against loss of power). */
  append(sequence: number, mutations: readonly Mutation[]): void;
  close(): void;
}

interface Line {
  readonly s: number;
  readonly m: readonly Mutation[];
}

/** Replays the file into the tables, rewrites it as one snapshot line, and opens it for appending. */
export function openJournal(file: string, tables: readonly Replayable[]): Journal {
  const sequence = replay(file, tables);
  const fd = compact(file, sequence, tables);
  let open = true;
  return {
    sequence,
    append: (lastId, mutations) => {
      if (!open) throw new Error('the journal is closed');
      const size = fstatSync(fd).size;
      try {
        writeFully(fd, `${JSON.stringify({ s: lastId, m: mutations } satisfies Line)}\n`);
      } catch (error) {
        // Half a line in the middle would make every later line unreadable.
        ftruncateSync(fd, size);
        throw error;
      }
    },
    close: () => {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

function replay(file: string, tables: readonly Replayable[]): number {
  if (!existsSync(file)) return 0;
  const byName = new Map(tables.map((table) => [table.name, table]));
  const lines = readFileSync(file, 'utf8').split('\n');
  // A line without its newline is the torn end of a write that nobody was answered for.
  lines.pop();
  let sequence = 0;
  for (const text of lines) {
    const line = JSON.parse(text) as Line;
    sequence = line.s;
    for (const [name, change] of line.m) byName.get(name)?.load(change);
  }
  return sequence;
}

function compact(file: string, sequence: number, tables: readonly Replayable[]): number {
  const mutations = tables.flatMap((table) => table.snapshot().map((row): Mutation => [table.name, row]));
  const next = `${file}.next`;
  rmSync(next, { force: true });
  const fd = openSync(next, 'ax', 0o600);
  writeFully(fd, `${JSON.stringify({ s: sequence, m: mutations } satisfies Line)}\n`);
  fsyncSync(fd);
  renameSync(next, file);
  return fd;
}

function writeFully(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}
