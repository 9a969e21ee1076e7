import { sql } from 'kysely';
import { toTime } from './encoding.ts';
import type { Connection } from './tables.ts';

/** GitHub offers a delivery again, under its old GUID, for this long; until then both tables recognise what is doubled. */
const keptMs = 3 * 24 * 3_600_000;

/**
 * Deletes deliveries that were translated and signals that were looked at, once nobody can send them again: their
 * meaning is in the events. What could not be translated stays, it waits for a human.
 */
export async function forgetHandled(db: Connection, now: number): Promise<void> {
  const before = toTime(now - keptMs);
  await sql`delete from webhook_inbox where done_at < ${before}`.execute(db);
  await sql`delete from signals where done_at < ${before}`.execute(db);
}
