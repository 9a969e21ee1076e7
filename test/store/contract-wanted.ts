import { describe, expect, it } from 'vitest';
import type { Claim, CommandRow, NewCommand } from '../../src/engine/ports.ts';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { attempt, noon, rowOf, stepFrom, wanted } from './examples.ts';
import { useStore } from './store-under-test.ts';

export function describeWantedCommands(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`wanted commands: ${name}`, () => {
    const tested = useStore(open);

    const want = (key: string, commands: readonly NewCommand[]): Promise<readonly string[] | null> =>
      tested.store.advance(key, (state) => stepFrom(state, 1, { commands }));

    async function claimOne(key: string): Promise<Claim> {
      const [claim] = await tested.store.claim(key, { owner: 'me', now: tested.now, leaseMs: () => 60_000, peers: 0 });
      if (claim === undefined) throw new Error(`${key} could not be claimed`);
      return claim;
    }

    async function rowsByKey(orchestration: string): Promise<Record<string, CommandRow>> {
      const rows = await tested.store.commandRows(orchestration);
      return Object.fromEntries(rows.map((row) => [row.key, row]));
    }

    it('inserts new commands and leaves waiting ones that are still wanted alone', async () => {
      const key = await tested.create(rowOf(1), { commands: [wanted('a')] });
      tested.now += 1_000;
      expect(await want(key, [wanted('a'), wanted('b'), wanted('b')])).toEqual(['a', 'b']);
      const { a, b } = await rowsByKey(key);
      expect(a).toEqual({
        ...{ key: 'a', orchestration: key, kind: 'read-plan', status: 'pending' },
        ...{ attempts: 0, runAt: noon, lastError: null },
      });
      expect(b?.runAt).toBe(noon + 1_000);
    });

    it('supersedes waiting commands that are no longer wanted, of this orchestration only', async () => {
      const mine = await tested.create(rowOf(1), { commands: [wanted('a'), wanted('b')] });
      const other = await tested.create(rowOf(2), { commands: [wanted('c')] });
      await want(mine, [wanted('b')]);
      expect(await rowsByKey(mine)).toMatchObject({ a: { status: 'superseded' }, b: { status: 'pending' } });
      expect(await rowsByKey(other)).toMatchObject({ c: { status: 'pending' } });
      expect(await tested.store.dueCommands(noon, 10)).toEqual(['b', 'c']);
    });

    it('what was claimed and set aside waits again once it is wanted again, and a zombie sets nothing aside', async () => {
      const key = await tested.create(rowOf(1), { commands: [wanted('a')] });
      const held = await claimOne('a');
      expect(await tested.store.setAside({ ...held, owner: 'somebody else' }, noon)).toBe(false);
      expect(await tested.store.setAside(held, noon)).toBe(true);
      expect(await tested.store.setAside(held, noon)).toBe(false);
      expect(await rowsByKey(key)).toMatchObject({ a: { status: 'superseded' } });
      expect(await want(key, [wanted('a')])).toEqual(['a']);
      expect(await rowsByKey(key)).toMatchObject({ a: { status: 'pending', attempts: 1 } });
    });

    it('never supersedes a look for twins', async () => {
      const key = await tested.create(rowOf(1), { commands: [wanted('a')] });
      const twins = wanted('a.twins', { kind: 'remove-twins', of: 'a' });
      await tested.store.complete(await claimOne('a'), null, [], noon, [twins]);
      await want(key, []);
      expect(await rowsByKey(key)).toMatchObject({ 'a.twins': { status: 'pending', kind: 'remove-twins' } });
    });

    it('cancels a running attempt that is no longer wanted, and lets other running commands finish', async () => {
      const key = await tested.create(rowOf(1), { commands: [attempt('run'), wanted('post')] });
      const run = await claimOne('run');
      const post = await claimOne('post');
      await want(key, []);
      expect(await rowsByKey(key)).toMatchObject({ run: { status: 'cancelled' }, post: { status: 'in_flight' } });
      expect(await tested.store.extendLease(run, noon + 90_000)).toBe(false);
      expect(await tested.store.complete(run, null, [], noon, [])).toBe(false);
      expect(await tested.store.runningAttempts(noon)).toBe(0);
      expect(await tested.store.extendLease(post, noon + 90_000)).toBe(true);
      expect(await tested.store.complete(post, null, [], noon, [])).toBe(true);
    });

    it('lets a running attempt go on that is still wanted', async () => {
      const key = await tested.create(rowOf(1), { commands: [attempt('run')] });
      const run = await claimOne('run');
      expect(await want(key, [attempt('run')])).toEqual([]);
      expect(await tested.store.extendLease(run, noon + 90_000)).toBe(true);
    });

    it('lets a superseded command wait again when it is wanted again, as it is wanted now', async () => {
      const merge = (sha: string): NewCommand =>
        wanted('a', { kind: 'merge-pull', task: 't', round: 1, number: 5, sha }, noon + 7_000);
      const key = await tested.create(rowOf(1), { commands: [merge('old')] });
      await want(key, []);
      await want(key, [merge('new')]);
      expect(await rowsByKey(key)).toMatchObject({ a: { status: 'pending', attempts: 0, runAt: noon + 7_000 } });
      tested.now += 7_000;
      expect((await claimOne('a')).command).toMatchObject({ sha: 'new' });
    });

    it('lets a cancelled attempt wait again, with the tries it had, so that no old claim fits', async () => {
      const key = await tested.create(rowOf(1), { commands: [attempt('run')] });
      const old = await claimOne('run');
      await want(key, []);
      await want(key, [attempt('run')]);
      expect(await tested.store.extendLease(old, noon + 90_000)).toBe(false);
      const next = await claimOne('run');
      expect(next.attempts).toBe(2);
      expect(await tested.store.complete(old, null, [], noon, [])).toBe(false);
      expect(await tested.store.complete(next, null, [], noon, [])).toBe(true);
    });

    it('does not do again what is done, and leaves dead what is dead', async () => {
      const key = await tested.create(rowOf(1), { commands: [wanted('done'), wanted('dead')] });
      await tested.store.complete(await claimOne('done'), null, [], noon, []);
      await tested.store.giveUp(await claimOne('dead'), 'refused', [], noon);
      expect(await want(key, [wanted('done'), wanted('dead')])).toEqual([]);
      expect(await rowsByKey(key)).toMatchObject({ done: { status: 'done' }, dead: { status: 'dead' } });
    });

    it('moves an untried command earlier but never later', async () => {
      const at = (delay: number): NewCommand => wanted('a', { kind: 'read-plan' }, noon + delay);
      const key = await tested.create(rowOf(1), { commands: [at(9_000)] });
      await want(key, [at(5_000)]);
      expect((await rowsByKey(key)).a?.runAt).toBe(noon + 5_000);
      await want(key, [at(8_000)]);
      expect((await rowsByKey(key)).a?.runAt).toBe(noon + 5_000);
      expect(await want(key, [wanted('a')])).toEqual(['a']);
    });

    it('does not shorten the wait of a command that was tried before', async () => {
      const key = await tested.create(rowOf(1), { commands: [wanted('a')] });
      await tested.store.retryLater(await claimOne('a'), noon + 45_000, 'timeout');
      expect(await want(key, [wanted('a')])).toEqual([]);
      expect((await rowsByKey(key)).a).toMatchObject({
        status: 'pending',
        runAt: noon + 45_000,
        lastError: 'timeout',
      });
    });

    it('takes a time beyond all calendars', async () => {
      const key = await tested.create(rowOf(1));
      expect(await want(key, [wanted('a', { kind: 'wake', at: 1 }, Number.MAX_SAFE_INTEGER)])).toEqual([]);
    });
  });
}
