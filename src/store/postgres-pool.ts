import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { DatabaseError, type Pool, type PoolClient } from 'pg';

/** Between two tries to reach a server that is down; a restart takes about a second. */
const pauseMs = 200;

/** A server that is stopped, starting, or out of connections for the moment, by error code or SQLSTATE. */
const passing = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', '57P01', '57P02', '57P03', '53300']);

/** A statement that ends every connection it is given must not be given one for ever; pools are smaller than this. */
const mostChanges = 30;

/** Statements after which nothing has changed if they were cut off. */
const changesNothing = /^\s*(begin|start transaction|select)\b/i;

/**
 * A `pg` pool as kysely wants it. As long as nothing has been done over a connection, a server that is just restarting
 * is waited for here, up to `patienceMs`: while connecting, and when the first statement finds that the connection died
 * in the pool. What breaks later rejects, and its caller tries again. Connections that broke or timed out are thrown
 * away, never handed to the next one.
 */
export function postgresPool(pool: Pool, patienceMs: number): PostgresPool {
  return {
    connect: async () => {
      const deadline = performance.now() + patienceMs;
      return guarded(await connect(pool, deadline), () => connect(pool, deadline));
    },
    end: () => pool.end(),
  };
}

async function connect(pool: Pool, deadline: number): Promise<PoolClient> {
  for (;;) {
    try {
      return await pool.connect();
    } catch (error) {
      if (!isPassing(error) || performance.now() + pauseMs > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  // `pg` has no code for a connection that has ended
  return code === null ? /^(Connection terminated|Client has encountered)/.test(error.message) : passing.has(code);
}

function guarded(first: PoolClient, another: () => Promise<PoolClient>): PostgresPoolClient {
  let client: PoolClient | null = first;
  let broken = false;
  let used = false;
  let changes = 0;
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    // the server rolls back what a lost connection had open; the reason it was lost for must not be hidden by this
    if (broken && text === 'rollback') return { command: 'ROLLBACK', rowCount: 0, rows: [] };
    const untouched = !used && changesNothing.test(text);
    used = true;
    try {
      return await (client ?? first).query(text, [...parameters]);
    } catch (error) {
      broken ||= !(error instanceof DatabaseError) || error.severity === 'FATAL' || error.severity === 'PANIC';
      if (!untouched || !broken || !isPassing(error) || changes === mostChanges) throw error;
    }
    // given back before the next one is asked for: it may have been the only one
    client?.release(true);
    client = null;
    changes += 1;
    client = await another();
    broken = false;
    used = false;
    return await query(text, parameters);
  };
  return { query, release: () => client?.release(broken) } as PostgresPoolClient;
}
