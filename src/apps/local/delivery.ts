/**
 * What landed becomes a branch of the user's repository; nothing else there changes. Invariant: a branch only ever moves
 * forward, only when this run made it and nobody has added to it or checked it out.
 */
import { resolveRef } from '../../git/plumbing.ts';
import { git } from '../../git/run.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import type { RunRecord } from './run-record.ts';
import type { Source } from './source.ts';
import { gitWords } from './source.ts';

export interface Delivered {
  readonly branch: string;
  readonly sha: string;
  /** The wanted name, where that branch is checked out or somebody's work and so was left as it is. */
  readonly leftAlone: string | null;
}

/** Null when nothing landed. Throws `CommandFailed` 7 when git cannot write the branch; the next run tries again. */
export async function deliver(
  landedDir: string,
  source: Source,
  record: RunRecord,
  wanted: string,
): Promise<Delivered | null> {
  const sha = await resolveRef(landedDir, `refs/heads/${record.defaultBranch}`);
  if (sha === null || sha === record.base) return null;
  try {
    const { branch, isThere } = await branchFor(landedDir, source, record, wanted, sha);
    if (!isThere) await fetchBranch(landedDir, source, record.defaultBranch, branch);
    return { branch, sha, leftAlone: branch === wanted ? null : wanted };
  } catch (error) {
    throw new CommandFailed(
      exitCodes.outOfResources,
      `What landed could not be brought into ${source.dir}${gitWords(error)}. It is kept; the same command tries it again.`,
      { cause: error },
    );
  }
}

async function fetchBranch(landedDir: string, source: Source, from: string, to: string): Promise<void> {
  const refspec = `refs/heads/${from}:refs/heads/${to}`;
  await git(['fetch', '--no-tags', '--no-write-fetch-head', '--quiet', '--', landedDir, refspec], {
    gitDir: source.gitDir,
    allowFile: true,
    timeoutMs: 600_000,
  });
}

/** A branch of the wanted name that is somebody's work stays as it is: the next one gets a number. */
async function branchFor(
  landedDir: string,
  source: Source,
  record: RunRecord,
  wanted: string,
  sha: string,
): Promise<{ readonly branch: string; readonly isThere: boolean }> {
  const numbered = (n: number): string => (n === 1 ? wanted : `${wanted}-${n}`);
  for (let n = 0; ; n++) {
    const branch = n === 0 ? record.branch : numbered(n);
    const tip = branch === null ? null : await resolveRef(source.gitDir, `refs/heads/${branch}`);
    if (branch === null || (n === 0 && tip === null)) continue;
    if (tip === null) return { branch, isThere: false };
    // also where somebody has built on it since
    if (await leadsTo(source.gitDir, sha, tip)) return { branch, isThere: true };
    const ours = branch === record.branch && (await leadsTo(landedDir, tip, sha));
    if (ours && !(await isCheckedOut(source, branch))) return { branch, isThere: false };
  }
}

async function leadsTo(gitDir: string, from: string, to: string): Promise<boolean> {
  // 128: one of them has never been seen here
  const { exitCode } = await git(['merge-base', '--is-ancestor', from, to], { gitDir, okCodes: [0, 1, 128] });
  return exitCode === 0;
}

async function isCheckedOut(source: Source, branch: string): Promise<boolean> {
  const { stdout } = await git(['worktree', 'list', '--porcelain'], { gitDir: source.gitDir });
  return stdout.split('\n').includes(`branch refs/heads/${branch}`);
}
