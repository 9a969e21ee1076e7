import type { RawChange } from '../git/history.ts';

export interface HarvestLimits {
  readonly fileBytes: number;
  readonly totalBytes: number;
  readonly files: number;
}

/** One attempt's work should fit a review; a dependency directory or a core dump does not. */
export const defaultHarvestLimits: HarvestLimits = {
  fileBytes: 10 * 1024 * 1024,
  totalBytes: 50 * 1024 * 1024,
  files: 3000,
};

/** A changed entry with what is needed to judge it: bytes of a file, target of a symbolic link. */
export interface ChangedEntry extends RawChange {
  readonly size: number;
  readonly linkTarget: string | null;
}

/** What may not leave the attempt, each in one sentence that begins with the path. Empty: nothing is wrong. */
export function findViolations(changes: readonly ChangedEntry[], limits: HarvestLimits): string[] {
  const found = changes.flatMap((change) => {
    const problem = judgeEntry(change, limits);
    return problem === null ? [] : [`${change.path}: ${problem}`];
  });
  if (changes.length > limits.files)
    found.push(`${changes.length} files changed; at most ${limits.files} are accepted`);
  const total = changes.reduce((sum, change) => sum + change.size, 0);
  if (total > limits.totalBytes) {
    found.push(`${megabytes(total)} of files changed; at most ${megabytes(limits.totalBytes)} are accepted`);
  }
  return found;
}

function judgeEntry(change: ChangedEntry, limits: HarvestLimits): string | null {
  const { path } = change;
  if (isGuarded(path)) return 'agents may not change workflows or Muster settings; a human has to';
  if (path.split('/').some(isGitName)) return 'a path that git itself uses';
  if (change.status === 'D') return null;
  if (change.newMode === '160000') return 'a repository inside the repository (gitlink)';
  if (change.newMode === '120000' && escapes(path, change.linkTarget ?? '')) return 'a link that leaves the repository';
  if (change.size > limits.fileBytes) {
    return `${megabytes(change.size)}; at most ${megabytes(limits.fileBytes)} per file are accepted`;
  }
  return null;
}

/** Workflows run with the repository's secrets; the settings file holds the verify command and the merge policy. */
function isGuarded(path: string): boolean {
  return /^\.github\/workflows(?:\/|$)/i.test(path) || /^\.github\/muster\.ya?ml$/i.test(path);
}

function isGitName(part: string): boolean {
  return /^(?:\.git|git~\d+)[. ]*$/i.test(part);
}

/**
 * Only leading `..` are accepted, and no more than the link lies deep: the directories above a link are real ones, but
 * a `..` behind a name could be resolved through another link.
 */
function escapes(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\\')) return true;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.findIndex((part) => part !== '..');
  const leading = ups === -1 ? parts.length : ups;
  return parts.slice(leading).includes('..') || leading > path.split('/').length - 1;
}

export function megabytes(bytes: number): string {
  return `${(bytes / (1024 * 1024)).toFixed(1)} MB`;
}
