/** `muster start`: the server, configured by its environment alone. */
import { join } from 'node:path';
import { Command } from 'commander';
import { makeDataDir } from '../data-dir.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { openControlSocket } from '../http/control.ts';
import { openHttpDoor } from '../http/server.ts';
import { createLogger } from '../logger.ts';
import { startRuntime } from '../runtime.ts';
import { readSettings } from '../settings.ts';
import { systemWords } from '../system-trouble.ts';
import { onInterrupt, untilInterrupted } from './interrupt.ts';
import { requireGit } from './requirements.ts';

const help = `
Settings, all by environment:
  APP_ID                     number of the GitHub App
  PRIVATE_KEY                its private key as PEM text, or PRIVATE_KEY_PATH, a file
  WEBHOOK_SECRET             secret of its webhook (required)
  PORT                       port to listen on (3000)
  MUSTER_GITHUB_API_URL      https://api.github.com, or https://HOST/api/v3
  MUSTER_DATA_DIR            where state is kept (XDG state directory)
  MUSTER_AGENT_COMMAND       shell command that works on one task
  MUSTER_CONFIG              YAML file with several agents
  MUSTER_MERGE               manual, on-approval or auto: stronger than a repository's own setting
  MUSTER_TICK_SECONDS        pause between sweeps of GitHub (60)
  MUSTER_GRACE_MS            how long a request already sent may take to land (45000)
  LOG_LEVEL                  trace, debug, info, warn, error (info)`;

export function startCommand(): Command {
  return new Command('start')
    .description('Run the GitHub App: take webhooks, work, report, land.')
    .addHelpText('after', help)
    .action(start);
}

async function start(): Promise<void> {
  await requireGit();
  const result = readSettings(process.env);
  if (!result.ok)
    throw new CommandFailed(
      exitCodes.unreadable,
      ['muster start cannot begin:', ...result.problems.map((problem) => `- ${problem}`)].join('\n'),
    );
  const { settings } = result;
  const log = createLogger(settings.logLevel, [settings.webhookSecret, settings.privateKey]);
  const dataDir = makeDataDir(settings.dataDir, 'Name another directory with MUSTER_DATA_DIR.');
  refuseLongPath(dataDir);
  if (process.env.NODE_ENV === 'production')
    log.warn('the embedded database is made for one process; a PostgreSQL tier comes with a later release');
  const interrupted = onInterrupt(() => log.info('stopping: what runs is handed back'));
  const runtime = await startRuntime({
    ...settings,
    dataDir,
    overridePolicy: settings.merge === null ? {} : { merge: settings.merge },
    coalesceMs: 10_000,
    httpDeadlineMs: 15_000,
    log,
  }).catch((error) => {
    throw startFailure(error, settings.apiUrl);
  });
  const closers: (() => Promise<void>)[] = [runtime.close];
  try {
    const door = await openHttpDoor(runtime, { port: settings.port, log }).catch((error) => {
      throw new CommandFailed(
        exitCodes.outOfResources,
        `Port ${settings.port} cannot be listened on: ${systemWords(error)}. Choose another with PORT.`,
        { cause: error },
      );
    });
    closers.unshift(door.close);
    closers.unshift(await openControlSocket(dataDir, runtime.store));
    log.info({ url: door.url, github: settings.apiUrl, data: dataDir }, 'muster listens for webhooks');
    await untilInterrupted(interrupted);
  } finally {
    for (const close of closers) await close();
  }
}

/** The name of a Unix socket is cut off without a word beyond this many bytes (104 on macOS, 108 on Linux, with a zero). */
const longestSocketPath = 103;

function refuseLongPath(dataDir: string): void {
  if (Buffer.byteLength(join(dataDir, 'control.sock')) <= longestSocketPath) return;
  throw new CommandFailed(
    exitCodes.unreadable,
    `The path of the data directory is too long for the control socket in it: ${dataDir}. Choose one of at most ${longestSocketPath - '/control.sock'.length} bytes with MUSTER_DATA_DIR.`,
  );
}

function startFailure(error: unknown, apiUrl: string): unknown {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : null;
  if (status === 401 || status === 404) {
    return new CommandFailed(
      exitCodes.githubRefused,
      `GitHub (${apiUrl}) does not accept APP_ID with this private key: check both on the App's page.`,
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
  return error;
}
