/** `muster db migrate | export FILE | import FILE`: the database itself, while no server uses it (or, PostgreSQL, one does). */
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { DatabaseUnusable } from '../../store/database-unusable.ts';
import { StoreLocked } from '../../store/directory-lock.ts';
import { exportDatabase } from '../../store/export-database.ts';
import { importDatabase } from '../../store/import-database.ts';
import { drainJournal } from '../../store/inbox.ts';
import { presentInstances } from '../../store/instances.ts';
import { MigrationFailed, migrate, schemaVersion, schemaVersions } from '../../store/migrate.ts';
import type { OpenDatabase } from '../../store/open-database.ts';
import { openDatabase } from '../../store/open-database.ts';
import { openPostgres } from '../../store/open-postgres.ts';
import { type Counts, TransferRefused } from '../../store/transfer-format.ts';
import { makeDataDir } from '../data-dir.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { defaultDataDir } from '../settings.ts';
import { systemWords } from '../system-trouble.ts';
import { notEmpty } from './options.ts';
import { createOutput } from './output.ts';

interface DbOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

const help = `
Which database: the embedded one of --data-dir when that is given, else PostgreSQL by DATABASE_URL, else the embedded
one of MUSTER_DATA_DIR. From one to the other:
  muster db export muster.jsonl --data-dir DIR
  DATABASE_URL=postgres://... muster db import muster.jsonl
The file holds everything, private text included; it is written for its owner alone.
Exit codes: 0 done, 3 refused (the message says why), 7 the database or the disk is not there.`;

export function dbCommand(): Command {
  const db = new Command('db').description('Migrate, export or import the database.').addHelpText('after', help);
  const add = (name: string, description: string): Command =>
    db
      .command(name)
      .description(description)
      .option('--data-dir <dir>', "the embedded database in this server's data directory", notEmpty)
      .option('--json', 'the outcome as one JSON document')
      .addHelpText('after', help)
      .exitOverride();
  add('migrate', "Bring the database up to this version's schema; a server does so at its start.").action(migrateIt);
  add('export', 'Write everything in the database to a file of JSON lines.')
    .argument('<file>', 'must not be there yet; - for stdout', notEmpty)
    .action(exportIt);
  add('import', 'Fill an empty database from such a file, all or nothing.')
    .argument('<file>', '- for stdin', notEmpty)
    .action(importIt);
  return db;
}

async function migrateIt(options: DbOptions): Promise<void> {
  await withDatabase(target(options), 'make', async (database) => {
    const from = await schemaVersion(database.db);
    await migrate(database.db);
    const to = schemaVersions.at(-1);
    const output = createOutput(options.json === true);
    output.json({ database: database.name, from, to });
    if (output.wantsJson) return;
    output.say(
      from === to
        ? `${database.name} is up to date (schema ${to}).`
        : `${database.name} was brought from schema ${from ?? '(none)'} to ${to}.`,
    );
  });
}

async function exportIt(file: string, options: DbOptions): Promise<void> {
  const toStdout = file === '-';
  if (toStdout && options.json === true)
    throw new CommandFailed(exitCodes.unreadable, 'With - the export goes to stdout, where --json would end up too.');
  if (!toStdout && existsSync(file))
    throw new CommandFailed(exitCodes.unreadable, `${file} is there already: name a file that is not.`);
  await withDatabase(target(options), 'find', async (database) => {
    if (database.instance !== null) await warnOfOthers(database);
    await drainJournal(database);
    const counts = toStdout
      ? await exportTo(database, process.stdout)
      : await toFile(file, (stream) => exportTo(database, stream));
    tell(options, toStdout, { database: database.name, file, ...summary(counts) }, 'exported from', 'to');
  });
}

async function importIt(file: string, options: DbOptions): Promise<void> {
  if (file !== '-' && !statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new CommandFailed(exitCodes.unreadable, `${file} is not a file that could be read.`);
  const lines = linesOf(file === '-' ? process.stdin : createReadStream(file), file);
  await withDatabase(target(options), 'make', async (database) => {
    const counts = await importDatabase(database.db, { lines, onProgress: progress() });
    tell(options, false, { database: database.name, file, ...summary(counts) }, 'imported into', 'from');
  });
}

type Target = { readonly kind: 'postgres'; readonly url: string } | { readonly kind: 'pglite'; readonly dir: string };

function target(options: DbOptions): Target {
  const url = process.env.DATABASE_URL;
  if (options.dataDir === undefined && url) return { kind: 'postgres', url };
  const dir = options.dataDir ?? (process.env.MUSTER_DATA_DIR || defaultDataDir(process.env));
  return { kind: 'pglite', dir: resolve(dir) };
}

/** `find`: an embedded database that is not there is not made. */
async function withDatabase(
  where: Target,
  how: 'find' | 'make',
  work: (database: OpenDatabase) => Promise<void>,
): Promise<void> {
  const database = await open(where, how).catch((error) => {
    throw databaseFailure(error);
  });
  try {
    await work(database);
  } catch (error) {
    throw error instanceof CommandFailed ? error : databaseFailure(database.explain(error));
  } finally {
    await database.close();
  }
}

async function open(where: Target, how: 'find' | 'make'): Promise<OpenDatabase> {
  const onError = (error: unknown): void => void process.stderr.write(`${String(error)}\n`);
  // nobody waits for an answer here, and a big table takes its time
  if (where.kind === 'postgres') return await openPostgres({ url: where.url, poolSize: 2, statementMs: 0, onError });
  const dir = join(where.dir, 'db');
  if (how === 'make') makeDataDir(where.dir, 'Name another directory with --data-dir.');
  else if (!existsSync(dir))
    throw new CommandFailed(
      exitCodes.unreadable,
      `There is no database in ${where.dir}: name the data directory of a server with --data-dir, or PostgreSQL with DATABASE_URL.`,
    );
  return await openDatabase({ dir, onError });
}

/** What cannot be done with a database, as the end of a command: 3 where somebody must change something, 7 where not. */
export function databaseFailure(error: unknown): unknown {
  const because = { cause: error };
  if (error instanceof DatabaseUnusable)
    return new CommandFailed(
      error.reason === 'settings' ? exitCodes.unreadable : exitCodes.outOfResources,
      error.message,
      because,
    );
  if (error instanceof MigrationFailed || error instanceof TransferRefused)
    return new CommandFailed(exitCodes.unreadable, error.message, because);
  if (error instanceof StoreLocked) {
    const who = error.holder === null ? 'Another process' : `Process ${error.holder.pid}`;
    return new CommandFailed(
      exitCodes.outOfResources,
      `${who} has the embedded database in ${error.dir} open, and only one process can: stop it, then try again.`,
      because,
    );
  }
  return error;
}

/** A file that is complete or not there; for its owner alone. */
async function toFile(file: string, write: (stream: NodeJS.WritableStream) => Promise<Counts>): Promise<Counts> {
  const partial = `${file}.partial`;
  const stream = createWriteStream(partial, { mode: 0o600 });
  try {
    await once(stream, 'open');
    const counts = await write(stream);
    stream.end();
    await once(stream, 'close');
    renameSync(partial, file);
    return counts;
  } catch (error) {
    stream.destroy();
    rmSync(partial, { force: true });
    const isSystem = error instanceof Error && 'syscall' in error;
    if (!isSystem) throw error;
    throw new CommandFailed(exitCodes.outOfResources, `${file} cannot be written: ${systemWords(error)}.`, {
      cause: error,
    });
  }
}

async function exportTo(database: OpenDatabase, stream: NodeJS.WritableStream): Promise<Counts> {
  const broken = new Promise<never>((_, reject) => stream.once('error', reject));
  broken.catch(() => {});
  const write = async (text: string): Promise<void> => {
    if (!stream.write(text)) await Promise.race([once(stream, 'drain'), broken]);
  };
  return await Promise.race([exportDatabase(database.db, Date.now(), { write, onProgress: progress() }), broken]);
}

async function warnOfOthers({ db, name }: OpenDatabase): Promise<void> {
  if ((await schemaVersion(db)) !== schemaVersions.at(-1)) return;
  const others = await presentInstances(db, Date.now());
  if (others.length > 0)
    process.stderr.write(
      `${others.length} running Muster process(es) use ${name}: what they write from now on is not in the export. Stop them first to move.\n`,
    );
}

/** Reads no further ahead than it is asked: a line may be a payload of 25 MB. */
async function* linesOf(input: NodeJS.ReadableStream, file: string): AsyncGenerator<string> {
  input.setEncoding('utf8');
  let pieces: string[] = [];
  try {
    for await (const chunk of input) {
      const [first = '', ...others] = String(chunk).split('\n');
      pieces.push(first);
      for (const other of others) {
        yield pieces.join('');
        pieces = [other];
      }
    }
  } catch (error) {
    throw new CommandFailed(exitCodes.unreadable, `${file} cannot be read: ${systemWords(error)}.`, { cause: error });
  }
  const last = pieces.join('');
  if (last !== '') yield last;
}

const progressMs = 1_000;

/** A line on stderr per table and second. */
function progress(): (table: string, rows: number) => void {
  let last = '';
  let at = 0;
  return (table, rows) => {
    if (table === last && Date.now() - at < progressMs) return;
    last = table;
    at = Date.now();
    process.stderr.write(`${table}: ${rows} ...\n`);
  };
}

function summary(counts: Counts): { readonly rows: number; readonly counts: Counts } {
  return { rows: Object.values(counts).reduce((sum, count) => sum + count, 0), counts };
}

function tell(
  options: DbOptions,
  stdoutIsTaken: boolean,
  outcome: { readonly database: string; readonly file: string; readonly rows: number },
  did: string,
  preposition: string,
): void {
  const output = createOutput(options.json === true);
  output.json(outcome);
  if (output.wantsJson) return;
  const words = `${outcome.rows} rows were ${did} ${outcome.database}, ${preposition} ${outcome.file}.`;
  if (stdoutIsTaken) process.stderr.write(`${words}\n`);
  else output.say(words);
}
