import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { migrate } from '../../src/store/migrate.ts';
import { openPostgres } from '../../src/store/open-postgres.ts';

/** A real PostgreSQL of this test file alone, on a port of its own, in a directory that goes with it. */
export interface PostgresServer {
  readonly port: number;
  readonly url: (database: string) => string;
  /** A new database with the current schema, copied from one that was migrated once. */
  readonly freshDatabase: () => Promise<string>;
  /** A new database with nothing in it. */
  readonly emptyDatabase: (options?: string) => Promise<string>;
  /** SQL as the superuser. */
  readonly admin: (statement: string) => Promise<readonly Record<string, unknown>[]>;
  /** Ends every connection (`crash`: without a goodbye) and comes back; `down` is run while it is away. */
  readonly restart: (how: 'stop' | 'crash', down?: () => Promise<void>) => Promise<void>;
  readonly dir: string;
  readonly stop: () => Promise<void>;
}

const password = 'p@ss/w%rd ü';
const template = 'muster_template';

export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-postgres-'));
  const data = join(dir, 'data');
  const secret = join(dir, 'password');
  writeFileSync(secret, password);
  const account = unprivileged();
  if (account !== null) for (const path of [dir, secret]) chownSync(path, account.uid, account.gid);
  const auth = ['--auth=scram-sha-256', `--pwfile=${secret}`, '--username=postgres'];
  const [init = '', ...initArgs] = asUnprivileged([
    ...[join(binDir(), 'initdb'), '--pgdata', data, '--no-sync', '--encoding=UTF8', '--locale=C', ...auth],
  ]);
  execFileSync(init, initArgs, { stdio: ['ignore', 'ignore', 'inherit'], cwd: dir });

  const url = (port: number, database: string): string =>
    `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  let running = await startOnFreePort(dir, data, settings);
  const { port } = running;
  let count = 0;

  const admin: PostgresServer['admin'] = async (statement) => {
    const client = new pg.Client({ connectionString: url(port, 'postgres') });
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  };
  const emptyDatabase: PostgresServer['emptyDatabase'] = async (options = '') => {
    count += 1;
    await admin(`create database muster_${count} ${options}`);
    return url(port, `muster_${count}`);
  };
  await admin(`create database ${template}`);
  const migrated = await openPostgres({ url: url(port, template), onError: () => {} });
  await migrate(migrated.db);
  await migrated.close();

  return {
    port,
    dir,
    url: (database) => url(port, database),
    freshDatabase: () => emptyDatabase(`template ${template}`),
    emptyDatabase,
    admin,
    restart: async (how, down = async () => {}) => {
      await end(running.process, how === 'stop' ? 'SIGINT' : 'SIGQUIT');
      await down();
      const again = await start(data, port, settings);
      if (again === null) throw new Error(`port ${port} was taken meanwhile`);
      running = { process: again, port };
    },
    stop: async () => {
      await end(running.process, 'SIGINT');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function startOnFreePort(
  dir: string,
  data: string,
  settings: readonly string[],
): Promise<{ process: ChildProcess; port: number }> {
  for (let tries = 0; tries < 5; tries += 1) {
    const port = await freePort();
    const process = await start(data, port, settings);
    if (process !== null) return { process, port };
  }
  throw new Error(`PostgreSQL does not start in ${dir}`);
}

/** Null when it did not come up, for instance because somebody else took the port. */
async function start(data: string, port: number, settings: readonly string[]): Promise<ChildProcess | null> {
  const options = [
    // the disk is not what is tested, and a crash of the machine is not either
    ...['fsync=off', 'full_page_writes=off', 'max_connections=100', 'shared_buffers=64MB'],
    ...['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'lc_messages=C', ...settings],
  ];
  const [command = '', ...args] = asUnprivileged([
    ...[join(binDir(), 'postgres'), '-D', data, ...options.flatMap((option) => ['-c', option])],
  ]);
  const process = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines = createInterface({ input: process.stderr });
  const up = new Promise<boolean>((resolve) => {
    lines.on('line', (line) => line.includes('ready to accept connections') && resolve(true));
    process.once('close', () => resolve(false));
    process.once('error', () => resolve(false));
  });
  return (await up) ? process : null;
}

/** SIGINT: connections are told; SIGQUIT: everything ends at once, as in a crash. */
async function end(process: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const closed = once(process, 'close');
  process.kill(signal);
  await closed;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Debian keeps the programs of each version apart; elsewhere they are on the PATH. */
function binDir(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(debian, version, 'bin')).find((dir) => existsSync(join(dir, 'initdb')));
  return found ?? execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
}

/** PostgreSQL refuses to run as root. Null: we are not root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Also on Linux: the server ends with the test process, however that ends. */
function asUnprivileged(command: readonly string[]): readonly string[] {
  const account = unprivileged();
  if (account === null) return command;
  return [
    ...['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', '--pdeathsig', 'INT'],
    ...command,
  ];
}
