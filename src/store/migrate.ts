import { type Migration, Migrator } from 'kysely';
import { initial } from './migrations/001-initial.ts';
import type { Connection } from './tables.ts';

/** In order and for ever: a released migration is never edited, the next one gets the next number. */
const migrations: Readonly<Record<string, Migration>> = { '001-initial': initial };

/** The database could not be brought to this version's schema; `cause` is the database's own error. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';

  constructor(cause: unknown) {
    super(
      'The database does not fit this version of Muster. Was it written by a newer one? Nothing was changed in it.',
      { cause },
    );
  }
}

/** Brings the schema up to date, one transaction for all of it. */
export async function migrate(db: Connection): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new MigrationFailed(error);
}
