import { type RawBuilder, sql } from 'kysely';
import type { Claim } from '../engine/ports.ts';
import { toTime } from './encoding.ts';
import type { Tables, Tx } from './tables.ts';

/**
 * `agent_runs` has one row per try of an attempt: who ran it, when it last gave a sign, how it ended. For people only.
 * This part of a claim's statement opens a row for each row of `taken`; an open one of an earlier try is lost, because
 * its lease ran out.
 */
export function openAgentRuns(owner: string, now: number): RawBuilder<unknown> {
  const time = toTime(now);
  return sql`, lost as (
      update agent_runs set ended_at = ${time}, exit = 'lost'
      from taken where agent_runs.command_key = taken.key and agent_runs.ended_at is null
    ), opened as (
      insert into agent_runs (command_key, attempt, orchestration, owner, started_at, heartbeat_at)
      select key, attempts, orchestration, ${owner}, ${time}, ${time} from taken
    )`;
}

/** Heartbeats touch the row, this closes it; what is no attempt has none. */
export async function closeAgentRun(
  tx: Tx,
  claim: Claim,
  exit: NonNullable<Tables['agent_runs']['exit']>,
  now: number,
): Promise<void> {
  if (claim.command.kind !== 'run-attempt') return;
  await tx
    .updateTable('agent_runs')
    .set({ ended_at: toTime(now), exit })
    .where('command_key', '=', claim.key)
    .where('attempt', '=', claim.attempts)
    .execute();
}
