import { sql } from 'kysely';
import { toTime } from './encoding.ts';
import type { Connection } from './tables.ts';

/** GitHub offers a delivery again, under its old GUID, for this long; until then both tables recognise what is doubled. */
const keptMs = 3 * 24 * 3_600_000;

/** Rows per statement: a big inbox must not become one statement that runs for minutes. */
const mostAtOnce = 1_000;

/**
 * Deletes deliveries that were translated and signals that were looked at, once nobody can send them again: their
 * meaning is in the events. What could not be translated stays, it waits for a human. Two that forget at once share the
 * work.
 */
export async function forgetHandled(db: Connection, now: number): Promise<void> {
  const before = toTime(now - keptMs);
  await untilNothingIsLeft(async () => {
    const { rows } = await sql`
      delete from webhook_inbox where delivery_id in (
        select delivery_id from webhook_inbox where done_at < ${before} limit ${mostAtOnce} for update skip locked
      ) returning delivery_id
    `.execute(db);
    return rows.length;
  });
  await untilNothingIsLeft(async () => {
    const { rows } = await sql`
      delete from signals where id in (
        select id from signals where done_at < ${before} limit ${mostAtOnce} for update skip locked
      ) returning id
    `.execute(db);
    return rows.length;
  });
}

async function untilNothingIsLeft(deleteSome: () => Promise<number>): Promise<void> {
  while ((await deleteSome()) === mostAtOnce);
}
