import { type Kysely, type Migration, sql } from 'kysely';

/** What the GitHub room has to know after a kill, or from another process: small, and by a name of its own. */
export const githubNotes: Migration = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await sql
      .raw(`create table github_notes (key text primary key, value jsonb not null, at timestamptz not null)`)
      .execute(db);
  },
};
