import { describe, expect, it } from 'vitest';
import type { RemoteCommit } from '../../src/git/commit-bytes.ts';
import { rebuildCommit } from '../../src/git/commit-bytes.ts';
import { log } from '../../src/git/history.ts';
import { listTree, resolveRef, updateRef } from '../../src/git/plumbing.ts';
import { pushObjects } from '../../src/git/push-objects.ts';
import { fetchObjects, type RemoteEntry, type RemoteObjects } from '../../src/git/remote-objects.ts';
import { git } from '../../src/git/run.ts';
import { bareRepository, commitFiles } from './repository.ts';

const seen = (branch: string): string => `refs/muster/seen/${encodeURIComponent(branch)}`;
const say = async (gitDir: string, ...args: string[]) => (await git(args, { gitDir })).stdout.trim();

interface Server extends RemoteObjects {
  readonly gitDir: string;
  /** Name and argument of every question. */
  readonly asked: string[];
}

/** An API over a bare repository, as faithful as GitHub's: dates in UTC. `change` makes it less faithful. */
async function serve(change: (server: RemoteObjects) => Partial<RemoteObjects> = () => ({})): Promise<Server> {
  const gitDir = await bareRepository();
  const asked: string[] = [];
  const note = (what: string): void => void asked.push(what);
  const store = async (type: string, bytes: string | Uint8Array): Promise<string> =>
    (await git(['hash-object', '-w', '-t', type, '--stdin'], { gitDir, input: bytes })).stdout.trim();
  const server: RemoteObjects = {
    isOnlyWay: async () => true,
    head: (branch) => resolveRef(gitDir, `refs/heads/${branch}`),
    async commit(sha) {
      note(`commit ${sha}`);
      const [entry] = await log(gitDir, sha, { limit: 1 });
      if (entry === undefined) throw new Error('no such commit');
      const message = (await git(['show', '-s', '--format=%B', sha], { gitDir })).stdout.trimEnd();
      return { ...entry, message, signed: null };
    },
    async tree(sha) {
      return { entries: await listTree(gitDir, sha), complete: true };
    },
    async blob(sha) {
      note(`blob ${sha}`);
      return (await git(['cat-file', 'blob', sha], { gitDir })).stdoutBytes;
    },
    createBlob: (bytes) => store('blob', bytes),
    async createTree(base, entries) {
      const indexFile = `${gitDir}/index-${asked.push('tree')}`;
      await git(['read-tree', base ?? '--empty'], { gitDir, indexFile });
      const lines = entries.map(
        ({ mode, sha, path }) => `${sha === null ? 0 : mode} ${sha ?? '0'.repeat(40)}\t${path}\0`,
      );
      await git(['update-index', '-z', '--index-info'], { gitDir, indexFile, input: lines.join('') });
      return (await git(['write-tree'], { gitDir, indexFile })).stdout.trim();
    },
    createCommit({ message, tree, parents, author, committer }) {
      const line = (role: string, by: RemoteCommit['author']): string =>
        `${role} ${by.name} <${by.email}> ${Date.parse(by.date) / 1000} +0000`;
      const head = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`)];
      return store('commit', [...head, line('author', author), line('committer', committer), '', message].join('\n'));
    },
    async setBranch(branch, sha, isNew) {
      const before = isNew ? null : await resolveRef(gitDir, `refs/heads/${branch}`);
      return (await updateRef(gitDir, `refs/heads/${branch}`, sha, before)) ? 'done' : { refused: 'it exists' };
    },
  };
  return { ...server, ...change(server), gitDir, asked };
}

describe('fetching by objects', () => {
  it('gives the same branches, trees and history as git would', async () => {
    const server = await serve();
    await commitFiles(server.gitDir, 'refs/heads/main', {
      'a/b/c.txt': 'deep\n',
      'run.sh': { mode: '100755', content: '#!' },
    });
    const head = await commitFiles(server.gitDir, 'refs/heads/main', { 'bin.dat': '\0\u0001\n', 'ü.txt': 'ü\n' });
    const mine = await bareRepository();
    const heads = await fetchObjects(mine, server, ['main', 'absent'], seen);
    expect(heads).toEqual(new Map([['main', head]]));
    expect(await resolveRef(mine, seen('main'))).toBe(head);
    expect(await listTree(mine, head)).toEqual(await listTree(server.gitDir, head));
    expect(await log(mine, head)).toEqual(await log(server.gitDir, head));
  });

  it('asks only for what is new, and follows a branch that was made anew', async () => {
    const server = await serve();
    const first = await commitFiles(server.gitDir, 'refs/heads/main', { 'one.txt': 'one\n' });
    const mine = await bareRepository();
    await fetchObjects(mine, server, ['main'], seen);
    const second = await commitFiles(server.gitDir, 'refs/heads/main', { 'two.txt': 'two\n' });
    server.asked.splice(0);
    await fetchObjects(mine, server, ['main'], seen);
    expect(server.asked).toEqual([`commit ${second}`, expect.stringMatching(/^blob /)]);
    await git(['update-ref', 'refs/heads/main', first], { gitDir: server.gitDir });
    expect(await fetchObjects(mine, server, ['main'], seen)).toEqual(new Map([['main', first]]));
    expect(await resolveRef(mine, seen('main'))).toBe(first);
  });

  it('cuts a long history off where git can still work with it', async () => {
    const server = await serve();
    for (let n = 0; n < 55; n++) await commitFiles(server.gitDir, 'refs/heads/main', { 'n.txt': `${n}\n` });
    const mine = await bareRepository();
    const heads = await fetchObjects(mine, server, ['main'], seen);
    expect(await log(mine, heads.get('main') ?? '')).toHaveLength(50);
    expect(server.asked.filter((what) => what.startsWith('blob'))).toHaveLength(1);
  });

  it.each<[string, (server: RemoteObjects) => Partial<RemoteObjects>, string]>([
    ['other files', () => ({ blob: async () => Buffer.from('evil') }), 'something else for blob'],
    [
      'another listing',
      (server) => ({
        tree: async (sha) => ({ entries: (await server.tree(sha)).entries.slice(1), complete: true }),
      }),
      'is that of',
    ],
    [
      'a path that leaves the tree',
      (server) => ({
        tree: async (sha) => ({
          entries: (await server.tree(sha)).entries.map((entry): RemoteEntry => ({ ...entry, path: '../x' })),
          complete: true,
        }),
      }),
      'is that of',
    ],
    [
      'another commit',
      (server) => ({ commit: async (sha) => ({ ...(await server.commit(sha)), message: 'another' }) }),
      'to rebuild it',
    ],
    ['a name that is none', () => ({ head: async () => '--upload-pack=x' }), 'is no id of git'],
  ])('takes no %s', async (_, change, words) => {
    const server = await serve(change);
    await commitFiles(server.gitDir, 'refs/heads/main', { 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const mine = await bareRepository();
    await expect(fetchObjects(mine, server, ['main'], seen)).rejects.toThrow(words);
    expect(await resolveRef(mine, seen('main'))).toBeNull();
  });

  it('walks a tree whose listing shows one level only', async () => {
    const server = await serve((whole) => ({
      tree: async (sha) => {
        const { entries } = await whole.tree(sha);
        const top = new Map<string, RemoteEntry>();
        for (const entry of entries) {
          const [name = '', rest] = entry.path.split(/\/(.*)/s);
          const below = rest === undefined ? entry : await treeEntry(server.gitDir, sha, name);
          top.set(name, below);
        }
        return { entries: [...top.values()], complete: false };
      },
    }));
    const head = await commitFiles(server.gitDir, 'refs/heads/main', { 'a/b/c.txt': 'c\n', 'a/d.txt': 'd\n', e: 'e' });
    const mine = await bareRepository();
    await fetchObjects(mine, server, ['main'], seen);
    expect(await listTree(mine, head)).toEqual(await listTree(server.gitDir, head));
  });
});

async function treeEntry(gitDir: string, tree: string, path: string): Promise<RemoteEntry> {
  return { path, mode: '040000', type: 'tree', sha: await say(gitDir, 'rev-parse', `${tree}:${path}`) };
}

describe('pushing by objects', () => {
  async function begin(change?: (server: RemoteObjects) => Partial<RemoteObjects>) {
    const server = await serve(change);
    const base = await commitFiles(server.gitDir, 'refs/heads/main', { 'keep.txt': 'keep\n', 'gone/old.txt': 'old\n' });
    const mine = await bareRepository();
    await fetchObjects(mine, server, ['main'], seen);
    const sha = await commitFiles(
      mine,
      'refs/heads/work',
      { 'new/deep.txt': 'new\n', 'gone/old.txt': null, 'run.sh': { mode: '100755', content: '#!' } },
      { from: base, message: 'work\n\nMuster-Task: x\n' },
    );
    const push = (expectedOld: string | null, of = sha) =>
      pushObjects(mine, server, { sha: of, branch: 'muster/1-work' }, { expectedOld, known: [base] });
    return { server, base, mine, sha, push };
  }

  it('makes the branch with the very same commit', async () => {
    const { server, sha, push } = await begin();
    expect(await push(null)).toEqual({ kind: 'pushed' });
    expect(await server.head('muster/1-work')).toBe(sha);
    expect(await push(null)).toEqual({ kind: 'up_to_date' });
    await git(['fsck', '--strict'], { gitDir: server.gitDir });
  });

  it('replaces only what was expected', async () => {
    const { server, base, push } = await begin();
    await git(['update-ref', 'refs/heads/muster/1-work', base], { gitDir: server.gitDir });
    expect(await push(null)).toEqual({ kind: 'moved' });
    expect(await push('1'.repeat(40))).toEqual({ kind: 'moved' });
    expect(await push(base)).toEqual({ kind: 'pushed' });
  });

  it('takes over the form in which the server writes the commit down', async () => {
    const { server, mine, sha, push } = await begin((whole) => ({
      createCommit: (commit) => whole.createCommit({ ...commit, message: commit.message.trimEnd() }),
    }));
    const outcome = await push(null);
    if (outcome.kind !== 'renamed') throw new Error(`it was ${outcome.kind}`);
    expect(outcome.sha).not.toBe(sha);
    expect(await server.head('muster/1-work')).toBe(outcome.sha);
    expect((await log(mine, outcome.sha, { limit: 1 }))[0]?.body).toBe('Muster-Task: x');
    expect(await push(outcome.sha, outcome.sha)).toEqual({ kind: 'up_to_date' });
  });

  it('sends the whole listing where a removal is not understood', async () => {
    const { server, sha, push } = await begin((whole) => ({
      createTree: (base, entries) =>
        base === null ? whole.createTree(base, entries) : Promise.reject(new Error('null is no sha')),
    }));
    expect(await push(null)).toEqual({ kind: 'pushed' });
    expect(await server.head('muster/1-work')).toBe(sha);
  });

  it('says what the server said, and fails on one that makes something else', async () => {
    const refusing = await begin(() => ({ setBranch: async () => ({ refused: 'protected' }) }));
    expect(await refusing.push(null)).toEqual({ kind: 'rejected', reason: 'protected' });
    const lying = await begin(() => ({ createBlob: async () => 'f'.repeat(40) }));
    await expect(lying.push(null)).rejects.toThrow('made blob');
  });
});

describe('the bytes of a commit', () => {
  it.each(['+0000', '+0530', '-0345', '+1300'])('are found in the time zone %s', async (zone) => {
    const gitDir = await bareRepository();
    const tree = await say(gitDir, 'mktree', '--missing');
    const bytes = `tree ${tree}\nauthor A <a@x> 1700000000 ${zone}\ncommitter B <b@x> 1700000060 +0100\n\nwords\n`;
    const sha = (await git(['hash-object', '-w', '-t', 'commit', '--stdin'], { gitDir, input: bytes })).stdout.trim();
    const told: RemoteCommit = {
      tree,
      parents: [],
      author: { name: 'A', email: 'a@x', date: '2023-11-14T22:13:20Z' },
      committer: { name: 'B', email: 'b@x', date: '2023-11-14T22:14:20Z' },
      message: 'words',
      signed: null,
    };
    expect(Buffer.from(rebuildCommit(told, sha) ?? '').toString()).toBe(bytes);
    expect(rebuildCommit({ ...told, message: 'other' }, sha)).toBeNull();
  });

  it('are found with their signature', async () => {
    const gitDir = await bareRepository();
    const tree = await say(gitDir, 'mktree', '--missing');
    const head = `tree ${tree}\nauthor A <a@x> 1700000000 +0200\ncommitter A <a@x> 1700000000 +0200`;
    const signature = '-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----';
    const bytes = `${head}\ngpgsig ${signature.replaceAll('\n', '\n ')}\n\nwords\n`;
    const sha = (await git(['hash-object', '-w', '-t', 'commit', '--stdin'], { gitDir, input: bytes })).stdout.trim();
    const by = { name: 'A', email: 'a@x', date: '2023-11-14T22:13:20Z' };
    const signed = { payload: `${head}\n\nwords\n`, signature: `${signature}\n` };
    const told = { tree, parents: [], author: by, committer: by, message: 'words\n', signed };
    expect(Buffer.from(rebuildCommit(told, sha) ?? '').toString()).toBe(bytes);
  });
});
