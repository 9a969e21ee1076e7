import type { PGlite } from '@electric-sql/pglite';
import type { PostgresPool, PostgresPoolClient } from 'kysely';

/**
 * PGlite in the shape of a `pg` pool. PGlite has one session, so `connect` waits until the client before it was
 * released; otherwise the statements of two transactions would mix.
 */
export function pglitePool(pglite: PGlite): PostgresPool {
  let lastReleased: Promise<void> = Promise.resolve();
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    const { rows, affectedRows } = await pglite.query(text, [...parameters]);
    return { rows, rowCount: affectedRows ?? 0, command: affectedRows === undefined ? 'SELECT' : 'UPDATE' };
  };
  return {
    connect: async () => {
      const before = lastReleased;
      let release = (): void => {};
      lastReleased = new Promise((resolve) => {
        release = resolve;
      });
      await before;
      return { query, release } as PostgresPoolClient;
    },
    end: () => pglite.close(),
  };
}
