import { describe, expect, it } from 'vitest';
import type { Claim, StoredCommand } from '../../src/engine/ports.ts';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import type { Slot } from '../../src/store/slots.ts';
import { attempt, noon, rowOf, wanted } from './examples.ts';
import { useStore } from './store-under-test.ts';

const lease = 15_000;

export function describeSlots(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`slots: ${name}`, () => {
    const tested = useStore(open);

    const claim = (
      key: string,
      slots: readonly Slot[] | null | ((command: StoredCommand, orchestration: string) => readonly Slot[] | null),
      now = noon,
    ): Promise<readonly Claim[]> =>
      tested.store.claim(key, {
        ...{ owner: 'me', now, leaseMs: () => lease, peers: 5 },
        slots: typeof slots === 'function' ? slots : () => slots,
      });
    const two = [{ name: 'attempts', most: 2 }];
    const merge = (key: string) => wanted(key, { kind: 'merge-pull', task: key, round: 1, number: 1, sha: key });

    it('claims no more than fit, and more once one has ended', async () => {
      await tested.create(rowOf(1), { commands: ['a', 'b', 'c'].map((key) => attempt(key, key)) });
      const [first] = await claim('a', two);
      expect(await claim('b', two)).toHaveLength(1);
      expect(await claim('c', two)).toEqual([]);
      expect(await tested.store.dueCommands(noon, 10)).toEqual(['c']);
      if (first === undefined) throw new Error('nothing was claimed');
      await tested.store.complete(first, null, [], noon, []);
      expect(await claim('c', two)).toHaveLength(1);
    });

    it('lets each slot bind on its own', async () => {
      await tested.create(rowOf(1), { commands: ['a', 'b', 'c'].map((key) => attempt(key, key)) });
      const claude = [...two, { name: 'agent claude', most: 1 }];
      expect(await claim('a', claude)).toHaveLength(1);
      expect(await claim('b', claude)).toEqual([]);
      expect(await claim('b', two)).toHaveLength(1);
      expect(await claim('c', [{ name: 'agent codex', most: 1 }])).toHaveLength(1);
    });

    it('gives peers only the places that are left', async () => {
      const first = await tested.create(rowOf(1), { commands: ['m1', 'm2', 'm3'].map(merge) });
      await tested.create(rowOf(2), { commands: [merge('m4')] });
      const seen: string[] = [];
      const inRepository = (command: StoredCommand, orchestration: string): readonly Slot[] => {
        seen.push(orchestration);
        return command.kind === 'merge-pull' ? [{ name: 'merge octo/demo', most: 1 }] : [];
      };
      expect((await claim('m1', inRepository)).map(({ key }) => key)).toEqual(['m1']);
      expect(seen).toEqual([first, first, first]);
      expect(await claim('m4', inRepository)).toEqual([]);
    });

    it('claims nothing that this process does not take', async () => {
      await tested.create(rowOf(1), { commands: [wanted('a')] });
      expect(await claim('a', null)).toEqual([]);
      expect(await claim('a', [])).toHaveLength(1);
    });

    it('frees the slot of a lease that ran out; its holder gets it back only while there is room', async () => {
      await tested.create(rowOf(1), { commands: ['a', 'b', 'c'].map((key) => attempt(key, key)) });
      const [slow] = await claim('a', two);
      const [other] = await claim('b', two);
      if (slow === undefined || other === undefined) throw new Error('nothing was claimed');
      tested.now = noon + lease + 1;
      expect(await tested.store.extendLease(slow, tested.now + lease)).toBe(true);
      expect(await claim('c', two, tested.now)).toHaveLength(1);
      expect(await tested.store.extendLease(other, tested.now + lease)).toBe(false);
      expect(await tested.store.extendLease(slow, tested.now + 2 * lease)).toBe(true);
      expect(await tested.store.runningAttempts(tested.now)).toBe(2);
    });

    it('never passes the number, however many claim at once', async () => {
      const keys = Array.from({ length: 12 }, (_, index) => `k${index}`);
      await tested.create(rowOf(1), { commands: keys.map((key) => attempt(key, key)) });
      const claims = (await Promise.all(keys.map((key) => claim(key, [{ name: 'attempts', most: 3 }])))).flat();
      expect(claims).toHaveLength(3);
    });

    it('shows other work beside attempts that wait for a place', async () => {
      const early = Array.from({ length: 12 }, (_, index) => attempt(`run${index}`, `t${index}`));
      await tested.create(rowOf(1), { commands: early });
      tested.now += 1_000;
      await tested.create(rowOf(2), { commands: Array.from({ length: 8 }, (_, index) => wanted(`post${index}`)) });
      const kinds = (due: readonly string[]): readonly number[] => [
        due.filter((key) => key.startsWith('run')).length,
        due.filter((key) => key.startsWith('post')).length,
      ];
      expect(kinds(await tested.store.dueCommands(tested.now, 8))).toEqual([2, 6]);
      expect(kinds(await tested.store.dueCommands(tested.now, 12))).toEqual([4, 8]);
      expect(kinds(await tested.store.dueCommands(tested.now, 100))).toEqual([12, 8]);
      expect(kinds(await tested.store.dueCommands(noon, 8))).toEqual([8, 0]);
    });
  });
}
