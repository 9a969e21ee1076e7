import { listTree, resolveRef, type TreeEntry } from '../git/plumbing.ts';
import { git } from '../git/run.ts';

export type { TreeEntry };

export const ZERO_SHA = '0'.repeat(40);

export interface GitPerson {
  readonly name: string;
  readonly email: string;
  /** ISO 8601 in UTC with whole seconds. */
  readonly date: string;
}

export interface CommitInfo {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly message: string;
}

/** As GitHub reads `{ref}`: a branch, a tag, `heads/x`, `tags/x`, or a sha of at least 4 digits. Null when there is none. */
export async function findCommit(gitDir: string, ref: string): Promise<string | null> {
  if (!isSafeName(ref)) return null;
  for (const candidate of [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref.replace(/^refs\//, '')}`]) {
    const sha = await resolveRef(gitDir, candidate);
    if (sha !== null) return sha;
  }
  return ref === 'HEAD' || /^[0-9a-f]{4,40}$/i.test(ref) ? resolveRef(gitDir, ref) : null;
}

/** The tip of a branch, or null. */
export function branchTip(gitDir: string, branch: string): Promise<string | null> {
  return isSafeName(branch) ? resolveRef(gitDir, `refs/heads/${branch}`) : Promise.resolve(null);
}

/**
 * Moves refs all together or not at all. `before` null = must not exist yet, `after` null = delete.
 * False = a ref was not where the caller thought.
 */
export async function moveRefs(
  gitDir: string,
  moves: readonly { readonly ref: string; readonly before: string | null; readonly after: string | null }[],
): Promise<boolean> {
  const lines = moves.map(({ ref, before, after }) =>
    after === null ? `delete ${ref}\0${before ?? ''}\0` : `update ${ref}\0${after}\0${before ?? ZERO_SHA}\0`,
  );
  const answer = await git(['update-ref', '--stdin', '-z'], { gitDir, input: lines.join(''), okCodes: [0, 1, 128] });
  return answer.exitCode === 0;
}

// With -z a record ends with NUL; names, addresses and dates never hold a line end.
const FORMAT = '--format=%H%n%T%n%P%n%an%n%ae%n%at%n%cn%n%ce%n%ct%n%B';

/** Commits in the order git lists them; `revisions` are arguments of `git log`, for example `['main..topic']`. */
export async function readCommits(gitDir: string, revisions: readonly string[], limit = 250): Promise<CommitInfo[]> {
  const { stdout } = await git(['log', '-z', FORMAT, `--max-count=${limit}`, ...revisions, '--'], { gitDir });
  return stdout
    .split('\0')
    .filter((record) => record !== '')
    .map(parseCommit);
}

/** The commit of this sha; it must exist. */
export async function readCommit(gitDir: string, sha: string): Promise<CommitInfo> {
  const [commit] = await readCommits(gitDir, ['--no-walk', sha], 1);
  if (commit === undefined) throw new Error(`no commit ${sha}`);
  return commit;
}

function parseCommit(record: string): CommitInfo {
  const [sha = '', tree = '', parents = '', an = '', ae = '', at = '', cn = '', ce = '', ct = '', ...message] =
    record.split('\n');
  return {
    sha,
    tree,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: { name: an, email: ae, date: fromSeconds(at) },
    committer: { name: cn, email: ce, date: fromSeconds(ct) },
    message: message.join('\n').trimEnd(),
  };
}

function fromSeconds(text: string): string {
  return `${new Date(Number(text) * 1000).toISOString().slice(0, 19)}Z`;
}

/** How many commits only `head` has (ahead) and only `base` has (behind). */
export async function countAheadBehind(
  gitDir: string,
  base: string,
  head: string,
): Promise<{ ahead: number; behind: number }> {
  const { stdout } = await git(['rev-list', '--left-right', '--count', `${base}...${head}`], { gitDir });
  const [behind, ahead] = stdout.trim().split('\t').map(Number);
  return { ahead: ahead ?? 0, behind: behind ?? 0 };
}

/** The file, directory or submodule at `path` of a commit, or null; '' is the root directory. */
export async function readEntry(gitDir: string, commit: string, path: string): Promise<TreeEntry | null> {
  if (path === '') return { mode: '040000', type: 'tree', sha: commit, size: null, path: '' };
  const entries = await listTree(gitDir, commit, { recursive: false, path });
  return entries.find((entry) => entry.path === path) ?? null;
}

/** Full shas of those words that name a commit of this repository, by word. */
export async function existingCommits(gitDir: string, words: readonly string[]): Promise<Map<string, string>> {
  if (words.length === 0) return new Map();
  const { stdout } = await git(['cat-file', '--batch-check'], { gitDir, input: `${words.join('\n')}\n` });
  const found = new Map<string, string>();
  stdout.split('\n').forEach((line, index) => {
    const [sha = '', type] = line.split(' ');
    if (type === 'commit') found.set(words[index] ?? '', sha);
  });
  return found;
}

function isSafeName(name: string): boolean {
  return name !== '' && name.length <= 500 && !name.startsWith('-') && !/[\0\s~^:?*[\\]|\.\.|@\{/.test(name);
}
