/** `muster worker`: runs agents for a `muster start` elsewhere, over the database that both share. */
import { Command } from 'commander';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import type { ServerSettings } from '../settings.ts';
import { untilInterrupted } from './interrupt.ts';
import { notEmpty } from './options.ts';
import { settingsHelp, startServer } from './server-process.ts';

interface WorkerOptions {
  readonly envFile?: string;
  readonly agents?: readonly string[];
}

export function workerCommand(): Command {
  return new Command('worker')
    .summary('Run agents for a "muster start" elsewhere.')
    .description(
      'Run agents for a "muster start" elsewhere, over the PostgreSQL that both share. The settings are those of "muster start", WEBHOOK_SECRET included; PORT is not used.',
    )
    .option('--env-file <file>', 'read settings from there instead of .env', notEmpty)
    .option('--agents <names>', 'only attempts of these agents, with commas between them', names)
    .addHelpText('after', settingsHelp)
    .action(work);
}

function names(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

async function work(options: WorkerOptions): Promise<void> {
  const { settings, log, interrupted, close } = await startServer({
    command: 'muster worker',
    envFile: options.envFile ?? null,
    takes: 'attempts',
    ...(options.agents === undefined ? {} : { onlyAgents: options.agents }),
    check: (found) => refuseUnknownAgents(found, options.agents ?? []),
  });
  try {
    const agents = options.agents ?? Object.keys(settings.agents);
    log.info({ agents, github: settings.apiUrl }, 'muster waits for attempts to run');
    await untilInterrupted(interrupted);
  } finally {
    await close();
  }
}

function refuseUnknownAgents({ agents }: ServerSettings, wanted: readonly string[]): void {
  const unknown = wanted.filter((name) => agents[name] === undefined);
  if (unknown.length === 0) return;
  throw new CommandFailed(
    exitCodes.agentCannotStart,
    `--agents names ${unknown.map((name) => `"${name}"`).join(', ')}, which is not configured here. Configured are: ${Object.keys(agents).join(', ')}.`,
  );
}
