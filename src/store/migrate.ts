import { type Migration, Migrator, sql } from 'kysely';
import { initial } from './migrations/001-initial.ts';
import { severalInstances } from './migrations/002-several-instances.ts';
import { githubNotes } from './migrations/003-github-notes.ts';
import type { Connection } from './tables.ts';

/** In order and for ever: a released migration is never edited, the next one gets the next number. */
const migrations: Readonly<Record<string, Migration>> = {
  '001-initial': initial,
  '002-several-instances': severalInstances,
  '003-github-notes': githubNotes,
};

/** Ours among the advisory locks of the database: any number that nobody else would choose. */
export const migrationLock = '6021987734101552917';

/** The database could not be brought to this version's schema; `cause` is the database's own error. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';

  constructor(cause: unknown) {
    super(
      'The database does not fit this version of Muster. Was it written by a newer one? Nothing was changed in it.',
      { cause },
    );
  }

  /** True when the database itself refused a statement; false when its history is not ours. */
  get isRefusal(): boolean {
    return this.cause instanceof Error && 'code' in this.cause;
  }
}

/** Names of the schema versions that this version of Muster knows, oldest first. */
export const schemaVersions: readonly string[] = Object.keys(migrations);

/** The version the schema has now; null where there is none yet. */
export async function schemaVersion(db: Connection): Promise<string | null> {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`.execute(
    db,
  );
  if (rows[0]?.there !== true) return null;
  const done = await sql<{ name: string }>`select name from kysely_migration order by name desc limit 1`.execute(db);
  return done.rows[0]?.name ?? null;
}

/**
 * Brings the schema up to date (or up to the version named `to`), one transaction for all of it. Several that start at
 * once wait for each other, however long the first one takes: `db` must set no limit on a statement.
 */
export async function migrate(db: Connection, to = schemaVersions.at(-1) ?? ''): Promise<void> {
  const { error } = await db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${migrationLock}::bigint)`.execute(connection);
    try {
      const provider = { getMigrations: async () => ({ ...migrations }) };
      return await new Migrator({ db: connection, provider }).migrateTo(to);
    } finally {
      await sql`select pg_advisory_unlock(${migrationLock}::bigint)`.execute(connection);
    }
  });
  if (error !== undefined) throw new MigrationFailed(error);
}
