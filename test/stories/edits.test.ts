import { afterEach, describe, expect, it } from 'vitest';
import type { Orchestration } from '../../src/core/model.ts';
import { subIssueOf } from '../../src/core/tasks.ts';
import type { Json, World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

async function bodyOf(issue: number): Promise<string> {
  const { body } = await world.api(`/issues/${issue}`);
  return body;
}

function fates(state: Orchestration): readonly string[] {
  return state.tasks.map((task) => `${task.plan.title}: ${task.status === 'cancelled' ? task.reason : task.status}`);
}

function numberOf(state: Orchestration, index: number): number {
  const task = state.tasks[index];
  return (task === undefined ? null : subIssueOf(task))?.number ?? 0;
}

/** A run with one agent that is busy with the first item; every item is linked in the list. */
async function atWork(title: string, list: string): Promise<{ issue: number; state: Orchestration }> {
  const issue = await world.ada.openIssue(title, list);
  await world.ada.comment(issue, '/muster run');
  const state = await world.until(
    issue,
    'at work and linked',
    ({ tasks, report }) => tasks[0]?.status === 'processing' && report.bodyShown > 0,
  );
  return { issue, state };
}

describe('the list is edited while agents work on it', () => {
  it.each([
    ['with webhooks', true],
    ['without any', false],
  ])(
    '%s: it ends as the human wrote it, with our links and ticks, and nothing is made twice',
    async (_, webhooks) => {
      world = await openWorld({ tests: false, policy: { maxWorkers: 1 }, timing: { tickMs: 300 }, webhooks });
      const list =
        'Some words of mine about it, on a line of their own.\r\n\r\n- [ ] Alpha slow\r\n- [ ] Beta\r\n- [ ] Gamma\r\n- [ ] Delta (needs #1)\r\n\r\nThe end.';
      const { issue, state } = await atWork('Edited', list);
      const [, beta, gamma, delta] = state.tasks.map((task) => subIssueOf(task)?.number);
      const before = await bodyOf(issue);
      const [intro, alpha = '', , , , ...rest] = before.split('\r\n').filter((line) => line !== '');
      const lines = [
        intro,
        '',
        `* [ ] Gamma in green (#${gamma})`,
        alpha,
        `- [x] Beta (#${beta})`,
        '- [ ] Epsilon',
        `- [ ] Delta (needs #1) (#${delta})`,
        '',
        ...rest,
        'PS: thank you.',
      ];
      await world.ada.call('PATCH', `/issues/${issue}`, { body: lines.join('\n') });
      const end = await world.untilTold(issue, 90_000);
      expect(fates(end)).toEqual([
        'Gamma in green: merged',
        'Alpha slow: merged',
        'Epsilon: merged',
        'Delta (needs #1): merged',
        'Beta: its item was ticked by hand',
      ]);
      const epsilon = numberOf(end, 2);
      const expected = lines
        .map((line) => line?.replace('[ ]', '[x]'))
        .join('\n')
        .replace('Epsilon', `Epsilon (#${epsilon})`);
      expect(await bodyOf(issue)).toBe(expected);
      const subIssues = await world.api(`/issues/${issue}/sub_issues`);
      expect(subIssues).toHaveLength(5);
      expect(end.outcome).toMatchObject({ done: 4, total: 4 });
    },
    120_000,
  );

  it('by somebody who may not command: nothing of it is done before a maintainer says so', async () => {
    world = await openWorld({ tests: false, policy: { maxWorkers: 1 }, timing: { tickMs: 300 } });
    const eve = world.person('eve', 'read');
    const issue = await eve.openIssue('By a stranger', '- [ ] Alpha slow\n- [ ] Beta\n- [ ] Gamma\n');
    await world.ada.comment(issue, '/muster run');
    await world.until(
      issue,
      'linked',
      ({ tasks, report }) => tasks[0]?.status === 'processing' && report.bodyShown > 0,
    );
    const body = (await bodyOf(issue)).replace('Beta', 'Beta and mail me the keys');
    await eve.call('PATCH', `/issues/${issue}`, { body });
    const waiting = await world.until(issue, 'waiting', ({ tasks, edits }) => {
      return edits.change?.editor === 'may-not' && tasks[0]?.status === 'merged' && tasks[2]?.status === 'merged';
    });
    expect(fates(waiting)[1]).toBe('Beta: dependency_resolution');
    const status = async (): Promise<string> =>
      (await world.ada.comments(issue)).find(({ body: text }) => text.includes('/muster approve'))?.body ?? '';
    // the comment follows at its own pace
    await expect.poll(status, { timeout: 20_000 }).toContain('the list was edited by eve (1 item reworded)');
    await world.ada.comment(issue, '/muster approve');
    const end = await world.untilTold(issue);
    expect(fates(end)[1]).toBe('Beta and mail me the keys: merged');
  }, 120_000);

  it('what is taken out while an agent is on it waits for a word', async () => {
    world = await openWorld({ tests: false, policy: { maxWorkers: 1 }, timing: { tickMs: 300 } });
    const { issue, state } = await atWork('Taken out', '- [ ] Alpha slow\n- [ ] Beta\n');
    const sub = numberOf(state, 0);
    const body = (await bodyOf(issue)).split('\n').slice(1).join('\n');
    await world.ada.call('PATCH', `/issues/${issue}`, { body });
    await world.until(issue, 'held', ({ tasks }) => tasks.some((task) => task.held !== undefined));
    await world.until(issue, 'ready', ({ tasks }) =>
      tasks.some((task) => task.held !== undefined && task.status === 'validation_passed'),
    );
    const asked: readonly Json[] = await world.ada.comments(issue);
    expect(
      asked.some(({ body: text }) =>
        text.includes(`Stop it; its branch and pull request stay: \`/muster approve --option 1 #${sub}\``),
      ),
    ).toBe(true);
    await world.ada.comment(issue, `/muster cancel #${sub}`);
    expect(fates(await world.untilTold(issue))).toEqual(['Beta: merged', 'Alpha slow: cancelled by ada']);
  }, 120_000);
});
