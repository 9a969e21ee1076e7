import { renameSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutTree } from '../../src/git/checkout.ts';
import { snapshotDirectory } from '../../src/git/harvest-tree.ts';
import { mergeTree, predictMerge } from '../../src/git/merge-tree.ts';
import { listTree, showFile } from '../../src/git/plumbing.ts';
import { git } from '../../src/git/run.ts';
import { bareRepository, commitFiles, temporaryDirectory } from './repository.ts';

const LINES = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n';

async function fork(
  ours: Parameters<typeof commitFiles>[2],
  theirs: Parameters<typeof commitFiles>[2],
): Promise<{ gitDir: string; base: string; head: string }> {
  const gitDir = await bareRepository();
  const root = await commitFiles(gitDir, 'refs/heads/main', { text: LINES, 'dir/ä b': LINES });
  const base = await commitFiles(gitDir, 'refs/heads/main', ours);
  const head = await commitFiles(gitDir, 'refs/heads/work', theirs, { from: root });
  return { gitDir, base, head };
}

async function objectCount(gitDir: string): Promise<string> {
  return (await git(['count-objects'], { gitDir })).stdout;
}

describe('mergeTree', () => {
  it('merges distant edits into a tree that can be read', async () => {
    const { gitDir, base, head } = await fork(
      { text: LINES.replace('one', 'ONE') },
      { text: LINES.replace('seven', 'SEVEN'), added: 'x' },
    );
    const merged = await mergeTree(gitDir, base, head);
    if (merged.kind !== 'clean') throw new Error(`expected a clean merge, got ${merged.kind}`);
    const bytes = await showFile(gitDir, merged.tree, 'text');
    expect(Buffer.from(bytes ?? []).toString()).toBe('ONE\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n');
    expect((await listTree(gitDir, merged.tree)).map((entry) => entry.path)).toEqual(['added', 'dir/ä b', 'text']);
  });

  it('names every conflicting path once, and hands out no tree with markers', async () => {
    const { gitDir, base, head } = await fork(
      { text: LINES.replace('one', 'ours'), 'dir/ä b': null, both: 'a' },
      { text: LINES.replace('one', 'theirs'), 'dir/ä b': 'changed', both: 'b' },
    );
    expect(await mergeTree(gitDir, base, head)).toEqual({ kind: 'conflict', paths: ['both', 'dir/ä b', 'text'] });
  });

  it('follows a rename', async () => {
    const { gitDir, base, head } = await fork({ text: null, moved: LINES }, { text: LINES.replace('four', 'FOUR') });
    expect((await mergeTree(gitDir, base, head)).kind).toBe('clean');
  });

  it('calls a missing object, an unrelated history and a bad name an error, never a conflict', async () => {
    const { gitDir, base } = await fork({ text: 'a' }, { text: 'b' });
    const stranger = await commitFiles(gitDir, 'refs/heads/stranger', { text: 'c' });
    expect(await mergeTree(gitDir, base, 'e'.repeat(40))).toMatchObject({ kind: 'error' });
    expect(await mergeTree(gitDir, base, stranger)).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('unrelated histories'),
    });
    expect(await mergeTree(gitDir, base, '--stdin')).toMatchObject({ kind: 'error' });
  });
});

describe('predictMerge', () => {
  it('answers the same and leaves no object behind', async () => {
    const clean = await fork({ text: LINES.replace('one', 'ONE') }, { text: LINES.replace('seven', 'SEVEN') });
    const before = await objectCount(clean.gitDir);
    const predicted = await predictMerge(clean.gitDir, clean.base, clean.head);
    expect(await objectCount(clean.gitDir)).toBe(before);
    expect(predicted).toEqual(await mergeTree(clean.gitDir, clean.base, clean.head));
    expect(await objectCount(clean.gitDir)).not.toBe(before);
    const clash = await fork({ text: 'ours' }, { text: 'theirs' });
    expect(await predictMerge(clash.gitDir, clash.base, clash.head)).toEqual({ kind: 'conflict', paths: ['text'] });
  });

  it('reads a repository whose path is relative and has a colon in it', async () => {
    const { gitDir, base, head } = await fork({ text: 'ours' }, { added: 'x' });
    const odd = join(dirname(gitDir), 'a: "b" ü.git');
    renameSync(gitDir, odd);
    expect((await predictMerge(relative(process.cwd(), odd), base, head)).kind).toBe('clean');
    const workDir = temporaryDirectory();
    await checkoutTree(relative(process.cwd(), odd), head, relative(process.cwd(), workDir));
    const indexFile = join(temporaryDirectory(), 'index');
    const request = { gitDir: relative(process.cwd(), odd), workDir, indexFile, baseSha: head };
    expect(await snapshotDirectory(request)).toBe(
      (await git(['rev-parse', `${head}^{tree}`], { gitDir: odd })).stdout.trim(),
    );
  });
});
