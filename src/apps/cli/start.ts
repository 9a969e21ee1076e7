/** `muster start`: the server, configured by its environment alone. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { openControlSocket } from '../http/control.ts';
import { openHttpDoor } from '../http/server.ts';
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
    closers.unshift(await openControlSocket(dataDir, runtime.store));
    log.info({ url: door.url, github: settings.apiUrl, data: dataDir }, 'muster listens for webhooks');
    await untilInterrupted(interrupted);
  } finally {
    for (const closer of closers) await closer();
  }
}

/** The name of a Unix socket is cut off without a word beyond this many bytes (104 on macOS, 108 on Linux, with a zero). */
const longestSocketPath = 103;

function refuseLongPath({ dataDir }: ServerSettings): void {
  if (Buffer.byteLength(join(resolve(dataDir), 'control.sock')) <= longestSocketPath) return;
  throw new CommandFailed(
    exitCodes.unreadable,
    `The path of the data directory is too long for the control socket in it: ${dataDir}. Choose one of at most ${longestSocketPath - '/control.sock'.length} bytes with MUSTER_DATA_DIR.`,
  );
}
