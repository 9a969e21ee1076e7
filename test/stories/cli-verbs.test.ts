import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openControlSocket } from '../../src/apps/http/control.ts';
import { operatorOf } from '../../src/apps/operator-of.ts';
import { git } from '../../src/git/run.ts';
import { openWorld } from '../world/world.ts';

const main = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'main.js');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** `muster …` as typed by an operator on this machine. */
function muster(dataDir: string, ...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, DATABASE_URL: '' };
    execFile(process.execPath, [main, ...words, '--data-dir', dataDir], { env }, (error, out, errors) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, errors });
    });
  });
}

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'muster-cli-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

it('a server takes every verb from the command line, answers there, and posts no answer', async () => {
  const world = await openWorld({
    policy: { merge: 'manual' },
    agentCommand:
      'if grep -q \'"title": *"Second"\' "$MUSTER_TASK_FILE"; then exec sleep 600; fi; cat > /dev/null; date > "$MUSTER_TASK.txt"',
  });
  onTestFinished(() => world.close());
  const dir = freshDir();
  const { runtime } = world.laptop;
  const close = await openControlSocket(dir, runtime.store, operatorOf(runtime));
  onTestFinished(close);
  const tell = (...words: readonly string[]): Promise<Ended> => muster(dir, ...words);
  const issue = await world.ada.openIssue('By the operator', '- [ ] First\n- [ ] Second\n- [ ] Third (needs #1)\n');

  expect(await tell('pause')).toMatchObject({ code: 3, errors: 'Nothing runs here, and nothing has run yet.\n' });
  expect((await tell('run', `acme/nowhere#${issue}`)).errors).toMatch(/not installed on acme\/nowhere/);
  // GitHub spells names without regard to case
  const begun = await tell('run', `ACME/Shop#${issue}`, '--dry-run', '--max-workers', '2', '--json');
  expect(JSON.parse(begun.out)).toMatchObject({ outcome: 'done', orchestration: expect.stringMatching(/^orch-/) });
  await world.until(issue, 'proposed', (state) => state.phase === 'proposed' && state.report.comment !== null);
  expect((await tell('aprove')).errors).toMatch(/Did you mean approve/);
  expect(await tell('approve')).toMatchObject({ code: 0 });
  const working = await world.until(issue, 'ready and working', ({ tasks }) => {
    const [first, second] = tasks.map(({ status }) => status);
    return first === 'validation_passed' && second === 'processing';
  });
  expect(working).toMatchObject({ approvedBy: expect.stringMatching(/^cli:/), flags: { maxWorkers: 2, dryRun: true } });
  const numbers = working.tasks.map((task) => ('sub' in task ? (task.sub?.number ?? 0) : 0));

  expect(await tell('cancel')).toMatchObject({ code: 3, errors: expect.stringMatching(/Say what to cancel/) });
  expect((await tell('retry', 'all', '--timout', '60')).errors).toMatch(/Did you mean --timeout/);
  expect(await tell('cancel', '99999')).toMatchObject({ code: 3, errors: expect.stringMatching(/"muster status"/) });
  const why = await tell('why', `${numbers[0]}`);
  expect(why.out).toContain('`/muster merge`');
  expect((await tell('why', `acme/shop#${issue}`)).out).toContain(`#${numbers[2]} does not run yet`);
  const idle = await tell('retry', `${numbers[0]}`);
  expect(idle).toMatchObject({ code: 2, out: 'That task has not failed. Nothing was changed.\n' });

  expect((await tell('pause', `${issue}`)).out).toMatch(/^Paused/);
  expect((await tell('merge', `${numbers[0]}`)).out).toMatch(new RegExp(`^#${numbers[0]} \\(nothing else\\) may land`));
  expect((await world.until(issue, 'paused', ({ pausedBy }) => pausedBy !== null)).pausedBy).toMatch(/^cli:/);
  expect((await tell('resume')).code).toBe(0);
  expect((await tell('cancel', `http://github.test/acme/shop/issues/${numbers[1]}`)).out).toMatch(/^Cancelled/);
  await world.until(issue, 'landed', ({ tasks }) => tasks[0]?.status === 'merged');
  await world.until(issue, 'ready', ({ tasks }) => tasks[2]?.status === 'validation_passed');
  expect((await tell('merge', 'all', '--json')).code).toBe(0);
  const state = await world.untilTold(issue);
  expect(state.tasks.map(({ status }) => status)).toEqual(['merged', 'cancelled', 'merged']);
  expect((await tell('status', `acme/shop#${issue}`)).out).toContain('2 of 3 landed');
  const comments = await world.api(`/issues/${issue}/comments`);
  // the status and the summary
  expect(comments).toHaveLength(2);
  expect(state.requests.every(({ by, state: at }) => by.startsWith('cli:') && at === 'accepted')).toBe(true);
}, 240_000);

it('a run on a laptop takes them too while it works, and says when nobody is there', async () => {
  const dir = freshDir();
  const repo = join(dir, 'shop');
  mkdirSync(repo);
  await git(['init', '-q', '-b', 'main'], { cwd: repo });
  await git(['-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '--allow-empty', '-m', 'x'], { cwd: repo });
  writeFileSync(join(dir, 'PLAN.md'), '- [ ] First\n- [ ] Second\n');
  const data = join(dir, 'data');
  const agent =
    'if grep -q \'"title": *"Second"\' "$MUSTER_TASK_FILE"; then exec sleep 600; fi; cat > /dev/null; date > "$MUSTER_TASK.txt"';
  const run = ['run', join(dir, 'PLAN.md'), '--repo', repo, '--data-dir', data, '--agent-command', agent, '--no-tests'];
  expect(await muster(data, 'cancel', 'all')).toMatchObject({
    code: 3,
    errors: expect.stringMatching(/No server has run/),
  });
  const child = spawn(process.execPath, [main, ...run], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const ended = once(child, 'close');
  await expect.poll(() => out, { timeout: 60_000 }).toMatch(/#2 First.*landed/);
  const { orchestrations } = JSON.parse((await muster(data, 'status', '--json')).out);
  expect(orchestrations).toHaveLength(1);
  expect(await muster(data, 'cancel', '3')).toMatchObject({ code: 0, out: expect.stringMatching(/^Cancelled: #3\./) });
  expect(await ended).toEqual([2, null]);
  expect(out).toMatch(/1 of 2 tasks landed/);
  expect((await muster(data, 'cancel', 'all')).code).toBe(3);
}, 240_000);
