import { sql } from 'kysely';
import type { NewCommand } from '../engine/ports.ts';
import { toJson, toTime } from './encoding.ts';
import type { Tx } from './tables.ts';

/**
 * Makes the open commands of an orchestration those that are wanted now. Drops first: waiting ones become superseded, a
 * running attempt cancelled (its next heartbeat fails). Other running ones finish: their request is already out. Looks
 * for twins stay, because they belong to the past of a command and not to the present state.
 */
export async function replaceWanted(
  tx: Tx,
  orchestration: string,
  wanted: readonly NewCommand[],
  now: number,
): Promise<void> {
  await dropUnwanted(
    tx,
    orchestration,
    wanted.map(({ key }) => key),
    now,
  );
  await insertWanted(tx, orchestration, wanted, now);
}

async function dropUnwanted(tx: Tx, orchestration: string, keep: readonly string[], now: number): Promise<void> {
  await sql`
    with dropped as (
      update commands
      set status = case status when 'pending' then 'superseded' else 'cancelled' end,
          done_at = ${toTime(now)}, lease_until = null
      where orchestration = ${orchestration}
        and ((status = 'pending' and kind <> 'remove-twins') or (status = 'in_flight' and kind = 'run-attempt'))
        and key <> all(${keep}::text[])
      returning key, status
    )
    update agent_runs
    set ended_at = ${toTime(now)}, exit = 'cancelled'
    from dropped
    where agent_runs.command_key = dropped.key and dropped.status = 'cancelled' and agent_runs.ended_at is null
  `.execute(tx);
}

/**
 * Inserts what is new. Of what exists: superseded and cancelled rows wait again, with the payload and time wanted now
 * and the attempts they had (so that whoever claims them looks first what the earlier try did); an untried row moves
 * earlier, never later; everything else is left alone, and `dead` stays dead.
 */
export async function insertWanted(
  tx: Tx,
  orchestration: string,
  wanted: readonly NewCommand[],
  now: number,
): Promise<void> {
  if (wanted.length === 0) return;
  const rows = wanted.map(({ key, command, notBefore }) => ({
    key,
    kind: command.kind,
    payload: command,
    // "At once" is now: rows that say so queue up behind those that have waited longer.
    run_at: toTime(Math.max(notBefore, now)).toISOString(),
  }));
  // The anti-join is not needed for the outcome; it keeps the upsert from locking rows that stay as they are.
  await sql`
    with wanted as (
      select distinct on (key) key, kind, payload, run_at
      from jsonb_to_recordset(${toJson(rows)}::jsonb) as row (key text, kind text, payload jsonb, run_at timestamptz)
      order by key, run_at
    )
    insert into commands (key, orchestration, kind, payload, status, attempts, run_at, created_at)
    select key, ${orchestration}::text, kind, payload, 'pending', 0, run_at, ${toTime(now)}::timestamptz
    from wanted
    where not exists (
      select from commands
      where commands.key = wanted.key
        and not (
          commands.status in ('superseded', 'cancelled')
          or (commands.status = 'pending' and commands.attempts = 0 and commands.run_at > wanted.run_at)
        )
    )
    on conflict (key) do update
    set status = 'pending', payload = excluded.payload, run_at = excluded.run_at,
        owner = null, lease_until = null, done_at = null
    where commands.status in ('superseded', 'cancelled')
       or (commands.status = 'pending' and commands.attempts = 0 and commands.run_at > excluded.run_at)
  `.execute(tx);
}
