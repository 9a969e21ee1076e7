import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { git } from '../../src/git/run.ts';
import { bareRepository, commitFiles, temporaryDirectory } from './repository.ts';

/** Processes with this parent that start git for it. */
function startersOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [pid, ppid, ...args] = line.trim().split(/\s+/);
    return Number(ppid) === parent && args.slice(1, 2).join('') === '-e' ? [Number(pid)] : [];
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function eventually(holds: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error('did not come true in time');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('many gits at once share one starter, and each gets its own answer', async () => {
  const gitDir = await bareRepository();
  const texts = Array.from({ length: 20 }, (_, index) => `text ${index}\n`);
  const shas = await Promise.all(
    texts.map(async (input) => (await git(['hash-object', '-w', '--stdin'], { gitDir, input })).stdout.trim()),
  );
  const read = await Promise.all(shas.map(async (sha) => (await git(['cat-file', 'blob', sha], { gitDir })).stdout));
  expect(read).toEqual(texts);
  expect(startersOf(process.pid)).toHaveLength(1);
});

it('a starter that was killed is replaced', async () => {
  const gitDir = await bareRepository();
  const sha = await commitFiles(gitDir, 'refs/heads/main', { a: '1' });
  const [starter] = startersOf(process.pid);
  if (starter === undefined) throw new Error('git was started by somebody else');
  process.kill(starter, 'SIGKILL');
  await eventually(() => !startersOf(process.pid).includes(starter));
  const again = async (): Promise<string> => (await git(['rev-parse', 'main'], { gitDir })).stdout.trim();
  // what was asked before its death was noticed fails in words; what is asked afterwards does not
  expect(await again().catch(again)).toBe(sha);
});

it('leaves with the process it works for, and not in the middle of a git', async () => {
  const mark = join(temporaryDirectory(), 'mark');
  const run = join(import.meta.dirname, '../../src/git/run.ts');
  const slow = `alias.slow=!echo begun > ${mark} && sleep 1 && echo over > ${mark}`;
  const program = `const { git } = await import(${JSON.stringify(run)}); await git(['-c', ${JSON.stringify(slow)}, 'slow']);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: 'inherit',
  });
  await eventually(() => existsSync(mark));
  const [starter] = startersOf(child.pid ?? 0);
  if (starter === undefined) throw new Error('git was started by somebody else');
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  await eventually(() => !isAlive(starter));
  expect(readFileSync(mark, 'utf8')).toBe('over\n');
});
