import { afterEach, describe, expect, it } from 'vitest';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

describe('requests that land after we have given up on them', () => {
  it('leave no twin in the end, even when GRACE is far too short', async () => {
    world = await openWorld({
      // a write is given up after 0.8 s, looked for 0.3 s later, and lands up to 3 s after it was sent
      timing: { httpDeadlineMs: 800, graceMs: 300 },
      prepare: (sandbox) => {
        sandbox.faults.lateLanding = { rate: 0.4, delayMs: [1_200, 3_000] };
      },
    });
    const issue = await world.ada.openIssue('Late', '- [ ] First\n- [ ] Second (needs #1)\n- [ ] Third fails\n');
    await world.ada.comment(issue, '/muster run');
    const state = await world.untilTold(issue, 100_000);
    expect(state.outcome).toMatchObject({ done: 2, total: 3 });
    const subs = await world.api(`/issues/${issue}/sub_issues`);
    expect(subs.map((sub: { title: string }) => sub.title).sort()).toEqual([
      'First',
      'Second (needs #1)',
      'Third fails',
    ]);
    const recorded = state.tasks.map((task) => ('sub' in task ? task.sub?.number : null)).sort();
    expect(subs.map((sub: { number: number }) => sub.number).sort()).toEqual(recorded);
    const comments = await world.api(`/issues/${issue}/comments`);
    expect(comments.filter((one: { user: { type: string } }) => one.user.type === 'Bot')).toHaveLength(2);
    expect(await world.api('/issues?labels=muster:diagnostic&state=open')).toHaveLength(1);
    const pulls = await world.api('/pulls?state=all');
    expect(pulls.filter((pull: { merged_at: string | null }) => pull.merged_at !== null)).toHaveLength(2);
  }, 120_000);
});
