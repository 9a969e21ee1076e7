import { sql } from 'kysely';
import type { Signal } from '../core/signals.ts';
import type { AddressedSignal } from '../engine/ports.ts';
import { toJson, toText, toTime } from './encoding.ts';
import type { Connection, Tx } from './tables.ts';

/** A signal that no step has looked at yet. */
export interface WaitingSignal {
  readonly id: number | string;
  readonly signal: Signal;
}

/** Two signals of one source, here or there, are one signal: the later is dropped. */
export async function insertSignals(
  db: Connection | Tx,
  signals: readonly AddressedSignal[],
  now: number,
): Promise<void> {
  if (signals.length === 0) return;
  const rows = signals.map(({ orchestration, source, signal }) => ({
    orchestration,
    source: toText(source),
    signal: toJson(signal),
    at: toTime(now),
  }));
  await db
    .insertInto('signals')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['orchestration', 'source']).doNothing())
    .execute();
}

export async function waitingSignals(tx: Tx, orchestration: string): Promise<readonly WaitingSignal[]> {
  const rows = await tx
    .selectFrom('signals')
    .select(['id', 'signal'])
    .where('orchestration', '=', orchestration)
    .where('done_at', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map(({ id, signal }) => ({ id, signal: signal as Signal }));
}

/** By id, not by orchestration: a signal that arrived meanwhile was not looked at. */
export async function markSignalsDone(tx: Tx, signals: readonly WaitingSignal[], now: number): Promise<void> {
  if (signals.length === 0) return;
  const ids = signals.map(({ id }) => id);
  await sql`update signals set done_at = ${toTime(now)} where id = any(${ids}::bigint[])`.execute(tx);
}

/** Oldest signal first. Signals to orchestrations that do not exist (yet) are not reported: nobody could advance them. */
export async function orchestrationsWithSignals(db: Connection, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('signals')
    .innerJoin('orchestrations', 'orchestrations.key', 'signals.orchestration')
    .select('orchestrations.key')
    .where('signals.done_at', 'is', null)
    .groupBy('orchestrations.key')
    .orderBy((row) => row.fn.min('signals.id'))
    .limit(limit)
    .execute();
  return rows.map(({ key }) => key);
}

/** True when one of these orchestrations was given a signal of this source, looked at or not. */
export async function wasTold(db: Connection, orchestrations: readonly string[], source: string): Promise<boolean> {
  const row = await db
    .selectFrom('signals')
    .select('id')
    .where(sql<boolean>`orchestration = any(${orchestrations}::text[])`)
    .where('source', '=', source)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
