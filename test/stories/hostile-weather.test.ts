import { afterEach, describe, expect, it } from 'vitest';
import type { Faults } from '../../src/sandbox/context.ts';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

const weathers: readonly (readonly [string, (faults: Faults) => void])[] = [
  [
    'answers that fail, half of them after the fact, and pauses that GitHub demands',
    (faults) => {
      faults.serverError.rate = 0.1;
      faults.secondaryLimit.rate = 0.01;
    },
  ],
  [
    'tokens of two seconds, lists that lag and mergeability that is not known yet',
    (faults) => {
      faults.tokenTtlSeconds = 2;
      faults.listLagMs = 1_000;
      faults.mergeableNullFirst = true;
    },
  ],
];

describe('a GitHub with', () => {
  it.each(weathers)(
    '%s',
    async (_, stir) => {
      world = await openWorld({ policy: { attempts: 1 }, timing: { graceMs: 2_000, tickMs: 1_000 } });
      const issue = await world.ada.openIssue('Weather', '- [ ] First\n- [ ] Second (needs #1)\n- [ ] Third fails\n');
      stir(world.sandbox.faults);
      // a person tries again when GitHub does not answer
      for (let said = false; !said; )
        said = await world.ada.comment(issue, '/muster run').then(
          () => true,
          () => false,
        );
      const state = await world.untilTold(issue, 60_000);
      Object.assign(world.sandbox.faults, { listLagMs: 0, serverError: { rate: 0 }, secondaryLimit: { rate: 0 } });
      expect(state.phase).toBe('finished');
      expect(state.tasks.map((task) => task.status)).toEqual(['merged', 'merged', 'failed']);
      expect(state.stuck).toEqual([]);
      expect(await world.api(`/issues/${issue}/sub_issues`)).toHaveLength(3);
      expect(await world.api('/pulls?state=all')).toHaveLength(2);
      expect(await world.api('/issues?labels=muster:diagnostic&state=all')).toHaveLength(1);
      const comments = await world.api(`/issues/${issue}/comments`);
      const ours = comments.filter((one: { user: { type: string } }) => one.user.type === 'Bot');
      // a comment that landed although the answer was lost may have been typed twice: it is answered, not obeyed twice
      expect(ours.length).toBe(comments.length - ours.length + 1);
    },
    90_000,
  );
});
