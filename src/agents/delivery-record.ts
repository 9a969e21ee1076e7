import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Delivery } from '../core/attempt.ts';
import type { AttemptPlace } from './place.ts';

/** A finished, verified attempt, written down just before its push. */
export interface DeliveryRecord {
  /** What the push may replace. */
  readonly expectedOld: string | null;
  readonly delivery: Delivery;
}

/** Written whole or not at all; lies where no agent can reach it. */
export async function writeRecord(place: AttemptPlace, record: DeliveryRecord): Promise<void> {
  await mkdir(place.dir, { recursive: true, mode: 0o700 });
  const draft = `${recordFile(place)}.new`;
  await writeFile(draft, JSON.stringify(record), { mode: 0o600, flush: true });
  await rename(draft, recordFile(place));
}

export async function readRecord(place: AttemptPlace): Promise<DeliveryRecord | null> {
  const text = await readFile(recordFile(place), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return JSON.parse(text) as DeliveryRecord;
  } catch {
    return null;
  }
}

export async function removeRecord(place: AttemptPlace): Promise<void> {
  await rm(recordFile(place), { force: true });
}

function recordFile(place: AttemptPlace): string {
  return join(place.dir, 'delivered.json');
}
