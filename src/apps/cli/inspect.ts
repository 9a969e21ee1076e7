/** `muster status`, `muster why`, `muster health`: asked of the running server, or of its database when none runs. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { replay } from '../../core/evolve.ts';
import { StoreLocked } from '../../store/directory-lock.ts';
import { openPostgresStore, openStore } from '../../store/open-store.ts';
import { sayStatus } from '../../text/terminal.ts';
import { sayWhy } from '../../text/waiting.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { askRunning } from '../http/control.ts';
import type { Answer, Question } from '../questions.ts';
import { answerQuestion } from '../questions.ts';
import { defaultDataDir } from '../settings.ts';
import { shellWord } from '../shell-word.ts';
import { systemWords } from '../system-trouble.ts';
import { databaseFailure } from './db.ts';
import { notEmpty, wholeNumber } from './options.ts';
import type { Output } from './output.ts';
import { createOutput } from './output.ts';
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

export function statusCommand(): Command {
  return inspect('status', 'Show every orchestration and where it stands.').action(async (options: InspectOptions) => {
    const { answer, running } = await ask(options, { kind: 'status' });
    if (answer.kind !== 'status') return;
    const output = createOutput(options.json === true);
    if (output.wantsJson) output.json({ running, orchestrations: answer.orchestrations.map(summaryJson) });
    else output.say(sayStatus(answer.orchestrations, Date.now()));
    remark(output, running);
  });
}

export function whyCommand(): Command {
  return inspect('why', 'Say why a task is not running or not landing, and what finishing it would free.')
    .argument('<issue>', 'number of its sub-issue or pull request', wholeNumber(1, 1_000_000_000))
    .action(async (issue: number, options: InspectOptions) => {
      const { answer, running } = await ask(options, { kind: 'why', issue });
      if (answer.kind !== 'why') return;
      const output = createOutput(options.json === true);
      if (answer.found.length === 0)
        throw new CommandFailed(
          exitCodes.unreadable,
          `#${issue} is neither a sub-issue nor a pull request of any orchestration here. "muster status" lists them.`,
        );
      for (const { state, why } of answer.found) for (const line of sayWhy(state, why, answer.now)) output.say(line);
      output.json({ running, found: answer.found.map(({ state, why }) => ({ orchestration: state.id, ...why })) });
      remark(output, running);
    });
}

export function healthCommand(): Command {
  return inspect('health', 'Say whether the parts work: server, database, inbox, commands.')
    .addHelpText('after', '\nExit codes: 0 the server answers, 2 no server runs, 3 none has ever run here.')
    .action(async (options: InspectOptions) => {
      const { answer, running } = await ask(options, { kind: 'health' });
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

async function ask(
  options: InspectOptions,
  question: Question,
): Promise<{ readonly answer: Answer; readonly running: boolean }> {
  const url = process.env.DATABASE_URL;
  if (options.dataDir === undefined && url) return await askDatabase(url, question);
  const dataDir = resolve(options.dataDir ?? (process.env.MUSTER_DATA_DIR || defaultDataDir(process.env)));
  const dir = join(dataDir, 'db');
  if (!existsSync(dir)) throw new CommandFailed(exitCodes.unreadable, nothingHere(dataDir));
  const answer = await askRunning(dataDir, question).catch((error) => {
    throw new CommandFailed(exitCodes.unreadable, `The server of ${dataDir} cannot be asked: ${systemWords(error)}.`, {
      cause: error,
    });
  });
  if (answer !== null) return { answer, running: true };
  const store = await openStore({ dir, now: Date.now, fold: replay }).catch((error) => {
    throw error instanceof StoreLocked ? atWork(error) : error;
  });
  try {
    return { answer: await answerQuestion(store, question, Date.now()), running: false };
  } finally {
    await store.close();
  }
}

/** A PostgreSQL can be asked by everybody who has its address; it knows which processes work over it. */
async function askDatabase(
  url: string,
  question: Question,
): Promise<{ readonly answer: Answer; readonly running: boolean }> {
  const store = await openPostgresStore({ url, poolSize: 2, now: Date.now, fold: replay }).catch((error) => {
    throw databaseFailure(error);
  });
  try {
    const answer = await answerQuestion(store, question, store.now());
    // this very command is one of them
    return { answer, running: (await store.instances()).length > 1 };
  } finally {
    await store.close();
  }
}

/** Somebody has the database and does not answer questions: a `muster run`, or a server that only just starts. */
function atWork(error: StoreLocked): CommandFailed {
  const who = error.holder === null ? 'Another process' : `Process ${error.holder.pid}`;
  return new CommandFailed(
    exitCodes.outOfResources,
    `${who} is at work in ${error.dir} and takes no questions: a "muster run" tells how it goes by itself, a server answers once it has started. Ask again then.`,
    { cause: error },
  );
}

/** `muster run` keeps each run apart from the server's state, in a directory of its own. */
function nothingHere(dataDir: string): string {
  const runs = join(dataDir, 'runs');
  const kept = existsSync(runs) ? readdirSync(runs).filter((name) => existsSync(join(runs, name, 'muster', 'db'))) : [];
  const hint =
    kept.length === 0
      ? 'Name another with --data-dir.'
      : `Each "muster run" has one of its own:${kept.map((name) => `\n  --data-dir ${shellWord(join(runs, name, 'muster'))}`).join('')}`;
  return `No server has run with the data directory ${dataDir}. ${hint}`;
}
