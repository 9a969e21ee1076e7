import { describe, expect, it } from 'vitest';
import { createLocalRuns } from '../../src/queue/local-runs.ts';
import { eventually } from './eventually.ts';
import { makeGate } from './gate.ts';

function makeRuns(accepts: (key: string) => Promise<boolean> = async () => true, places = 1) {
  const failed: string[] = [];
  const runs = createLocalRuns({
    concurrency: { long: places, short: places },
    accepts,
    onError: (key) => failed.push(key),
  });
  return { runs, failed };
}

describe('keys run in this process for somebody else', () => {
  it('says when a run has ended that began after the call', async () => {
    const { runs } = makeRuns(async () => true, 2);
    const gates = [makeGate(), makeGate()];
    let begun = 0;
    runs.start(async () => gates[begun++]?.wait());
    const ended: string[] = [];
    const first = runs.run('a').then(() => ended.push('first'));
    await eventually(() => expect(begun).toBe(1));
    const second = runs.run('a').then(() => ended.push('second'));
    gates[0]?.open();
    await first;
    await eventually(() => expect(begun).toBe(2));
    expect(ended).toEqual(['first']);
    gates[1]?.open();
    await second;
  });

  it('counts a run that failed as run, and reports the failure', async () => {
    const { runs, failed } = makeRuns();
    runs.start(() => Promise.reject(new Error('no')));
    expect(await runs.run('a')).toBe(true);
    await eventually(() => expect(failed).toEqual(['a']));
  });

  it('gives back what is not for this process, whoever brought it', async () => {
    const { runs } = makeRuns(async (key) => key !== 'foreign');
    const seen: string[] = [];
    runs.start(async (key) => void seen.push(key));
    runs.enqueue(['foreign']);
    expect(await runs.run('foreign')).toBe(false);
    expect(await runs.run('own')).toBe(true);
    expect(seen).toEqual(['own']);
  });

  it('gives back what finds no free place, so that it does not wait here while others have one', async () => {
    const { runs } = makeRuns();
    const gate = makeGate();
    const seen: string[] = [];
    runs.start(async (key) => {
      seen.push(key);
      await gate.wait();
    });
    runs.enqueue(['own']);
    await eventually(() => expect(seen).toEqual(['own']));
    expect(await runs.run('foreign')).toBe(false);
    const longKey = 'o/r/orch-1.run-attempt.a.1';
    const long = runs.run(longKey);
    expect(await runs.run('o/r/orch-1.run-attempt.b.1')).toBe(false);
    gate.open();
    expect(await long).toBe(true);
    expect(await runs.run('later')).toBe(true);
    expect(seen).toEqual(['own', longKey, 'later']);
  });

  it('gives back what has not started when it closes, and what comes later', async () => {
    const { runs } = makeRuns();
    const waiting = runs.run('early');
    await runs.close();
    expect(await waiting).toBe(false);
    expect(await runs.run('late')).toBe(false);
  });

  it('waits at close for what runs', async () => {
    const { runs } = makeRuns();
    const gate = makeGate();
    let state = 'none';
    runs.start(async () => {
      state = 'running';
      await gate.wait();
      state = 'done';
    });
    const ran = runs.run('a');
    await eventually(() => expect(state).toBe('running'));
    const closing = runs.close();
    gate.open();
    await closing;
    expect(state).toBe('done');
    expect(await ran).toBe(true);
  });
});
