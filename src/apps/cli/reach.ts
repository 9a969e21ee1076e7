/** How a command reaches the Muster it is about: a running server, a running `muster run`, or their database. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { replay } from '../../core/evolve.ts';
import type { Repository } from '../../core/model.ts';
import { askAsOperator } from '../../engine/ask.ts';
import { StoreLocked } from '../../store/directory-lock.ts';
import type { OpenStore } from '../../store/open-store.ts';
import { openPostgresStore, openStore } from '../../store/open-store.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { type Answered, type Asked, askRunning } from '../http/control.ts';
import { type OperatorOutcome, type OperatorWords, obeyOperator } from '../operator.ts';
import { answerQuestion } from '../questions.ts';
import { defaultDataDir } from '../settings.ts';
import { shellWord } from '../shell-word.ts';
import { systemWords } from '../system-trouble.ts';
import { databaseFailure } from './db.ts';

export interface Reached {
  readonly answered: Answered;
  /** False: this is how things stood when it stopped. */
  readonly running: boolean;
}

/** Throws `CommandFailed` with what helps where nobody can be asked. */
export async function reach(options: { readonly dataDir?: string }, asked: Asked): Promise<Reached> {
  const url = process.env.DATABASE_URL;
  if (options.dataDir === undefined && url) return await reachDatabase(url, asked);
  const dataDir = resolve(options.dataDir ?? (process.env.MUSTER_DATA_DIR || defaultDataDir(process.env)));
  const answered = (await askServer(dataDir, asked)) ?? (await askOnlyRun(dataDir, asked));
  if (answered !== null) return { answered, running: true };
  const dir = join(dataDir, 'db');
  if (!existsSync(dir)) throw new CommandFailed(exitCodes.unreadable, nothingHere(dataDir));
  const store = await openStore({ dir, now: Date.now, fold: replay }).catch((error) => {
    throw error instanceof StoreLocked ? atWork(error) : error;
  });
  try {
    if (asked.kind === 'command') throw new CommandFailed(exitCodes.failed, nobodyWorks(dataDir));
    return { answered: await answerQuestion(store, asked, Date.now()), running: false };
  } finally {
    await store.close();
  }
}

async function askServer(dataDir: string, asked: Asked): Promise<Answered | null> {
  return askRunning(dataDir, asked).catch((error) => {
    throw new CommandFailed(exitCodes.unreadable, `The server of ${dataDir} cannot be asked: ${systemWords(error)}.`, {
      cause: error,
    });
  });
}

/** The one `muster run` that works now, where no server does. */
async function askOnlyRun(dataDir: string, asked: Asked): Promise<Answered | null> {
  if (existsSync(join(dataDir, 'db'))) return null;
  const dirs = runDirs(dataDir);
  const alive = await Promise.all(dirs.map((dir) => askRunning(dir, { kind: 'health' }).catch(() => null)));
  const running = dirs.filter((_, index) => alive[index] !== null);
  const [first] = running;
  if (first === undefined) return null;
  if (running.length === 1) return askServer(first, asked);
  throw new CommandFailed(
    exitCodes.unreadable,
    `Several "muster run" work now. Name one:${running.map((dir) => `\n  --data-dir ${shellWord(dir)}`).join('')}`,
  );
}

/** `muster run` keeps each run apart from the server's state, in a directory of its own. */
function runDirs(dataDir: string): readonly string[] {
  const runs = join(dataDir, 'runs');
  const kept = existsSync(runs) ? readdirSync(runs) : [];
  return kept.map((name) => join(runs, name, 'muster')).filter((dir) => existsSync(join(dir, 'db')));
}

/** A PostgreSQL can be asked by everybody who has its address; it knows which processes work over it. */
async function reachDatabase(url: string, asked: Asked): Promise<Reached> {
  const store = await openPostgresStore({ url, poolSize: 2, now: Date.now, fold: replay }).catch((error) => {
    throw databaseFailure(error);
  });
  try {
    // this very command is one of them
    const running = (await store.instances()).length > 1;
    if (asked.kind !== 'command') return { answered: await answerQuestion(store, asked, store.now()), running };
    return { answered: { kind: 'command', outcome: await tell(store, asked, running) }, running };
  } finally {
    await store.close();
  }
}

/** How long a server may take to look, milliseconds. */
const patienceMs = 15_000;

function tell(store: OpenStore, words: OperatorWords, running: boolean): Promise<OperatorOutcome> {
  const ports = { store, now: store.now, queue: { enqueue: () => {} } };
  return obeyOperator(
    {
      store,
      now: store.now,
      ask: (asks) => askAsOperator(ports, { coalesceMs: 0 }, asks),
      repositoryOf: (owner, name) => spelledAs(store, owner, name),
      waitMs: running ? patienceMs : 0,
    },
    words,
  );
}

/** As it was spelled before; what was never heard of is looked up by the server that reads its issue. */
async function spelledAs(store: OpenStore, owner: string, name: string): Promise<Repository> {
  const rows = await store.findOrchestrations({});
  const known = rows.find((row) => `${row.owner}/${row.name}`.toLowerCase() === `${owner}/${name}`.toLowerCase());
  return {
    owner: known?.owner ?? owner,
    name: known?.name ?? name,
    nodeId: '',
    defaultBranch: 'main',
    cloneUrl: '',
  };
}

function nobodyWorks(dataDir: string): string {
  return `No Muster runs with the data directory ${dataDir}, so nobody can do that. "muster start" starts one; --data-dir names another.`;
}

/** Somebody has the database and does not answer questions: a `muster run`, or a server that only just starts. */
function atWork(error: StoreLocked): CommandFailed {
  const who = error.holder === null ? 'Another process' : `Process ${error.holder.pid}`;
  return new CommandFailed(
    exitCodes.outOfResources,
    `${who} is at work in ${error.dir} and takes no questions yet: it answers once it has started. Ask again then.`,
    { cause: error },
  );
}

function nothingHere(dataDir: string): string {
  const kept = runDirs(dataDir);
  const hint =
    kept.length === 0
      ? 'Name another with --data-dir.'
      : `Each "muster run" has one of its own:${kept.map((dir) => `\n  --data-dir ${shellWord(dir)}`).join('')}`;
  return `No server has run with the data directory ${dataDir}. ${hint}`;
}
