import { git } from '../git/run.ts';
import { askOnce } from './lasting-answers.ts';

export interface FileChange {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  /** Blob after the change; before it when the file was removed. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  /** Unified hunks without file headers; null for binary files and very long ones. */
  readonly patch: string | null;
}

export interface DiffTotals {
  readonly additions: number;
  readonly deletions: number;
  readonly files: number;
}

const PATCH_LIMIT = 400_000;

/** Changes from tree-ish `from` to tree-ish `to`, renames found, in git's order. */
export async function diffFiles(gitDir: string, from: string, to: string): Promise<FileChange[]> {
  const [raw, counts, patches] = await Promise.all([
    read(gitDir, ['diff-tree', '-r', '-M', '-z', '--raw', '--no-abbrev', from, to]),
    read(gitDir, ['diff-tree', '-r', '-M', '-z', '--numstat', from, to]),
    read(gitDir, ['diff-tree', '-r', '-M', '-p', '--no-color', '--no-ext-diff', '--no-textconv', from, to]),
  ]);
  const numbers = parseNumstat(counts);
  const hunks = splitPatches(patches);
  let section = 0;
  return parseRaw(raw).map((change, index) => {
    const patch = hunks[section] ?? null;
    // A file that became a link (or the reverse) is printed as one removal and one addition.
    section += change.status === 'changed' ? 2 : 1;
    const { additions = 0, deletions = 0 } = numbers[index] ?? {};
    return { ...change, additions, deletions, patch };
  });
}

// The tree with nothing in it; git knows it without storing it.
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** What a commit changed against its first parent; for a first commit, everything. */
export function commitFiles(
  gitDir: string,
  commit: { readonly sha: string; readonly parents: readonly string[] },
): Promise<FileChange[]> {
  return diffFiles(gitDir, commit.parents[0] ?? EMPTY_TREE, commit.sha);
}

export function diffTotals(gitDir: string, from: string, to: string): Promise<DiffTotals> {
  return askOnce(gitDir, 'totals', [from, to], async () => {
    const numbers = parseNumstat(await read(gitDir, ['diff-tree', '-r', '-M', '-z', '--numstat', from, to]));
    return {
      additions: numbers.reduce((sum, entry) => sum + entry.additions, 0),
      deletions: numbers.reduce((sum, entry) => sum + entry.deletions, 0),
      files: numbers.length,
    };
  });
}

export interface ChangedPaths {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
}

/** Paths a commit added, removed and modified against its first parent, as push webhooks list them. */
export function changedPaths(gitDir: string, sha: string): Promise<ChangedPaths> {
  return askOnce(gitDir, 'paths', [sha], () => listChangedPaths(gitDir, sha));
}

async function listChangedPaths(gitDir: string, sha: string): Promise<ChangedPaths> {
  const text = await read(gitDir, [
    'diff-tree',
    '-r',
    '-z',
    '--root',
    '--no-renames',
    '--no-commit-id',
    '--name-status',
    '-m',
    '--first-parent',
    sha,
  ]);
  const out = { added: [] as string[], removed: [] as string[], modified: [] as string[] };
  const fields = text.split('\0');
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const path = fields[at + 1] ?? '';
    if (fields[at] === 'A') out.added.push(path);
    else if (fields[at] === 'D') out.removed.push(path);
    else out.modified.push(path);
  }
  return out;
}

const STATUS: Readonly<Record<string, FileChange['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};

function parseRaw(text: string): Pick<FileChange, 'path' | 'previousPath' | 'status' | 'sha'>[] {
  const fields = text.split('\0');
  const out: Pick<FileChange, 'path' | 'previousPath' | 'status' | 'sha'>[] = [];
  for (let at = 0; (fields[at] ?? '') !== ''; ) {
    const [, , before = '', after = '', letter = 'M'] = (fields[at] ?? '').split(' ');
    const status = STATUS[letter.charAt(0)] ?? 'modified';
    const moved = status === 'renamed' || status === 'copied';
    out.push({
      path: fields[at + (moved ? 2 : 1)] ?? '',
      previousPath: moved ? (fields[at + 1] ?? null) : null,
      status,
      sha: status === 'removed' ? before : after,
    });
    at += moved ? 3 : 2;
  }
  return out;
}

function parseNumstat(text: string): { additions: number; deletions: number }[] {
  const fields = text.split('\0');
  const out: { additions: number; deletions: number }[] = [];
  for (let at = 0; (fields[at] ?? '') !== ''; ) {
    const [additions = '0', deletions = '0', path = ''] = (fields[at] ?? '').split('\t');
    // Binary files count '-'.
    out.push({ additions: Number(additions) || 0, deletions: Number(deletions) || 0 });
    at += path === '' ? 3 : 1;
  }
  return out;
}

/** Lines of content never start with "diff --git": they start with a space, a sign or a backslash. */
function splitPatches(text: string): (string | null)[] {
  return text
    .split(/^(?=diff --git )/m)
    .filter((section) => section !== '')
    .map((section) => {
      const at = section.search(/^@@ /m);
      if (at < 0) return null;
      const patch = section.slice(at).replace(/\n$/, '');
      return patch.length > PATCH_LIMIT ? null : patch;
    });
}

async function read(gitDir: string, args: readonly string[]): Promise<string> {
  return (await git(args, { gitDir })).stdout;
}
