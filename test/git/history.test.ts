import { describe, expect, it } from 'vitest';
import { diffNumstat, diffRaw, diffText, isAncestor, log, mergeBase } from '../../src/git/history.ts';
import { commitTree } from '../../src/git/plumbing.ts';
import { bareRepository, commitFiles } from './repository.ts';

const MAIN = 'refs/heads/main';

describe('what changed', () => {
  it('counts lines per file, with its status', async () => {
    const gitDir = await bareRepository();
    const base = await commitFiles(gitDir, MAIN, {
      keep: 'k',
      edit: '1\n2\n3\n',
      gone: 'x\ny\n',
      kind: 'z',
      'ta\tb': '1\n',
    });
    const head = await commitFiles(gitDir, MAIN, {
      edit: '1\nTWO\n3\n4\n',
      gone: null,
      'new/ö file': 'a\nb\n',
      binary: 'a\0b',
      kind: { mode: '120000', content: 'keep' },
      'ta\tb': '2\n',
    });
    const counts = await diffNumstat(gitDir, base, head);
    expect(counts.map((c) => [c.path, c.status, c.added, c.deleted, c.binary])).toEqual([
      ['binary', 'A', 0, 0, true],
      ['edit', 'M', 2, 1, false],
      ['gone', 'D', 0, 2, false],
      ['kind', 'T', 1, 1, false],
      ['new/ö file', 'A', 2, 0, false],
      ['ta\tb', 'M', 1, 1, false],
    ]);
    expect(await diffNumstat(gitDir, head, head)).toEqual([]);
  });

  it('names modes and objects', async () => {
    const gitDir = await bareRepository();
    const base = await commitFiles(gitDir, MAIN, { run: 'x', gone: 'y' });
    const head = await commitFiles(gitDir, MAIN, {
      run: { mode: '100755', content: 'x' },
      gone: null,
      sub: { mode: '160000', content: '1'.repeat(40) },
    });
    expect(await diffRaw(gitDir, base, head)).toEqual([
      { path: 'gone', status: 'D', oldMode: '100644', newMode: '000000', sha: '0'.repeat(40) },
      { path: 'run', status: 'M', oldMode: '100644', newMode: '100755', sha: expect.stringMatching(/^c1b0730/) },
      { path: 'sub', status: 'A', oldMode: '000000', newMode: '160000', sha: '1'.repeat(40) },
    ]);
    expect(await diffText(gitDir, base, head)).toContain('old mode 100644\nnew mode 100755');
  });
});

describe('history', () => {
  it('knows ancestors and common ones', async () => {
    const gitDir = await bareRepository();
    const root = await commitFiles(gitDir, MAIN, { a: '1' });
    const left = await commitFiles(gitDir, 'refs/heads/left', { a: '2' }, { from: root });
    const right = await commitFiles(gitDir, 'refs/heads/right', { a: '3' }, { from: root });
    const stranger = await commitFiles(gitDir, 'refs/heads/stranger', { a: '4' });
    expect(await mergeBase(gitDir, left, right)).toBe(root);
    expect(await mergeBase(gitDir, left, stranger)).toBeNull();
    expect(await isAncestor(gitDir, root, left)).toBe(true);
    expect(await isAncestor(gitDir, left, right)).toBe(false);
  });

  it('is told newest first', async () => {
    const gitDir = await bareRepository();
    const one = await commitFiles(gitDir, MAIN, { a: '1' }, { message: 'First: ü\n\nBody line\n\nTrailer: x' });
    const side = await commitFiles(gitDir, 'refs/heads/side', { b: '1' }, { from: one, message: 'Side' });
    const two = await commitFiles(gitDir, MAIN, { a: '2' }, { message: '' });
    const merge = await commitTree(gitDir, {
      tree: `${two}^{tree}`,
      parents: [two, side],
      message: 'Merge',
      author: { name: 'Ann', email: 'ann@example.com' },
      date: new Date('2026-01-02T03:04:05Z'),
    });
    const entries = await log(gitDir, merge);
    expect(entries.map((entry) => entry.subject)).toEqual(['Merge', '', 'Side', 'First: ü']);
    expect(entries[0]).toMatchObject({
      sha: merge,
      parents: [two, side],
      author: { name: 'Ann', email: 'ann@example.com', date: '2026-01-02T03:04:05Z' },
    });
    expect(entries[3]).toMatchObject({ sha: one, parents: [], body: 'Body line\n\nTrailer: x' });
    expect((await log(gitDir, merge, { limit: 2, firstParent: true })).map((entry) => entry.sha)).toEqual([merge, two]);
    expect((await log(gitDir, `${one}..${side}`)).map((entry) => entry.sha)).toEqual([side]);
  });
});
