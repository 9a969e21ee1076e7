/** `muster status`, `muster why`, `muster health`: asked of the running server, or of its database when none runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { replay } from '../../core/evolve.ts';
import { openStore } from '../../store/open-store.ts';
import { sayStatus } from '../../text/terminal.ts';
import { sayWhy } from '../../text/waiting.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { askRunning } from '../http/control.ts';
import type { Answer, Question } from '../questions.ts';
import { answerQuestion } from '../questions.ts';
import { defaultDataDir } from '../settings.ts';
import { wholeNumber } from './options.ts';
import { createOutput } from './output.ts';
import { summaryJson } from './summary-json.ts';

interface InspectOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

function inspect(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data-dir <dir>', "the server's data directory (default: MUSTER_DATA_DIR)")
    .option('--json', 'as one JSON document');
}

export function statusCommand(): Command {
  return inspect('status', 'Show every orchestration and where it stands.').action(async (options: InspectOptions) => {
    const answer = await ask(options, { kind: 'status' });
    if (answer.kind !== 'status') return;
    const output = createOutput(options.json === true);
    if (output.wantsJson) output.json({ orchestrations: answer.orchestrations.map(summaryJson) });
    else output.say(sayStatus(answer.orchestrations, Date.now()));
  });
}

export function whyCommand(): Command {
  return inspect('why', 'Say why a task is not running or not landing, and what finishing it would free.')
    .argument('<issue>', 'number of its sub-issue or pull request', wholeNumber(1, 1_000_000_000))
    .action(async (issue: number, options: InspectOptions) => {
      const answer = await ask(options, { kind: 'why', issue });
      if (answer.kind !== 'why') return;
      const output = createOutput(options.json === true);
      if (answer.found.length === 0)
        throw new CommandFailed(
          exitCodes.unreadable,
          `#${issue} is neither a sub-issue nor a pull request of any orchestration here.`,
        );
      for (const { state, why } of answer.found) for (const line of sayWhy(state, why, answer.now)) output.say(line);
      output.json({ found: answer.found.map(({ state, why }) => ({ orchestration: state.id, ...why })) });
    });
}

export function healthCommand(): Command {
  return inspect('health', 'Say whether the parts work: database, inbox, commands.').action(
    async (options: InspectOptions) => {
      const answer = await ask(options, { kind: 'health' });
      if (answer.kind !== 'health') return;
      const output = createOutput(options.json === true);
      const { health } = answer;
      output.json(health);
      if (output.wantsJson) return;
      const commands = Object.entries(health.commands).map(([status, count]) => `${count} ${status}`);
      output.say(
        [
          `Database       ${health.database}`,
          `Orchestrations ${health.liveOrchestrations} live`,
          `Inbox          ${health.inbox.waiting} waiting, ${health.inbox.failed} failed`,
          `Commands       ${commands.join(', ') || 'none'}`,
          `Oldest due     ${health.oldestDueMs} ms`,
        ].join('\n'),
      );
    },
  );
}

async function ask(options: InspectOptions, question: Question): Promise<Answer> {
  const dataDir = options.dataDir ?? (process.env.MUSTER_DATA_DIR || defaultDataDir(process.env));
  const answer = await askRunning(dataDir, question);
  if (answer !== null) return answer;
  const dir = join(dataDir, 'db');
  if (!existsSync(dir))
    throw new CommandFailed(
      exitCodes.unreadable,
      `No Muster has run with the data directory ${dataDir}. Name another with --data-dir.`,
    );
  const store = await openStore({ dir, now: Date.now, fold: replay });
  try {
    return await answerQuestion(store, question, Date.now());
  } finally {
    await store.close();
  }
}
