/**
 * Branches without git over HTTP: commits, trees and files travel one by one through an API that knows git's objects.
 * Invariant: every object is checked against the id git computes for it, and nothing of the repository is run or
 * checked out here. For small repositories; larger ones are refused with a sentence.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RemoteCommit, rebuildCommit } from './commit-bytes.ts';
import { mergeBase } from './history.ts';
import { updateRef } from './plumbing.ts';
import { GitError, git } from './run.ts';

/** A tree's entry; `path` from the root of that tree. `sha` null takes it away. */
export interface RemoteEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string | null;
}

export interface NewRemoteCommit {
  readonly message: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: RemoteCommit['author'];
  readonly committer: RemoteCommit['committer'];
}

/** A repository's objects and branches behind an API. Everything rejects when the server cannot be asked. */
export interface RemoteObjects {
  /** Whether this is the only way. Without `ask` only what is known already; with it the server is asked once. */
  readonly isOnlyWay: (ask: boolean) => Promise<boolean>;
  /** The commit a branch is at; null when there is none. */
  readonly head: (branch: string) => Promise<string | null>;
  readonly commit: (sha: string) => Promise<RemoteCommit>;
  /** Everything below a tree, or only its first level where the server cannot do more (`complete` false). */
  readonly tree: (sha: string) => Promise<{ readonly entries: readonly RemoteEntry[]; readonly complete: boolean }>;
  readonly blob: (sha: string) => Promise<Uint8Array>;
  readonly createBlob: (bytes: Uint8Array) => Promise<string>;
  readonly createTree: (base: string | null, entries: readonly RemoteEntry[]) => Promise<string>;
  readonly createCommit: (commit: NewRemoteCommit) => Promise<string>;
  /** Makes the branch, or moves it (not only forwards). `refused`: the server said no, in its words. */
  readonly setBranch: (branch: string, sha: string, isNew: boolean) => Promise<'done' | { readonly refused: string }>;
}

/** Commits behind a head that are fetched at once; older ones are left out, as in a shallow clone. */
const MOST_COMMITS = 50;
const MOST_FILES = 3_000;
const MOST_BYTES = 100 * 1024 * 1024;
const AT_ONCE = 6;

/** Fetches branches; each arrives at `refOf(branch)` in the bare repository. Absent branches are left out. */
export async function fetchObjects(
  gitDir: string,
  remote: RemoteObjects,
  branches: readonly string[],
  refOf: (branch: string) => string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const heads = new Map<string, string>();
  const room = { files: MOST_FILES, bytes: MOST_BYTES };
  for (const branch of branches) {
    refuseAbort(signal);
    const sha = await remote.head(branch);
    if (sha === null) continue;
    await fetchHistory(gitDir, remote, sha, signal);
    await fetchTree(gitDir, remote, await treeOf(gitDir, sha), room, signal);
    heads.set(branch, sha);
  }
  for (const base of await mergeBases(gitDir, [...new Set(heads.values())]))
    await fetchTree(gitDir, remote, await treeOf(gitDir, base), room, signal);
  for (const [branch, sha] of heads) {
    const ref = refOf(branch);
    const { stdout } = await git(['for-each-ref', '--format=%(objectname)', ref], { gitDir });
    await updateRef(gitDir, ref, sha, stdout.trim() || null);
  }
  return heads;
}

/** What branches have in common is compared with their heads, so its files have to be there too. */
async function mergeBases(gitDir: string, heads: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const [index, one] of heads.entries())
    for (const other of heads.slice(index + 1)) {
      const base = await mergeBase(gitDir, one, other);
      if (base !== null) found.add(base);
    }
  return found;
}

/** Walks from a commit to those that are known. What lies behind the last one fetched is cut off. */
async function fetchHistory(gitDir: string, remote: RemoteObjects, head: string, signal?: AbortSignal): Promise<void> {
  const cut = new Set<string>();
  const queue = [{ sha: head, child: null as string | null }];
  for (let fetched = 0; queue.length > 0; ) {
    const next = queue.shift();
    if (next === undefined || (await isThere(gitDir, next.sha))) continue;
    refuseAbort(signal);
    const commit = fetched < MOST_COMMITS ? await remote.commit(next.sha) : null;
    const bytes = commit === null ? null : rebuildCommit(commit, next.sha);
    if (commit === null || bytes === null) {
      if (next.child === null) throw objectError(`the server does not tell enough of commit ${next.sha} to rebuild it`);
      cut.add(next.child);
      continue;
    }
    fetched += 1;
    await store(gitDir, 'commit', bytes, next.sha);
    queue.push(...commit.parents.map((sha) => ({ sha, child: next.sha })));
  }
  if (cut.size > 0) await cutOff(gitDir, cut);
}

/** Git's own list of commits whose parents are taken to be none. */
async function cutOff(gitDir: string, commits: ReadonlySet<string>): Promise<void> {
  const file = join(gitDir, 'shallow');
  const before = await readFile(file, 'utf8').catch(() => '');
  const all = new Set([...before.split('\n').filter((line) => line !== ''), ...commits]);
  await writeFile(file, `${[...all].join('\n')}\n`);
}

interface Room {
  files: number;
  bytes: number;
}

/** Fetches the files of a tree that are missing, and builds the tree anew: its id proves that all is as it should be. */
async function fetchTree(
  gitDir: string,
  remote: RemoteObjects,
  tree: string,
  room: Room,
  signal?: AbortSignal,
): Promise<void> {
  if (await isThere(gitDir, tree)) return;
  const files = await listFiles(remote, tree, '', room);
  const wanted = [...new Set(files.flatMap(({ type, sha }) => (type === 'blob' && sha !== null ? [sha] : [])))];
  const missing = await missingOf(gitDir, wanted);
  room.files -= missing.length;
  if (room.files < 0) throw tooLarge();
  for (let start = 0; start < missing.length; start += AT_ONCE) {
    refuseAbort(signal);
    const some = missing.slice(start, start + AT_ONCE);
    const contents = await Promise.all(some.map((sha) => remote.blob(sha)));
    for (const [index, bytes] of contents.entries()) {
      room.bytes -= bytes.byteLength;
      if (room.bytes < 0) throw tooLarge();
      await store(gitDir, 'blob', bytes, some[index] ?? '');
    }
  }
  const built = await buildTree(gitDir, files);
  if (built !== tree) throw objectError(`the server's listing of tree ${tree} is that of ${built}`);
}

async function listFiles(remote: RemoteObjects, tree: string, below: string, room: Room): Promise<RemoteEntry[]> {
  const { entries, complete } = await remote.tree(tree);
  const files = entries
    .filter(({ type }) => type !== 'tree')
    .map((entry) => ({ ...entry, path: `${below}${entry.path}` }));
  if (files.length > MOST_FILES || room.files < 0) throw tooLarge();
  if (complete) return files;
  const direct = files.filter(({ path }) => !path.slice(below.length).includes('/'));
  for (const { path, type, sha } of entries)
    if (type === 'tree' && sha !== null && !path.includes('/'))
      direct.push(...(await listFiles(remote, sha, `${below}${path}/`, room)));
  return direct;
}

async function buildTree(gitDir: string, files: readonly RemoteEntry[]): Promise<string> {
  const indexFile = join(gitDir, `index-${randomUUID()}`);
  try {
    await git(['read-tree', '--empty'], { gitDir, indexFile });
    const lines = files.map(({ mode, sha, path }) => `${mode} ${sha}\t${path}\0`);
    await git(['update-index', '-z', '--index-info'], { gitDir, indexFile, input: lines.join('') });
    return (await git(['write-tree'], { gitDir, indexFile })).stdout.trim();
  } finally {
    await rm(indexFile, { force: true });
  }
}

async function store(gitDir: string, type: 'blob' | 'commit', bytes: Uint8Array, sha: string): Promise<void> {
  const { stdout } = await git(['hash-object', '-w', '-t', type, '--stdin'], { gitDir, input: bytes });
  if (stdout.trim() !== sha) throw objectError(`the server gave something else for ${type} ${sha}`);
}

async function isThere(gitDir: string, sha: string): Promise<boolean> {
  return (await missingOf(gitDir, [sha])).length === 0;
}

async function missingOf(gitDir: string, shas: readonly string[]): Promise<readonly string[]> {
  for (const sha of shas) if (!/^[0-9a-f]{40}$/.test(sha)) throw objectError(`${sha.slice(0, 50)} is no id of git`);
  if (shas.length === 0) return [];
  const { stdout } = await git(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    gitDir,
    input: `${shas.join('\n')}\n`,
  });
  return stdout.split('\n').flatMap((line) => (line.endsWith(' missing') ? [line.slice(0, 40)] : []));
}

/** Read from the commit, because the tree itself may not be there yet. */
async function treeOf(gitDir: string, commit: string): Promise<string> {
  const { stdout } = await git(['cat-file', 'commit', commit], { gitDir });
  return /^tree ([0-9a-f]{40})$/m.exec(stdout)?.[1] ?? '';
}

function refuseAbort(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw objectError('was cancelled');
}

function tooLarge(): GitError {
  const limits = `${MOST_FILES} files and ${MOST_BYTES / 1024 / 1024} MiB`;
  return objectError(
    `the server offers no git over HTTP, and the repository is too large for its API (limits: ${limits})`,
  );
}

/** Trouble with an API counts as trouble with the remote. */
export function objectError(reason: string, cause?: unknown): GitError {
  return new GitError(reason, { args: ['objects'], ...(cause === undefined ? {} : { cause }) });
}
