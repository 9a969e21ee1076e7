import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutTree } from '../../src/git/checkout.ts';
import { snapshotDirectory } from '../../src/git/harvest-tree.ts';
import { listTree, showFile } from '../../src/git/plumbing.ts';
import { GitError, git } from '../../src/git/run.ts';
import { bareRepository, commitFiles, temporaryDirectory } from './repository.ts';

const MAIN = 'refs/heads/main';
const CRLF_FILE = 'one\r\ntwo\r\n';

/** A work directory populated from a base commit, as an agent gets it. */
async function workspace(files: Parameters<typeof commitFiles>[2]): Promise<Workspace> {
  const gitDir = await bareRepository();
  const baseSha = await commitFiles(gitDir, MAIN, files);
  const workDir = temporaryDirectory();
  await checkoutTree(gitDir, baseSha, workDir);
  return { gitDir, baseSha, workDir, indexFile: join(temporaryDirectory(), 'index') };
}

interface Workspace {
  readonly gitDir: string;
  readonly baseSha: string;
  readonly workDir: string;
  readonly indexFile: string;
}

function write(workDir: string, path: string, content: string): void {
  mkdirSync(dirname(join(workDir, path)), { recursive: true });
  writeFileSync(join(workDir, path), content);
}

/** What an agent would type: plain git with its own configuration, nothing hardened. */
function plainGit(cwd: string, ...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=agent', '-c', 'user.email=a@x', ...args], { cwd, stdio: 'ignore' });
}

async function paths(space: Workspace, tree: string): Promise<string[]> {
  return (await listTree(space.gitDir, tree)).map((entry) => entry.path);
}

async function content(space: Workspace, tree: string, path: string): Promise<string> {
  return Buffer.from((await showFile(space.gitDir, tree, path)) ?? []).toString();
}

async function baseTree(space: Workspace): Promise<string> {
  return (await git(['rev-parse', `${space.baseSha}^{tree}`], { gitDir: space.gitDir })).stdout.trim();
}

describe('checkoutTree and snapshotDirectory', () => {
  it('give the same tree when nothing changed, whatever the attributes say', async () => {
    const space = await workspace({
      '.gitattributes':
        '* text eol=lf\n*.bat eol=crlf\n*.u16 working-tree-encoding=UTF-16\n*.id ident\n*.f filter=evil\n',
      'crlf.txt': CRLF_FILE,
      'run.bat': 'echo\n',
      'x.u16': 'plain',
      'y.id': '$Id$\n',
      'z.f': 'z',
      'ü name\twith tab': '1',
      'bin/tool': { mode: '100755', content: '#!/bin/sh\n' },
      link: { mode: '120000', content: 'bin/tool' },
      vendor: { mode: '160000', content: '1'.repeat(40) },
    });
    expect(readFileSync(join(space.workDir, 'crlf.txt'), 'utf8')).toBe(CRLF_FILE);
    expect(readFileSync(join(space.workDir, 'run.bat'), 'utf8')).toBe('echo\n');
    expect(readFileSync(join(space.workDir, 'x.u16'), 'utf8')).toBe('plain');
    expect(readFileSync(join(space.workDir, 'y.id'), 'utf8')).toBe('$Id$\n');
    expect(lstatSync(join(space.workDir, 'link')).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(space.workDir, 'vendor')).isDirectory()).toBe(true);
    expect(existsSync(join(space.workDir, '.git'))).toBe(false);
    expect(await snapshotDirectory(space)).toBe(await baseTree(space));
  });

  it('take over what was added, changed, removed and made executable', async () => {
    const space = await workspace({ keep: 'k', edit: '1', gone: 'g', 'was/file': 'x', tool: 't' });
    write(space.workDir, 'edit', '2');
    write(space.workDir, 'new/deep/file', 'n');
    rmSync(join(space.workDir, 'gone'));
    rmSync(join(space.workDir, 'was'), { recursive: true });
    symlinkSync('/etc/passwd', join(space.workDir, 'was'));
    chmodSync(join(space.workDir, 'tool'), 0o755);
    const tree = await snapshotDirectory(space);
    expect((await listTree(space.gitDir, tree)).map((entry) => `${entry.mode} ${entry.path}`)).toEqual([
      '100644 edit',
      '100644 keep',
      '100644 new/deep/file',
      '100755 tool',
      '120000 was',
    ]);
    expect(await content(space, tree, 'was')).toBe('/etc/passwd');
  });

  it('honour .gitignore, but not for files that were tracked', async () => {
    const space = await workspace({ '.gitignore': 'build/\n*.log\n', 'kept.log': '1' });
    write(space.workDir, 'build/out', 'x');
    write(space.workDir, 'other.log', 'x');
    write(space.workDir, 'kept.log', '2');
    const tree = await snapshotDirectory(space);
    expect(await paths(space, tree)).toEqual(['.gitignore', 'kept.log']);
    expect(await content(space, tree, 'kept.log')).toBe('2');
  });

  it('use no index and no leftover of an earlier run', async () => {
    const space = await workspace({ a: '1' });
    writeFileSync(space.indexFile, 'garbage');
    expect(await snapshotDirectory(space)).toBe(await baseTree(space));
  });
});

describe('a hostile directory', () => {
  it('runs nothing of what it planted, and its own repository is not looked at', async () => {
    const space = await workspace({ a: '1' });
    const marks = temporaryDirectory();
    const leave = (name: string): string => `sh -c 'touch ${join(marks, name)}; cat'`;
    plainGit(space.workDir, 'init', '-q');
    for (const [key, value] of Object.entries({
      'filter.evil.clean': leave('clean'),
      'filter.evil.smudge': leave('smudge'),
      'filter.evil.process': leave('process'),
      'filter.evil.required': 'true',
      'core.fsmonitor': leave('fsmonitor'),
      'core.hooksPath': join(space.workDir, 'hooks'),
      'core.sshCommand': leave('ssh'),
      'core.excludesFile': join(space.workDir, 'exclude-all'),
      'core.attributesFile': join(space.workDir, 'attributes'),
      'core.worktree': '/etc',
      'diff.external': leave('diff'),
    })) {
      execFileSync('git', ['config', key, value], { cwd: space.workDir });
    }
    write(space.workDir, 'exclude-all', '*\n');
    write(space.workDir, 'attributes', '* filter=evil\n');
    write(space.workDir, '.gitattributes', '* filter=evil diff=evil merge=evil\n[attr]evil filter=evil\n');
    for (const hook of [
      'post-index-change',
      'pre-commit',
      'post-checkout',
      'fsmonitor-watchman',
      'reference-transaction',
    ]) {
      for (const place of ['hooks', '.git/hooks']) {
        write(space.workDir, `${place}/${hook}`, `#!/bin/sh\ntouch ${join(marks, hook)}\n`);
        chmodSync(join(space.workDir, place, hook), 0o755);
      }
    }
    // The orchestrator's own repository is within reach of an agent that is not confined to its directory.
    const { gitDir } = space;
    await git(['config', 'filter.evil.clean', leave('mirror-clean')], { gitDir });
    await git(['config', 'core.fsmonitor', leave('mirror-fsmonitor')], { gitDir });
    mkdirSync(join(gitDir, 'info'), { recursive: true });
    writeFileSync(join(gitDir, 'info', 'attributes'), '* filter=evil\n');

    const tree = await snapshotDirectory(space);
    expect(await paths(space, tree)).toEqual([
      '.gitattributes',
      'a',
      'attributes',
      'exclude-all',
      'hooks/fsmonitor-watchman',
      'hooks/post-checkout',
      'hooks/post-index-change',
      'hooks/pre-commit',
      'hooks/reference-transaction',
    ]);
    await checkoutTree(gitDir, tree, temporaryDirectory());
    expect(execFileSync('ls', [marks], { encoding: 'utf8' })).toBe('');

    // The same plants do run under plain git, so this test can fail.
    const config = join(space.workDir, '.git', 'config');
    for (const key of ['core.worktree', 'core.fsmonitor', 'core.excludesFile', 'filter.evil.process']) {
      execFileSync('git', ['config', '--file', config, '--unset', key]);
    }
    plainGit(space.workDir, 'add', '-A');
    expect(execFileSync('ls', [marks], { encoding: 'utf8' })).toMatch(/^clean\n(.*\n)*post-index-change\n/);
  });

  it.each([
    ['a file', (workDir: string) => write(workDir, '.git', 'gitdir: /somewhere/else\n')],
    ['a symlink', (workDir: string) => symlinkSync('/etc', join(workDir, '.git'))],
  ])('gains nothing by a .git that is %s', async (_, plant) => {
    const space = await workspace({ a: '1' });
    plant(space.workDir);
    expect(await snapshotDirectory(space)).toBe(await baseTree(space));
  });

  it('has nested repositories stored as plain files, whatever state they are in', async () => {
    const space = await workspace({ a: '1', 'tracked/file': 't' });
    const at = (path: string): string => join(space.workDir, path);
    for (const name of ['committed', 'empty', 'committed/inner', 'it is [odd]*', 'tracked']) {
      mkdirSync(at(name), { recursive: true });
      plainGit(at(name), 'init', '-q');
      write(at(name), 'file', name);
      if (name !== 'empty') {
        plainGit(at(name), 'add', 'file');
        plainGit(at(name), 'commit', '-q', '-m', 'x');
      }
    }
    write(space.workDir, 'pointer/.git', `gitdir: ${at('committed/.git')}\n`);
    write(space.workDir, 'pointer/file', 'p');
    const tree = await snapshotDirectory(space);
    const entries = await listTree(space.gitDir, tree);
    expect(entries.map((entry) => entry.path)).toEqual([
      'a',
      'committed/file',
      'committed/inner/file',
      'empty/file',
      'it is [odd]*/file',
      'pointer/file',
      'tracked/file',
    ]);
    expect(entries.filter((entry) => entry.type !== 'blob')).toEqual([]);
    expect(await content(space, tree, 'committed/inner/file')).toBe('committed/inner');
  });

  it('cannot move a submodule, but may remove it', async () => {
    const space = await workspace({ a: '1', vendor: { mode: '160000', content: '1'.repeat(40) } });
    const vendor = join(space.workDir, 'vendor');
    plainGit(vendor, 'init', '-q');
    write(vendor, 'file', 'x');
    plainGit(vendor, 'add', 'file');
    plainGit(vendor, 'commit', '-q', '-m', 'x');
    expect(await snapshotDirectory(space)).toBe(await baseTree(space));
    rmSync(vendor, { recursive: true });
    expect(await paths(space, await snapshotDirectory(space))).toEqual(['a']);
  });

  it('cannot hang us with a named pipe', async () => {
    const space = await workspace({ a: '1' });
    execFileSync('mkfifo', [join(space.workDir, 'pipe')]);
    expect(await snapshotDirectory(space)).toBe(await baseTree(space));
    rmSync(join(space.workDir, 'a'));
    execFileSync('mkfifo', [join(space.workDir, 'a')]);
    await expect(snapshotDirectory(space)).rejects.toBeInstanceOf(GitError);
  });

  it('has a disguised .git refused by name', async () => {
    const space = await workspace({ a: '1' });
    write(space.workDir, '.GIT/config', '[core]\n');
    await expect(snapshotDirectory(space)).rejects.toThrow(/\.GIT\/config/);
  });

  it('changes nothing in a sibling’s snapshot', async () => {
    const space = await workspace({ a: '1' });
    const sibling = { ...space, workDir: temporaryDirectory(), indexFile: join(temporaryDirectory(), 'index') };
    await checkoutTree(space.gitDir, space.baseSha, sibling.workDir);
    write(space.workDir, 'mine', 'x');
    const [ours, theirs] = await Promise.all([snapshotDirectory(space), snapshotDirectory(sibling)]);
    expect(await paths(space, ours)).toEqual(['a', 'mine']);
    expect(theirs).toBe(await baseTree(space));
  });
});

describe('checkoutTree', () => {
  it('never writes through a symlink', async () => {
    const gitDir = await bareRepository();
    const outside = temporaryDirectory();
    const sha = await commitFiles(gitDir, MAIN, { 'dir/file': 'x' });
    const workDir = temporaryDirectory();
    symlinkSync(outside, join(workDir, 'dir'));
    await checkoutTree(gitDir, sha, workDir);
    expect(existsSync(join(outside, 'file'))).toBe(false);
    expect(readFileSync(join(workDir, 'dir', 'file'), 'utf8')).toBe('x');
  });
});
