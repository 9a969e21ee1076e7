import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkoutTree } from '../git/checkout.ts';
import { detectConfinement } from '../proc/confine.ts';
import { confineFiles, detectFileConfinement } from '../proc/confine-mounts.ts';
import { type ProgramEnd, type RunningProgram, runProgram } from '../proc/run.ts';
import { placesNamedBelowTemp } from '../proc/temp-places.ts';
import { SYSTEM_PATH } from '../proc/tool-path.ts';
import { createLogTail } from './ci-log.ts';
import type { CheckConclusion, CheckRunRow } from './rows.ts';

export interface CiCommand {
  readonly gitDir: string;
  readonly sha: string;
  /** Run by `/bin/sh -c` in a clean checkout. */
  readonly command: string;
  readonly timeoutMs: number;
  /** Scratch space; the run gets a directory of its own below it. */
  readonly scratch: string;
  /** Files and directories that the run finds empty: agents wrote what runs here. */
  readonly hidden: readonly string[];
  /** Told once the program runs, so that it can be stopped. */
  readonly started: (program: RunningProgram) => void;
}

export interface CiResult {
  readonly conclusion: CheckConclusion;
  readonly output: CheckRunRow['output'];
}

// GitHub allows 65,535 characters in each text of a check run; the tail is where the failure is.
const LOG_CHARACTERS = 60_000;

/** Checks the commit out and runs the command; null when it was cancelled and so says nothing about the commit. */
export async function runCiCommand(job: CiCommand): Promise<CiResult | null> {
  await mkdir(job.scratch, { recursive: true });
  const place = await mkdtemp(join(await realpath(job.scratch), 'run-'));
  try {
    const [tree, home, tmp, root] = [join(place, 'tree'), join(place, 'home'), join(place, 'tmp'), join(place, 'root')];
    await Promise.all([tree, home, tmp, root].map((dir) => mkdir(dir)));
    await checkoutTree(job.gitDir, job.sha, tree);
    const log = createLogTail(LOG_CHARACTERS);
    const confinement = await detectConfinement();
    const env = { PATH: programPath(), HOME: home, TMPDIR: tmp, LANG: 'C.UTF-8', CI: 'true' };
    const line = confineFiles(
      { command: '/bin/sh', args: ['-c', job.command] },
      tree,
      {
        own: [tree, home, tmp],
        tmp,
        mountPoint: root,
        hidden: job.hidden,
        shown: placesNamedBelowTemp([job.command, env.PATH], job.hidden),
        writable: [],
        network: 'open',
      },
      await detectFileConfinement(confinement),
    );
    const program = runProgram({
      ...line,
      cwd: tree,
      env,
      wallMs: job.timeoutMs,
      graceMs: 1_000,
      outputBytes: 4_096,
      lineBytes: 16_384,
      confinement,
      onLine: (_stream, line) => log.add(line),
    });
    job.started(program);
    const end = await program.end;
    return end.cause === 'cancelled' ? null : verdict(job, end, log.text());
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** The node that runs us comes first: it may live outside the system's places. */
function programPath(): string {
  return `${dirname(process.execPath)}:${SYSTEM_PATH}`;
}

function verdict(job: CiCommand, end: ProgramEnd, log: string): CiResult {
  const seconds = (end.durationMs / 1000).toFixed(1);
  const ran = `Ran \`${job.command}\` on ${job.sha.slice(0, 7)}`;
  const result = (conclusion: CheckConclusion, title: string, outcome: string): CiResult => ({
    conclusion,
    output: { title, summary: `${ran}: ${outcome}.`, text: log === '' ? '(no output)' : log },
  });
  switch (end.cause) {
    case 'exited':
      if (end.exitCode === 0) return result('success', 'Tests passed', `passed in ${seconds} s`);
      return result(
        'failure',
        'Tests failed',
        `exit code ${end.exitCode ?? end.signal ?? 'unknown'} after ${seconds} s`,
      );
    case 'timeout':
    case 'stalled':
      return result('timed_out', 'Timed out', `stopped after ${seconds} s`);
    case 'spawn_failed':
    case 'cancelled':
      return result('failure', 'Could not start', end.detail ?? 'the command could not be started');
  }
}
