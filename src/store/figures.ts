import { sql } from 'kysely';
import type { Connection } from './tables.ts';

/** Counts over everything that is recorded, for whoever watches the server. */
export interface StoreFigures {
  readonly commands: readonly { readonly kind: string; readonly status: string; readonly count: number }[];
  /** Verdicts on attempts: `delivered`, or the class of the failure. */
  readonly attempts: readonly { readonly result: string; readonly count: number }[];
  readonly landings: number;
  /** Where tasks stand now, by state. */
  readonly tasks: readonly { readonly state: string; readonly count: number }[];
  /** Tokens of the API budget, as they were when one was last taken. */
  readonly budgets: readonly { readonly installation: number; readonly bucket: string; readonly left: number }[];
}

/** Reads whole tables: to be asked a few times a minute, not with every request. */
export async function readFigures(db: Connection): Promise<StoreFigures> {
  const commands = await db
    .selectFrom('commands')
    .select((row) => ['kind', 'status', row.fn.countAll().as('count')])
    .groupBy(['kind', 'status'])
    .execute();
  const { rows: verdicts } = await sql<{ type: string; class: string | null; count: number | string }>`
    select type, payload -> 'failure' ->> 'class' as class, count(*) as count
    from events where type in ('attempt-delivered', 'attempt-failed', 'landed')
    group by 1, 2
  `.execute(db);
  const tasks = await db
    .selectFrom('tasks')
    .select((row) => ['status', row.fn.countAll().as('count')])
    .groupBy('status')
    .execute();
  const budgets = await db.selectFrom('api_budgets').select(['installation', 'bucket', 'tokens']).execute();
  const landed = verdicts.find(({ type }) => type === 'landed');
  return {
    commands: commands.map(({ kind, status, count }) => ({ kind, status, count: Number(count) })),
    attempts: verdicts
      .filter(({ type }) => type !== 'landed')
      .map((row) => ({
        result: row.type === 'attempt-delivered' ? 'delivered' : (row.class ?? 'unknown'),
        count: Number(row.count),
      })),
    landings: Number(landed?.count ?? 0),
    tasks: tasks.map(({ status, count }) => ({ state: status, count: Number(count) })),
    budgets: budgets.map(({ installation, bucket, tokens }) => ({
      installation: Number(installation),
      bucket,
      left: tokens,
    })),
  };
}
