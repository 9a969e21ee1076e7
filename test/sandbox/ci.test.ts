import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectCiCommand } from '../../src/sandbox/ci-detect.ts';
import { createLogTail } from '../../src/sandbox/ci-log.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { asUser, type Json, onCleanup, startWithRepository, temporaryDir } from './local-github.ts';
import { cloneAs } from './work-tree.ts';

const repo = '/repos/acme/shop';

async function runOf(sandbox: Parameters<typeof asUser>[0], ref: string): Promise<Json | undefined> {
  const { body } = await asUser(sandbox, 'ann')('GET', `${repo}/commits/${ref}/check-runs`);
  return (body.check_runs as unknown as Json[])[0];
}

describe('CI', () => {
  it('runs on every pushed head in a clean checkout and is green or red by the exit code', async () => {
    const command = 'echo "looking in $PWD as $HOME"; ls -A; test ! -e broken.txt';
    const sandbox = await startWithRepository({ ci: { enabled: true, command } });
    const work = await cloneAs(sandbox, sandbox.userToken('ann', 'write'));
    await work.push('good', { 'fine.txt': 'x' });
    await work.push('bad', { 'broken.txt': 'x' });
    await sandbox.drained();
    expect(await runOf(sandbox, 'main')).toMatchObject({
      name: 'ci',
      conclusion: 'success',
      app: { slug: 'local-ci' },
    });
    expect(await runOf(sandbox, 'good')).toMatchObject({ conclusion: 'success' });
    const red = await runOf(sandbox, 'bad');
    expect(red).toMatchObject({ status: 'completed', conclusion: 'failure', output: { title: 'Tests failed' } });
    expect(red?.output?.summary).toContain('exit code 1');
    expect(String(red?.output?.text).split('\n').slice(1)).toEqual(['README.md', 'broken.txt']);
  });

  it('finds the command in the tree, and makes no check where there is none', async () => {
    const sandbox = await startWithRepository({ ci: { enabled: true } });
    const work = await cloneAs(sandbox, sandbox.userToken('ann', 'write'));
    await work.push('tested', { Makefile: 'test:\n\t@echo from make\n' });
    await sandbox.drained();
    expect(await runOf(sandbox, 'main')).toBeUndefined();
    expect(await runOf(sandbox, 'tested')).toMatchObject({ conclusion: 'success', output: { text: 'from make' } });
  });

  it('stops what takes too long', async () => {
    const sandbox = await startWithRepository({
      ci: { enabled: true, command: 'echo begun; sleep 60', timeoutMs: 300 },
    });
    await sandbox.drained();
    expect(await runOf(sandbox, 'main')).toMatchObject({ conclusion: 'timed_out', output: { text: 'begun' } });
  });

  it('gives the tests nothing of our environment', async () => {
    const sandbox = await startWithRepository({ ci: { enabled: true, command: 'env | cut -d= -f1 | sort' } });
    await sandbox.drained();
    const names = String((await runOf(sandbox, 'main'))?.output?.text).split('\n');
    const own = names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_', 'MUSTER_RUN_MARK'].includes(name));
    expect(own).toEqual(['CI', 'HOME', 'LANG', 'PATH', 'TMPDIR']);
  });

  it('shows the tests, which agents wrote, none of our files, and lets them write only in their own place', async () => {
    // not below /tmp, which each run has one of its own for: there everything would be hidden for the wrong reason
    const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
    mkdirSync(cache, { recursive: true });
    const base = mkdtempSync(join(cache, 'muster-ci-'));
    onCleanup(() => rmSync(base, { recursive: true, force: true }));
    const [dir, beside] = [join(base, 'github'), join(base, 'beside')];
    mkdirSync(beside);
    writeFileSync(join(beside, 'secret'), 'of the engine');
    const command = [
      `find '${dir}' '${beside}' -type f ! -path "$(dirname "$PWD")/*"`,
      `cat '${beside}/secret' /proc/[0-9]*/root'${beside}/secret'`,
      `for place in '${base}' '${dir}' '${beside}' /usr/local; do echo x > "$place/muster-ci-was-here" && echo wrote "$place"; done`,
      'echo x > own && echo x > "$HOME/own" && echo x > /tmp/own && rm own && echo done',
    ].join('; ');
    const sandbox = await startSandbox({
      dir,
      ci: { enabled: true, command: `{ ${command}; } 2> /dev/null`, hidden: [beside] },
    });
    onCleanup(() => sandbox.close());
    await sandbox.createRepository({ owner: 'acme', name: 'shop', seedFrom: { files: { a: 'a' } } });
    await sandbox.drained();
    expect(await runOf(sandbox, 'main')).toMatchObject({ conclusion: 'success', output: { text: 'done' } });
    for (const place of [base, dir, beside, '/usr/local'])
      expect(readdirSync(place)).not.toContain('muster-ci-was-here');
  });

  it('runs again at opening what was under way when the process ended', async () => {
    const dir = temporaryDir();
    const first = await startSandbox({ dir, ci: { enabled: true, command: 'sleep 60' } });
    await first.createRepository({ owner: 'acme', name: 'shop', seedFrom: { files: { a: 'a' } } });
    await first.close();
    const second = await startSandbox({ dir, ci: { enabled: true, command: 'echo again' } });
    onCleanup(() => second.close());
    await second.drained();
    expect(await runOf(second, 'main')).toMatchObject({ conclusion: 'success', output: { text: 'again' } });
    expect(readdirSync(join(dir, 'ci'))).toEqual([]);
  });

  it('tests a merge on the default branch too', async () => {
    const sandbox = await startWithRepository({ ci: { enabled: true, command: 'true' } });
    const work = await cloneAs(sandbox, sandbox.userToken('ann', 'write'));
    await work.push('topic', { a: 'a' });
    const ann = asUser(sandbox, 'ann');
    await ann('POST', `${repo}/pulls`, { title: 'x', head: 'topic', base: 'main' });
    const { body } = await ann('PUT', `${repo}/pulls/1/merge`);
    await sandbox.drained();
    expect(await runOf(sandbox, String(body.sha))).toMatchObject({ conclusion: 'success', head_sha: body.sha });
  });
});

describe('finding the test command', () => {
  const detect = (files: Record<string, string>): Promise<string | undefined> =>
    detectCiCommand((path) => Promise.resolve(files[path]));

  it.each([
    [{ 'package.json': '{"scripts":{"test":"vitest"}}', Makefile: 'test:' }, 'npm test --silent'],
    [{ 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' }, undefined],
    [{ 'package.json': '{"scripts":{}}', Makefile: 'all:\n\ntest: all\n\t./t\n' }, 'make test'],
    [{ 'package.json': '{ broken' }, 'npm test --silent'],
    [{ Makefile: 'tests: all\ntest := 1\n' }, undefined],
    [{ 'pyproject.toml': '' }, 'python3 -m pytest -q'],
    [{ 'pytest.ini': '' }, 'python3 -m pytest -q'],
    [{ 'go.mod': 'module x' }, 'go test ./...'],
    [{ 'Cargo.toml': '' }, 'cargo test'],
    [{ 'README.md': '' }, undefined],
  ])('%o -> %s', async (files, command) => {
    expect(await detect(files as Record<string, string>)).toBe(command);
  });
});

it('keeps the end of a long log, without colours, and says how much is missing', () => {
  const log = createLogTail(20);
  for (let at = 1; at <= 5; at += 1) log.add(`\u001b[31mline ${at}\u001b[0m`);
  expect(log.text()).toBe('[3 earlier lines left out]\nline 4\nline 5');
});
