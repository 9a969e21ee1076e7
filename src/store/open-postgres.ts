import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolConfig } from 'pg';
import { DatabaseUnusable } from './database-unusable.ts';
import type { OpenDatabase } from './open-database.ts';
import { type PostgresAddress, readAddress } from './postgres-address.ts';
import { postgresPool } from './postgres-pool.ts';
import { explainTrouble } from './postgres-trouble.ts';
import type { Tables } from './tables.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with the parameters that libpq knows. */
  readonly url: string;
  /** Most connections of this process; 10. */
  readonly poolSize?: number;
  /** Longest statement in milliseconds; 0: no limit. 30 s. */
  readonly statementMs?: number;
  /** Hears of connections that break while nobody uses them; they are replaced. */
  readonly onError: (error: unknown) => void;
}

const defaultPoolSize = 10;
const defaultStatementMs = 30_000;
const connectMs = 10_000;
/** Nothing but SQL happens inside a transaction, so one that is idle belongs to a process that hangs. */
const idleInTransactionMs = 30_000;
/** The server ends a statement itself; this much later it must be the way to the server that is broken. */
const answerMs = 5_000;
/** GitHub waits ten seconds for the answer to a webhook; a restart of the server fits in. */
const patienceMs = 6_000;
const leastVersion = 150_000;

/** Opens a database that other processes may have open too. Throws `DatabaseUnusable`. */
export async function openPostgres(options: PostgresOptions): Promise<OpenDatabase> {
  const address = readAddress(options.url);
  const base = poolConfig(address, options);
  const asynchronous = await refuseUnfit(base, address);
  // what is acknowledged must be on the disk, whatever the server does for others
  const pool = new Pool(asynchronous ? { ...base, options: `${base.options} -c synchronous_commit=on` } : base);
  let closing = false;
  pool.on('error', ({ message }) => {
    // not the error itself: it carries the connection, and with that the password
    if (!closing) options.onError(new Error(`A connection to ${address.shown} broke: ${message}`));
  });
  // one that breaks in the hands of a caller rejects his statement; the event alone would end the process
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: postgresPool(pool, patienceMs) }) });
  return {
    db,
    name: address.shown,
    journal: null,
    instance: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    explain: (error) => explainTrouble(error, address),
    maintain: async () => {},
    close: () => {
      closing = true;
      return db.destroy();
    },
  };
}

function poolConfig(address: PostgresAddress, { poolSize, statementMs = defaultStatementMs }: PostgresOptions) {
  const config = {
    connectionString: address.connectionString,
    application_name: 'muster',
    max: poolSize ?? defaultPoolSize,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    idle_in_transaction_session_timeout: statementMs === 0 ? 0 : idleInTransactionMs,
    ...(statementMs === 0 ? {} : { statement_timeout: statementMs, query_timeout: statementMs + answerMs }),
    // what an administrator may have set for the role or the database, and our SQL relies on
    options: `${address.serverOptions} -c timezone=UTC -c datestyle=ISO -c default_transaction_isolation=read\\ committed`,
  };
  return config satisfies PoolConfig;
}

interface Server {
  readonly version: number;
  readonly version_name: string;
  readonly standby: boolean;
  readonly read_only: string;
  readonly encoding: string;
  readonly synchronous_commit: string;
}

/** One connection, once, to say what is wrong at once. True when the server would acknowledge what is not on its disk. */
async function refuseUnfit(config: PoolConfig, address: PostgresAddress): Promise<boolean> {
  const server = await askServer(config).catch((error) => {
    throw explainTrouble(error, address);
  });
  const unfit = unfitWords(server, address);
  if (unfit !== null) throw new DatabaseUnusable('settings', unfit);
  return server.synchronous_commit === 'off';
}

async function askServer(config: PoolConfig): Promise<Server> {
  const pool = new Pool({ ...config, max: 1 });
  pool.on('error', () => {});
  try {
    const { rows } = await pool.query<Server>(`
      select current_setting('server_version_num')::int as version, current_setting('server_version') as version_name,
             pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') as read_only,
             current_setting('server_encoding') as encoding, current_setting('synchronous_commit') as synchronous_commit
    `);
    const [server] = rows;
    if (server === undefined) throw new Error('it says nothing about itself');
    return server;
  } finally {
    await pool.end();
  }
}

function unfitWords(server: Server, { server: where, database }: PostgresAddress): string | null {
  if (server.version < leastVersion)
    return `PostgreSQL at ${where} is version ${server.version_name}, and Muster needs 15 or later: upgrade it, or name another in DATABASE_URL.`;
  if (server.standby || server.read_only === 'on')
    return `PostgreSQL at ${where} is read-only for us (a standby?): name the primary server in DATABASE_URL.`;
  if (server.encoding !== 'UTF8')
    return `The database "${database}" at ${where} is encoded in ${server.encoding}, and Muster needs UTF8: make it with "createdb --encoding UTF8 --template template0".`;
  return null;
}
