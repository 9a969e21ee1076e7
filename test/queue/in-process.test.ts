import { describe, expect, it } from 'vitest';
import { inProcessQueue, laneOfKey } from '../../src/queue/in-process.ts';
import { describeQueueContract } from './contract.ts';
import { eventually } from './eventually.ts';
import { makeGate } from './gate.ts';

describeQueueContract('in process', async (places) => {
  const failures: { key: string; error: unknown }[] = [];
  const queue = inProcessQueue({
    concurrency: { long: places, short: places },
    onError: (key, error) => failures.push({ key, error }),
  });
  return { queue, failures };
});

describe('in-process queue', () => {
  const silent = (): void => {};

  it('runs a key once however often it is asked for before it starts', async () => {
    const queue = inProcessQueue({ concurrency: { long: 1, short: 1 }, onError: silent });
    const seen: string[] = [];
    queue.enqueue(['a', 'b', 'a']);
    queue.enqueue(['a']);
    queue.start(async (key) => void seen.push(key));
    await eventually(() => expect(seen).toEqual(['a', 'b']));
    await queue.close();
    expect(seen).toEqual(['a', 'b']);
  });

  it('runs a key exactly once more however often it arrives while it runs', async () => {
    const queue = inProcessQueue({ concurrency: { long: 1, short: 2 }, onError: silent });
    const gate = makeGate();
    const seen: string[] = [];
    queue.start(async (key) => {
      seen.push(key);
      await gate.wait();
    });
    queue.enqueue(['a']);
    await eventually(() => expect(seen).toEqual(['a']));
    queue.enqueue(['a', 'a']);
    queue.enqueue(['a', 'last']);
    gate.open();
    await eventually(() => expect(seen).toContain('last'));
    await eventually(() => expect(seen.filter((key) => key === 'a')).toHaveLength(2));
    await queue.close();
    expect(seen.filter((key) => key === 'a')).toHaveLength(2);
  });

  it('lets no long handler keep a short one waiting, nor the other way round', async () => {
    const queue = inProcessQueue({ concurrency: { long: 2, short: 1 }, onError: silent });
    const gate = makeGate();
    const started: string[] = [];
    queue.start(async (key) => {
      started.push(key);
      if (laneOfKey(key) === 'long') await gate.wait();
    });
    const attempts = ['a', 'b', 'c'].map((task) => `o/r/orch-1.run-attempt.${task}.1`);
    queue.enqueue(attempts);
    await eventually(() => expect(started).toEqual(attempts.slice(0, 2)));
    queue.enqueue(['advance.o/r/orch-1', 'o/r/orch-1.post-status.0']);
    await eventually(() => expect(started).toContain('o/r/orch-1.post-status.0'));
    expect(started).not.toContain(attempts[2]);
    gate.open();
    await eventually(() => expect(started).toContain(attempts[2]));
    await queue.close();
  });

  it.each([
    ['o/r/orch-1-20260101-0101.run-attempt.a.1', 'long'],
    ['o/some.run-attempt.repo/orch-1-20260101-0101.open-pull.a.1', 'short'],
    ['advance.o/r.run-attempt.x/orch-1-20260101-0101', 'short'],
    ['o/r/orch-1.merge-pull.run-attempt.1', 'short'],
  ])('%s goes to the %s lane', (key, lane) => {
    expect(laneOfKey(key)).toBe(lane);
  });
});
