/** What is remembered of a run beside GitHub's and the engine's own state, and who may work in its directory. */
import { existsSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DirectoryLock } from '../../store/directory-lock.ts';
import { lockDirectory, StoreLocked } from '../../store/directory-lock.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';

export interface RunRecord {
  readonly planFile: string;
  readonly planSha256: string;
  /** Name of the repository and of its default branch on the local GitHub. */
  readonly name: string;
  readonly defaultBranch: string;
  /** The commit it began from. */
  readonly base: string;
  /** The starting point was good, so there may be work to go on with. */
  readonly begun: boolean;
  /** Where what landed was delivered; null before. */
  readonly branch: string | null;
  readonly over: boolean;
}

/** Held until released or death. Throws `CommandFailed` 7 while another process works there. */
export async function claimRun(dir: string, planFile: string): Promise<DirectoryLock> {
  try {
    return await lockDirectory(dir);
  } catch (error) {
    if (!(error instanceof StoreLocked)) throw error;
    const who = error.holder === null ? '' : ` (process ${error.holder.pid}, since ${error.holder.since})`;
    throw new CommandFailed(
      exitCodes.outOfResources,
      `${planFile} is being worked through in this repository already${who}. Wait for its end, or stop it with Ctrl-C there; this command then goes on with it.`,
      { cause: error },
    );
  }
}

/** Everything of the run; the lock stays. */
export function forgetRun(dir: string): void {
  for (const part of ['run.json', 'github', 'muster']) rmSync(join(dir, part), { recursive: true, force: true });
}

/** A plan that was refused leaves nothing. */
export function removeIfEmpty(dir: string): void {
  if (readdirSync(dir).length === 0) rmdirSync(dir);
}

/** Null when there is none. Throws `CommandFailed` 3 when it cannot be understood. */
export function readRecord(dir: string): RunRecord | null {
  const file = recordFile(dir);
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
  } catch (error) {
    throw new CommandFailed(
      exitCodes.unreadable,
      `What was kept of an earlier run cannot be read (${file}). Add --fresh to begin again.`,
      { cause: error },
    );
  }
}

export function writeRecord(dir: string, record: RunRecord): void {
  writeFileSync(`${recordFile(dir)}.new`, JSON.stringify(record));
  renameSync(`${recordFile(dir)}.new`, recordFile(dir));
}

function recordFile(dir: string): string {
  return join(dir, 'run.json');
}
