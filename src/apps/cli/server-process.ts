/** What `muster start` and `muster worker` have in common: settings in, a running engine out. */
import type { Logger } from 'pino';
import type { Share } from '../../engine/share.ts';
import { RedisRefused } from '../../queue/redis-server.ts';
import { lockDirectory, StoreLocked } from '../../store/directory-lock.ts';
import { makeDataDir } from '../data-dir.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { createLogger } from '../logger.ts';
import { type Runtime, secretsOf, startRuntime } from '../runtime.ts';
import type { Environment, ServerSettings } from '../settings.ts';
import { readSettings } from '../settings.ts';
import { openEnvFile } from '../setup/env-file.ts';
import { systemWords } from '../system-trouble.ts';
import { databaseFailure } from './db.ts';
import { onInterrupt } from './interrupt.ts';
import { requireGit } from './requirements.ts';

/** For the help of both commands. */
export const settingsHelp = `
Settings, all by environment, or in a file .env that "muster setup" has written; the environment counts first:
  APP_ID                     number of the GitHub App
  PRIVATE_KEY                its private key as PEM text, or PRIVATE_KEY_PATH, a file
  WEBHOOK_SECRET             secret of its webhook (required)
  PORT                       port to listen on (3000)
  MUSTER_GITHUB_API_URL      https://api.github.com, or https://HOST/api/v3
  MUSTER_GITHUB_API_VERSION  2022-11-28 or 2026-03-10 (2022-11-28)
  MUSTER_GITHUB_LIMITS       published or none: whether GitHub's published limits are kept (none on this machine)
  MUSTER_DATA_DIR            where state is kept (XDG state directory)
  DATABASE_URL               postgres://...: state is kept there, and several processes can share it
  MUSTER_REDIS_URL           redis://...: wakes processes that share a DATABASE_URL at once, not within two seconds
  MUSTER_AGENT_COMMAND       shell command that works on one task
  MUSTER_CONFIG              YAML file with several agents
  MUSTER_MERGE               manual, on-approval or auto: stronger than a repository's own setting
  MUSTER_TICK_SECONDS        pause between sweeps of GitHub (60)
  MUSTER_GRACE_MS            how long a request already sent may take to land (45000)
  LOG_LEVEL                  trace, debug, info, warn, error (info)`;

export interface ServerProcess {
  readonly runtime: Runtime;
  readonly settings: ServerSettings;
  readonly dataDir: string;
  readonly log: Logger;
  readonly interrupted: AbortSignal;
  readonly close: () => Promise<void>;
}

/** Throws `CommandFailed` with everything that is wrong, in words. `check` looks at the settings before anything starts. */
export async function startServer(options: {
  readonly command: string;
  readonly envFile: string | null;
  readonly takes: Share['takes'];
  readonly onlyAgents?: readonly string[];
  readonly check: (settings: ServerSettings) => void;
}): Promise<ServerProcess> {
  await requireGit();
  const file = openEnvFile(options.envFile, process.cwd());
  const env = { ...file?.values, ...process.env };
  const result = readSettings(env);
  if (!result.ok) {
    const lines = [`${options.command} cannot begin:`, ...result.problems.map((problem) => `- ${problem}`)];
    throw new CommandFailed(exitCodes.unreadable, [...lines, ...setupHint(env)].join('\n'));
  }
  const { settings } = result;
  const { databaseUrl, redisUrl } = settings;
  if (options.takes !== 'everything' && databaseUrl === undefined)
    throw new CommandFailed(
      exitCodes.unreadable,
      `${options.command} shares its work with other processes, and the embedded database belongs to one: set DATABASE_URL to a PostgreSQL.`,
    );
  options.check(settings);
  const log = createLogger(settings.logLevel, secretsOf(settings));
  const dataDir = makeDataDir(settings.dataDir, 'Name another directory with MUSTER_DATA_DIR.');
  if (process.env.NODE_ENV === 'production' && databaseUrl === undefined)
    log.warn('the embedded database is made for one process; DATABASE_URL names a PostgreSQL for several');
  if (options.takes !== 'everything' && redisUrl === undefined)
    log.info('without MUSTER_REDIS_URL the processes find their work by looking every second');
  const interrupted = onInterrupt(() => log.info('stopping: what runs is handed back'));
  // an embedded database has its own lock; agents' trees and the control socket must not be shared either
  const lock = databaseUrl === undefined ? null : await lockDirectory(dataDir).catch(refuseSharedDirectory);
  const runtime = await startRuntime({
    ...settings,
    dataDir,
    takes: options.takes,
    ...(options.onlyAgents === undefined ? {} : { onlyAgents: options.onlyAgents }),
    hidden: [...settings.hidden, ...(file === null ? [] : [file.path])],
    overridePolicy: settings.merge === null ? {} : { merge: settings.merge },
    coalesceMs: 10_000,
    httpDeadlineMs: 15_000,
    log,
  }).catch(async (error) => {
    await lock?.release();
    throw startFailure(error, settings.apiUrl);
  });
  const close = async (): Promise<void> => {
    await runtime.close();
    await lock?.release();
  };
  return { runtime, settings, dataDir, log, interrupted, close };
}

function refuseSharedDirectory(error: unknown): never {
  if (!(error instanceof StoreLocked)) throw error;
  throw new CommandFailed(
    exitCodes.outOfResources,
    `The data directory ${error.dir} is in use by another process: each one needs its own, see MUSTER_DATA_DIR.`,
    { cause: error },
  );
}

/** Whoever has no App yet is told how to get one. */
function setupHint(env: Environment): readonly string[] {
  return env.APP_ID
    ? []
    : ['No GitHub App yet? "muster setup" registers one in a browser and writes these settings to .env.'];
}

function startFailure(error: unknown, apiUrl: string): unknown {
  if (error instanceof RedisRefused)
    return new CommandFailed(exitCodes.outOfResources, error.message, { cause: error });
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : null;
  if (status === 401 || status === 404) {
    return new CommandFailed(
      exitCodes.githubRefused,
      `GitHub (${apiUrl}) does not accept APP_ID with this private key: check both on the App's page, and that MUSTER_GITHUB_API_URL is the address of its API.`,
      { cause: error },
    );
  }
  const code = typeof error === 'object' && error !== null && 'name' in error ? error.name : null;
  if (code === 'HttpError' || code === 'NotSentError') {
    return new CommandFailed(
      exitCodes.githubRefused,
      `GitHub (${apiUrl}) cannot be reached: ${systemWords(error)}. Check MUSTER_GITHUB_API_URL and the network.`,
      { cause: error },
    );
  }
  if (code === 'PausedError' && error instanceof Error) {
    return new CommandFailed(
      exitCodes.githubRefused,
      `GitHub (${apiUrl}) is not asked now: ${error.message}. Start again then.`,
      { cause: error },
    );
  }
  return databaseFailure(error);
}
