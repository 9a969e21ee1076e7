import { sql } from 'kysely';
import { migrate, schemaVersion, schemaVersions } from './migrate.ts';
import type { Connection, Tx } from './tables.ts';
import {
  type Counts,
  exportedTables,
  type Line,
  noRows,
  numberedColumns,
  readHeader,
  readLine,
  type TableName,
  TransferRefused,
} from './transfer-format.ts';

export interface ImportSource {
  /** The file's lines, without their ends. */
  readonly lines: AsyncIterator<string>;
  readonly onProgress: (table: TableName, rows: number) => void;
}

/** Rows go to the database in statements of about this size. */
const batchBytes = 1_000_000;
const mostRowsAtOnce = 1_000;

/**
 * Fills an empty database, all or nothing: the file's schema is made first, then the rows in one transaction, then the
 * schema is brought up to date. Throws `TransferRefused`, after which no row is there.
 */
export async function importDatabase(db: Connection, { lines, onProgress }: ImportSource): Promise<Counts> {
  const first = await lines.next();
  const header = readHeader(first.done === true ? '' : first.value);
  if (!schemaVersions.includes(header.schema))
    throw new TransferRefused(
      `The export was written by a newer Muster (schema ${header.schema}; this one knows up to ${schemaVersions.at(-1)}): update Muster first.`,
    );
  await makeSchema(db, header.schema);
  const counts = await db.transaction().execute(async (tx) => {
    await refuseRows(tx);
    const found = await insertAll(tx, lines, onProgress);
    await verify(tx, found);
    for (const { table, column } of numberedColumns) await numberOn(tx, table, column);
    return found;
  });
  await migrate(db);
  return counts;
}

async function makeSchema(db: Connection, wanted: string): Promise<void> {
  const there = await schemaVersion(db);
  if (there === null) await migrate(db, wanted);
  else if (there !== wanted)
    throw new TransferRefused(
      `The export has schema ${wanted}, and this database has ${there} already: import into a database without any tables.`,
    );
}

/** Also keeps everybody else from writing until the end. */
async function refuseRows(tx: Tx): Promise<void> {
  const tables = sql.join(exportedTables.map(({ name }) => sql.table(name)));
  await sql`lock table ${tables} in share row exclusive mode`.execute(tx);
  for (const { name } of exportedTables) {
    const { rows } = await sql`select from ${sql.table(name)} limit 1`.execute(tx);
    if (rows.length > 0)
      throw new TransferRefused(
        `The database is not empty: "${name}" holds rows. Import into a new one, so that nothing is mixed.`,
      );
  }
}

async function insertAll(
  tx: Tx,
  lines: AsyncIterator<string>,
  onProgress: ImportSource['onProgress'],
): Promise<Counts> {
  const counts = noRows();
  let batch: string[] = [];
  let bytes = 0;
  let table: TableName = exportedTables[0].name;
  const flush = async (at: number): Promise<void> => {
    if (batch.length === 0) return;
    await insertRows(tx, table, batch, at);
    counts[table] += batch.length;
    onProgress(table, counts[table]);
    batch = [];
    bytes = 0;
  };
  for (let at = 2; ; at += 1) {
    const line = await nextLine(lines, at);
    const full = batch.length >= mostRowsAtOnce || bytes >= batchBytes;
    if (line.kind === 'end' || line.table !== table || full) await flush(at);
    if (line.kind === 'end') {
      await refuseMore(lines, at);
      compare(counts, line.counts);
      return counts;
    }
    table = line.table;
    batch.push(line.row);
    bytes += line.row.length;
  }
}

async function nextLine(lines: AsyncIterator<string>, at: number): Promise<Line> {
  const next = await lines.next();
  if (next.done === true)
    throw new TransferRefused(`The export ends at line ${at - 1}, before its end: it was cut off. Make it again.`);
  return readLine(next.value, at);
}

async function refuseMore(lines: AsyncIterator<string>, at: number): Promise<void> {
  for (let next = await lines.next(); next.done !== true; next = await lines.next())
    if (next.value !== '') throw new TransferRefused(`There is more behind the end of the export, at line ${at + 1}.`);
}

async function insertRows(tx: Tx, table: TableName, batch: readonly string[], at: number): Promise<void> {
  try {
    await sql`
      insert into ${sql.table(table)}
      select * from json_populate_recordset(null::${sql.table(table)}, ${`[${batch.join(',')}]`}::json)
    `.execute(tx);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !isAboutRows(String(error.code))) throw error;
    const from = at - batch.length;
    throw new TransferRefused(
      `The database takes no row of "${table}" in lines ${from} to ${at - 1} (${error.message}). Make the export again.`,
      { cause: error },
    );
  }
}

/** SQLSTATE classes of bad data and broken constraints; everything else is the server's trouble, not the file's. */
function isAboutRows(code: string): boolean {
  return code.startsWith('22') || code.startsWith('23');
}

function compare(counts: Counts, said: Readonly<Record<string, unknown>>): void {
  for (const { name } of exportedTables)
    if (said[name] !== counts[name])
      throw new TransferRefused(
        `The export says that it holds ${String(said[name])} rows of "${name}", and ${counts[name]} are in it. Make it again.`,
      );
}

async function verify(tx: Tx, counts: Counts): Promise<void> {
  for (const { name } of exportedTables) {
    const { rows } = await sql<{ count: number | string }>`select count(*) from ${sql.table(name)}`.execute(tx);
    const count = Number(rows[0]?.count);
    if (count !== counts[name])
      throw new TransferRefused(
        `${counts[name]} rows of "${name}" were imported and ${count} are there: nothing is kept.`,
      );
  }
}

async function numberOn(tx: Tx, table: TableName, column: string): Promise<void> {
  await sql`
    select setval(pg_get_serial_sequence(${table}, ${column}), greatest(1, max(${sql.ref(column)})),
                  max(${sql.ref(column)}) is not null)
    from ${sql.table(table)}
  `.execute(tx);
}
