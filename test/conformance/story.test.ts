import { describe, expect, it } from 'vitest';
import { openWorld } from '../world/world.ts';
import { recordExchanges } from './exchanges.ts';

describe('a whole orchestration', () => {
  it('hears nothing from the local GitHub that GitHub would not say', async () => {
    const record = recordExchanges();
    const world = await openWorld({ observe: record.observe, policy: { attempts: 1 } });
    try {
      const issue = await world.ada.openIssue(
        'Conforming',
        '- [ ] First\n- [ ] Second (needs #1)\n- [ ] Third fails\n',
      );
      await world.ada.comment(issue, '/muster run');
      const state = await world.untilTold(issue);
      expect(state.outcome).toMatchObject({ done: 2, total: 3 });
      expect(record.exchanges.length).toBeGreaterThan(60);
      expect(record.exchanges.filter((exchange) => exchange.kind === 'webhook').length).toBeGreaterThan(20);
      expect(await record.violations()).toEqual([]);
    } finally {
      await world.close();
    }
  }, 90_000);
});
