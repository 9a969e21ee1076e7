import { sql } from 'kysely';
import type { StoreHealth } from '../engine/ports.ts';
import { isDue } from './commands.ts';
import type { OpenDatabase } from './open-database.ts';

export async function readHealth({ db, name, journal }: OpenDatabase, now: number): Promise<StoreHealth> {
  const counts = await db
    .selectFrom('commands')
    .select((row) => ['status', row.fn.countAll().as('count')])
    .groupBy('status')
    .execute();
  const due = await db
    .selectFrom('commands')
    .select((row) => row.fn.min('run_at').as('oldest'))
    .where(isDue(now))
    .executeTakeFirst();
  const inbox = await db
    .selectFrom('webhook_inbox')
    .select([
      sql<number | string>`count(*) filter (where error is null)`.as('waiting'),
      sql<number | string>`count(*) filter (where error is not null)`.as('failed'),
    ])
    .where('done_at', 'is', null)
    .executeTakeFirstOrThrow();
  const live = await db
    .selectFrom('orchestrations')
    .select((row) => row.fn.countAll().as('count'))
    .where('live', '=', true)
    .executeTakeFirstOrThrow();
  const oldest = due?.oldest ?? null;
  return {
    database: name,
    commands: Object.fromEntries(counts.map(({ status, count }) => [status, Number(count)])),
    oldestDueMs: oldest === null ? 0 : now - oldest.getTime(),
    inbox: { waiting: Number(inbox.waiting) + (journal?.waiting() ?? 0), failed: Number(inbox.failed) },
    liveOrchestrations: Number(live.count),
  };
}
