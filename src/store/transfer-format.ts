/**
 * The export file: JSON lines. A header, a line per row, and an end that says how many rows of each table there were.
 * Rows are the server's own JSON of them and are never parsed on the way, so that no number loses digits.
 */

export const formatVersion = 1;

/** What is exported, those that others refer to first, and the order of their rows. Locks, budgets and notes are of the moment. */
export const exportedTables = [
  { name: 'webhook_inbox', order: ['arrived'] },
  { name: 'orchestrations', order: ['created_at', 'key'] },
  { name: 'signals', order: ['id'] },
  { name: 'events', order: ['orchestration', 'seq'] },
  { name: 'snapshots', order: ['orchestration'] },
  { name: 'commands', order: ['key'] },
  { name: 'effects', order: ['orchestration', 'key'] },
  { name: 'agent_runs', order: ['command_key', 'attempt'] },
  { name: 'tasks', order: ['id'] },
  { name: 'workflows', order: ['id'] },
  { name: 'workflow_history', order: ['id'] },
  { name: 'agents', order: ['id'] },
] as const;

export type TableName = (typeof exportedTables)[number]['name'];

/** Columns that the database numbers by itself: the next number must be behind all that were imported. */
export const numberedColumns: readonly { readonly table: TableName; readonly column: string }[] = [
  { table: 'webhook_inbox', column: 'arrived' },
  { table: 'signals', column: 'id' },
  { table: 'workflow_history', column: 'id' },
];

/** Rows by table; every exported table is named. */
export type Counts = Readonly<Record<TableName, number>>;

export interface Header {
  readonly muster: 'export';
  readonly version: number;
  /** Name of the last migration. */
  readonly schema: string;
  /** ISO 8601; for people. */
  readonly at: string;
}

/** What is wrong with the file, or with the database it should go to, in a sentence with a remedy. */
export class TransferRefused extends Error {
  override readonly name = 'TransferRefused';
}

export function rowLine(table: TableName, row: string): string {
  return `{"table":"${table}","row":${row}}\n`;
}

export function endLine(counts: Counts): string {
  return `${JSON.stringify({ end: true, counts })}\n`;
}

export type Line =
  | { readonly kind: 'row'; readonly table: TableName; readonly row: string }
  | { readonly kind: 'end'; readonly counts: Readonly<Record<string, unknown>> };

/** `at` is the number of the line. */
export function readLine(text: string, at: number): Line {
  const found = /^\{"table":"([a-z_]+)","row":(?=\{)/.exec(text);
  if (found !== null && text.endsWith('}')) {
    const table = exportedTables.find(({ name }) => name === found[1]);
    if (table === undefined)
      throw new TransferRefused(`Line ${at} holds a row of "${found[1]}", a table that Muster does not have.`);
    return { kind: 'row', table: table.name, row: text.slice(found[0].length, -1) };
  }
  const value = parsed(text);
  if (value?.end === true && typeof value.counts === 'object' && value.counts !== null)
    return { kind: 'end', counts: value.counts as Record<string, unknown> };
  throw new TransferRefused(`Line ${at} is damaged: it is neither a row nor the end. Make the export again.`);
}

export function readHeader(text: string): Header {
  const value = parsed(text);
  if (value?.muster !== 'export' || typeof value.schema !== 'string' || typeof value.version !== 'number')
    throw new TransferRefused(
      'This is not an export of Muster: its first line must be what "muster db export" writes.',
    );
  if (value.version !== formatVersion)
    throw new TransferRefused(
      `This export has format ${value.version}, and this version of Muster reads ${formatVersion}: use the version that wrote it, or a newer one.`,
    );
  return { muster: 'export', version: value.version, schema: value.schema, at: String(value.at) };
}

export function noRows(): Record<TableName, number> {
  return Object.fromEntries(exportedTables.map(({ name }) => [name, 0])) as Record<TableName, number>;
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
