import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { noon, rowOf, signalTo } from './examples.ts';
import { lookAt, useStore } from './store-under-test.ts';

export function describeInbox(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`inbox and signals: ${name}`, () => {
    const tested = useStore(open);
    const delivery = (id: string, payload = '{}') => ({ id, event: 'issues', payload, receivedAt: noon });

    it('takes a delivery once', async () => {
      await tested.store.receiveDelivery(delivery('g-1'));
      await tested.store.receiveDelivery(delivery('g-1', '{"other":1}'));
      expect(await tested.store.untranslatedDeliveries(10)).toEqual([delivery('g-1')]);
    });

    it('takes many at once: each GUID once, in order of arrival', async () => {
      const { store } = tested;
      const ids = Array.from({ length: 250 }, (_, i) => `g-${i}`);
      await Promise.all([...ids, 'g-7', 'g-249'].map((id) => store.receiveDelivery(delivery(id))));
      expect((await store.untranslatedDeliveries(300)).map(({ id }) => id)).toEqual(ids);
    });

    it('a delivery that cannot be stored fails alone', async () => {
      const { store } = tested;
      const bad = { ...delivery('bad'), receivedAt: Number.NaN };
      const all = [delivery('a'), delivery('b'), bad, delivery('c')].map((one) => store.receiveDelivery(one));
      const fates = (await Promise.allSettled(all)).map(({ status }) => status);
      expect(fates).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
      expect((await store.untranslatedDeliveries(10)).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    });

    it('hands deliveries out in order of arrival, payloads to the letter', async () => {
      const payload = '{ "b":1.0, "a":"\\u0000 \\ud800 é 漢\\r\\n",\r\n "big": 12345678901234567890 }';
      for (const id of ['z', 'a', 'm']) await tested.store.receiveDelivery(delivery(id, payload));
      const waiting = await tested.store.untranslatedDeliveries(2);
      expect(waiting.map(({ id }) => id)).toEqual(['z', 'a']);
      expect(waiting[0]?.payload).toBe(payload);
    });

    it('forgets what was handled days ago, and nothing else', async () => {
      const key = await tested.create();
      const day = 24 * 3_600_000;
      for (const id of ['old', 'broken', 'waiting', 'young']) await tested.store.receiveDelivery(delivery(id));
      expect(await tested.store.untranslatedDeliveries(10)).toHaveLength(4);
      await tested.store.markTranslated([{ id: 'old', signals: [signalTo(key, 's-old')] }]);
      await tested.store.markUntranslatable('broken', 'not what GitHub sends');
      expect(await lookAt(tested.store, key)).toBe(1);
      tested.now += 2 * day;
      await tested.store.markTranslated([{ id: 'young', signals: [signalTo(key, 's-young')] }]);
      expect(await lookAt(tested.store, key)).toBe(1);
      await tested.store.addSignals([signalTo(key, 's-waiting')]);
      await tested.store.forget();
      await tested.store.receiveDelivery(delivery('old'));
      expect((await tested.store.untranslatedDeliveries(10)).map(({ id }) => id)).toEqual(['waiting']);
      tested.now += 2 * day;
      await tested.store.forget();
      const left = await tested.rows('select delivery_id as id from webhook_inbox union select source from signals');
      expect(left.map(({ id }) => id).sort()).toEqual(['broken', 's-waiting', 's-young', 'waiting', 'young']);
    });

    it('marks deliveries translated together with their signals', async () => {
      const key = await tested.create();
      for (const id of ['g-1', 'g-2']) await tested.store.receiveDelivery(delivery(id));
      expect(await tested.store.untranslatedDeliveries(10)).toHaveLength(2);
      await tested.store.markTranslated([
        { id: 'g-1', signals: [signalTo(key, 's-1'), signalTo(key, 's-2')] },
        { id: 'g-2', signals: [] },
      ]);
      expect(await tested.store.untranslatedDeliveries(10)).toEqual([]);
      expect(await tested.store.orchestrationsWithSignals(10)).toEqual([key]);
    });

    it('sets an untranslatable delivery aside and counts it', async () => {
      await tested.store.receiveDelivery(delivery('bad'));
      await tested.store.receiveDelivery(delivery('good'));
      expect(await tested.store.untranslatedDeliveries(10)).toHaveLength(2);
      await tested.store.markUntranslatable('bad', 'no such \0 field');
      expect((await tested.store.untranslatedDeliveries(10)).map(({ id }) => id)).toEqual(['good']);
      expect((await tested.store.health(noon)).inbox).toEqual({ waiting: 1, failed: 1 });
    });

    it('drops the second signal of one source, also within one call and after the first was looked at', async () => {
      const key = await tested.create();
      await tested.store.addSignals([signalTo(key, 'same'), signalTo(key, 'same'), signalTo(key, 'other')]);
      const seen: number[] = [];
      seen.push(await lookAt(tested.store, key));
      await tested.store.addSignals([signalTo(key, 'same')]);
      seen.push(await lookAt(tested.store, key));
      expect(seen).toEqual([2, 0]);
    });

    it('keeps equal sources of two orchestrations apart', async () => {
      const first = await tested.create(rowOf(1));
      const second = await tested.create(rowOf(2));
      await tested.store.addSignals([signalTo(second, 'same'), signalTo(first, 'same')]);
      expect(await tested.store.orchestrationsWithSignals(10)).toEqual([second, first]);
      expect(await tested.store.orchestrationsWithSignals(1)).toEqual([second]);
    });

    it('reports no signals to an orchestration that does not exist, and has them once it does', async () => {
      await tested.store.addSignals([signalTo(rowOf(1).key, 'early')]);
      expect(await tested.store.orchestrationsWithSignals(10)).toEqual([]);
      const key = await tested.create(rowOf(1));
      expect(await tested.store.orchestrationsWithSignals(10)).toEqual([key]);
    });
  });
}
