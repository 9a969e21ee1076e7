import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { noon, rowOf, signalTo } from './examples.ts';
import { lookAt, useStore } from './store-under-test.ts';

export function describeInbox(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`inbox and signals: ${name}`, () => {
    const tested = useStore(open);
    const delivery = (id: string, payload = '{}') => ({ id, event: 'issues', payload, receivedAt: noon });

    it('takes a delivery once', async () => {
      expect(await tested.store.receiveDelivery(delivery('g-1'))).toBe(true);
      expect(await tested.store.receiveDelivery(delivery('g-1', '{"other":1}'))).toBe(false);
      expect(await tested.store.untranslatedDeliveries(10)).toEqual([delivery('g-1')]);
    });

    it('hands deliveries out in order of arrival, payloads to the letter', async () => {
      const payload = '{ "b":1.0, "a":"\\u0000 \\ud800 é 漢\\r\\n",\r\n "big": 12345678901234567890 }';
      for (const id of ['z', 'a', 'm']) await tested.store.receiveDelivery(delivery(id, payload));
      const waiting = await tested.store.untranslatedDeliveries(2);
      expect(waiting.map(({ id }) => id)).toEqual(['z', 'a']);
      expect(waiting[0]?.payload).toBe(payload);
    });

    it('marks a delivery translated together with its signals', async () => {
      const key = await tested.create();
      await tested.store.receiveDelivery(delivery('g-1'));
      await tested.store.markTranslated('g-1', [signalTo(key, 's-1'), signalTo(key, 's-2')]);
      expect(await tested.store.untranslatedDeliveries(10)).toEqual([]);
      expect(await tested.store.orchestrationsWithSignals(10)).toEqual([key]);
    });

    it('sets an untranslatable delivery aside and counts it', async () => {
      await tested.store.receiveDelivery(delivery('bad'));
      await tested.store.receiveDelivery(delivery('good'));
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
