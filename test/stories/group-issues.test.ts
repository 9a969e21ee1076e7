import { afterEach, describe, expect, it } from 'vitest';
import { subIssueOf } from '../../src/core/tasks.ts';
import type { Json, World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

async function subIssues(issue: number): Promise<Json[]> {
  return world.api(`/issues/${issue}/sub_issues?per_page=100`);
}

describe('a list with more items than an issue takes sub-issues', () => {
  it('120 boxes: the groups are shown first, and everything lands once it is approved', async () => {
    world = await openWorld({ tests: false, policy: { maxWorkers: 8 } });
    const items = [...Array(120).keys()].map((n) => `- [ ] Item ${n + 1}`);
    const list = ['## Front', ...items.slice(0, 70), '', '## Back', ...items.slice(70), ''].join('\n');
    const issue = await world.ada.openIssue('A long list', list);
    await world.ada.comment(issue, '/muster run');
    const shown = await world.until(issue, 'the plan shown', ({ report }) => report.comment !== null);
    expect(shown.phase).toBe('proposed');
    const [plan] = await world.ada.comments(issue).then((all) => all.filter(({ author }) => author !== 'ada'));
    expect(plan?.body).toContain('| Front | 70 |');
    expect(plan?.body).toContain('| Back | 50 |');
    expect(await subIssues(issue)).toEqual([]);

    await world.ada.comment(issue, '/muster approve');
    const end = await world.untilTold(issue, 240_000);
    expect(end.outcome).toMatchObject({ done: 120, total: 120 });
    const groups = await subIssues(issue);
    expect(groups.map(({ title, state }: Json) => `${title}: ${state}`)).toEqual([
      'A long list: Front: closed',
      'A long list: Back: closed',
    ]);
    const children = await Promise.all(groups.map(({ number }: Json) => subIssues(number)));
    expect(children.map(({ length }) => length)).toEqual([70, 50]);
    expect(new Set(children.flat().map(({ number }) => number)).size).toBe(120);
    expect(children.flat().every(({ state }) => state === 'closed')).toBe(true);
    const { body, state } = await world.api(`/issues/${issue}`);
    expect(state).toBe('closed');
    const numbers = new Map(end.tasks.map((task) => [task.plan.title, subIssueOf(task)?.number]));
    expect(body).toBe(list.replace(/- \[ \] (Item \d+)/g, (_, title) => `- [x] ${title} (#${numbers.get(title)})`));
  }, 300_000);
});
