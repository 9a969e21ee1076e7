import { afterEach, describe, expect, it } from 'vitest';
import type { Orchestration } from '../../src/core/model.ts';
import { subIssueOf } from '../../src/core/tasks.ts';
import type { Json, World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

async function subIssues(issue: number): Promise<Json[]> {
  return world.api(`/issues/${issue}/sub_issues?per_page=100`);
}

/** Group issues with how many sub-issues each, as a person sees them. */
async function groupsOf(issue: number): Promise<readonly string[]> {
  const groups = await subIssues(issue);
  const children = await Promise.all(groups.map(({ number }) => subIssues(number)));
  return groups.map(({ title, state }, at) => `${title}: ${state}, ${children[at]?.length}`);
}

async function linked(list: string, end: Orchestration): Promise<string> {
  const numbers = new Map(end.tasks.map((task) => [task.plan.title, subIssueOf(task)?.number]));
  return list.replace(/- \[ \] (Item \d+)/g, (_, title) => `- [x] ${title} (#${numbers.get(title)})`);
}

function items(from: number, to: number): string {
  return [...Array(to - from + 1).keys()].map((n) => `- [ ] Item ${from + n}\n`).join('');
}

describe('a list with more items than an issue takes sub-issues', () => {
  it('120 boxes: the group issues are shown first, and made once somebody approved', async () => {
    world = await openWorld({ tests: false, policy: { maxWorkers: 1 }, agentCommand: 'sleep 60' });
    const issue = await world.ada.openIssue('A long list', `## Front\n${items(1, 70)}\n## Back\n${items(71, 120)}`);
    await world.ada.comment(issue, '/muster run');
    const shown = await world.until(issue, 'the plan shown', ({ report }) => report.comment !== null);
    expect(shown.phase).toBe('proposed');
    const plan = (await world.ada.comments(issue)).find(({ author }) => author !== 'ada');
    expect(plan?.body).toContain('| Front | 70 |');
    expect(plan?.body).toContain('| Back | 50 |');
    expect(plan?.body).toContain('creating 122 issues takes about 3 min');
    expect(await subIssues(issue)).toEqual([]);

    const from = world.sandbox.requests().length;
    await world.ada.comment(issue, '/muster approve');
    const planned = await world.until(issue, 'planned', ({ plannedAt }) => plannedAt !== null);
    expect(await groupsOf(issue)).toEqual(['A long list: Front: open, 70', 'A long list: Back: open, 50']);
    expect(new Set(planned.tasks.map((task) => subIssueOf(task)?.number)).size).toBe(120);
    const writes = world.sandbox
      .requests()
      .slice(from)
      .filter(({ graphqlOperation = '' }) => /createIssue/.test(graphqlOperation));
    // two groups in one request, a hundred and twenty sub-issues by twenty, those of each group by themselves
    expect(writes.length).toBeGreaterThanOrEqual(7);
    expect(writes.length).toBeLessThanOrEqual(10);
    await world.ada.comment(issue, '/muster cancel');
    await world.until(issue, 'cancelled', ({ phase }) => phase === 'cancelled');
  }, 90_000);

  it('lands everything, what was added meanwhile too, and closes the groups', async () => {
    world = await openWorld({ tests: false, policy: { maxWorkers: 2 }, mostSubIssues: 4 });
    const issue = await world.ada.openIssue('A list', `Mine.\r\n\r\n${items(1, 6)}- [ ] Item 7 slow\n`);
    await world.ada.comment(issue, '/muster run');
    await world.until(issue, 'the plan shown', ({ report }) => report.comment !== null);
    await world.ada.comment(issue, '/muster approve');
    await world.until(
      issue,
      'at work and linked',
      ({ report, plannedAt }) => plannedAt !== null && report.bodyShown > 0,
    );
    const { body: before } = await world.api(`/issues/${issue}`);
    await world.ada.call('PATCH', `/issues/${issue}`, { body: `${before}${items(8, 9)}` });
    const end = await world.untilTold(issue, 60_000);
    expect(end.outcome).toMatchObject({ done: 9, total: 9 });
    expect(await groupsOf(issue)).toEqual([
      'A list: tasks 1 to 4: closed, 4',
      'A list: tasks 5 to 7: closed, 4',
      'A list: task 9: closed, 1',
    ]);
    const { body, state } = await world.api(`/issues/${issue}`);
    expect(state).toBe('closed');
    const text = await linked(`Mine.\r\n\r\n${items(1, 6)}- [ ] Item 7 slow\n${items(8, 9)}`, end);
    const slow = end.tasks.find(({ plan }) => plan.title === 'Item 7 slow');
    expect(body).toBe(text.replace(/- \[x\] Item 7.*/, `- [x] Item 7 slow (#${slow && subIssueOf(slow)?.number})`));
  }, 120_000);
});
