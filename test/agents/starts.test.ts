import { describe, expect, it } from 'vitest';
import { renderCommit } from '../../src/text/commit.ts';
import { expectDelivered, listening, setUpBench } from './bench.ts';

const ground = 'muster/7-lay-the-ground';

/** A commit as another task of the same orchestration makes it. */
function commitOf(task: string): string {
  return renderCommit({ title: task, orchestration: 'orch-1-20260101-0000', task, agent: 'robot', attempt: 1 });
}

describe('an attempt that starts from another branch', () => {
  it('has its files, and counts only what it changed itself', async () => {
    const bench = await setUpBench();
    await bench.commit(ground, { 'README.md': '# Hello\n', 'ground.txt': 'flat\n' }, commitOf('t0'));
    const head = await bench.head(ground);
    const spec = bench.spec({ startBranch: ground });
    const delivery = expectDelivered(await bench.runner('cat ground.txt > house.txt').run(spec, listening()));
    expect(delivery).toMatchObject({ baseSha: head, files: [{ path: 'house.txt' }] });
    expect(await bench.read(delivery.sha, 'house.txt')).toBe('flat\n');
  });

  it('starts from the base branch when that one is gone', async () => {
    const bench = await setUpBench();
    const spec = bench.spec({ startBranch: 'muster/7-gone' });
    const delivery = expectDelivered(await bench.runner('echo 1 > a').run(spec, listening()));
    expect(delivery.baseSha).toBe(bench.baseSha);
  });

  it('keeps nothing of it when it is done again from the base branch', async () => {
    const bench = await setUpBench();
    await bench.commit(ground, { 'README.md': '# Hello\n', 'ground.txt': 'flat\n' }, commitOf('t0'));
    const first = bench.spec({ startBranch: ground });
    expectDelivered(await bench.runner('echo 1 > house.txt').run(first, listening()));
    const second = bench.spec({ attempt: 2, expectedHead: await bench.head(first.branch) });
    const delivery = expectDelivered(await bench.runner('echo 2 > house.txt').run(second, listening()));
    expect(delivery.baseSha).toBe(bench.baseSha);
    expect(await bench.files(delivery.sha)).toEqual(['README.md', 'house.txt']);
  });
});

describe('an attempt that was sent back', () => {
  it('goes on on top of its branch, and has failed when it adds nothing', async () => {
    const bench = await setUpBench();
    expectDelivered(await bench.runner('echo 1 > a').run(bench.spec(), listening()));
    const before = await bench.head(bench.spec().branch);
    const again = bench.spec({ attempt: 2, resumes: true, expectedHead: before });
    expect(await bench.runner('true').run(again, listening())).toMatchObject({ status: 'failed', class: 'no_changes' });
    const delivery = expectDelivered(await bench.runner('cat a > b').run(again, listening()));
    expect(await bench.files(delivery.sha)).toEqual(['README.md', 'a', 'b']);
    expect(delivery.files.map(({ path }) => path)).toEqual(['a', 'b']);
  });
});
