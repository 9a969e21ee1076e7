import { describe, expect, it } from 'vitest';
import type { Claim } from '../../src/engine/ports.ts';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { attempt, noon, rowOf, wanted } from './examples.ts';
import { useStore } from './store-under-test.ts';

/** What holds where only one process can have the database: whoever held a lease is dead. */
export function describeAlone(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`alone: ${name}`, () => {
    const tested = useStore(open);

    async function claimOne(key: string, now = noon): Promise<Claim> {
      const [first] = await tested.store.claim(key, { owner: 'me', now, leaseMs: () => 60_000, peers: 0 });
      if (first === undefined) throw new Error(`${key} could not be claimed`);
      return first;
    }

    it('releases the leases of a dead process: attempts now, the rest after the grace', async () => {
      await tested.create(rowOf(1), {
        commands: [attempt('run'), wanted('post'), wanted('short'), wanted('waiting', { kind: 'read-plan' }, noon + 1)],
      });
      const zombie = await claimOne('run');
      await claimOne('post');
      await tested.store.claim('short', { owner: 'me', now: noon, leaseMs: () => 2_000, peers: 0 });
      expect(await tested.store.releaseDeadLeases(noon + 1_000, 45_000)).toBe(3);
      const due = (now: number): Promise<readonly string[]> => tested.store.dueCommands(now, 10);
      expect(new Set(await due(noon + 1_000))).toEqual(new Set(['run', 'waiting']));
      expect(new Set(await due(noon + 2_000))).toEqual(new Set(['run', 'short', 'waiting']));
      expect(await due(noon + 45_999)).not.toContain('post');
      expect(await due(noon + 46_000)).toContain('post');
      expect((await claimOne('run', noon + 1_000)).attempts).toBe(2);
      expect(await tested.store.complete(zombie, null, [], noon, [])).toBe(false);
    });

    it('ends the turn of a dead process', async () => {
      const request = { everyMs: 0, leaseMs: 60_000 };
      let end = (): void => {};
      const held = new Promise<void>((resolve) => {
        end = resolve;
      });
      const zombie = tested.store.inTurn('sweep', request, () => held);
      expect(await tested.store.inTurn('sweep', request, async () => 'mine')).toBeNull();
      await tested.store.releaseDeadLeases(noon, 0);
      expect(await tested.store.inTurn('sweep', request, async () => 'mine')).toBe('mine');
      end();
      await zombie;
    });
  });
}
