import type { Clock, Notes } from '../engine/ports.ts';
import { toJson, toTime } from './encoding.ts';
import type { Connection } from './tables.ts';

export function notesIn(db: Connection, now: Clock): Notes {
  return {
    async write(key, value) {
      const row = { value: toJson(value), at: toTime(now()) };
      await db
        .insertInto('github_notes')
        .values({ key, ...row })
        .onConflict((taken) => taken.column('key').doUpdateSet(row))
        .execute();
    },
    async erase(key) {
      await db.deleteFrom('github_notes').where('key', '=', key).execute();
    },
    async read(prefix) {
      const rows = await db.selectFrom('github_notes').selectAll().orderBy('key').execute();
      return rows
        .filter(({ key }) => key.startsWith(prefix))
        .map(({ key, value, at }) => ({ key, value, ageMs: now() - at.getTime() }));
    },
  };
}
