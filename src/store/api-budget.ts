import { sql } from 'kysely';
import type { Clock } from '../engine/ports.ts';
import { toJson, toTime } from './encoding.ts';
import type { Connection, Tx } from './tables.ts';
import { inTransaction } from './transactions.ts';

/** One published limit, `most` tokens in `fillMs`: begins full, and fills evenly. */
export interface Bucket {
  readonly name: string;
  readonly most: number;
  readonly fillMs: number;
}

/** How much of a bucket one request costs. More than the bucket holds counts as all of it. */
export interface Cost {
  readonly bucket: Bucket;
  readonly tokens: number;
}

/** What all processes together may ask of GitHub, per installation. Times are milliseconds since the epoch. */
export interface ApiBudget {
  /** Takes from all buckets or from none. Null when taken; else when asking again may succeed. */
  readonly take: (installation: number, costs: readonly Cost[]) => Promise<number | null>;
  /** For a request that was not sent after all, or that cost less. */
  readonly giveBack: (installation: number, costs: readonly Cost[]) => Promise<void>;
  /** GitHub said how much is left: a bucket that holds more is emptied to that. */
  readonly learn: (installation: number, bucket: Bucket, left: number) => Promise<void>;
  /** Nobody takes anything before then (`retry-after`); an earlier time than the one in force changes nothing. */
  readonly block: (installation: number, until: number) => Promise<void>;
}

export function apiBudget(db: Connection, now: Clock): ApiBudget {
  return {
    take: (installation, costs) => inTransaction(db, (tx) => take(tx, installation, costs, now())),
    giveBack: (installation, costs) =>
      inTransaction(db, async (tx) => {
        const at = now();
        const levels = await lockLevels(tx, installation, costs, at);
        await write(
          tx,
          installation,
          at,
          costs,
          (cost, level) => Math.min(cost.bucket.most, level + sizeOf(cost)),
          levels,
        );
      }),
    learn: (installation, bucket, left) =>
      inTransaction(db, async (tx) => {
        const at = now();
        const costs = [{ bucket, tokens: 0 }];
        const levels = await lockLevels(tx, installation, costs, at);
        await write(tx, installation, at, costs, (_, level) => Math.min(level, left), levels);
      }),
    block: async (installation, until) => {
      await sql`
        insert into api_blocks as old (installation, until) values (${installation}, ${toTime(until)})
        on conflict (installation) do update set until = greatest(old.until, excluded.until)
      `.execute(db);
    },
  };
}

async function take(tx: Tx, installation: number, costs: readonly Cost[], now: number): Promise<number | null> {
  const blocked = await tx
    .selectFrom('api_blocks')
    .select('until')
    .where('installation', '=', installation)
    .where('until', '>', toTime(now))
    .executeTakeFirst();
  if (blocked !== undefined) return blocked.until.getTime();
  const levels = await lockLevels(tx, installation, costs, now);
  const waits = costs.map((cost) => {
    const missing = sizeOf(cost) - levelOf(levels, cost);
    return missing <= 0 ? 0 : Math.ceil((missing * cost.bucket.fillMs) / cost.bucket.most);
  });
  const wait = Math.max(0, ...waits);
  if (wait > 0) return now + wait;
  await write(tx, installation, now, costs, (cost, level) => level - sizeOf(cost), levels);
  return null;
}

function sizeOf({ bucket, tokens }: Cost): number {
  return Math.min(tokens, bucket.most);
}

/** Tokens in each bucket by now, by its name. */
type Levels = ReadonlyMap<string, number>;

function levelOf(levels: Levels, { bucket }: Cost): number {
  return levels.get(bucket.name) ?? bucket.most;
}

/** Locks the rows, made full where they are missing, in one order everywhere. */
async function lockLevels(tx: Tx, installation: number, costs: readonly Cost[], now: number): Promise<Levels> {
  const buckets = [...new Map(costs.map(({ bucket }) => [bucket.name, bucket])).values()];
  const { rows } = await sql<{ bucket: string; tokens: number; filled_at: Date }>`
    insert into api_budgets as old (installation, bucket, tokens, filled_at)
    select ${installation}::bigint, name, most, ${toTime(now)}::timestamptz
    from jsonb_to_recordset(${toJson(buckets)}::jsonb) as row (name text, most double precision)
    order by name
    on conflict (installation, bucket) do update set tokens = old.tokens
    returning bucket, tokens, filled_at
  `.execute(tx);
  const byName = new Map(rows.map((row) => [row.bucket, row]));
  return new Map(
    buckets.map(({ name, most, fillMs }) => {
      const row = byName.get(name);
      if (row === undefined) return [name, most];
      const filled = (Math.max(0, now - row.filled_at.getTime()) * most) / fillMs;
      return [name, Math.min(most, row.tokens + filled)];
    }),
  );
}

async function write(
  tx: Tx,
  installation: number,
  now: number,
  costs: readonly Cost[],
  change: (cost: Cost, level: number) => number,
  levels: Levels,
): Promise<void> {
  const after = new Map(levels);
  for (const cost of costs) after.set(cost.bucket.name, change(cost, levelOf(after, cost)));
  const rows = [...after].map(([bucket, tokens]) => ({ bucket, tokens }));
  // Who waited for the lock may have read the clock before the one who had it: no time is counted twice.
  await sql`
    update api_budgets set tokens = row.tokens, filled_at = greatest(api_budgets.filled_at, ${toTime(now)})
    from jsonb_to_recordset(${toJson(rows)}::jsonb) as row (bucket text, tokens double precision)
    where api_budgets.installation = ${installation} and api_budgets.bucket = row.bucket
  `.execute(tx);
}
