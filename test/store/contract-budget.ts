import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { noon } from './examples.ts';
import { useStore } from './store-under-test.ts';

const hourly = { name: 'requests', most: 60, fillMs: 60_000 };
const writes = { name: 'writes', most: 2, fillMs: 10_000 };

export function describeBudget(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`API budget: ${name}`, () => {
    const tested = useStore(open);
    const take = (tokens: number, bucket = hourly, installation = 7): Promise<number | null> =>
      tested.store.budget.take(installation, [{ bucket, tokens }]);

    it('gives what is there, then says when there will be enough', async () => {
      expect(await take(50)).toBeNull();
      expect(await take(20)).toBe(noon + 10_000);
      expect(await take(10)).toBeNull();
      tested.now += 20_000;
      expect(await take(21)).toBe(tested.now + 1_000);
      expect(await take(20)).toBeNull();
    });

    it('never holds more than the bucket, and sells all of it to who asks for more', async () => {
      expect(await take(60)).toBeNull();
      tested.now += 3_600_000;
      expect(await take(1_000)).toBeNull();
      expect(await take(1)).toBe(tested.now + 1_000);
    });

    it('counts no time twice when somebody comes with an older one', async () => {
      tested.now += 20_000;
      expect(await take(60)).toBeNull();
      tested.now -= 10_000;
      expect(await take(1)).not.toBeNull();
      await tested.store.budget.giveBack(7, [{ bucket: hourly, tokens: 1 }]);
      tested.now += 20_000;
      expect(await take(12)).not.toBeNull();
      expect(await take(11)).toBeNull();
    });

    it('takes from all buckets or from none', async () => {
      const both = [
        { bucket: hourly, tokens: 1 },
        { bucket: writes, tokens: 1 },
      ];
      const takeBoth = (): Promise<number | null> => tested.store.budget.take(7, both);
      expect([await takeBoth(), await takeBoth(), await takeBoth()]).toEqual([null, null, noon + 5_000]);
      expect(await take(58)).toBeNull();
      expect(await take(1)).toBe(noon + 1_000);
    });

    it('keeps installations apart', async () => {
      expect(await take(60)).toBeNull();
      expect(await take(60, hourly, 8)).toBeNull();
    });

    it('takes back what was not used', async () => {
      await take(60);
      await tested.store.budget.giveBack(7, [{ bucket: hourly, tokens: 15 }]);
      expect(await take(15)).toBeNull();
      expect(await take(1)).not.toBeNull();
      await tested.store.budget.giveBack(7, [{ bucket: hourly, tokens: 1_000 }]);
      expect(await take(61)).toBeNull();
    });

    it('believes GitHub when it says that less is left, not when it says more', async () => {
      await tested.store.budget.learn(7, hourly, 5);
      expect(await take(6)).toBe(noon + 1_000);
      await tested.store.budget.learn(7, hourly, 60);
      expect(await take(6)).toBe(noon + 1_000);
      expect(await take(5)).toBeNull();
    });

    it('gives nothing before the time that GitHub named, the latest of several', async () => {
      await tested.store.budget.block(7, noon + 60_000);
      await tested.store.budget.block(7, noon + 30_000);
      expect(await take(1)).toBe(noon + 60_000);
      expect(await take(1, hourly, 8)).toBeNull();
      tested.now = noon + 60_000;
      expect(await take(60)).toBeNull();
    });

    it('gives no token twice, however many ask at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          tested.store.budget.take(7, [
            { bucket: n % 2 === 0 ? hourly : writes, tokens: 1 },
            { bucket: n % 2 === 0 ? writes : hourly, tokens: 1 },
          ]),
        ),
      );
      expect(answers.filter((answer) => answer === null)).toHaveLength(2);
    });
  });
}
