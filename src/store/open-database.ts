import { execFile } from 'node:child_process';
import { constants, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { lockDirectory } from './directory-lock.ts';
import { DurableFileSystem } from './durable-file-system.ts';
import { type Journal, openJournal } from './journal.ts';
import { pglitePool } from './pglite-pool.ts';
import type { Connection, Tables } from './tables.ts';

/** An open database, whatever it is; everything above this file only knows SQL that PostgreSQL 15 and later run. */
export interface OpenDatabase {
  readonly db: Connection;
  /** For people: `pglite <directory>`, `postgres <user>@<host>:<port>/<database>`. */
  readonly name: string;
  /** Where webhooks wait to get into the database; null where it takes them without stopping the process. */
  readonly journal: Journal | null;
  /** Names this opener among several; null where there can be only one. */
  readonly instance: string | null;
  /** What a failure of the database means, in a sentence with a remedy where one is known. */
  readonly explain: (error: unknown) => unknown;
  /** What a server does in the background and an embedded database must be told to do. */
  readonly maintain: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface DatabaseOptions {
  readonly dir: string;
  /** A closed data directory of the same version to start from when `dir` is new; saves the seconds of initdb. */
  readonly template?: string;
  /** For failures of background work, which has no caller to tell. */
  readonly onError: (error: unknown) => void;
}

const minuteMs = 60_000;
const minutesBetweenVacuums = 5;

/** Opens PGlite in `dir` with its four guards: lock, fsync, housekeeping, small buffers. Throws `StoreLocked`. */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  const { dir, onError } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(dir);
  try {
    const pglite = await startPglite(dir, options.template);
    const journal = await openJournal(join(dir, 'inbox'));
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pglitePool(pglite) }) });
    const housekeeping = keepHouse(db, onError);
    return {
      db,
      name: `pglite ${dir}`,
      journal,
      instance: null,
      explain: (error) => error,
      maintain: housekeeping.now,
      close: async () => {
        try {
          await journal.close();
          await housekeeping.stop();
          await sql`checkpoint`.execute(db);
          await db.destroy();
        } finally {
          await lock.release();
        }
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function startPglite(dir: string, template: string | undefined): Promise<PGlite> {
  const data = join(dir, 'pgdata');
  if (template !== undefined && !existsSync(data)) copyTemplate(join(template, 'pgdata'), data);
  if (!existsSync(data)) await createCluster(data);
  return await PGlite.create({
    fs: new DurableFileSystem(data),
    startParams: [
      // -F turns fsync off.
      ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
      ...['-c', 'wal_sync_method=fsync'],
      // The default of 128 MB costs 140 MB of memory and buys nothing at our size.
      ...['-c', 'shared_buffers=8MB'],
    ],
  });
}

/** Ends with us: its input is a pipe that we hold. */
const clusterScript = `
process.stdin.resume().on('end', () => process.exit(1));
require(process.argv[1]).PGlite.create(process.argv[2]).then((pglite) => pglite.close()).then(() => process.exit(0));
`;

/**
 * Makes an empty database in a process of its own: making one takes 350 MB, and starting programs costs in proportion
 * to the memory of whoever starts them. Where that fails, opening makes the database, and says what is wrong.
 */
async function createCluster(data: string): Promise<void> {
  removeUnfinished(data);
  const partial = mkdtempSync(`${data}.partial-`);
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const made = await new Promise<boolean>((resolve) => {
    execFile(process.execPath, ['-e', clusterScript, entry, partial], { env: {} }, (error) => resolve(error === null));
  });
  if (made) renameSync(partial, data);
  else rmSync(partial, { recursive: true, force: true });
}

/** What a killed process had begun. The one that it had started may still be writing there: then the next start succeeds. */
function removeUnfinished(data: string): void {
  for (const name of readdirSync(dirname(data))) {
    if (!name.startsWith(`${basename(data)}.partial-`)) continue;
    try {
      rmSync(join(dirname(data), name), { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }
}

/** Copies aside and renames, so that a kill in between leaves no half directory to start from. */
function copyTemplate(from: string, to: string): void {
  const partial = `${to}.partial`;
  rmSync(partial, { recursive: true, force: true });
  cpSync(from, partial, { recursive: true, mode: constants.COPYFILE_FICLONE });
  renameSync(partial, to);
}

/**
 * PGlite has no checkpointer and no autovacuum: without this the log and every updated table grow for ever. Plain
 * VACUUM only: FULL replaces files by a rename that is not atomic in PGlite's file system.
 */
function keepHouse(
  db: Connection,
  onError: (error: unknown) => void,
): { now: () => Promise<void>; stop: () => Promise<void> } {
  let minutes = 0;
  let running: Promise<void> = Promise.resolve();
  const now = async (): Promise<void> => {
    await sql`vacuum (analyze)`.execute(db);
    await sql`checkpoint`.execute(db);
  };
  const tick = async (): Promise<void> => {
    minutes += 1;
    if (minutes % minutesBetweenVacuums === 0) await now();
    else await sql`checkpoint`.execute(db);
  };
  const timer = setInterval(() => {
    running = running.then(tick).catch(onError);
  }, minuteMs).unref();
  return {
    now,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
