/**
 * An append-only journal of webhooks in front of an embedded database. A commit there stops the whole process until the
 * disk has answered; here whatever arrives meanwhile goes to the disk together, off the event loop. `drain` moves it on.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RawDelivery } from '../engine/ports.ts';
import { decodeDeliveries, encodeDelivery } from './journal-format.ts';

export interface Journal {
  /** Durable once it resolves. What was rejected may be drained all the same. */
  readonly append: (delivery: RawDelivery) => Promise<void>;
  /**
   * Hands everything appended so far to `store`, in order and a file at a time, and forgets what `store` resolved for.
   * After a kill, or when `store` rejects, the same deliveries come again.
   */
  readonly drain: (store: (deliveries: readonly RawDelivery[]) => Promise<void>) => Promise<void>;
  /** How many were appended and not drained yet. */
  readonly waiting: () => number;
  readonly close: () => Promise<void>;
}

/** A file is ended at this size, so that draining needs little memory. */
const fileBytes = 16 * 1024 * 1024;
const suffix = '.journal';

interface Waiting {
  readonly buffers: readonly Buffer[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  bytes: number;
  deliveries: number;
}

/** Opens the journal in `dir`, made when missing; what an earlier process left there is drained first. */
export async function openJournal(dir: string): Promise<Journal> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const names = readdirSync(dir)
    .filter((name) => name.endsWith(suffix))
    .sort();
  /** Files that nothing is added to any more, oldest first, and how much each holds. */
  const ended: { readonly path: string; readonly deliveries: number }[] = [];
  for (const name of names) {
    const path = join(dir, name);
    ended.push({ path, deliveries: decodeDeliveries(await readFile(path)).length });
  }
  let serial = Math.max(0, ...names.map((name) => Number.parseInt(name, 10) || 0));
  let current: OpenFile | null = null;
  const queue: Waiting[] = [];
  const alone = createQueueOfOne();
  const draining = createQueueOfOne();
  let flushing = false;

  async function beginFile(): Promise<OpenFile> {
    serial += 1;
    const path = join(dir, `${String(serial).padStart(9, '0')}${suffix}`);
    const handle = await open(path, 'ax', 0o600);
    current = { path, handle, bytes: 0, deliveries: 0 };
    await syncDirectory(dir);
    return current;
  }

  async function endFile(): Promise<void> {
    const file = current;
    current = null;
    if (file === null) return;
    ended.push(file);
    await file.handle.close();
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      const file = current ?? (await beginFile());
      const buffers = batch.flatMap((waiting) => waiting.buffers);
      const size = buffers.reduce((sum, { length }) => sum + length, 0);
      const { bytesWritten } = await file.handle.writev(buffers);
      if (bytesWritten !== size) throw new Error(`the disk took ${bytesWritten} of ${size} bytes; it may be full`);
      await file.handle.datasync();
      file.bytes += size;
      file.deliveries += batch.length;
      for (const { resolve } of batch) resolve();
      if (file.bytes >= fileBytes) await endFile();
    } catch (error) {
      for (const { reject } of batch) reject(error);
      // nothing may follow a record that is only half there
      await endFile().catch(() => {});
    }
  }

  async function flush(): Promise<void> {
    flushing = true;
    while (queue.length > 0) await alone(() => write(queue.splice(0)));
    flushing = false;
  }

  return {
    append: async (delivery) => {
      const buffers = encodeDelivery(delivery);
      await new Promise<void>((resolve, reject) => {
        queue.push({ buffers, resolve, reject });
        if (!flushing) void flush();
      });
    },
    drain: (store) =>
      draining(async () => {
        await alone(endFile);
        for (const { path } of [...ended]) {
          const deliveries = decodeDeliveries(await readFile(path));
          if (deliveries.length > 0) await store(deliveries);
          await rm(path);
          ended.shift();
        }
      }),
    waiting: () => ended.reduce((sum, { deliveries }) => sum + deliveries, current?.deliveries ?? 0),
    close: () => draining(() => alone(endFile)),
  };
}

/** What was made in a directory survives a power cut only after this. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Runs one piece of work after the other; a failure is its caller's alone. */
function createQueueOfOne(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    const own = last.then(work);
    last = own.catch(() => {});
    return own;
  };
}
