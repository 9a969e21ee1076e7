import { afterEach, describe, expect, it } from 'vitest';
import type { Orchestration } from '../../src/core/model.ts';
import { subIssueOf } from '../../src/core/tasks.ts';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

/** An issue whose number is no place in a list of a few items. */
async function someIssue(title: string): Promise<number> {
  for (;;) {
    const number = await world.ada.openIssue(title, '');
    if (number > 10) return number;
  }
}

async function close(issue: number, reason: 'completed' | 'not_planned'): Promise<void> {
  await world.ada.call('PATCH', `/issues/${issue}`, { state: 'closed', state_reason: reason });
}

async function reopen(issue: number): Promise<void> {
  await world.ada.call('PATCH', `/issues/${issue}`, { state: 'open' });
}

async function moveUnder(parent: number, child: number): Promise<void> {
  const { id } = await world.api(`/issues/${child}`);
  await world.ada.call('POST', `/issues/${parent}/sub_issues`, { sub_issue_id: id, replace_parent: true });
}

function subOf(state: Orchestration, title: string): number {
  const task = state.tasks.find(({ plan }) => plan.title.startsWith(title));
  const number = task === undefined ? undefined : subIssueOf(task)?.number;
  if (number === undefined) throw new Error(`${title} has no sub-issue`);
  return number;
}

function fates(state: Orchestration): readonly string[] {
  return state.tasks.map((task) => (task.status === 'cancelled' ? task.reason : task.status));
}

async function told(issue: number, words: string): Promise<void> {
  const said = async (): Promise<string> => (await world.ada.comments(issue)).map(({ body }) => body).join('\n');
  await expect.poll(said, { timeout: 20_000 }).toContain(words);
}

const waits = 'dependency_resolution';

describe.each([
  ['with webhooks', true],
  ['by sweeps alone', false],
])('sub-issues closed, opened and moved by hand, %s', (_, webhooks) => {
  it('while nobody is on them: done by hand, given up, alive again, moved away, and new work', async () => {
    world = await openWorld({ tests: false, timing: { tickMs: 300 }, webhooks });
    const [gate, later] = [await someIssue('The freeze'), await someIssue('Later')];
    const list = `Blocked by #${gate}\n\n- [ ] Alpha anew\n- [ ] Beta\n- [ ] Gamma (needs #2)\n- [ ] Delta\n- [ ] Epsilon\n- [ ] Zeta (blocked by #${later})\n`;
    const issue = await world.ada.openIssue('By hand', list);
    await world.ada.comment(issue, '/muster run');
    const planned = await world.until(
      issue,
      'linked, and seen below it',
      ({ plannedAt, tasks, report }) =>
        plannedAt !== null && report.bodyShown > 0 && tasks.every(({ placed }) => placed === true),
    );
    const sub = (title: string): number => subOf(planned, title);
    await close(sub('Beta'), 'completed');
    await close(sub('Delta'), 'not_planned');
    await moveUnder(later, sub('Epsilon'));
    const before = await world.until(issue, 'seen', ({ tasks }) => tasks.filter((one) => one.subFate).length === 3);
    expect(fates(before)).toEqual([
      waits,
      'its sub-issue was closed as completed by hand',
      waits,
      `sub-issue #${sub('Delta')} was closed as not planned`,
      'its sub-issue was moved away from this issue',
      waits,
    ]);
    await reopen(sub('Delta'));
    await world.until(issue, 'Delta lives', ({ tasks }) => tasks[3]?.status === waits);
    await close(gate, 'completed');
    const landed = await world.until(issue, 'landed, and closed by that', ({ tasks }) =>
      [0, 2, 3].every((at) => tasks[at]?.status === 'merged' && tasks[at]?.subFate === 'completed'),
    );
    expect(fates(landed)[5]).toBe(waits);
    await told(issue, 'done by hand');

    await reopen(sub('Alpha'));
    await told(issue, `#${sub('Alpha')} was opened again; \`/muster retry\` with the number starts it as new work`);
    expect((await world.states())[0]?.tasks[0]?.status).toBe('merged');
    await world.ada.comment(issue, `/muster retry #${sub('Alpha')}`);
    await world.until(
      issue,
      'landed once more',
      ({ tasks }) => tasks[0]?.again === true && tasks[0].status === 'merged',
    );
    await close(later, 'completed');
    const end = await world.untilTold(issue);
    expect(fates(end)).toEqual([
      'merged',
      'its sub-issue was closed as completed by hand',
      'merged',
      'merged',
      'its sub-issue was moved away from this issue',
      'merged',
    ]);
    expect(end.outcome).toMatchObject({ done: 4, total: 5 });
    expect(await world.api('/pulls?state=closed&per_page=100')).toHaveLength(5);
    expect((await world.api(`/issues/${sub('Alpha')}`)).state).toBe('closed');
  }, 180_000);

  it('while an agent is on them: a question, which their reopening answers', async () => {
    world = await openWorld({
      tests: false,
      timing: { tickMs: 300 },
      webhooks,
      agentCommand: 'cat > /dev/null; sleep 60',
    });
    const elsewhere = await someIssue('Elsewhere');
    const issue = await world.ada.openIssue('At work', '- [ ] Alpha\n- [ ] Beta\n');
    await world.ada.comment(issue, '/muster run');
    const state = await world.until(
      issue,
      'at work, and seen below it',
      ({ tasks }) =>
        tasks.length === 2 && tasks.every(({ status, placed }) => status === 'processing' && placed === true),
    );
    const [alpha, beta] = [subOf(state, 'Alpha'), subOf(state, 'Beta')];
    await close(alpha, 'completed');
    await moveUnder(elsewhere, beta);
    await world.until(issue, 'held', ({ tasks }) => tasks.every(({ held }) => held !== undefined));
    await told(alpha, 'its sub-issue was closed as completed by hand');
    await told(alpha, `Stop it; its branch and pull request stay: \`/muster approve --option 1 #${alpha}\``);
    await told(beta, 'its sub-issue was moved away from this issue');
    await reopen(alpha);
    await moveUnder(issue, beta);
    await world.until(issue, 'free', ({ tasks }) => tasks.every(({ held }) => held === undefined));
    await close(beta, 'not_planned');
    await world.until(issue, 'stopped', ({ tasks }) => tasks[1]?.status === 'cancelled');
    await reopen(beta);
    await world.until(issue, 'started again', ({ tasks }) => {
      return tasks[1]?.status === 'processing' && tasks[1].attempts.length === 2;
    });
    await world.ada.comment(issue, '/muster cancel');
    expect((await world.untilTold(issue)).phase).toBe('cancelled');
    const asked = (await world.ada.comments(alpha)).filter(({ body }) =>
      body.includes('or the sub-issue is open and in its place again'),
    );
    expect(asked).toHaveLength(1);
  }, 120_000);
});

it('after the end, a sub-issue opened again is said to be new work, and is, once somebody asks', async () => {
  world = await openWorld({ tests: false, timing: { tickMs: 300 } });
  const issue = await world.ada.openIssue('After the end', '- [ ] Alpha anew\n- [ ] Beta\n');
  await world.ada.comment(issue, '/muster run');
  const end = await world.untilTold(issue);
  const alpha = subOf(end, 'Alpha');
  await reopen(alpha);
  await told(issue, `#${alpha} was opened again. \`/muster retry\` with the number starts it as new work.`);
  await world.ada.comment(issue, `/muster retry #${alpha}`);
  const again = await world.until(issue, 'over again', ({ phase, round }) => phase === 'finished' && round === 2);
  expect(again.tasks[0]).toMatchObject({ status: 'merged', again: true });
  expect(again.outcome).toMatchObject({ done: 2, total: 2 });
  expect(await world.api('/pulls?state=closed&per_page=100')).toHaveLength(3);
}, 90_000);
