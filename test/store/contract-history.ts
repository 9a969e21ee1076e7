import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/signals.ts';
import type { Step } from '../../src/engine/ports.ts';
import { BrokenSequence } from '../../src/store/history.ts';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { foldExample, noon, recorded, rowOf, signalTo, stepFrom, wanted } from './examples.ts';
import { useStore } from './store-under-test.ts';

export function describeHistory(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`orchestrations and history: ${name}`, () => {
    const tested = useStore(open);

    it('creates one live orchestration per issue', async () => {
      const first = rowOf(7);
      const second = rowOf(7, { id: 'orch-7-20260102-1201' });
      expect(await tested.store.createOrchestration(first, stepFrom({ seq: 0 }, 1))).toBe(true);
      expect(await tested.store.createOrchestration(second, stepFrom({ seq: 0 }, 1))).toBe(false);
      expect(await tested.store.loadEvents(second.key)).toEqual([]);
      await tested.store.advance(first.key, (state) => stepFrom(state, 1, { live: false }));
      expect(await tested.store.createOrchestration(second, stepFrom({ seq: 0 }, 1))).toBe(true);
      expect(await tested.store.findOrchestrations({ issue: 7, live: true })).toEqual([second]);
    });

    it('lets only one of two simultaneous requests create it', async () => {
      const rows = [rowOf(7), rowOf(7, { id: 'orch-7-20260102-1201' })];
      const created = await Promise.all(
        rows.map((row) => tested.store.createOrchestration(row, stepFrom({ seq: 0 }, 1))),
      );
      expect(created.filter(Boolean)).toHaveLength(1);
    });

    it('finds orchestrations by repository, issue, sub-issue and life, oldest first', async () => {
      const here = rowOf(1);
      const elsewhere = rowOf(1, { name: 'other' });
      await tested.create(here);
      tested.now += 1;
      await tested.create(elsewhere);
      const found = async (query: Parameters<typeof tested.store.findOrchestrations>[0]) =>
        (await tested.store.findOrchestrations(query)).map(({ key }) => key);
      expect(await found({})).toEqual([here.key, elsewhere.key]);
      expect(await found({ owner: 'octo', name: 'demo' })).toEqual([here.key]);
      expect(await found({ owner: 'nobody' })).toEqual([]);

      await tested.store.advance(here.key, (state) => stepFrom(state, 1, { subIssues: [31, 32], live: false }));
      expect(await found({ owner: 'octo', name: 'demo', issue: 31 })).toEqual([here.key]);
      expect(await found({ issue: 31, live: true })).toEqual([]);
      expect(await found({ live: true })).toEqual([elsewhere.key]);
      expect((await tested.store.findOrchestrations({ issue: 31 }))[0]).toEqual({
        ...here,
        live: false,
        subIssues: [31, 32],
      });
    });

    it('gives state and events back as they were written', async () => {
      const key = await tested.create();
      await tested.store.advance(key, (state) => stepFrom(state, 2));
      expect(await tested.store.loadEvents(key)).toEqual([recorded(1), recorded(2), recorded(3)]);
      expect(await tested.store.loadEvents(key, 2)).toEqual([recorded(3)]);
      expect(await tested.store.loadState(key)).toEqual(stepFrom({ seq: 1 }, 2).state);
      expect(await tested.store.loadState('octo/demo/none')).toBeNull();
    });

    it('hands the step the state and the waiting signals in order, once', async () => {
      const key = await tested.create();
      const signals: Signal[] = [{ type: 'master-closed' }, { type: 'tick' }];
      await tested.store.addSignals(signals.map((signal, index) => signalTo(key, `s-${index}`, signal)));
      const seen: unknown[] = [];
      const look = (): Promise<readonly string[] | null> =>
        tested.store.advance(key, (state, given) => {
          seen.push([state.seq, given]);
          return null;
        });
      await look();
      await look();
      expect(seen).toEqual([
        [1, signals],
        [1, []],
      ]);
      expect(await tested.store.loadEvents(key)).toHaveLength(1);
      expect(await tested.store.orchestrationsWithSignals(10)).toEqual([]);
    });

    it('answers null for an orchestration that does not exist', async () => {
      expect(await tested.store.advance('octo/demo/none', () => null)).toBeNull();
    });

    it('answers with the keys that are due now', async () => {
      const key = await tested.create();
      const commands = [wanted(`${key}.later`, { kind: 'read-plan' }, tested.now + 1), wanted(`${key}.now`)];
      expect(await tested.store.advance(key, (state) => stepFrom(state, 1, { commands }))).toEqual([`${key}.now`]);
      tested.now += 1;
      expect(await tested.store.advance(key, () => null)).toEqual([`${key}.now`, `${key}.later`]);
    });

    it.each<[string, (step: Step) => Step]>([
      ['repeats a number', (step) => ({ ...step, events: [recorded(1)] })],
      ['skips a number', (step) => ({ ...step, events: [recorded(3)] })],
      ['brings a state that does not count its events', (step) => ({ ...step, events: [] })],
    ])('refuses a step that %s, and writes nothing of it', async (_, spoil) => {
      const key = await tested.create();
      await tested.store.addSignals([signalTo(key, 's-1')]);
      const spoilt = tested.store.advance(key, (state) =>
        spoil(stepFrom(state, 1, { commands: [wanted(`${key}.a`)] })),
      );
      await expect(spoilt).rejects.toBeInstanceOf(BrokenSequence);
      expect(await tested.store.loadEvents(key)).toHaveLength(1);
      expect(await tested.store.commandRows(key)).toEqual([]);
      expect(await tested.store.orchestrationsWithSignals(10)).toEqual([key]);
    });

    it('writes nothing when the step throws, and works on afterwards', async () => {
      const key = await tested.create();
      await tested.store.addSignals([signalTo(key, 's-1')]);
      const thrown = tested.store.advance(key, () => {
        throw new TypeError('a bug in the rules');
      });
      await expect(thrown).rejects.toThrow(TypeError);
      expect(await tested.store.orchestrationsWithSignals(10)).toEqual([key]);
      expect(await tested.store.advance(key, (state) => stepFrom(state, 1))).toEqual([]);
    });

    it('lets simultaneous passes over one orchestration follow each other', async () => {
      const key = await tested.create();
      await Promise.all(Array.from({ length: 8 }, () => tested.store.advance(key, (state) => stepFrom(state, 1))));
      expect((await tested.store.loadEvents(key)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('stores text that jsonb refuses: NUL and lone surrogates become replacement characters', async () => {
      const key = await tested.create();
      const hostile = 'nul \0 half \ud83d escaped \\u0000 whole 😀';
      const harmless = 'nul \ufffd half \ufffd escaped \\u0000 whole 😀';
      await tested.store.addSignals([
        signalTo(key, 's', { type: 'command-gave-up', key, kind: 'x', task: null, message: hostile }),
      ]);
      await tested.store.advance(key, (state, [signal]) => {
        const message = signal?.type === 'command-gave-up' ? signal.message : '';
        expect(message).toBe(harmless);
        const step = stepFrom(state, 1);
        return {
          ...step,
          state: { ...step.state, requestedBy: hostile },
          events: [recorded(2, { type: 'command-gave-up', key, message: hostile })],
        };
      });
      expect((await tested.store.loadState(key))?.requestedBy).toBe(harmless);
      expect((await tested.store.loadEvents(key))[1]?.event).toEqual({
        type: 'command-gave-up',
        key,
        message: harmless,
      });
    });

    it('folds the events where the snapshot is of another version or gone', async () => {
      const key = await tested.create();
      await tested.store.advance(key, (state) => stepFrom(state, 2));
      const state = foldExample([recorded(1), recorded(2), recorded(3)]);
      await tested.rows(`update snapshots set state_version = 99, state = '{}'`);
      expect(await tested.store.loadState(key)).toEqual(state);
      await tested.store.advance(key, (before) => stepFrom(before, 1));
      expect(await tested.store.loadState(key)).toEqual(foldExample([1, 2, 3, 4].map((seq) => recorded(seq))));
      await tested.rows('delete from snapshots');
      expect((await tested.store.loadState(key))?.seq).toBe(4);
    });

    it('tells which snapshots are not what their events fold to', async () => {
      const good = await tested.create(rowOf(1));
      const bad = await tested.create(rowOf(2));
      await tested.store.advance(good, (state) => stepFrom(state, 3));
      expect(await tested.store.verifySnapshots()).toEqual([]);
      await tested.rows(
        `update snapshots set state = jsonb_set(state, '{round}', '99') where orchestration = '${bad}'`,
      );
      expect(await tested.store.verifySnapshots()).toEqual([bad]);
    });

    it('reports health', async () => {
      const key = await tested.create(rowOf(1), { commands: [wanted('k-1'), wanted('k-2')] });
      await tested.create(rowOf(2), { live: false });
      const [claim] = await tested.store.claim('k-1', { owner: 'me', now: noon, leaseMs: () => 60_000, peers: 0 });
      expect(claim?.orchestration).toBe(key);
      const health = await tested.store.health(noon + 5_000);
      expect(health).toEqual({
        database: expect.any(String),
        commands: { pending: 1, in_flight: 1 },
        oldestDueMs: 5_000,
        inbox: { waiting: 0, failed: 0 },
        liveOrchestrations: 1,
      });
    });
  });
}
