import { resolve } from 'node:path';
import { refuseOption } from './remote-address.ts';
import { GitError, git } from './run.ts';

const ABSENT = '0'.repeat(40);

/** Creates a bare repository without any template, hook or sample. Harmless on an existing one. */
export async function initBare(gitDir: string, options: { readonly defaultBranch?: string } = {}): Promise<void> {
  const branch = options.defaultBranch ?? 'main';
  await git(['init', '--quiet', '--bare', '--template=', `--initial-branch=${branch}`, '--', resolve(gitDir)]);
}

/** The object a ref or revision names (tags are peeled to their commit), or null when there is none. */
export async function resolveRef(gitDir: string, ref: string): Promise<string | null> {
  refuseOption(['rev-parse'], ref);
  const { stdout, exitCode } = await git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], {
    gitDir,
    okCodes: [0, 1],
  });
  return exitCode === 0 ? stdout.trim() : null;
}

/** All refs below the prefixes (all refs without one), sorted by name. */
export async function listRefs(
  gitDir: string,
  ...prefixes: readonly string[]
): Promise<{ ref: string; sha: string }[]> {
  refuseOption(['for-each-ref'], ...prefixes);
  const { stdout } = await git(['for-each-ref', '--format=%(objectname) %(refname)', ...prefixes], { gitDir });
  return stdout.split('\n').flatMap((line) => {
    const [sha, ref] = line.split(' ');
    return sha && ref ? [{ ref, sha }] : [];
  });
}

/**
 * Moves a ref by compare-and-swap. `expectedOld` null means "must not exist yet".
 * Answers false when the ref is not where the caller thought; any other trouble throws.
 */
export async function updateRef(
  gitDir: string,
  ref: string,
  sha: string,
  expectedOld: string | null,
): Promise<boolean> {
  refuseOption(['update-ref'], ref, sha);
  return swap(gitDir, ref, ['update-ref', ref, sha, expectedOld ?? ABSENT], expectedOld);
}

/** Deletes a ref by compare-and-swap; false when it is not where the caller thought (or is gone already). */
export async function deleteRef(gitDir: string, ref: string, expectedOld: string): Promise<boolean> {
  refuseOption(['update-ref'], ref, expectedOld);
  return swap(gitDir, ref, ['update-ref', '-d', ref, expectedOld], expectedOld);
}

async function swap(
  gitDir: string,
  ref: string,
  args: readonly string[],
  expectedOld: string | null,
): Promise<boolean> {
  const { exitCode, stderr } = await git(args, { gitDir, okCodes: [0, 1, 128] });
  if (exitCode === 0) return true;
  const current = (await listRefs(gitDir, ref)).find((entry) => entry.ref === ref)?.sha ?? null;
  if (current !== expectedOld) return false;
  throw new GitError(`could not move ${ref}`, { args, exitCode, stderr });
}

/** Replaces the content of an index file by a tree or commit. */
export async function readTreeInto(gitDir: string, indexFile: string, treeish: string): Promise<void> {
  refuseOption(['read-tree'], treeish);
  await git(['read-tree', treeish], { gitDir, indexFile });
}

/** Writes the index as a tree and answers its id. */
export async function writeTree(gitDir: string, indexFile: string): Promise<string> {
  const { stdout } = await git(['write-tree'], { gitDir, indexFile });
  return stdout.trim();
}

export interface Signature {
  readonly name: string;
  readonly email: string;
}

/** Writes a commit object and answers its id; the same input gives the same id. `date` is used for both signatures. */
export async function commitTree(
  gitDir: string,
  commit: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly author: Signature;
    readonly committer?: Signature;
    readonly date: Date;
  },
): Promise<string> {
  refuseOption(['commit-tree'], commit.tree, ...commit.parents);
  const committer = commit.committer ?? commit.author;
  const date = `@${Math.floor(commit.date.getTime() / 1000)} +0000`;
  const { stdout } = await git(
    ['commit-tree', ...commit.parents.flatMap((parent) => ['-p', parent]), '-F', '-', commit.tree],
    {
      gitDir,
      input: commit.message.endsWith('\n') ? commit.message : `${commit.message}\n`,
      env: {
        GIT_AUTHOR_NAME: commit.author.name,
        GIT_AUTHOR_EMAIL: commit.author.email,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: committer.name,
        GIT_COMMITTER_EMAIL: committer.email,
        GIT_COMMITTER_DATE: date,
      },
    },
  );
  return stdout.trim();
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  /** Bytes; null for anything but a blob. */
  readonly size: number | null;
  readonly path: string;
}

/** Every file below a tree or commit (with `recursive: false` only one level), paths from the root. */
export async function listTree(
  gitDir: string,
  treeish: string,
  options: { readonly recursive?: boolean; readonly path?: string } = {},
): Promise<TreeEntry[]> {
  refuseOption(['ls-tree'], treeish);
  const recursive = options.recursive ?? true;
  const args = ['ls-tree', '-z', '-l', '--full-tree', ...(recursive ? ['-r'] : []), treeish];
  const { stdout } = await git(options.path === undefined ? args : [...args, '--', options.path], { gitDir });
  return stdout.split('\0').flatMap((record) => {
    const match = /^(\d+) (blob|tree|commit) (\S+) +(\d+|-)\t(.*)$/s.exec(record);
    const [, mode, type, sha, size, path] = match ?? [];
    if (mode === undefined || sha === undefined || path === undefined || !isEntryType(type)) return [];
    return [{ mode, type, sha, size: size === '-' ? null : Number(size), path }];
  });
}

function isEntryType(type: string | undefined): type is TreeEntry['type'] {
  return type === 'blob' || type === 'tree' || type === 'commit';
}

/** The bytes of one file in a commit or tree; null when the revision or the path is absent or not a file. */
export async function showFile(gitDir: string, revision: string, path: string): Promise<Uint8Array | null> {
  refuseOption(['cat-file'], revision);
  if (path === '' || /[\0\n]/.test(path)) return null;
  const { stdoutBytes } = await git(['cat-file', '--batch'], { gitDir, input: `${revision}:${path}\n` });
  const output = Buffer.from(stdoutBytes.buffer, stdoutBytes.byteOffset, stdoutBytes.byteLength);
  const headerEnd = output.indexOf(0x0a);
  const match = /^[0-9a-f]+ blob (\d+)$/.exec(output.toString('utf8', 0, headerEnd));
  if (match === null) return null;
  return output.subarray(headerEnd + 1, headerEnd + 1 + Number(match[1]));
}
