import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'main.js');
let dir = '';
let repo = '';
const started: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muster-stopped-'));
  repo = join(dir, "the shop's");
  mkdirSync(repo);
  gitIn('init', '-q', '-b', 'trunk');
  writeFileSync(join(repo, 'kept.txt'), 'one\n');
  gitIn('add', '.');
  gitIn('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'start');
  writeFileSync(join(repo, 'kept.txt'), 'not committed\n');
  writeFileSync(join(repo, 'staged.txt'), 'staged\n');
  gitIn('add', 'staged.txt');
  writeFileSync(join(repo, 'untracked.txt'), 'mine\n');
  writeFileSync(join(dir, 'PLAN.md'), '- [ ] First\n- [ ] Second (needs #1)\n');
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

function gitIn(...args: string[]): string {
  return execFileSync('git', ['-C', repo, ...args], { encoding: 'utf8' });
}

/** Everything of the repository that a run must leave as it was. */
function everything(): readonly string[] {
  const refs = gitIn('for-each-ref').replace(/^.*muster\/run-plan\n/m, '');
  return [gitIn('status', '--porcelain'), refs, gitIn('config', '--list', '--local'), gitIn('reflog')];
}

interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly errors: () => string;
  /** Resolves when these words were printed; rejects when the command ends before. */
  readonly says: (words: string) => Promise<void>;
  readonly ended: Promise<number | null>;
}

function run(...args: string[]): Running {
  const all = ['run', join(dir, 'PLAN.md'), '--repo', repo, '--data-dir', join(dir, 'data'), ...args];
  const child = spawn(process.execPath, [main, ...all], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let out = '';
  let errors = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const says = async (words: string): Promise<void> => {
    while (!out.includes(words)) {
      const over = await Promise.race([once(child.stdout, 'data').then(() => false), ended.then(() => true)]);
      if (over && !out.includes(words)) throw new Error(`ended before it said "${words}":\n${out}${errors}`);
    }
  };
  return { child, out: () => out, errors: () => errors, says, ended };
}

describe('muster run', () => {
  it('lets no second one in, stops on Ctrl-C, goes on with the same command, and leaves the tree alone', async () => {
    const before = everything();
    const first = run('--agent-command', 'exec sleep 600');
    await first.says('agent default started');
    const second = run('--agent-command', 'true');
    expect(await second.ended).toBe(7);
    expect(second.errors()).toMatch(new RegExp(`already \\(process ${first.child.pid}, since .*Ctrl-C there`));
    expect(first.child.exitCode).toBeNull();
    // npm passes a Ctrl-C on that the terminal has sent to everybody already
    first.child.kill('SIGINT');
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(130);
    expect(first.out()).toMatch(/Stopped\. The same command goes on with it\.\n$/);
    expect(first.errors()).toBe('');

    const again = run('--agent-command', 'date > "$MUSTER_TASK.txt"', '--json');
    expect(await again.ended, again.errors()).toBe(0);
    expect(again.errors()).toContain('Going on with the unfinished run');
    expect(JSON.parse(again.out())).toMatchObject({ branch: 'muster/run-plan', exitCode: 0 });
    expect(everything()).toEqual(before);
  }, 120_000);

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'stops on %s while the tests of the starting point run',
    async (signal) => {
      const before = everything();
      const running = run('--agent-command', 'true', '--test-command', 'sleep 600');
      await running.says('Running the tests');
      running.child.kill(signal);
      expect(await running.ended, running.errors()).toBe(130);
      expect(everything()).toEqual(before);
    },
    30_000,
  );

  it('stops without a stack when nobody reads what it prints', async () => {
    const running = run('--agent-command', 'true', '--test-command', 'sleep 600');
    await running.says('Setting up');
    // the next line it prints finds that out: at once, or (were both lines here already) after half a minute
    running.child.stdout?.destroy();
    expect(await running.ended).toBe(130);
    expect(running.errors()).toBe('');
  }, 60_000);
});
