import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Clock, RawDelivery, Translated } from '../engine/ports.ts';
import { toText, toTime } from './encoding.ts';
import type { OpenDatabase } from './open-database.ts';
import { insertSignals } from './signals.ts';
import type { Connection, Tx } from './tables.ts';
import { inTransaction, isCutOff, lockName } from './transactions.ts';

/** A batch is written once it holds this many deliveries or bytes. */
const mostTogether = 100;
const mostBytesTogether = 4 * 1024 * 1024;

interface Waiting {
  readonly delivery: RawDelivery;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes what arrives while a write is under way in one go: a write waits for the disk, and GitHub waits ten seconds for
 * a thousand deliveries too. A delivery that cannot be stored fails nobody but itself.
 */
export function createReceiver(db: Connection): (delivery: RawDelivery) => Promise<void> {
  const waiting: Waiting[] = [];
  let writing = false;
  const writeAll = async (): Promise<void> => {
    writing = true;
    while (waiting.length > 0) await writeBatch(db, takeBatch(waiting));
    writing = false;
  };
  return (delivery) =>
    new Promise((resolve, reject) => {
      waiting.push({ delivery, resolve, reject });
      if (!writing) void writeAll();
    });
}

function takeBatch<T extends { readonly delivery: RawDelivery }>(waiting: T[]): readonly T[] {
  let bytes = 0;
  const over = waiting.slice(0, mostTogether).findIndex(({ delivery }, index) => {
    bytes += delivery.payload.length;
    return index > 0 && bytes > mostBytesTogether;
  });
  return waiting.splice(0, over === -1 ? mostTogether : over);
}

/** Moves what waits in the journal of an embedded database into its inbox. */
export async function drainJournal({ db, journal }: Pick<OpenDatabase, 'db' | 'journal'>): Promise<void> {
  await journal?.drain(async (deliveries) => {
    const waiting = deliveries.map((delivery) => ({ delivery }));
    while (waiting.length > 0) {
      await insertDeliveries(db, takeBatch(waiting));
      // the embedded database leaves no turn to what arrives meanwhile
      await setImmediate();
    }
  });
}

/**
 * Never rejects; everybody in the batch hears for himself. What was cut off is written once more, because GitHub does not
 * send it again by itself.
 */
async function writeBatch(db: Connection, batch: readonly Waiting[], isSecond = false): Promise<void> {
  try {
    await insertDeliveries(db, batch);
    for (const { resolve } of batch) resolve();
  } catch (error) {
    const [only] = batch;
    const again = isCutOff(error) && !isSecond;
    if (batch.length === 1 && !again) only?.reject(error);
    else for (const one of batch) await writeBatch(db, [one], isSecond || again);
  }
}

async function insertDeliveries(db: Connection, batch: readonly { readonly delivery: RawDelivery }[]): Promise<void> {
  await db
    .insertInto('webhook_inbox')
    .values(
      batch.map(({ delivery: { id, event, payload, receivedAt } }) => ({
        delivery_id: id,
        event,
        payload: toText(payload),
        received_at: toTime(receivedAt),
      })),
    )
    .onConflict((conflict) => conflict.column('delivery_id').doNothing())
    .execute();
}

interface DeliveryRow {
  readonly delivery_id: string;
  readonly event: string;
  readonly payload: string;
  readonly received_at: Date;
}

function toDelivery(row: DeliveryRow): RawDelivery {
  return { id: row.delivery_id, event: row.event, payload: row.payload, receivedAt: row.received_at.getTime() };
}

/** In order of arrival; those that could not be translated are left out, they wait for a human. */
export async function untranslatedDeliveries(db: Connection, limit: number): Promise<readonly RawDelivery[]> {
  const rows = await db
    .selectFrom('webhook_inbox')
    .select(['delivery_id', 'event', 'payload', 'received_at'])
    .where('done_at', 'is', null)
    .where('error', 'is', null)
    .orderBy('arrived')
    .limit(limit)
    .execute();
  return rows.map(toDelivery);
}

/** An instance that dies while it translates keeps the others waiting for this long. */
const takenMs = 15_000;
/** How often, and for how long, one that finds another instance translating asks again. */
const askAgainMs = 50;
const patienceMs = 3_000;

/**
 * The same where several instances translate: one at a time, because two commands of one person must be heard in their
 * order. Whoever was handed deliveries has the inbox until all of them are marked, or for `takenMs`.
 */
export async function takeUntranslated(
  db: Connection,
  instance: string,
  limit: number,
  now: Clock,
): Promise<readonly RawDelivery[]> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const taken = await inTransaction(db, (tx) => takeWaiting(tx, instance, limit, now()));
    if (taken !== 'busy') return taken;
    if (performance.now() > deadline) return [];
    await new Promise((resolve) => setTimeout(resolve, askAgainMs));
  }
}

async function takeWaiting(
  tx: Tx,
  instance: string,
  limit: number,
  now: number,
): Promise<readonly RawDelivery[] | 'busy'> {
  await lockName(tx, 'inbox');
  const { rows: others } = await sql`
    select from webhook_inbox
    where done_at is null and error is null and taken_by <> ${instance} and taken_until > ${toTime(now)}
    limit 1
  `.execute(tx);
  if (others.length > 0) return 'busy';
  const { rows } = await sql<DeliveryRow>`
    with taken as (
      update webhook_inbox
      set taken_by = ${instance}, taken_until = ${toTime(now + takenMs)}
      where delivery_id in (
        select delivery_id from webhook_inbox where done_at is null and error is null order by arrived limit ${limit}
      )
      returning delivery_id, arrived, event, payload, received_at
    )
    select delivery_id, event, payload, received_at from taken order by arrived
  `.execute(tx);
  return rows.map(toDelivery);
}

/** Does not wait for the disk: a kill undoes the signals and the mark together, and the delivery is translated again. */
export async function markTranslated(db: Connection, translated: readonly Translated[], now: number): Promise<void> {
  await inTransaction(db, async (tx) => {
    await sql`set local synchronous_commit = off`.execute(tx);
    await insertSignals(
      tx,
      translated.flatMap(({ signals }) => signals),
      now,
    );
    const ids = translated.map(({ id }) => id);
    await sql`
      update webhook_inbox set done_at = ${toTime(now)}, error = null where delivery_id = any(${ids}::text[])
    `.execute(tx);
  });
}

/** The payload stays, undone, so that a corrected translation can still be given it. */
export async function markUntranslatable(db: Connection, id: string, error: string): Promise<void> {
  await db
    .updateTable('webhook_inbox')
    .set({ error: toText(error) })
    .where('delivery_id', '=', id)
    .execute();
}
