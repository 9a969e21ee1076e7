import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/engine/loop.ts';
import { inProcessQueue } from '../../src/queue/in-process.ts';
import { bench, settings } from './ports.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** When the engine looked into an inbox that takes `lookMs` to read, while a webhook came after each of `passes`. */
async function lookedFor(lookMs: number, passes: readonly number[]): Promise<readonly number[]> {
  const at = bench();
  const begun = at.now;
  const looks: number[] = [];
  const { untranslatedDeliveries } = at.store;
  Object.assign(at.store, {
    untranslatedDeliveries: async (limit: number) => {
      looks.push(at.now - begun);
      at.now += lookMs;
      return untranslatedDeliveries(limit);
    },
  });
  const queue = inProcessQueue({
    concurrency: { long: 1, short: 1 },
    onError: (_, error) => expect.fail(String(error)),
  });
  const engine = createEngine({ ...at.ports, queue }, { ...settings, tickMs: 60_000, dueMs: 60_000 });
  await engine.start();
  await vi.advanceTimersByTimeAsync(0);
  for (const ms of passes) {
    await engine.receive({ id: `d${ms}`, event: 'x', payload: '[]', receivedAt: 0 });
    at.now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  }
  const seen = [...looks];
  await engine.stop(1_000);
  return seen;
}

describe('the inbox', () => {
  it('is looked into at once while looking is quick', async () => {
    // twice by the start, which finds what an earlier process left
    expect(await lookedFor(5, [10, 10])).toHaveLength(4);
  });

  it('rests after a look that took long, so that the door comes first, and not for ever', async () => {
    expect(await lookedFor(100, [100, 100, 100])).toHaveLength(1);
    expect(await lookedFor(100, [100, 100, 200])).toHaveLength(2);
    // half a second at most, however long it took
    expect(await lookedFor(60_000, [499])).toHaveLength(1);
    expect(await lookedFor(60_000, [500])).toHaveLength(2);
  });
});
