/** `muster start`: the server, configured by its environment alone. */
import { Command } from 'commander';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { hasShortPath, longestDataDir, openControlSocket } from '../http/control.ts';
import { openHttpDoor } from '../http/server.ts';
import { operatorOf } from '../operator-of.ts';
import type { ServerSettings } from '../settings.ts';
import { systemWords } from '../system-trouble.ts';
import { untilInterrupted } from './interrupt.ts';
import { notEmpty } from './options.ts';
import { settingsHelp, startServer } from './server-process.ts';

interface StartOptions {
  readonly envFile?: string;
  readonly worker: boolean;
}

export function startCommand(): Command {
  return new Command('start')
    .description('Run the GitHub App: take webhooks, work, report, land.')
    .option('--env-file <file>', 'read settings from there instead of .env', notEmpty)
    .option('--no-worker', 'leave the agents to "muster worker", here or on other machines (needs DATABASE_URL)')
    .addHelpText('after', settingsHelp)
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const { runtime, settings, dataDir, log, interrupted, close } = await startServer({
    command: 'muster start',
    envFile: options.envFile ?? null,
    takes: options.worker ? 'everything' : 'all-but-attempts',
    check: refuseLongPath,
  });
  const closers: (() => Promise<void>)[] = [close];
  try {
    const door = await openHttpDoor(runtime, { port: settings.port, log }).catch((error) => {
      throw new CommandFailed(
        exitCodes.outOfResources,
        `Port ${settings.port} cannot be listened on: ${systemWords(error)}. Choose another with PORT.`,
        { cause: error },
      );
    });
    closers.unshift(door.close);
    closers.unshift(await openControlSocket(dataDir, runtime.store, operatorOf(runtime)));
    log.info({ url: door.url, github: settings.apiUrl, data: dataDir }, 'muster listens for webhooks');
    await untilInterrupted(interrupted);
  } finally {
    for (const closer of closers) await closer();
  }
}

function refuseLongPath({ dataDir }: ServerSettings): void {
  if (hasShortPath(dataDir)) return;
  throw new CommandFailed(
    exitCodes.unreadable,
    `The path of the data directory is too long for the control socket in it: ${dataDir}. Choose one of at most ${longestDataDir} bytes with MUSTER_DATA_DIR.`,
  );
}
