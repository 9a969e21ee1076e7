// The stand-in for CI: runs a repository's own tests on every pushed commit and reports them as the check run `ci`.
// Promise: each branch tip gets a real answer from a clean checkout, also when the process was killed in between.
// May import: src/git, src/proc, checks. Invariant: what is still to be run is in the rows (a run that is not
// completed, or a ref whose ciSha is behind), never only in memory.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningProgram } from '../proc/run.ts';
import { createCheckRun, updateCheckRun } from './checks.ts';
import { type CiResult, runCiCommand } from './ci-command.ts';
import { detectCiCommand } from './ci-detect.ts';
import type { RefMove, World } from './context.ts';
import { readCommit, readFileAt, ZERO_SHA } from './git-objects.ts';
import type { AppRow, RefRow, RepositoryRow, UserRow } from './rows.ts';

export interface CiOptions {
  readonly enabled: boolean;
  /** Absent = found in the tree (ci-detect.ts). */
  readonly command?: string;
  /** Default ten minutes. */
  readonly timeoutMs?: number;
  /** Runs at the same time; default 2. */
  readonly concurrency?: number;
  /** Besides our own directory: what a run must find empty. */
  readonly hidden?: readonly string[];
}

export interface Ci {
  /** Resolves when no run is queued or under way. */
  idle(): Promise<void>;
  /** Stops what runs; it is run again when the directory is next opened. */
  close(): Promise<void>;
}

const CHECK_NAME = 'ci';
const TIMEOUT_MS = 600_000;

/** Takes up what an earlier process left, and from then on every branch that moves. */
export function startCi(world: World, options: CiOptions): Ci {
  if (!options.enabled) return { idle: () => Promise.resolve(), close: () => Promise.resolve() };
  // Checkouts of runs that were killed; those runs start afresh.
  rmSync(scratchOf(world), { recursive: true, force: true });
  const queue = createQueue(world, options);
  world.refMoves.listen((repo, _sender, moves) => takeMoves(world, options, queue, repo, moves));
  for (const run of world.state.checkRuns.all()) {
    if (run.appId === ciApp(world).id && run.status !== 'completed') queue.add(run.id);
  }
  const behind = world.state.repositories
    .all()
    .flatMap((repo) => world.state.refs.where('repo', repo.id).filter((ref) => ref.ciSha !== ref.sha));
  if (behind.length > 0) world.track(takeRefs(world, options, queue, behind));
  return { idle: queue.idle, close: queue.close };
}

async function takeMoves(
  world: World,
  options: CiOptions,
  queue: Queue,
  repo: RepositoryRow,
  moves: readonly RefMove[],
): Promise<void> {
  for (const move of moves) {
    if (move.ref.startsWith('refs/heads/') && move.after !== ZERO_SHA) {
      await takeCommit(world, options, queue, repo, move.ref, move.after);
    }
  }
}

async function takeRefs(world: World, options: CiOptions, queue: Queue, refs: readonly RefRow[]): Promise<void> {
  for (const ref of refs) {
    await takeCommit(world, options, queue, world.state.repositories.need(ref.repoId), ref.ref, ref.sha);
  }
}

/** Makes the check run of one commit, unless it has one or has nothing to run; either way the ref is decided. */
async function takeCommit(
  world: World,
  options: CiOptions,
  queue: Queue,
  repo: RepositoryRow,
  ref: string,
  sha: string,
): Promise<void> {
  const gitDir = world.gitDir(repo);
  const [command, commit] = await Promise.all([commandFor(gitDir, sha, options), readCommit(gitDir, sha)]);
  const app = ciApp(world);
  world.state.transaction(() => {
    const row = world.state.refs.one('name', `${repo.id}/${ref}`);
    if (row?.sha === sha) world.state.refs.update(row.id, { ciSha: sha });
    const known = world.state.checkRuns.where('sha', `${repo.id}/${sha}`).some((run) => run.appId === app.id);
    if (command === undefined || known) return;
    const branch = ref.slice('refs/heads/'.length);
    const run = createCheckRun(world, ciBot(world, app), repo, { name: CHECK_NAME, app, commit, branch });
    world.state.afterCommit(() => queue.add(run.id));
  });
}

async function commandFor(gitDir: string, sha: string, options: CiOptions): Promise<string | undefined> {
  if (options.command !== undefined) return options.command;
  return detectCiCommand(async (path) => {
    const bytes = await readFileAt(gitDir, sha, path);
    return bytes === null ? undefined : bytes.toString('utf8');
  });
}

interface Queue extends Ci {
  add(runId: number): void;
}

function createQueue(world: World, options: CiOptions): Queue {
  const waiting: number[] = [];
  const running = new Map<Promise<void>, RunningProgram | null>();
  let closed = false;

  const fill = (): void => {
    while (!closed && running.size < (options.concurrency ?? 2)) {
      const id = waiting.shift();
      if (id === undefined) return;
      const job: Promise<void> = perform(world, options, id, (program) => {
        running.set(job, program);
        if (closed) program.cancel('cancelled');
      }).finally(() => {
        running.delete(job);
        fill();
      });
      running.set(job, null);
      world.track(job);
    }
  };

  const idle = async (): Promise<void> => {
    while (running.size > 0) await Promise.allSettled(running.keys());
  };

  return {
    add: (runId) => {
      waiting.push(runId);
      fill();
    },
    idle,
    close: async () => {
      closed = true;
      for (const program of running.values()) program?.cancel('cancelled');
      await idle();
    },
  };
}

async function perform(
  world: World,
  options: CiOptions,
  runId: number,
  started: (program: RunningProgram) => void,
): Promise<void> {
  const run = world.state.checkRuns.need(runId);
  const repo = world.state.repositories.need(run.repoId);
  const gitDir = world.gitDir(repo);
  const [command, commit] = await Promise.all([
    commandFor(gitDir, run.headSha, options),
    readCommit(gitDir, run.headSha),
  ]);
  const bot = ciBot(world, ciApp(world));
  updateCheckRun(world, bot, run, { status: 'in_progress', startedAt: world.instant() }, commit);
  const result = await runCiCommand({
    gitDir,
    sha: run.headSha,
    command: command ?? 'false',
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    scratch: scratchOf(world),
    hidden: [world.dir, ...(options.hidden ?? [])],
    started,
  }).catch(brokenRun);
  if (result !== null) updateCheckRun(world, bot, world.state.checkRuns.need(runId), result, commit);
}

/** Trouble of our own (a full disk, a checkout that fails) must not leave a pull request waiting for ever. */
function brokenRun(error: unknown): CiResult {
  const text = error instanceof Error ? error.message : String(error);
  return { conclusion: 'failure', output: { title: 'Could not run', summary: 'The tests could not be run.', text } };
}

function scratchOf(world: World): string {
  return join(world.dir, 'ci');
}

function ciApp(world: World): AppRow {
  const app = world.state.apps.one('role', 'ci');
  if (app === undefined) throw new Error('the local GitHub has no CI App');
  return app;
}

function ciBot(world: World, app: AppRow): UserRow {
  return world.state.users.need(app.botId);
}
