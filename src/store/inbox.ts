import type { AddressedSignal, RawDelivery } from '../engine/ports.ts';
import { toText, toTime } from './encoding.ts';
import { insertSignals } from './signals.ts';
import type { Connection } from './tables.ts';

export async function receiveDelivery(db: Connection, delivery: RawDelivery): Promise<boolean> {
  const row = await db
    .insertInto('webhook_inbox')
    .values({
      delivery_id: delivery.id,
      event: delivery.event,
      payload: toText(delivery.payload),
      received_at: toTime(delivery.receivedAt),
    })
    .onConflict((conflict) => conflict.column('delivery_id').doNothing())
    .returning('delivery_id')
    .executeTakeFirst();
  return row !== undefined;
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
  return rows.map((row) => ({
    id: row.delivery_id,
    event: row.event,
    payload: row.payload,
    receivedAt: row.received_at.getTime(),
  }));
}

export async function markTranslated(
  db: Connection,
  id: string,
  signals: readonly AddressedSignal[],
  now: number,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await insertSignals(tx, signals, now);
    await tx
      .updateTable('webhook_inbox')
      .set({ done_at: toTime(now), error: null })
      .where('delivery_id', '=', id)
      .execute();
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
