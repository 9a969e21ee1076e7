/** A small world for stories: the real local GitHub, the real App over HTTP with signed webhooks, a scripted agent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Laptop, Timing } from '../../src/apps/local/laptop.ts';
import { openLaptop, openSandbox } from '../../src/apps/local/laptop.ts';
import type { Person } from '../../src/apps/local/person.ts';
import { personAt } from '../../src/apps/local/person.ts';
import type { Policy } from '../../src/core/plan.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/server.ts';
import { storeTemplate } from '../store/template.ts';
import { type Watch, watchStore } from './watch.ts';

export interface World extends Watch {
  readonly dir: string;
  readonly sandbox: Sandbox;
  readonly laptop: Laptop;
  readonly gitDir: string;
  readonly owner: string;
  readonly repo: string;
  /** The maintainer, with write permission. */
  readonly ada: Person;
  readonly person: (login: string, permission: 'admin' | 'write' | 'read' | 'none') => Person;
  readonly api: (path: string) => Promise<Json>;
  readonly close: () => Promise<void>;
}

/** Answers of an HTTP API, looked into by tests. */
export type Json = ReturnType<typeof JSON.parse>;

export interface WorldOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly policy?: Partial<Policy>;
  readonly timing?: Partial<Timing>;
  readonly tests?: boolean;
  readonly agentCommand?: string;
  /** Before the App is started: faults, more repositories. */
  readonly prepare?: (sandbox: Sandbox) => void | Promise<void>;
  readonly webhooks?: boolean;
  readonly mostSubIssues?: number;
  readonly observe?: NonNullable<SandboxOptions['observe']>;
}

export const agentFile = join(import.meta.dirname, 'agent.mjs');

const plainFiles = {
  'README.md': '# Shop\n',
  'shared.txt': 'nobody yet\n',
  'test.sh': 'test -f README.md\n',
  Makefile: 'test:\n\tsh test.sh\n',
};

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-story-'));
  const runTests = options.tests ?? true;
  const sandbox = await openSandbox({
    dir,
    runTests,
    ...(options.observe === undefined ? {} : { observe: options.observe }),
  });
  await options.prepare?.(sandbox);
  const [owner, repo] = ['acme', 'shop'];
  const { gitDir } = await sandbox.createRepository({
    owner,
    name: repo,
    seedFrom: { files: options.files ?? plainFiles },
    requiredChecks: runTests ? ['ci'] : [],
  });
  const laptop = await openLaptop(sandbox, {
    dir,
    agents: { robot: { command: options.agentCommand ?? `'${process.execPath}' '${agentFile}'`, env: {} } },
    basePolicy: { agent: 'robot', merge: 'auto', allowUnverified: !runTests, retryDelaySeconds: 1, ...options.policy },
    runTests,
    ...(options.mostSubIssues === undefined ? {} : { sharding: { mostSubIssues: options.mostSubIssues } }),
    timing: { tickMs: 500, graceMs: 1_500, coalesceMs: 500, ...options.timing },
    storeTemplate: await storeTemplate(),
    log: pino({ level: process.env.MUSTER_TEST_LOG ?? 'silent' }, pino.destination(2)),
  });
  if (options.webhooks === false) sandbox.setWebhook('http://127.0.0.1:1/nowhere');
  const person = (login: string, permission: 'admin' | 'write' | 'read' | 'none'): Person => {
    const token = sandbox.userToken(login);
    sandbox.setPermission(owner, repo, login, permission);
    return personAt({ url: sandbox.url, token, login, repo: `${owner}/${repo}` });
  };
  const ada = person('ada', 'write');
  const token = sandbox.userToken('auditor', 'admin');
  const watch = watchStore(laptop.runtime.store);
  return {
    dir,
    sandbox,
    laptop,
    gitDir,
    owner,
    repo,
    ada,
    person,
    ...watch,
    api: async (path) => {
      const response = await fetch(`${sandbox.url}/repos/${owner}/${repo}${path}`, {
        headers: { authorization: `token ${token}` },
      });
      return response.json();
    },
    close: async () => {
      await laptop.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
