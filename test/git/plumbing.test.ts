import { describe, expect, it } from 'vitest';
import {
  commitTree,
  deleteRef,
  initBare,
  listRefs,
  listTree,
  readTreeInto,
  resolveRef,
  showFile,
  updateRef,
  writeTree,
} from '../../src/git/plumbing.ts';
import { GitError, git } from '../../src/git/run.ts';
import { bareRepository, commitFiles, temporaryDirectory } from './repository.ts';

const MAIN = 'refs/heads/main';

describe('refs', () => {
  it('are null when absent and peel tags', async () => {
    const gitDir = await bareRepository();
    expect(await resolveRef(gitDir, MAIN)).toBeNull();
    const sha = await commitFiles(gitDir, MAIN, { a: '1' });
    await git(['tag', '-m', 'one', 'v1', sha], {
      gitDir,
      env: { GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x@x' },
    });
    expect(await resolveRef(gitDir, 'refs/tags/v1')).toBe(sha);
    expect(await resolveRef(gitDir, 'main')).toBe(sha);
  });

  it('move only from where the caller thought they were', async () => {
    const gitDir = await bareRepository();
    const one = await commitFiles(gitDir, 'refs/heads/work', { a: '1' });
    const two = await commitFiles(gitDir, 'refs/heads/work', { a: '2' });
    expect(await updateRef(gitDir, MAIN, one, two)).toBe(false);
    expect(await updateRef(gitDir, MAIN, one, null)).toBe(true);
    expect(await updateRef(gitDir, MAIN, two, null)).toBe(false);
    expect(await updateRef(gitDir, MAIN, two, one)).toBe(true);
    expect(await updateRef(gitDir, MAIN, one, one)).toBe(false);
    expect(await deleteRef(gitDir, MAIN, one)).toBe(false);
    expect(await deleteRef(gitDir, MAIN, two)).toBe(true);
    expect(await deleteRef(gitDir, MAIN, two)).toBe(false);
    expect(await listRefs(gitDir)).toEqual([{ ref: 'refs/heads/work', sha: two }]);
  });

  it('let exactly one of many contenders win', async () => {
    const gitDir = await bareRepository();
    const first = await commitFiles(gitDir, MAIN, { a: '0' });
    const rivals = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      rivals.push(await commitFiles(gitDir, `refs/heads/${name}`, { a: name }, { from: first }));
    }
    const won = await Promise.all(rivals.map((sha) => updateRef(gitDir, MAIN, sha, first)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await resolveRef(gitDir, MAIN)).toBe(rivals[won.indexOf(true)]);
  });

  it('throw for anything that is not a lost race', async () => {
    const gitDir = await bareRepository();
    await expect(updateRef(gitDir, MAIN, 'f'.repeat(40), null)).rejects.toBeInstanceOf(GitError);
    await expect(updateRef(gitDir, 'refs/heads/a..b', 'f'.repeat(40), null)).rejects.toBeInstanceOf(GitError);
    await expect(resolveRef(gitDir, '--output=x')).rejects.toBeInstanceOf(GitError);
  });

  it('belong to a repository without hooks, which can be made twice', async () => {
    const gitDir = await bareRepository();
    const sha = await commitFiles(gitDir, MAIN, { a: '1' });
    await initBare(gitDir);
    expect(await resolveRef(gitDir, 'HEAD')).toBe(sha);
  });
});

describe('trees and commits', () => {
  it('are listed with modes and sizes', async () => {
    const gitDir = await bareRepository();
    const sha = await commitFiles(gitDir, MAIN, {
      'a b/ü\tx.txt': 'héllo',
      link: { mode: '120000', content: 'a b' },
      run: { mode: '100755', content: '#!/bin/sh\n' },
      sub: { mode: '160000', content: '1'.repeat(40) },
    });
    const entries = await listTree(gitDir, sha);
    expect(entries.map(({ mode, type, size, path }) => [mode, type, size, path])).toEqual([
      ['100644', 'blob', 6, 'a b/ü\tx.txt'],
      ['120000', 'blob', 3, 'link'],
      ['100755', 'blob', 10, 'run'],
      ['160000', 'commit', null, 'sub'],
    ]);
    expect((await listTree(gitDir, sha, { recursive: false })).map((entry) => entry.type)).toEqual([
      'tree',
      'blob',
      'blob',
      'commit',
    ]);
    expect(await listTree(gitDir, sha, { path: 'run' })).toHaveLength(1);
  });

  it('show one file, byte for byte, or null', async () => {
    const gitDir = await bareRepository();
    const sha = await commitFiles(gitDir, MAIN, { 'dir/a b': 'one\ntwo', empty: '' });
    const text = async (revision: string, path: string): Promise<string | null> => {
      const bytes = await showFile(gitDir, revision, path);
      return bytes === null ? null : new TextDecoder().decode(bytes);
    };
    expect(await text(sha, 'dir/a b')).toBe('one\ntwo');
    expect(await text('main', 'empty')).toBe('');
    expect(await text(sha, 'dir')).toBeNull();
    expect(await text(sha, 'missing')).toBeNull();
    expect(await text('no-such-branch', 'empty')).toBeNull();
  });

  it('are made through an index of one’s own, and the same input makes the same commit', async () => {
    const gitDir = await bareRepository();
    const base = await commitFiles(gitDir, MAIN, { a: '1', b: '2' });
    const indexFile = `${temporaryDirectory()}/index`;
    await readTreeInto(gitDir, indexFile, base);
    await git(['update-index', '--force-remove', 'b'], { gitDir, indexFile, workTree: temporaryDirectory() });
    const tree = await writeTree(gitDir, indexFile);
    const commit = {
      tree,
      parents: [base],
      message: '- Remove b\n\nÜber <b> & "c"\n\nMuster-Task: x/1',
      author: { name: 'Muster (agent script)', email: 'bot@example.com' },
      committer: { name: 'Muster', email: 'muster@example.com' },
      date: new Date('2026-01-02T03:04:05Z'),
    };
    const sha = await commitTree(gitDir, commit);
    expect(await commitTree(gitDir, commit)).toBe(sha);
    expect((await git(['cat-file', 'commit', sha], { gitDir })).stdout).toBe(
      [
        `tree ${tree}`,
        `parent ${base}`,
        'author Muster (agent script) <bot@example.com> 1767323045 +0000',
        'committer Muster <muster@example.com> 1767323045 +0000',
        '',
        `${commit.message}\n`,
      ].join('\n'),
    );
  });
});
