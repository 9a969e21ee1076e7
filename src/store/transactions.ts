import { sql } from 'kysely';
import type { Connection, Tx } from './tables.ts';

const mostTries = 3;

/** Serialization failure and deadlock: the server has undone this transaction for the sake of another one. */
const undone = new Set(['40001', '40P01']);

/** One transaction. What the server undid for another's sake is done again, so `work` may run more than once. */
export function inTransaction<T>(db: Connection, work: (tx: Tx) => Promise<T>): Promise<T> {
  return againWhenUndone(() => db.transaction().execute(work));
}

/** For one statement, or one transaction, that may meet another on the same rows. */
export async function againWhenUndone<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (tries === mostTries || !undone.has(code)) throw error;
    }
  }
}

/** Waits until nobody else holds this name, and holds it to the end of the transaction. Ours apart from other advisory locks. */
export async function lockName(tx: Tx, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 2087))`.execute(tx);
}

/** True when nobody can say whether what was sent has happened: the connection broke, or was ended, before the answer. */
export function isCutOff(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return !/^[0-9][0-9A-Z]{4}$/.test(code) || code.startsWith('57P') || code.startsWith('08');
}
