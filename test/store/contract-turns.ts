import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { noon, rowOf, signalTo } from './examples.ts';
import { useStore } from './store-under-test.ts';

const request = { everyMs: 60_000, leaseMs: 30_000 };

export function describeTurns(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`turns and what was told: ${name}`, () => {
    const tested = useStore(open);
    const since = (name = 'sweep'): Promise<number | null | 'not ours'> =>
      tested.store.inTurn(name, request, async (from) => from ?? 0).then((from) => from ?? 'not ours');

    it('gives turns no sooner than asked for, and says when the last one began', async () => {
      expect(await since()).toBe(0);
      tested.now = noon + 59_999;
      expect(await since()).toBe('not ours');
      expect(await since('another')).toBe(0);
      tested.now = noon + 60_000;
      expect(await since()).toBe(noon);
    });

    it('counts a turn that failed for nothing, and passes the failure on', async () => {
      const failed = tested.store.inTurn('sweep', request, async () => {
        throw new TypeError('GitHub is down');
      });
      await expect(failed).rejects.toThrow(TypeError);
      expect(await since()).toBe(0);
    });

    it('gives nobody a turn while one is taken, and takes it from one that is silent', async () => {
      let finish = (): void => {};
      const unfinished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const slow = tested.store.inTurn('sweep', { everyMs: 0, leaseMs: 30_000 }, () => unfinished);
      const next = (): Promise<string | null> =>
        tested.store.inTurn('sweep', { everyMs: 0, leaseMs: 30_000 }, async () => 'taken');
      expect(await next()).toBeNull();
      tested.now = noon + 30_000;
      expect(await next()).toBe('taken');
      finish();
      await slow;
      tested.now = noon + 31_000;
      // the end of the silent one's turn does not count: it began before the turn of the other
      expect(await tested.store.inTurn('sweep', { everyMs: 0, leaseMs: 1 }, async (from) => from)).toBe(noon + 30_000);
    });

    it('knows what an orchestration was told, looked at or not', async () => {
      const first = await tested.create(rowOf(1));
      const second = await tested.create(rowOf(2));
      await tested.store.addSignals([signalTo(first, 'asked-7')]);
      expect(await tested.store.wasTold([second, first], 'asked-7')).toBe(true);
      expect(await tested.store.wasTold([second], 'asked-7')).toBe(false);
      expect(await tested.store.wasTold([], 'asked-7')).toBe(false);
      await tested.store.advance(first, () => null);
      expect(await tested.store.wasTold([first], 'asked-7')).toBe(true);
    });
  });
}
