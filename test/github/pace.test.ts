import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NotSentError, PausedError } from '../../src/github/errors.ts';
import { createPace } from '../../src/github/pace.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A request that takes this long; notes when it starts and ends. */
function request(notes: string[], name: string, ms: number): () => Promise<string> {
  return async () => {
    notes.push(`${name} from ${Date.now() % 100_000}`);
    await vi.advanceTimersByTimeAsync(ms);
    notes.push(`${name} to ${Date.now() % 100_000}`);
    return name;
  };
}

describe('the pace of one installation', () => {
  it('sends writes one at a time, in order, with a gap', async () => {
    vi.setSystemTime(100_000);
    const pace = createPace({ minWriteGapMs: 1000 });
    const notes: string[] = [];
    const first = pace.take('write', undefined, request(notes, 'a', 300));
    const second = pace.take('write', undefined, request(notes, 'b', 300));
    const read = pace.take('read', undefined, request(notes, 'r', 0));
    await read;
    await first;
    await vi.advanceTimersByTimeAsync(1000);
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
    expect(notes.filter((note) => !note.startsWith('r'))).toEqual(['a from 0', 'a to 300', 'b from 1300', 'b to 1600']);
    expect(notes.indexOf('r from 0')).toBeGreaterThanOrEqual(0);
  });

  it('goes on after a write that failed', async () => {
    const pace = createPace({ minWriteGapMs: 0 });
    const failed = pace.take('write', undefined, () => Promise.reject(new Error('no')));
    const next = pace.take('write', undefined, () => Promise.resolve('yes'));
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
  });

  it('does not send what gave up waiting, and lets nobody overtake', async () => {
    const pace = createPace({ minWriteGapMs: 0 });
    const gate: (() => void)[] = [];
    const order: string[] = [];
    const first = pace.take('write', undefined, async () => {
      await new Promise<void>((open) => gate.push(open));
      order.push('first');
    });
    const leaving = new AbortController();
    const second = pace.take('write', leaving.signal, async () => void order.push('second'));
    const third = pace.take('write', undefined, async () => void order.push('third'));
    const gone = expect(second).rejects.toBeInstanceOf(NotSentError);
    leaving.abort();
    await gone;
    expect(order).toEqual([]);
    gate[0]?.();
    await Promise.all([first, third]);
    expect(order).toEqual(['first', 'third']);
  });

  it('sends nothing at all during a pause, and says how long it lasts', async () => {
    const pace = createPace({ minWriteGapMs: 0 });
    const call = vi.fn(() => Promise.resolve('sent'));
    pace.pauseFor(5000);
    pace.pauseFor(2000);
    await vi.advanceTimersByTimeAsync(1000);
    for (const kind of ['read', 'write'] as const) {
      const refused = await pace.take(kind, undefined, call).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(PausedError);
      expect(refused).toMatchObject({ retryAfterMs: 4000 });
    }
    expect(call).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(4000);
    await expect(pace.take('write', undefined, call)).resolves.toBe('sent');
  });

  it('holds back writes that already wait when a pause begins', async () => {
    const pace = createPace({ minWriteGapMs: 0 });
    const first = pace.take('write', undefined, async () => pace.pauseFor(1000));
    const second = pace.take('write', undefined, () => Promise.resolve('sent'));
    const held = expect(second).rejects.toBeInstanceOf(PausedError);
    await first;
    await held;
  });
});
