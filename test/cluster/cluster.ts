/**
 * A whole deployment of several processes on one machine: the local GitHub here, PostgreSQL and Redis beside it, `muster
 * start` and `muster worker` as processes of their own, webhooks sent to the first app that lives.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person } from '../../src/apps/local/person.ts';
import { personAt } from '../../src/apps/local/person.ts';
import { replay } from '../../src/core/evolve.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import type { OpenStore } from '../../src/store/open-store.ts';
import { openPostgresStore } from '../../src/store/open-store.ts';
import { type PostgresServer, startPostgres } from '../postgres/server.ts';
import { type RedisServer, startRedis } from '../redis/redis-server.ts';

const root = join(import.meta.dirname, '..', '..');
export const [owner, name] = ['acme', 'shop'];

export interface ClusterOptions {
  readonly redis: boolean;
  readonly apps: number;
  readonly workers: number;
  readonly agentCommand: string;
  readonly files?: Readonly<Record<string, string>>;
}

export interface Member {
  readonly role: 'app' | 'worker';
  readonly process: ChildProcess;
  readonly log: () => string;
}

export interface Cluster {
  readonly sandbox: Sandbox;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer | null;
  readonly store: OpenStore;
  readonly ada: Person;
  readonly members: () => readonly Member[];
  /** kill -9, and another of its role starts. */
  readonly replace: (member: Member) => Promise<Member>;
  readonly close: () => Promise<void>;
}

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-cluster-'));
  const postgres = await startPostgres();
  const redis = options.redis ? await startRedis() : null;
  const databaseUrl = await postgres.freshDatabase();
  const sandbox = await startSandbox({ dir: join(dir, 'github'), ci: { enabled: false } });
  const files = { 'README.md': '# Shop\n', '.github/muster.yml': 'merge: auto\nallow_unverified: true\n' };
  await sandbox.createRepository({ owner, name, seedFrom: { files: { ...files, ...options.files } } });
  const members: Member[] = [];
  let started = 0;

  const start = async (role: Member['role']): Promise<Member> => {
    started += 1;
    const dataDir = join(dir, `member-${started}`);
    mkdirSync(dataDir);
    const args = [
      join(root, 'dist', 'apps', 'cli', 'main.js'),
      ...(role === 'app' ? ['start', '--no-worker'] : ['worker']),
    ];
    const child = spawn(process.execPath, args, {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: dir,
        APP_ID: String(sandbox.app.id),
        PRIVATE_KEY_PATH: sandbox.app.privateKeyFile,
        WEBHOOK_SECRET: sandbox.app.webhookSecret,
        PORT: '0',
        DATABASE_URL: databaseUrl,
        ...(redis === null ? {} : { MUSTER_REDIS_URL: redis.url }),
        MUSTER_GITHUB_API_URL: sandbox.url,
        MUSTER_DATA_DIR: dataDir,
        MUSTER_AGENT_COMMAND: options.agentCommand,
        MUSTER_TICK_SECONDS: '1',
        MUSTER_GRACE_MS: '1500',
        LOG_LEVEL: 'info',
      },
    });
    let log = '';
    const ready = role === 'app' ? 'muster listens for webhooks' : 'muster waits for attempts';
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        if (log.includes(ready)) resolve();
      });
      child.once('exit', (code) => reject(new Error(`the ${role} ended with ${code}: ${log.slice(-2_000)}`)));
    });
    const member = { role, process: child, log: () => log };
    members.push(member);
    if (role === 'app') pointWebhooks();
    return member;
  };
  /** GitHub knows one address; here it is that of the app that lives longest. */
  const pointWebhooks = (): void => {
    const first = members.find((member) => member.role === 'app');
    const port = /"url":"[^"]*:(\d+)"/.exec(first?.log() ?? '')?.[1];
    sandbox.setWebhook(`http://127.0.0.1:${port}/api/github/webhooks`);
  };
  const end = async (member: Member, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    members.splice(members.indexOf(member), 1);
    const { process: child } = member;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };

  await Promise.all(Array.from({ length: options.apps }, () => start('app')));
  await Promise.all(Array.from({ length: options.workers }, () => start('worker')));
  const store = await openPostgresStore({ url: databaseUrl, poolSize: 2, now: Date.now, fold: replay });
  const token = sandbox.userToken('ada', 'admin');
  return {
    sandbox,
    postgres,
    redis,
    store,
    ada: personAt({ url: sandbox.url, token, login: 'ada', repo: `${owner}/${name}` }),
    members: () => members,
    replace: async (member) => {
      await end(member, 'SIGKILL');
      return start(member.role);
    },
    close: async () => {
      await Promise.all([...members].map((member) => end(member, 'SIGTERM')));
      await store.close();
      await sandbox.close();
      await redis?.stop();
      await postgres.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
