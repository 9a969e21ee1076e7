import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fraction } from '../../src/core/hash.ts';
import { agentFile } from '../world/world.ts';

const main = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'main.js');
let dir = '';
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function gitIn(repo: string, ...args: string[]): string {
  return execFileSync('git', ['-C', repo, ...args], { encoding: 'utf8' });
}

function makeRepository(): string {
  const repo = join(dir, 'shop');
  mkdirSync(repo);
  gitIn(repo, 'init', '-q', '-b', 'trunk');
  writeFileSync(join(repo, 'Makefile'), 'test:\n\ttrue\n');
  writeFileSync(join(repo, 'mine.txt'), 'not committed yet\n');
  gitIn(repo, 'add', 'Makefile');
  gitIn(repo, '-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'start');
  return repo;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `muster run` and kills the whole process (with the local GitHub in it) after `ms`, if it still lives then. */
function run(args: readonly string[], ms: number | null): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, 'run', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const timer = ms === null ? undefined : setTimeout(() => child.kill('SIGKILL'), ms);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
}

describe('muster run', () => {
  it('goes on after kill -9 of everything, GitHub included, and touches nothing but its own branch', async () => {
    dir = mkdtempSync(join(tmpdir(), 'muster-run-'));
    const repo = makeRepository();
    const plan = join(dir, 'PLAN.md');
    writeFileSync(
      plan,
      [
        '- [ ] Alpha slow',
        '- [ ] Beta (needs #1)',
        '- [ ] Gamma',
        '- [ ] Delta slow (needs #3)',
        '- [ ] Epsilon',
        '- [ ] Zeta (needs #2)',
        '- [ ] Eta (needs #4)',
        '- [ ] Theta (needs #6, #7)',
        '',
      ].join('\n'),
    );
    const args = [
      plan,
      '--repo',
      repo,
      '--agent-command',
      `'${process.execPath}' '${agentFile}'`,
      '--data-dir',
      join(dir, 'data'),
      '--json',
    ];
    const before = [
      gitIn(repo, 'status', '--porcelain'),
      gitIn(repo, 'for-each-ref'),
      gitIn(repo, 'config', '--list', '--local'),
    ];
    for (let kill = 0; kill < 6; kill++) await run(args, 2_500 + Math.floor(4_000 * fraction(`run.${kill}`)));
    const ended = await run(args, null);
    expect(ended.code, ended.stderr).toBe(0);
    const summary = JSON.parse(ended.stdout);
    expect(summary.tasks.map((task: { status: string }) => task.status)).toEqual(Array(8).fill('merged'));
    // one issue, eight sub-issues, eight pull requests, and no number was ever given to anything else
    expect(Math.max(...summary.tasks.map((task: { pull: number }) => task.pull))).toBe(17);
    expect(gitIn(repo, 'log', '--merges', '--format=%s', 'muster/run-plan').trim().split('\n')).toHaveLength(8);
    expect(gitIn(repo, 'status', '--porcelain')).toBe(before[0]);
    expect(gitIn(repo, 'config', '--list', '--local')).toBe(before[2]);
    expect(gitIn(repo, 'for-each-ref').replace(/^.*muster\/run-plan\n/m, '')).toBe(before[1]);

    const again = await run(args, null);
    expect(again.code).toBe(0);
    expect(gitIn(repo, 'branch', '--list', 'muster/*').trim().split('\n')).toHaveLength(1);
  }, 240_000);

  it('says what is wrong and what to do, with its own exit code', async () => {
    dir = mkdtempSync(join(tmpdir(), 'muster-run-'));
    const repo = makeRepository();
    const plan = join(dir, 'PLAN.md');
    writeFileSync(plan, '- [ ] Egg (needs #2)\n- [ ] Hen (needs #1)\n');
    const data = ['--data-dir', join(dir, 'data')];
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['nowhere.md', '--repo', repo, '--agent-command', 'true', ...data], 3, /nowhere\.md" cannot be read/],
      [[plan, '--repo', dir, '--agent-command', 'true', ...data], 3, /--repo/],
      [[plan, '--repo', repo, ...data], 8, /--agent-command/],
      [[plan, '--repo', repo, '--agent-command', 'true', '--max-workers', 'many', ...data], 3, /whole number/],
      [[plan, '--repo', repo, '--agent-command', 'true', '--no-tests', ...data], 4, /Egg/],
    ];
    for (const [args, code, words] of cases) {
      const ended = await run(args, null);
      expect(ended.code, `${args.join(' ')}: ${ended.stderr}`).toBe(code);
      expect(ended.stdout + ended.stderr).toMatch(words);
    }
    writeFileSync(plan, '- [ ] Egg\n');
    writeFileSync(join(repo, 'Makefile'), 'test:\n\techo broken already; false\n');
    gitIn(repo, '-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qam', 'red');
    const red = await run([plan, '--repo', repo, '--agent-command', 'true', '--fresh', ...data], null);
    expect(red.code).toBe(4);
    expect(red.stdout + red.stderr).toMatch(/broken already[\s\S]*--test-command/);
  }, 120_000);
});
