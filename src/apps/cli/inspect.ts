/** `muster status`, `muster why`, `muster health`: asked of the running server, or of its database when none runs. */
import { Command } from 'commander';
import { sayStatus } from '../../text/terminal.ts';
import { sayWhy } from '../../text/waiting.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { readWhere, type Where } from '../where.ts';
import { notEmpty } from './options.ts';
import type { Output } from './output.ts';
import { createOutput } from './output.ts';
import { reach } from './reach.ts';
import { summaryJson } from './summary-json.ts';

interface InspectOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

function inspect(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data-dir <dir>', "the server's data directory (default: DATABASE_URL, else MUSTER_DATA_DIR)", notEmpty)
    .option('--json', 'as one JSON document');
}

const whichIssue = 'owner/repo#12 (in quotes), the address of an issue, or its number';

export function statusCommand(): Command {
  return inspect('status', 'Show every orchestration and where it stands, or one of them.')
    .argument('[issue]', whichIssue)
    .action(async (issue: string | undefined, options: InspectOptions) => {
      const where = issue === undefined ? {} : placeOf(issue);
      const { answered: answer, running } = await reach(options, { kind: 'status', where });
      if (answer.kind !== 'status') return;
      const output = createOutput(options.json === true);
      if (issue !== undefined && answer.orchestrations.length === 0) throw unknownIssue(issue);
      if (output.wantsJson) output.json({ running, orchestrations: answer.orchestrations.map(summaryJson) });
      else output.say(sayStatus(answer.orchestrations, Date.now()));
      remark(output, running);
    });
}

function placeOf(issue: string): Where & { readonly number: number } {
  const { number, ...rest } = readWhere(issue) ?? {};
  if (number !== undefined) return { ...rest, number };
  throw new CommandFailed(exitCodes.unreadable, `"${issue}" is no issue: give ${whichIssue}.`);
}

function unknownIssue(issue: string): CommandFailed {
  const name = /^\d+$/.test(issue) ? `#${issue}` : issue;
  return new CommandFailed(
    exitCodes.unreadable,
    `${name} is neither a sub-issue nor a pull request of any orchestration here. "muster status" lists them.`,
  );
}

export function whyCommand(): Command {
  return inspect('why', 'Say why a task is not running or not landing, and what finishing it would free.')
    .argument('<issue>', `of its sub-issue or pull request, or of the master issue: ${whichIssue}`)
    .action(async (issue: string, options: InspectOptions) => {
      const { answered: answer, running } = await reach(options, { kind: 'why', where: placeOf(issue) });
      if (answer.kind !== 'why') return;
      const output = createOutput(options.json === true);
      if (answer.found.length === 0) throw unknownIssue(issue);
      for (const { state, why } of answer.found) for (const line of sayWhy(state, why, answer.now)) output.say(line);
      output.json({ running, found: answer.found.map(({ state, why }) => ({ orchestration: state.id, ...why })) });
      remark(output, running);
    });
}

export function healthCommand(): Command {
  return inspect('health', 'Say whether the parts work: server, database, inbox, commands.')
    .addHelpText('after', '\nExit codes: 0 the server answers, 2 no server runs, 3 none has ever run here.')
    .action(async (options: InspectOptions) => {
      const { answered: answer, running } = await reach(options, { kind: 'health' });
      if (answer.kind !== 'health') return;
      const output = createOutput(options.json === true);
      const { health } = answer;
      if (!running) process.exitCode = exitCodes.failed;
      output.json({ running, ...health });
      if (output.wantsJson) return;
      const commands = Object.entries(health.commands).map(([status, count]) => `${count} ${status}`);
      output.say(
        [
          `Server         ${running ? 'running' : 'not running'}`,
          `Database       ${health.database}`,
          `Orchestrations ${health.liveOrchestrations} live`,
          `Inbox          ${health.inbox.waiting} waiting, ${health.inbox.failed} failed`,
          `Commands       ${commands.join(', ') || 'none'}`,
          `Oldest due     ${health.oldestDueMs} ms`,
        ].join('\n'),
      );
    });
}

/** What is read from the database of a stopped server is how it stood, not how it stands. */
function remark(output: Output, running: boolean): void {
  if (!running) output.say('\nNo Muster runs here now: this is how things stood when it stopped.');
}
