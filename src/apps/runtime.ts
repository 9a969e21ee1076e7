/** apps: the doors, and the only room that wires the others together. This file makes one running Muster of its parts. */
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createAttemptRunner } from '../agents/attempt.ts';
import type { AgentSetup } from '../agents/runner.ts';
import type { Policy } from '../core/plan.ts';
import { defaultPolicy } from '../core/plan.ts';
import type { Engine } from '../engine/loop.ts';
import { createEngine } from '../engine/loop.ts';
import type { PlanningContext } from '../engine/outcomes.ts';
import type { Ports } from '../engine/ports.ts';
import type { Share } from '../engine/share.ts';
import type { ApiVersion, GitHubApp } from '../github/app.ts';
import { createGitHubApp } from '../github/app.ts';
import { committerOf } from '../github/committer.ts';
import { withHousekeeping } from '../github/housekeeping.ts';
import { ensureLabels } from '../github/labels.ts';
import { finishMerges } from '../github/merge-memory.ts';
import { createGitHubPort } from '../github/port.ts';
import type { Limits } from '../github/published-limits.ts';
import type { SharedBudget } from '../github/shared-budget.ts';
import { createTranslate } from '../github/signals.ts';
import { listRepositories } from '../github/sweep-requests.ts';
import type { OpenStore } from '../store/open-store.ts';
import type { BackendOptions } from './backends.ts';
import { instanceName, openBackendQueue, openBackendStore } from './backends.ts';
import { createRepositoryListener } from './repository-news.ts';
import { createTraffic, type Traffic } from './traffic.ts';

export interface RuntimeOptions extends BackendOptions {
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly apiUrl: string;
  readonly apiVersion?: ApiVersion;
  readonly agents: Readonly<Record<string, AgentSetup>>;
  readonly basePolicy?: Partial<Policy>;
  readonly overridePolicy?: Partial<Policy>;
  /** Of plans with group issues: whether they start at once, and from which size on there are some. */
  readonly sharding?: Pick<PlanningContext, 'startsSharded' | 'mostSubIssues'>;
  /** False where there is no GitHub around the list. */
  readonly waitsOutside?: boolean;
  readonly tickMs: number;
  readonly graceMs: number;
  readonly coalesceMs: number;
  readonly httpDeadlineMs: number;
  /** Limits of the API that all processes together keep; null where the server has none. */
  readonly limits: Limits | null;
  readonly globalCap?: number;
  /** What this process carries out of everything that is to be done; default: everything. */
  readonly takes?: Share['takes'];
  /** Only attempts of these agents. */
  readonly onlyAgents?: readonly string[];
  /** Files that agents must not see. */
  readonly hidden?: readonly string[];
  /** PATH of agents and verify commands: the operator's. */
  readonly path?: string;
  /** False only for the control of the chaos test. */
  readonly looksBeforeRetry?: boolean;
}

export interface Runtime {
  readonly engine: Engine;
  readonly store: OpenStore;
  readonly app: GitHubApp;
  readonly ports: Ports;
  readonly traffic: Traffic;
  /** Stops the loop, hands back what runs, closes the store. */
  readonly close: () => Promise<void>;
}

/** An outage of GitHub shorter than this costs nothing but time. */
const giveUpAfterMs = 6 * 3_600_000;

/** DETAILS "Names and ids": all orchestrations together. */
const globalCap = 20;

/** Resolves when the loop runs. Rejects when GitHub refuses the credentials or the data directory is in use. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { log } = options;
  const traffic = createTraffic(Date.now);
  const share: Share = {
    takes: options.takes ?? 'everything',
    agents: options.onlyAgents ?? null,
    mostAttempts: options.globalCap ?? globalCap,
  };
  const { limits } = options;
  let shared: SharedBudget | null = null;
  const app = await createGitHubApp({
    onAnswer: traffic.onAnswer,
    appId: options.appId,
    privateKey: options.privateKey,
    webhookSecret: options.webhookSecret,
    apiUrl: options.apiUrl,
    ...(options.apiVersion === undefined ? {} : { apiVersion: options.apiVersion }),
    log,
    pace: { minWriteGapMs: limits?.writeGapMs ?? 0 },
    ...(limits === null ? {} : { budget: { limits, shared: () => shared } }),
    httpDeadlineMs: options.httpDeadlineMs,
  });
  const identity = await app.identity();
  const secrets = secretsOf(options);
  const store = await openBackendStore(options);
  shared = { ...store.budget, now: store.now, sharers: async () => (await store.instances()).length };
  const queue = await openBackendQueue(options, share, store).catch(async (error) => {
    await store.close();
    throw error;
  });
  await app.server.recall(store.notes);
  const { httpDeadlineMs, graceMs } = options;
  const alone = options.databaseUrl === undefined;
  const merges = { deadlineMs: httpDeadlineMs, patienceMs: alone ? 0 : httpDeadlineMs + graceMs };
  await finishMerges(app, log, merges);
  const repositories = createRepositoryListener(app, store, queue, log);
  const ports: Ports = {
    store,
    queue,
    github: withHousekeeping(createGitHubPort(app, secrets), app, log, merges),
    agents: createAttemptRunner({
      dataDir: join(options.dataDir, 'agents'),
      agents: options.agents,
      pushAccess: app.pushAccess,
      committer: await committerOf(app),
      idleMs: 10 * 60_000,
      graceMs: 3_000,
      outputBytes: 1_000_000,
      secrets: () => secrets,
      log: (level, message, fields) => log[level](fields ?? {}, message),
      // not only the agents' own part: the database and the control socket are none of their business either
      hidden: [options.dataDir, ...(options.hidden ?? [])],
      ...(options.path === undefined ? {} : { path: options.path }),
    }),
    translate: repositories.around(
      createTranslate({
        appSlug: identity.slug,
        appId: identity.id,
        secrets,
        ownLogins: app.server.ownLogins,
      }),
    ),
    now: store.now,
    // derived, so that markers stay provable after a restart and without a secret of their own to keep
    markerSecret: createHmac('sha256', options.webhookSecret).update('muster marker').digest('hex'),
    log: (level, message, fields) => log[level](fields ?? {}, message),
  };
  const engine = createEngine(ports, {
    owner: instanceName(),
    httpDeadlineMs: options.httpDeadlineMs,
    graceMs: options.graceMs,
    attempts: { leaseMs: 15_000, retryMs: 2_000, mostTries: 8, giveUpAfterMs },
    mostTries: 12,
    giveUpAfterMs,
    firstRetryMs: Math.min(1_000, Math.max(100, options.graceMs / 4)),
    pace: { coalesceMs: options.coalesceMs },
    planning: {
      agents: Object.keys(options.agents),
      capabilities: Object.fromEntries(
        Object.entries(options.agents).map(([name, agent]) => [name, agent.capabilities ?? []]),
      ),
      basePolicy: { ...defaultPolicy, ...options.basePolicy },
      overridePolicy: options.overridePolicy ?? {},
      ...options.sharding,
      ...(options.waitsOutside === undefined ? {} : { waitsOutside: options.waitsOutside }),
    },
    share,
    looksBeforeRetry: options.looksBeforeRetry ?? true,
    tickMs: options.tickMs,
    dueMs: 1_000,
  });
  await store.recordAgents(
    Object.entries(options.agents).map(([name, agent]) => ({
      id: name,
      name,
      type: 'script',
      capabilities: agent.capabilities ?? [],
      status: 'available',
      metadata: {},
    })),
  );
  const prepare = (): Promise<void> => prepareRepositories(app, log);
  const labels =
    options.databaseUrl === undefined
      ? prepare()
      : store.inTurn('labels', { everyMs: 600_000, leaseMs: 60_000 }, prepare);
  // a large installation must not hold up the start
  await Promise.race([labels, new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
  await engine.start();
  return {
    engine,
    store,
    app,
    ports,
    traffic,
    close: async () => {
      await engine.stop(10_000);
      await labels;
      await repositories.settled();
      await store.close();
    },
  };
}

/** What must not appear in anything that people read: agents' output, logs, comments. */
export function secretsOf(
  options: Pick<RuntimeOptions, 'webhookSecret' | 'privateKey' | 'databaseUrl' | 'redisUrl'>,
): readonly string[] {
  const addresses = [options.databaseUrl, options.redisUrl].flatMap((url) => url ?? []);
  const passwords = addresses.map((url) => (URL.canParse(url) ? decodeURIComponent(new URL(url).password) : ''));
  return [options.webhookSecret, options.privateKey, ...addresses, ...passwords].filter((secret) => secret.length >= 6);
}

/** Once per repository and start: the labels that people and we put on issues. Failing is no reason not to run. */
async function prepareRepositories(app: GitHubApp, log: Logger): Promise<void> {
  try {
    for (const installation of await app.installations())
      for (const repository of await listRepositories(installation)) {
        await ensureLabels(installation, repository);
        // known from here on, so that no command has to look it up
        await app.installationFor(repository);
      }
  } catch (error) {
    log.warn({ error: String(error) }, 'labels could not be prepared; issues are made without them');
  }
}
