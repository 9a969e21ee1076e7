/**
 * A whole Muster on one laptop: the local GitHub, the engine and the webhook door in this process, all state in one
 * directory. Opening the same directory again after a kill goes on where it stopped.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { AgentSetup } from '../../agents/runner.ts';
import type { Policy } from '../../core/plan.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/server.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import type { HttpDoor } from '../http/server.ts';
import { openHttpDoor } from '../http/server.ts';
import type { Runtime, RuntimeOptions } from '../runtime.ts';
import { startRuntime } from '../runtime.ts';
import { systemWords } from '../system-trouble.ts';

export interface LaptopOptions {
  readonly dir: string;
  readonly port?: number;
  readonly agents: Readonly<Record<string, AgentSetup>>;
  readonly basePolicy: Partial<Policy>;
  readonly overridePolicy?: Partial<Policy>;
  /** Undefined: detect the repository's own test command. */
  readonly testCommand?: string;
  readonly runTests: boolean;
  readonly testTimeoutMs?: number;
  /** Sees what the local GitHub answers and sends; for tests. */
  readonly observe?: SandboxOptions['observe'];
  readonly hidden?: readonly string[];
  readonly sharding?: RuntimeOptions['sharding'];
  /** False where there is no GitHub around the list. */
  readonly waitsOutside?: boolean;
  /** PATH of the agents. */
  readonly path?: string;
  /** For tests: quicker clocks, and a database to begin from. */
  readonly timing?: Partial<Timing>;
  readonly storeTemplate?: string;
  readonly log: Logger;
}

/** All in milliseconds. */
export interface Timing {
  readonly tickMs: number;
  readonly graceMs: number;
  readonly coalesceMs: number;
  readonly httpDeadlineMs: number;
}

export interface Laptop {
  readonly sandbox: Sandbox;
  readonly runtime: Runtime;
  readonly webhookUrl: string;
  readonly close: () => Promise<void>;
}

/** DETAILS "Names and ids", the sandbox's values. */
const sandboxTiming: Timing = { tickMs: 1_000, graceMs: 2_000, coalesceMs: 1_000, httpDeadlineMs: 15_000 };

export async function openSandbox(
  options: Pick<LaptopOptions, 'dir' | 'port' | 'testCommand' | 'runTests' | 'testTimeoutMs' | 'observe'>,
): Promise<Sandbox> {
  const dir = join(options.dir, 'github');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return openLocalGitHub({
    dir,
    app: { slug: 'muster', name: 'Muster' },
    ...(options.observe === undefined ? {} : { observe: options.observe }),
    port: options.port ?? 0,
    ci: {
      enabled: options.runTests,
      // the engine's database and the agents' trees lie beside the local GitHub
      hidden: [options.dir],
      ...(options.testCommand === undefined ? {} : { command: options.testCommand }),
      ...(options.testTimeoutMs === undefined ? {} : { timeoutMs: options.testTimeoutMs }),
    },
  });
}

/** Throws `CommandFailed` 7 when its directory or its port belongs to another process. */
export async function openLocalGitHub(options: SandboxOptions): Promise<Sandbox> {
  try {
    return await startSandbox(options);
  } catch (error) {
    const where = options.port ? ` on port ${options.port}` : '';
    throw new CommandFailed(
      exitCodes.outOfResources,
      `The local GitHub cannot start${where}: ${systemWords(error)}.${where === '' ? '' : ' Leave --port out to take any free one.'}`,
      { cause: error },
    );
  }
}

/** The engine and its door, on a sandbox that already runs. */
export async function openLaptop(sandbox: Sandbox, options: LaptopOptions): Promise<Laptop> {
  const dataDir = join(options.dir, 'muster');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // while the database is opened, or made, by a process of its own
  setImmediate(sandbox.warmUp);
  const runtime = await startRuntime({
    appId: sandbox.app.id,
    privateKey: sandbox.app.privateKeyPem,
    webhookSecret: sandbox.app.webhookSecret,
    apiUrl: sandbox.url,
    limits: null,
    dataDir,
    agents: options.agents,
    basePolicy: options.basePolicy,
    ...(options.waitsOutside === undefined ? {} : { waitsOutside: options.waitsOutside }),
    overridePolicy: options.overridePolicy ?? {},
    ...(options.sharding === undefined ? {} : { sharding: options.sharding }),
    ...sandboxTiming,
    ...options.timing,
    ...(options.storeTemplate === undefined ? {} : { storeTemplate: options.storeTemplate }),
    ...(options.path === undefined ? {} : { path: options.path }),
    // the local GitHub's repositories and keys are none of an agent's business
    hidden: [join(options.dir, 'github'), ...(options.hidden ?? [])],
    log: options.log,
  });
  let door: HttpDoor | null = null;
  try {
    door = await openHttpDoor(runtime, { port: 0, host: '127.0.0.1', log: options.log });
  } catch (error) {
    await runtime.close();
    throw error;
  }
  const opened = door;
  const webhookUrl = `${opened.url}/api/github/webhooks`;
  sandbox.setWebhook(webhookUrl, sandbox.app.webhookSecret);
  return {
    sandbox,
    runtime,
    webhookUrl,
    close: async () => {
      await opened.close();
      await runtime.close();
      await sandbox.close();
    },
  };
}
