/** Where state lies and how work is woken: embedded and in this process, or PostgreSQL and Redis for several processes. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { replay } from '../core/evolve.ts';
import type { CommandQueue } from '../engine/ports.ts';
import type { Share } from '../engine/share.ts';
import { inProcessQueue } from '../queue/in-process.ts';
import { openRedisQueue } from '../queue/redis.ts';
import type { OpenStore } from '../store/open-store.ts';
import { openPostgresStore, openStore } from '../store/open-store.ts';

export interface BackendOptions {
  readonly dataDir: string;
  /** PostgreSQL; without it the database is embedded in `dataDir` and belongs to this process alone. */
  readonly databaseUrl?: string;
  /** Only with PostgreSQL: processes that share work must share a database. */
  readonly redisUrl?: string;
  /** A closed data directory to begin from; saves the making of a new database. */
  readonly storeTemplate?: string;
  readonly log: Logger;
}

/** Rejects with `StoreLocked`, `DatabaseUnusable` or `MigrationFailed`, whose messages say what helps. */
export function openBackendStore(options: BackendOptions): Promise<OpenStore> {
  const { databaseUrl, storeTemplate, log } = options;
  const common = {
    now: Date.now,
    fold: replay,
    onError: (error: unknown) => log.warn({ error: String(error) }, 'housekeeping of the database failed'),
  };
  if (databaseUrl !== undefined) return openPostgresStore({ url: databaseUrl, ...common });
  const template = storeTemplate === undefined ? {} : { template: storeTemplate };
  return openStore({ dir: join(options.dataDir, 'db'), ...template, ...common });
}

/** Handlers of all kinds but attempts, at once in one process. */
const shortPlaces = 8;

/** Rejects with `RedisRefused`, whose message says what helps. */
export async function openBackendQueue(
  options: BackendOptions,
  share: Share,
  store: Pick<OpenStore, 'agentWanted'>,
): Promise<CommandQueue> {
  const { redisUrl, log } = options;
  const concurrency = {
    long: share.takes === 'all-but-attempts' ? 0 : share.mostAttempts,
    short: share.takes === 'attempts' ? 0 : shortPlaces,
  };
  const onError = (key: string, error: unknown): void => log.error({ key, error: String(error) }, 'a handler failed');
  if (redisUrl === undefined) return inProcessQueue({ concurrency, onError });
  return await openRedisQueue({
    url: redisUrl,
    concurrency,
    // what another agent is to do goes to a worker that has it
    accepts: async (key) => {
      const agent = share.agents === null ? null : await store.agentWanted(key);
      return agent === null || share.agents?.includes(agent) === true;
    },
    onError,
    log: (level, message, fields) => log[level](fields ?? {}, message),
  });
}

/** Unique among all processes on one database: two containers both have a process 1. */
export function instanceName(): string {
  return `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
}
