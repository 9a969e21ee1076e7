import { sql } from 'kysely';
import type { Clock } from '../engine/ports.ts';
import { toTime } from './encoding.ts';
import type { Connection } from './tables.ts';

export interface TurnRequest {
  /** No turn begins sooner than this after the last one that ended well began. */
  readonly everyMs: number;
  /** One that dies in its turn keeps the others waiting for this long. */
  readonly leaseMs: number;
}

/**
 * Work that one of several instances does for all, like sweeping GitHub. `work` is told when the last turn that ended
 * well began, in milliseconds since the epoch (null: there was none). Null when another has the turn, or it is too
 * soon. When `work` rejects, the turn is free at once and counts for nothing.
 */
export async function inTurn<T>(
  db: Connection,
  owner: string,
  now: Clock,
  name: string,
  { everyMs, leaseMs }: TurnRequest,
  work: (since: number | null) => Promise<T>,
): Promise<T | null> {
  const began = now();
  const turn = await take(db, name, owner, began, { everyMs, leaseMs });
  if (turn === null) return null;
  const beat = setInterval(() => {
    // a beat that fails costs nothing yet; if all do, somebody else may begin
    extend(db, name, turn.fence, now() + leaseMs).catch(() => {});
  }, leaseMs / 3).unref();
  try {
    const result = await work(turn.since);
    await release(db, name, turn.fence, now(), began);
    return result;
  } catch (error) {
    // what went wrong first is what is told
    await release(db, name, turn.fence, now(), null).catch(() => {});
    throw error;
  } finally {
    clearInterval(beat);
  }
}

interface Turn {
  readonly fence: number | string;
  readonly since: number | null;
}

async function take(
  db: Connection,
  name: string,
  owner: string,
  now: number,
  { everyMs, leaseMs }: TurnRequest,
): Promise<Turn | null> {
  const { rows } = await sql<{ fence: number | string; done_from: Date | null }>`
    insert into locks as held (name, owner, until, fence) values (${name}, ${owner}, ${toTime(now + leaseMs)}, 1)
    on conflict (name) do update set owner = excluded.owner, until = excluded.until, fence = held.fence + 1
    where held.until <= ${toTime(now)} and (held.done_from is null or held.done_from <= ${toTime(now - everyMs)})
    returning fence, done_from
  `.execute(db);
  const [row] = rows;
  return row === undefined ? null : { fence: row.fence, since: row.done_from?.getTime() ?? null };
}

async function extend(db: Connection, name: string, fence: number | string, until: number): Promise<void> {
  await sql`update locks set until = ${toTime(until)} where name = ${name} and fence = ${fence}`.execute(db);
}

async function release(
  db: Connection,
  name: string,
  fence: number | string,
  now: number,
  doneFrom: number | null,
): Promise<void> {
  const from = doneFrom === null ? null : toTime(doneFrom);
  await sql`
    update locks set until = ${toTime(now)}, done_from = coalesce(${from}::timestamptz, done_from)
    where name = ${name} and fence = ${fence}
  `.execute(db);
}
