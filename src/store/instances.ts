import { sql } from 'kysely';
import { toJson, toTime, toUtcText } from './encoding.ts';
import type { AgentRow } from './projections.ts';
import { writeAgents } from './projections.ts';
import type { Connection, Tx } from './tables.ts';
import { inTransaction, lockName } from './transactions.ts';

/** Between two signs of life of an instance. */
export const beatMs = 30_000;
/** One that has been silent for this long is not there any more. */
const silentMs = 3 * beatMs;

/** Who reads the list while another changes it would take the agents of that one offline. */
function oneAtATime(db: Connection, work: (tx: Tx) => Promise<void>): Promise<void> {
  return inTransaction(db, async (tx) => {
    await lockName(tx, 'instances');
    await work(tx);
  });
}

/** Says that this instance is there, and takes those that are silent, with their agents, off the list. */
export async function beat(db: Connection, instance: string, now: number): Promise<void> {
  await oneAtATime(db, async (tx) => {
    await sql`
      insert into instances (id, started_at, seen_at) values (${instance}, ${toTime(now)}, ${toTime(now)})
      on conflict (id) do update set seen_at = excluded.seen_at
    `.execute(tx);
    const { rows: gone } = await sql`
      delete from instances where id in (
        select id from instances where seen_at <= ${toTime(now - silentMs)} for update skip locked
      ) returning id
    `.execute(tx);
    if (gone.length > 0) await takeAgentsOffline(tx, now);
  });
}

/** The agents of this instance; an agent is offline once no instance has it. */
export async function recordAgentsOf(
  db: Connection,
  instance: string,
  agents: readonly AgentRow[],
  now: number,
): Promise<void> {
  await oneAtATime(db, async (tx) => {
    const names = toJson(agents.map(({ id }) => id));
    await sql`
      insert into instances (id, agents, started_at, seen_at)
      values (${instance}, ${names}::jsonb, ${toTime(now)}, ${toTime(now)})
      on conflict (id) do update set agents = excluded.agents, seen_at = excluded.seen_at
    `.execute(tx);
    await writeAgents(tx, agents, now);
    await takeAgentsOffline(tx, now);
  });
}

export async function leave(db: Connection, instance: string, now: number): Promise<void> {
  await oneAtATime(db, async (tx) => {
    await sql`delete from instances where id = ${instance}`.execute(tx);
    await takeAgentsOffline(tx, now);
  });
}

/** Instances that gave a sign of life lately. */
export async function presentInstances(db: Connection, now: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('instances')
    .select('id')
    .where('seen_at', '>', toTime(now - silentMs))
    .orderBy('started_at')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

async function takeAgentsOffline(tx: Tx, now: number): Promise<void> {
  await sql`
    update agents set status = 'offline', updated_at = ${toUtcText(now)}::timestamp
    where status <> 'offline' and not exists (
      select from instances where instances.agents ? agents.id and instances.seen_at > ${toTime(now - silentMs)}
    )
  `.execute(tx);
}
