import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeDataDir } from '../../src/apps/data-dir.ts';
import { CommandFailed } from '../../src/apps/exit-codes.ts';
import { openSource, refuseBlockedBranch } from '../../src/apps/local/source.ts';
import { fetch } from '../../src/git/remote.ts';

function place(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'muster-odd-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function gitIn(repo: string, ...args: string[]): string {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  return execFileSync('git', ['-C', repo, ...who, ...args], { encoding: 'utf8' }).trim();
}

function repository(name: string, ...options: string[]): string {
  const repo = join(place(), name);
  mkdirSync(repo);
  gitIn(repo, 'init', '-q', '-b', 'trunk', ...options);
  const tree = gitIn(repo, 'hash-object', '-w', '-t', 'tree', '/dev/null');
  gitIn(repo, 'update-ref', 'refs/heads/trunk', gitIn(repo, 'commit-tree', '-m', 'start', tree));
  return repo;
}

async function refusalOf(work: Promise<unknown>): Promise<readonly [number, string]> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CommandFailed)) throw error;
  return [error.exitCode, error.message];
}

describe('the repository of muster run', () => {
  it.each(["it's $(touch pwned) `x`", 'a;b|c&', '*?[x]', '日本 ünï', '-dash', 'ends with a space '])(
    'may be called %s',
    async (name) => {
      const source = await openSource(repository(name));
      expect(source).toMatchObject({ branch: 'trunk', name: expect.stringMatching(/^[a-z0-9-]+$/) });
      const bare = repository(name, '--bare');
      expect((await openSource(bare)).gitDir).toBe(bare);
    },
  );

  it('may not have a line break in its path, and is told so', async () => {
    const [code, words] = await refusalOf(openSource(repository('new\nline')));
    expect(code).toBe(3);
    expect(words).toMatch(/line break in its path.*Rename it/s);
  });

  it('may belong to somebody else', async () => {
    const repo = repository('theirs');
    // only root can give a repository away; everybody else reads a repository of their own here
    if (process.getuid?.() === 0) for (const path of [repo, join(repo, '.git')]) chownSync(path, 65_534, 65_534);
    const source = await openSource(repo);
    const copy = repository('copy', '--bare');
    await fetch(copy, source.gitDir, [`${source.head}:refs/heads/theirs`], { allowFile: true });
    expect(gitIn(copy, 'rev-parse', 'refs/heads/theirs')).toBe(source.head);
  });

  it.each(['muster', 'muster/run-plan/x', 'muster/run-plan/$(echo>pwned)'])(
    'keeps its branch %s, and the remedy works from anywhere',
    async (branch) => {
      const repo = repository('my shop');
      gitIn(repo, 'branch', branch);
      const source = await openSource(repo);
      const [code, words] = await refusalOf(refuseBlockedBranch(source, 'muster/run-plan'));
      expect(code).toBe(3);
      const remedy = /Rename that one first: (.*)$/s.exec(words)?.[1] ?? '';
      const elsewhere = place();
      execFileSync('/bin/sh', ['-c', remedy], { cwd: elsewhere });
      expect(readdirSync(elsewhere)).toEqual([]);
      await refuseBlockedBranch(source, 'muster/run-plan');
    },
  );
});

describe('the data directory', () => {
  it('is refused below a line break, where git would fail for ever', async () => {
    const dir = join(place(), 'a\nb');
    const [code, words] = await refusalOf(Promise.resolve().then(() => makeDataDir(dir, 'Name another.')));
    expect(code).toBe(7);
    expect(words).toMatch(/line break\. Name another\./);
  });

  it.each(['', 'below'])('is refused where a file is, %s', async (below) => {
    const file = join(place(), 'file');
    writeFileSync(file, '');
    const [code, words] = await refusalOf(
      Promise.resolve().then(() => makeDataDir(join(file, below), 'Name another.')),
    );
    expect(code).toBe(7);
    expect(words).toContain(`${file} is a file. Name another.`);
  });
});
