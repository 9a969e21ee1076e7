import { type SqlBool, sql } from 'kysely';
import type { CommandRow } from '../engine/ports.ts';
import { toTime } from './encoding.ts';
import type { Connection, Tx } from './tables.ts';
import { inTransaction } from './transactions.ts';

/** Waiting and its time has come, or running under a lease that ran out. `run_at` alone bounds the index scan. */
export function isDue(now: number): ReturnType<typeof sql<SqlBool>> {
  const time = toTime(now);
  return sql<SqlBool>`(
    status in ('pending', 'in_flight') and run_at <= ${time} and (status = 'pending' or lease_until <= ${time})
  )`;
}

/**
 * Longest waiting first. Attempts may wait long for a place, so they get a quarter of the list at most as long as there
 * is other work; otherwise nobody would look at that.
 */
export async function dueCommands(db: Connection, now: number, limit: number): Promise<readonly string[]> {
  const ofKind = (operator: '=' | '<>', most: number) =>
    db
      .selectFrom('commands')
      .select(['key', 'run_at'])
      .where(isDue(now))
      .where('kind', operator, 'run-attempt')
      .orderBy('run_at')
      .limit(most)
      .execute();
  const attempts = await ofKind('=', limit);
  const others = await ofKind('<>', limit);
  const places = Math.max(Math.ceil(limit / 4), limit - others.length);
  const chosen = [...attempts.slice(0, places), ...others].sort((a, b) => a.run_at.getTime() - b.run_at.getTime());
  const tooMany = Math.max(0, chosen.length - limit);
  const left = new Set(others.slice(others.length - tooMany).map(({ key }) => key));
  return chosen.filter(({ key }) => !left.has(key)).map(({ key }) => key);
}

export async function dueCommandsOf(tx: Tx, orchestration: string, now: number): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('commands')
    .select('key')
    .where('orchestration', '=', orchestration)
    .where(isDue(now))
    .orderBy('run_at')
    .orderBy('key')
    .execute();
  return rows.map(({ key }) => key);
}

/** The agent that an attempt still to be made is for; null for whatever else, and for what is over. */
export async function agentWanted(db: Connection, key: string): Promise<string | null> {
  const row = await db
    .selectFrom('commands')
    .select(sql<string | null>`payload->>'agent'`.as('agent'))
    .where('key', '=', key)
    .where('kind', '=', 'run-attempt')
    .where('status', 'in', ['pending', 'in_flight'])
    .executeTakeFirst();
  return row?.agent ?? null;
}

export async function runningAttempts(db: Connection, now: number): Promise<number> {
  const { count } = await db
    .selectFrom('commands')
    .select((row) => row.fn.countAll().as('count'))
    .where('kind', '=', 'run-attempt')
    .where('status', '=', 'in_flight')
    .where('lease_until', '>', toTime(now))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/**
 * For a store that one process has alone. Ends the leases of a dead process: attempts now (their agents died with it), the rest once a request that it sent with
 * its last breath must have landed. Never later than the lease itself: that one was made long enough at the claim, and
 * pushing it on at every boot would starve a process that is killed often.
 */
export async function releaseDeadLeases(db: Connection, now: number, graceMs: number): Promise<number> {
  return await inTransaction(db, async (tx) => {
    const time = toTime(now);
    const { rows } = await sql`
      update commands
      set lease_until = case kind
        when 'run-attempt' then ${time}::timestamptz
        else least(lease_until, ${toTime(now + graceMs)}::timestamptz)
      end
      where status = 'in_flight'
      returning key
    `.execute(tx);
    await tx.updateTable('locks').set({ until: time }).where('until', '>', time).execute();
    await tx.updateTable('agent_runs').set({ ended_at: time, exit: 'lost' }).where('ended_at', 'is', null).execute();
    return rows.length;
  });
}

export async function commandRows(db: Connection, orchestration: string): Promise<readonly CommandRow[]> {
  const rows = await db
    .selectFrom('commands')
    .select(['key', 'kind', 'status', 'attempts', 'run_at', 'last_error'])
    .where('orchestration', '=', orchestration)
    .orderBy('created_at')
    .orderBy('key')
    .execute();
  return rows.map(({ key, kind, status, attempts, run_at, last_error }) => ({
    key,
    orchestration,
    kind,
    status,
    attempts,
    runAt: run_at.getTime(),
    lastError: last_error,
  }));
}
