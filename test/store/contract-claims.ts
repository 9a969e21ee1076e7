import { describe, expect, it } from 'vitest';
import type { Claim, EffectResult } from '../../src/engine/ports.ts';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { attempt, noon, rowOf, signalTo, stepFrom, wanted } from './examples.ts';
import { lookAt, useStore } from './store-under-test.ts';

const lease = 60_000;

export function describeClaims(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`claims: ${name}`, () => {
    const tested = useStore(open);

    const claim = (key: string, changes: { owner?: string; now?: number; peers?: number } = {}) =>
      tested.store.claim(key, { owner: 'me', now: tested.now, leaseMs: () => lease, peers: 0, ...changes });

    async function claimOne(key: string, changes: { owner?: string; now?: number } = {}): Promise<Claim> {
      const [first] = await claim(key, changes);
      if (first === undefined) throw new Error(`${key} could not be claimed`);
      return first;
    }

    it('claims what is due and says all that is needed to do it', async () => {
      const key = await tested.create(rowOf(1), {
        commands: [
          wanted('a', { kind: 'open-pull', task: 't', attempt: 1 }),
          wanted('b', { kind: 'read-plan' }, noon + 1),
        ],
      });
      expect(await claim('b')).toEqual([]);
      expect(await claim('no such key')).toEqual([]);
      expect(await claim('a', { now: noon + 500 })).toEqual([
        {
          ...{ key: 'a', orchestration: key, command: { kind: 'open-pull', task: 't', attempt: 1 } },
          ...{ attempts: 1, owner: 'me', leaseUntil: noon + 500 + lease, createdAt: noon },
        },
      ]);
      expect(await tested.store.dueCommands(noon + 500, 10)).toEqual(['b']);
    });

    it('says which agent an attempt is for, as long as it is still to be made', async () => {
      await tested.create(rowOf(1), {
        commands: [attempt('run'), wanted('a', { kind: 'open-pull', task: 't', attempt: 1 })],
      });
      const asked = async (): Promise<readonly (string | null)[]> =>
        Promise.all(['run', 'a', 'no such key'].map((one) => tested.store.agentWanted(one)));
      expect(await asked()).toEqual(['any', null, null]);
      const run = await claimOne('run');
      expect(await asked()).toEqual(['any', null, null]);
      await tested.store.complete(run, null, [], noon, []);
      expect(await asked()).toEqual([null, null, null]);
    });

    it('gives one command to one of many claimants', async () => {
      await tested.create(rowOf(1), { commands: [wanted('a')] });
      const claims = await Promise.all(Array.from({ length: 6 }, (_, index) => claim('a', { owner: `w${index}` })));
      expect(claims.filter((won) => won.length === 1)).toHaveLength(1);
    });

    it('gives it to another when the lease has run out; the first one can then change nothing', async () => {
      const key = await tested.create(rowOf(1), { commands: [wanted('a')] });
      const zombie = await claimOne('a', { owner: 'zombie' });
      expect(await claim('a', { owner: 'next', now: noon + lease - 1 })).toEqual([]);
      const next = await claimOne('a', { owner: 'next', now: noon + lease });
      expect(next).toMatchObject({ attempts: 2, owner: 'next', createdAt: noon });

      const told = [signalTo(key, 'from the zombie')];
      expect(await tested.store.complete(zombie, { kind: 'done' }, told, noon, [wanted('z')])).toBe(false);
      expect(await tested.store.giveUp(zombie, 'no', told, noon)).toBe(false);
      expect(await tested.store.retryLater(zombie, noon, 'no')).toBe(false);
      expect(await tested.store.extendLease(zombie, noon + 9 * lease)).toBe(false);
      expect(await tested.store.orchestrationsWithSignals(10)).toEqual([]);
      expect((await tested.store.commandRows(key)).map(({ key: command }) => command)).toEqual(['a']);
      expect(await tested.store.complete(next, { kind: 'done' }, [], noon, [])).toBe(true);
    });

    it('tells two tries of one owner apart', async () => {
      await tested.create(rowOf(1), { commands: [wanted('a')] });
      const first = await claimOne('a');
      const second = await claimOne('a', { now: noon + lease });
      expect(await tested.store.complete(first, null, [], noon, [])).toBe(false);
      expect(await tested.store.complete(second, null, [], noon, [])).toBe(true);
    });

    it('completes once, with signals and follow-ups', async () => {
      const key = await tested.create(rowOf(1), { commands: [wanted('a')] });
      const held = await claimOne('a');
      const followUp = wanted('a.twins', { kind: 'remove-twins', of: 'a' }, noon + 45_000);
      expect(await tested.store.complete(held, { kind: 'done' }, [signalTo(key, 'a#1')], noon, [followUp])).toBe(true);
      expect(await tested.store.complete(held, { kind: 'done' }, [signalTo(key, 'a#2')], noon, [])).toBe(false);
      expect(await tested.store.dueCommands(noon + 44_999, 10)).toEqual([]);
      expect(await tested.store.dueCommands(noon + 45_000, 10)).toEqual(['a.twins']);
      const seen: number[] = [];
      seen.push(await lookAt(tested.store, key));
      expect(seen).toEqual([1]);
      expect(await claim('a', { now: noon + 10 * lease })).toEqual([]);
    });

    it('gives up for good, with signals', async () => {
      const key = await tested.create(rowOf(1), { commands: [wanted('a')] });
      const held = await claimOne('a');
      expect(await tested.store.giveUp(held, 'refused: \0 no', [signalTo(key, 'a#1')], noon)).toBe(true);
      expect(await tested.store.commandRows(key)).toMatchObject([{ status: 'dead', lastError: 'refused: \ufffd no' }]);
      expect(await tested.store.orchestrationsWithSignals(10)).toEqual([key]);
      expect(await claim('a', { now: noon + 10 * lease })).toEqual([]);
    });

    it('tries again later, not earlier, with one try more', async () => {
      const key = await tested.create(rowOf(1), { commands: [wanted('a')] });
      expect(await tested.store.retryLater(await claimOne('a'), noon + 45_000, 'reset')).toBe(true);
      expect(await tested.store.commandRows(key)).toMatchObject([
        { status: 'pending', attempts: 1, lastError: 'reset' },
      ]);
      expect(await claim('a', { now: noon + 44_999 })).toEqual([]);
      expect((await claimOne('a', { now: noon + 45_000 })).attempts).toBe(2);
    });

    it('takes along due commands of the same kind and orchestration, up to the number asked for', async () => {
      const edge = (key: string, notBefore = 0) => wanted(key, { kind: 'add-edge', from: 'x', to: key }, notBefore);
      await tested.create(rowOf(1), {
        commands: [edge('e1'), edge('e2'), edge('e3'), edge('later', noon + 1), wanted('other kind')],
      });
      await tested.create(rowOf(2), { commands: [edge('other orchestration')] });
      const two = await claim('e2', { peers: 1 });
      expect(two[0]?.key).toBe('e2');
      expect(two).toHaveLength(2);
      const rest = await claim(['e1', 'e3'].find((key) => key !== two[1]?.key) ?? '', { peers: 10 });
      expect([...two, ...rest].map(({ key }) => key).sort()).toEqual(['e1', 'e2', 'e3']);
      expect([...two, ...rest].every(({ attempts }) => attempts === 1)).toBe(true);
      expect(new Set(await tested.store.dueCommands(noon, 10))).toEqual(new Set(['other kind', 'other orchestration']));
    });

    it('gives each of a batch the lease of its own command', async () => {
      await tested.create(rowOf(1), {
        commands: ['short', 'long'].map((to) => wanted(to, { kind: 'add-edge', from: 'x', to })),
      });
      const leaseMs = (command: Claim['command']): number =>
        command.kind === 'add-edge' && command.to === 'long' ? 2 * lease : lease;
      const claims = await tested.store.claim('short', { owner: 'me', now: noon, leaseMs, peers: 5 });
      expect(claims.map(({ key, leaseUntil }) => [key, leaseUntil])).toEqual([
        ['short', noon + lease],
        ['long', noon + 2 * lease],
      ]);
      expect(await tested.store.dueCommands(noon + lease, 10)).toEqual(['short']);
    });

    it('claims attempts one at a time', async () => {
      await tested.create(rowOf(1), { commands: [attempt('r1'), attempt('r2', 'b')] });
      expect(await claim('r1', { peers: 10 })).toHaveLength(1);
      expect(await claim('r2', { peers: 10 })).toHaveLength(1);
    });

    it('lists what is due, longest waiting first', async () => {
      const at = (key: string, delay: number) => wanted(key, { kind: 'read-plan' }, noon + delay);
      const key = await tested.create(rowOf(1), { commands: [at('c', 3), at('a', 1), at('b', 2)] });
      expect(await tested.store.dueCommands(noon + 2, 10)).toEqual(['a', 'b']);
      expect(await tested.store.dueCommands(noon + 3, 2)).toEqual(['a', 'b']);
      await claimOne('a', { now: noon + 3 });
      expect(await tested.store.dueCommands(noon + 3, 10)).toEqual(['b', 'c']);
      expect(await tested.store.dueCommands(noon + 3 + lease, 10)).toEqual(['a', 'b', 'c']);
      tested.now = noon + 3 + lease;
      expect(await tested.store.advance(key, () => null)).toEqual(['a', 'b', 'c']);
    });

    it('counts running attempts with a valid lease, and keeps a row of each run', async () => {
      await tested.create(rowOf(1), { commands: [attempt('r1'), attempt('r2', 'b'), wanted('x')] });
      const first = await claimOne('r1');
      await claimOne('r2');
      await claimOne('x');
      expect(await tested.store.runningAttempts(noon)).toBe(2);
      expect(await tested.store.runningAttempts(noon + lease)).toBe(0);
      tested.now += 20_000;
      expect(await tested.store.extendLease(first, noon + 2 * lease)).toBe(true);
      expect(await tested.store.runningAttempts(noon + lease)).toBe(1);
      await tested.store.complete(first, null, [], tested.now, []);
      await claimOne('r2', { now: noon + lease, owner: 'next' });
      const runs = 'select command_key, attempt, owner, exit, heartbeat_at from agent_runs order by 1, 2';
      expect(await tested.rows(runs)).toEqual([
        { command_key: 'r1', attempt: 1, owner: 'me', exit: 'done', heartbeat_at: new Date(noon + 20_000) },
        { command_key: 'r2', attempt: 1, owner: 'me', exit: 'lost', heartbeat_at: new Date(noon) },
        { command_key: 'r2', attempt: 2, owner: 'next', exit: null, heartbeat_at: new Date(noon + lease) },
      ]);
    });

    it.each<[EffectResult, { external_id: string; url: string | null } | null]>([
      [
        { kind: 'issue', issue: { number: 12, id: 900, nodeId: 'I_1', url: 'https://h/i/12' } },
        { external_id: '12', url: 'https://h/i/12' },
      ],
      [
        { kind: 'comment', comment: { id: 77, nodeId: 'IC_1', url: 'https://h/c/77' } },
        { external_id: '77', url: 'https://h/c/77' },
      ],
      [
        { kind: 'pull', number: 13, url: 'https://h/p/13', headSha: 'abc' },
        { external_id: '13', url: 'https://h/p/13' },
      ],
      [
        { kind: 'merged', sha: 'abc' },
        { external_id: 'abc', url: null },
      ],
      [{ kind: 'done' }, null],
    ])('records what %o made', async (result, effect) => {
      const key = await tested.create(rowOf(1), { commands: [wanted('a', { kind: 'post-status' })] });
      await tested.store.complete(await claimOne('a'), result, [], noon, []);
      const rows = await tested.rows('select orchestration, key, kind, external_id, url from effects');
      expect(rows).toEqual(effect === null ? [] : [{ orchestration: key, key: 'a', kind: 'post-status', ...effect }]);
    });

    it('keeps any other result with the command and records no effect', async () => {
      await tested.create(rowOf(1), { commands: [wanted('a'), wanted('b')] });
      await tested.store.complete(await claimOne('a'), { kind: 'something else', n: 1 }, [], noon, []);
      await tested.store.complete(await claimOne('b'), undefined, [], noon, []);
      expect(await tested.rows('select key, result from commands order by key')).toEqual([
        { key: 'a', result: { kind: 'something else', n: 1 } },
        { key: 'b', result: null },
      ]);
      expect(await tested.rows('select * from effects')).toEqual([]);
    });

    it('survives many claimants and passes at once: each command is completed once, each signal seen once', async () => {
      const commands = Array.from({ length: 30 }, (_, index) => wanted(`k${index}`));
      const key = await tested.create(rowOf(1), { commands });
      let completed = 0;
      let seen = 0;
      const work = async (owner: string): Promise<void> => {
        for (const due of await tested.store.dueCommands(noon, 100)) {
          for (const held of await claim(due, { owner, peers: 3 })) {
            if (await tested.store.complete(held, null, [signalTo(key, `${held.key}#${held.attempts}`)], noon, []))
              completed += 1;
          }
          await tested.store.advance(key, (state, signals) => {
            seen += signals.length;
            return stepFrom(state, 1, { commands });
          });
        }
      };
      await Promise.all(['w1', 'w2', 'w3', 'w4'].map(work));
      expect([completed, seen]).toEqual([30, 30]);
      expect(await tested.store.verifySnapshots()).toEqual([]);
    });
  });
}
