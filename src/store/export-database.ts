import { sql } from 'kysely';
import { schemaVersion } from './migrate.ts';
import type { Connection, Tx } from './tables.ts';
import {
  type Counts,
  endLine,
  exportedTables,
  formatVersion,
  type Header,
  noRows,
  rowLine,
  type TableName,
  TransferRefused,
} from './transfer-format.ts';

export interface ExportTarget {
  /** Resolves when more may come. */
  readonly write: (text: string) => Promise<void>;
  readonly onProgress: (table: TableName, rows: number) => void;
}

/** Rows are fetched in portions of about this size; payloads of webhooks reach 25 MB each. */
const portionBytes = 2_000_000;
const mostRowsAtOnce = 1_000;

/**
 * Writes all rows as they stood at one moment, whatever else is written meanwhile. Needs room for one portion, not for
 * the database. Throws `TransferRefused` when there is no schema yet.
 */
export async function exportDatabase(db: Connection, at: number, target: ExportTarget): Promise<Counts> {
  const transaction = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
  return await transaction.execute(async (tx) => {
    const schema = await schemaVersion(tx);
    if (schema === null) throw new TransferRefused('There is nothing to export: Muster has never used this database.');
    const header: Header = { muster: 'export', version: formatVersion, schema, at: new Date(at).toISOString() };
    await target.write(`${JSON.stringify(header)}\n`);
    const counts = noRows();
    for (const { name, order } of exportedTables) counts[name] = await exportTable(tx, name, order, target);
    await target.write(endLine(counts));
    return counts;
  });
}

async function exportTable(
  tx: Tx,
  table: TableName,
  order: readonly string[],
  { write, onProgress }: ExportTarget,
): Promise<number> {
  const columns = sql.join(order.map((column) => sql.ref(column)));
  await sql`
    declare exported no scroll cursor for
    select row_to_json(one)::text as line from ${sql.table(table)} as one order by ${columns}
  `.execute(tx);
  let count = 0;
  let portion = 1;
  for (;;) {
    const { rows } = await sql<{ line: string }>`fetch ${sql.lit(portion)} from exported`.execute(tx);
    if (rows.length === 0) break;
    const text = rows.map(({ line }) => rowLine(table, line)).join('');
    await write(text);
    count += rows.length;
    onProgress(table, count);
    // by the size of the last rows, never more than twice as many: a run of big ones is noticed in time
    const fitting = Math.ceil((portionBytes * rows.length) / text.length);
    portion = Math.max(1, Math.min(mostRowsAtOnce, portion * 2, fitting));
  }
  await sql`close exported`.execute(tx);
  return count;
}
