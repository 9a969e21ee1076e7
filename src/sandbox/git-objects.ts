import { isAncestor, mergeBase } from '../git/history.ts';
import { listTree, type TreeEntry } from '../git/plumbing.ts';
import { git } from '../git/run.ts';
import { askOnce } from './lasting-answers.ts';
import { findObject, readObject } from './object-reader.ts';

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
    const sha = await resolveCommit(gitDir, candidate);
    if (sha !== null) return sha;
  }
  return ref === 'HEAD' || /^[0-9a-f]{4,40}$/i.test(ref) ? resolveCommit(gitDir, ref) : null;
}

/** The commit a ref or revision names (tags are peeled), or null. */
export async function resolveCommit(gitDir: string, name: string): Promise<string | null> {
  const found = await findObject(gitDir, `${name}^{commit}`);
  return found?.type === 'commit' ? found.sha : null;
}

/** The tip of a branch, or null. */
export function branchTip(gitDir: string, branch: string): Promise<string | null> {
  return isSafeName(branch) ? resolveCommit(gitDir, `refs/heads/${branch}`) : Promise.resolve(null);
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
export function readCommits(gitDir: string, revisions: readonly string[], limit = 250): Promise<readonly CommitInfo[]> {
  return askOnce(gitDir, `log ${limit}`, revisions, () => listCommits(gitDir, revisions, limit));
}

async function listCommits(gitDir: string, revisions: readonly string[], limit: number): Promise<CommitInfo[]> {
  const { stdout } = await git(['log', '-z', FORMAT, `--max-count=${limit}`, ...revisions, '--'], { gitDir });
  return stdout
    .split('\0')
    .filter((record) => record !== '')
    .map(parseCommit);
}

/** The commit of this sha; it must exist. */
export function readCommit(gitDir: string, sha: string): Promise<CommitInfo> {
  return askOnce(gitDir, 'commit', [sha], async () => {
    const stored = await readObject(gitDir, `${sha}^{commit}`);
    if (stored === null) throw new Error(`no commit ${sha}`);
    return parseStoredCommit(stored.object.sha, stored.bytes) ?? (await logOf(gitDir, sha));
  });
}

async function logOf(gitDir: string, sha: string): Promise<CommitInfo> {
  const [commit] = await listCommits(gitDir, ['--no-walk', sha], 1);
  if (commit === undefined) throw new Error(`no commit ${sha}`);
  return commit;
}

const PERSON = /^(author|committer) (.*?) ?<([^<>\n]*)> (\d+) [+-]\d{4}$/m;

/** A commit object as git stores it; null when it is unusual (another encoding, odd names), which git itself reads. */
function parseStoredCommit(sha: string, bytes: Buffer): CommitInfo | null {
  const text = bytes.toString('utf8');
  const blank = text.indexOf('\n\n');
  const head = text.slice(0, blank);
  if (blank < 0 || /^encoding /m.test(head) || text.includes('\ufffd')) return null;
  const [tree] = /(?<=^tree )[0-9a-f]+$/m.exec(head) ?? [];
  const people = head.split('\n').flatMap((line) => PERSON.exec(line) ?? []);
  const [, who, an = '', ae = '', at = '', , committed, cn = '', ce = '', ct = ''] = people;
  if (tree === undefined || who !== 'author' || committed !== 'committer' || people.length !== 10) return null;
  return {
    sha,
    tree,
    parents: [...head.matchAll(/(?<=^parent )[0-9a-f]+$/gm)].map(([parent]) => parent),
    author: { name: an, email: ae, date: fromSeconds(at) },
    committer: { name: cn, email: ce, date: fromSeconds(ct) },
    message: text.slice(blank + 2).trimEnd(),
  };
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
export function countAheadBehind(
  gitDir: string,
  base: string,
  head: string,
): Promise<{ ahead: number; behind: number }> {
  return askOnce(gitDir, 'ahead-behind', [base, head], async () => {
    const { stdout } = await git(['rev-list', '--left-right', '--count', `${base}...${head}`], { gitDir });
    const [behind, ahead] = stdout.trim().split('\t').map(Number);
    return { ahead: ahead ?? 0, behind: behind ?? 0 };
  });
}

/** The bytes of one file of a commit; null when the path is absent or not a file. */
export async function readFileAt(gitDir: string, commit: string, path: string): Promise<Buffer | null> {
  if (path === '') return null;
  const found = await readObject(gitDir, `${commit}:${path}`);
  return found?.object.type === 'blob' ? found.bytes : null;
}

/** The best common ancestor, or null when the histories are unrelated. */
export function commonAncestor(gitDir: string, a: string, b: string): Promise<string | null> {
  return askOnce(gitDir, 'merge-base', [a, b], () => mergeBase(gitDir, a, b));
}

/** Whether `commit` is part of the history of `of`; every commit is part of its own. */
export function isPartOf(gitDir: string, commit: string, of: string): Promise<boolean> {
  if (commit === of) return Promise.resolve(true);
  return askOnce(gitDir, 'is-ancestor', [commit, of], () => isAncestor(gitDir, commit, of));
}

/** The file, directory or submodule at `path` of a commit, or null; '' is the root directory. */
export async function readEntry(gitDir: string, commit: string, path: string): Promise<TreeEntry | null> {
  if (path === '') return { mode: '040000', type: 'tree', sha: commit, size: null, path: '' };
  const entries = await listTree(gitDir, commit, { recursive: false, path });
  return entries.find((entry) => entry.path === path) ?? null;
}

/** Full shas of those words that name a commit of this repository, by word. */
export async function existingCommits(gitDir: string, words: readonly string[]): Promise<Map<string, string>> {
  const objects = await Promise.all(words.map(async (word) => [word, await findObject(gitDir, word)] as const));
  return new Map(objects.flatMap(([word, object]) => (object?.type === 'commit' ? [[word, object.sha]] : [])));
}

function isSafeName(name: string): boolean {
  return name !== '' && name.length <= 500 && !name.startsWith('-') && !/[\0\s~^:?*[\\]|\.\.|@\{/.test(name);
}
