#!/usr/bin/env node
/** The command line: one file per command; this one only puts them together and turns failures into exit codes. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { StoreLocked } from '../../store/directory-lock.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { scarcityWords } from '../system-trouble.ts';
import { dbCommand } from './db.ts';
import { demoCommand } from './demo.ts';
import { healthCommand, statusCommand, whyCommand } from './inspect.ts';
import { planCommand } from './plan.ts';
import { runCommand } from './run.ts';
import { sandboxCommand } from './sandbox.ts';
import { setupCommand } from './setup.ts';
import { startCommand } from './start.ts';
import { guardStreams } from './streams.ts';
import { verbCommands } from './verbs.ts';
import { workerCommand } from './worker.ts';

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

const program = new Command('muster')
  .description('Turns one GitHub master issue into merged work.')
  .version(version())
  .addHelpText(
    'after',
    "\nBegin with:\n  muster demo                                        see it work, in a minute\n  muster plan PLAN.md                                see what it makes of a checklist of yours\n  muster run PLAN.md --agent-command './agent.sh'    have it worked through in this repository",
  );
const afterError = '(add --help for what is possible)';
program.showHelpAfterError(afterError).exitOverride();
const commands = [
  demoCommand,
  runCommand,
  planCommand,
  setupCommand,
  startCommand,
  workerCommand,
  sandboxCommand,
  statusCommand,
  whyCommand,
  healthCommand,
  dbCommand,
];
for (const command of [...commands.map((make) => make()), ...verbCommands()])
  program.addCommand(command.showHelpAfterError(afterError).exitOverride());

async function main(): Promise<number> {
  try {
    await program.parseAsync();
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.done;
  } catch (error) {
    // commander has already printed what was wrong (or the help that was asked for)
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.unreadable;
    if (error instanceof CommandFailed || error instanceof StoreLocked) {
      process.stderr.write(`${error.message}\n`);
      return error instanceof CommandFailed ? error.exitCode : exitCodes.outOfResources;
    }
    return fault(error);
  }
}

/** What nobody foresaw: the machine's scarcity in a sentence, our own fault with its trace. */
function fault(error: unknown): number {
  const scarcity = scarcityWords(error);
  if (scarcity !== null) {
    process.stderr.write(`muster had to stop: ${scarcity}. The same command goes on when that is mended.\n`);
    return exitCodes.outOfResources;
  }
  process.stderr.write(
    `muster failed, and this is a fault of its own: ${error instanceof Error ? (error.stack ?? error.message) : inspect(error)}\n`,
  );
  return exitCodes.internal;
}

guardStreams();
process.on('uncaughtException', (error) => process.exit(fault(error)));
process.exitCode = await main();
// whatever a failed command has left open must not keep the process; what is still being written may finish
if (process.exitCode !== exitCodes.done) setInterval(leaveWhenWritten, 1_000).unref();

function leaveWhenWritten(): void {
  if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
}
