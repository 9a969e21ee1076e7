import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { refuseOption } from './remote-address.ts';
import { GitError, type GitOptions, git } from './run.ts';

export type MergeResult =
  | { readonly kind: 'clean'; readonly tree: string }
  | { readonly kind: 'conflict'; readonly paths: readonly string[] }
  /** git could not tell (a missing object, unrelated histories); never to be read as a conflict. */
  | { readonly kind: 'error'; readonly message: string };

/**
 * Merges two commits without a work tree. The objects of the result stay in the repository, so `tree` can be committed.
 * The tree that git also prints for a conflict holds conflict markers and is not handed out.
 */
export function mergeTree(gitDir: string, base: string, head: string): Promise<MergeResult> {
  return merge(base, head, { gitDir });
}

/**
 * As `mergeTree`, but leaves no object behind: every merge would otherwise add loose objects to the repository.
 * A clean answer's tree therefore does not exist afterwards.
 */
export async function predictMerge(gitDir: string, base: string, head: string): Promise<MergeResult> {
  const objectDirectory = await mkdtemp(join(tmpdir(), 'muster-merge-'));
  try {
    // A colon separates several places, unless the place is quoted.
    const alternates = JSON.stringify(resolve(gitDir, 'objects'));
    return await merge(base, head, { gitDir, objectDirectory, alternates });
  } finally {
    await rm(objectDirectory, { recursive: true, force: true });
  }
}

async function merge(base: string, head: string, options: GitOptions): Promise<MergeResult> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', base, head];
  try {
    refuseOption(args, base, head);
    const { stdout, exitCode } = await git(args, { ...options, okCodes: [0, 1] });
    const [tree = '', ...paths] = stdout.split('\0').filter((field) => field !== '');
    if (!/^[0-9a-f]{40,64}$/.test(tree)) return { kind: 'error', message: 'git merge-tree printed no tree' };
    if (exitCode === 0) return { kind: 'clean', tree };
    return { kind: 'conflict', paths };
  } catch (error) {
    if (error instanceof GitError) return { kind: 'error', message: error.message };
    throw error;
  }
}
