/** The real server (`muster start`, a process of its own, log at trace) against the local GitHub, all in one directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Person } from '../../src/apps/local/person.ts';
import { personAt } from '../../src/apps/local/person.ts';
import type { Exchange } from '../../src/sandbox/context.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import type { Json } from '../world/world.ts';

const root = join(import.meta.dirname, '..', '..');

export interface HostileServer {
  readonly dir: string;
  readonly dataDir: string;
  readonly githubDir: string;
  readonly keyFile: string;
  readonly configFile: string;
  readonly sandbox: Sandbox;
  readonly gitDir: string;
  readonly ada: Person;
  readonly process: ChildProcess;
  readonly webhookUrl: string;
  readonly api: (path: string) => Promise<Json>;
  /** What the process has logged so far. */
  readonly logged: () => string;
  /** Every token the local GitHub has minted for the App. */
  readonly minted: () => readonly string[];
  /** Path and `X-GitHub-Api-Version` of every REST request, people's too. */
  readonly apiVersions: () => readonly string[];
  /** Polls until it holds. */
  readonly until: (what: string, holds: () => Promise<boolean>, ms?: number) => Promise<void>;
  /** Ends the server politely; its exit code. */
  readonly stop: () => Promise<number | null>;
  readonly close: () => Promise<void>;
}

export async function openHostileServer(options: {
  readonly files: Readonly<Record<string, string>>;
  readonly agentCommand: (dir: string) => string;
  readonly agentEnv?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<HostileServer> {
  // not below /tmp, which agents have one of their own for: there everything would be hidden for the wrong reason
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, 'muster-hostile-'));
  const githubDir = join(dir, 'github');
  const dataDir = join(dir, 'state', 'muster');
  const minted: string[] = [];
  const versions: string[] = [];
  const sandbox = await startSandbox({
    dir: githubDir,
    app: { slug: 'muster', name: 'Muster' },
    ci: { enabled: true, hidden: [dir] },
    observe: (exchange) => {
      minted.push(...tokensIn(exchange));
      if (exchange.kind === 'rest') versions.push(`${exchange.path} ${exchange.apiVersion}`);
    },
  });
  const { gitDir } = await sandbox.createRepository({
    owner: 'acme',
    name: 'shop',
    seedFrom: { files: options.files },
    requiredChecks: ['ci'],
  });
  const keyFile = join(dir, 'app.pem');
  copyFileSync(sandbox.app.privateKeyFile, keyFile);
  const configFile = join(dir, 'agents.yml');
  const robot = { command: options.agentCommand(dir), env: options.agentEnv ?? {} };
  writeFileSync(configFile, JSON.stringify({ agents: { robot } }));
  const child = startServer(dir, {
    APP_ID: String(sandbox.app.id),
    PRIVATE_KEY_PATH: keyFile,
    WEBHOOK_SECRET: sandbox.app.webhookSecret,
    MUSTER_GITHUB_API_URL: sandbox.url,
    MUSTER_DATA_DIR: dataDir,
    MUSTER_CONFIG: configFile,
    ...options.env,
  });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const until: HostileServer['until'] = async (what, holds, ms = 60_000) => {
    for (const end = Date.now() + ms; !(await holds()); ) {
      if (Date.now() > end || child.exitCode !== null)
        throw new Error(`not ${what} (server: ${child.exitCode ?? 'running'}): ${log.slice(-4_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  await until('listening', async () => log.includes('muster listens for webhooks'));
  const url = /"url":"[^"]*:(\d+)"/.exec(log)?.[1];
  const webhookUrl = `http://127.0.0.1:${url}/api/github/webhooks`;
  sandbox.setWebhook(webhookUrl);
  const adaToken = sandbox.userToken('ada');
  sandbox.setPermission('acme', 'shop', 'ada', 'write');
  const auditor = sandbox.userToken('auditor', 'admin');
  const stop = (): Promise<number | null> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
  return {
    dir,
    dataDir,
    githubDir,
    keyFile,
    configFile,
    sandbox,
    gitDir,
    ada: personAt({ url: sandbox.url, token: adaToken, login: 'ada', repo: 'acme/shop' }),
    process: child,
    webhookUrl,
    api: async (path) => {
      const headers = { authorization: `token ${auditor}` };
      return (await fetch(`${sandbox.url}/repos/acme/shop${path}`, { headers })).json();
    },
    logged: () => log,
    minted: () => minted,
    apiVersions: () => versions,
    until,
    stop,
    close: async () => {
      await stop();
      await sandbox.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function startServer(dir: string, settings: Readonly<Record<string, string>>): ChildProcess {
  const main = join(root, 'src', 'apps', 'cli', 'main.ts');
  return spawn(process.execPath, ['--import', 'tsx', main, 'start'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: dir,
      PORT: '0',
      MUSTER_MERGE: 'auto',
      MUSTER_TICK_SECONDS: '1',
      MUSTER_GRACE_MS: '1500',
      LOG_LEVEL: 'trace',
      ...settings,
    },
  });
}

function tokensIn(exchange: Exchange): readonly string[] {
  if (exchange.kind !== 'rest') return [];
  return [...JSON.stringify(exchange.body ?? null).matchAll(/gh[sp]_[A-Za-z0-9]{20,}/g)].map(([token]) => token);
}

/** Every row of every table. Only once the server has ended. */
export async function dumpDatabase(dataDir: string): Promise<ReadonlyMap<string, readonly Json[]>> {
  const failed = (error: unknown): never => {
    throw error;
  };
  const { db, close } = await openDatabase({ dir: join(dataDir, 'db'), onError: failed });
  try {
    const tables = await sql<{ name: string }>`
      select table_name as name from information_schema.tables where table_schema = 'public'`.execute(db);
    const dump = new Map<string, readonly Json[]>();
    for (const { name } of tables.rows) dump.set(name, (await sql`select * from ${sql.table(name)}`.execute(db)).rows);
    return dump;
  } finally {
    await close();
  }
}

/** The text of every file below a directory that is not the database (its pages are compressed). */
export function textsBelow(dir: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.includes('/pgdata/')) found.set(path, readFileSync(path, 'latin1'));
  }
  return found;
}
