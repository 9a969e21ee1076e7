import { afterEach, describe, expect, it } from 'vitest';
import type { Orchestration } from '../../src/core/model.ts';
import { subIssueOf } from '../../src/core/tasks.ts';
import type { Json, World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

const list = [
  '- [ ] Write the lexer slow (30 min)',
  '- [ ] Add tests for the lexer',
  '- [ ] Paint the icons',
  '- [ ] Document the icons',
  '',
].join('\n');

function numberOf(state: Orchestration, index: number): number {
  const task = state.tasks[index];
  return (task === undefined ? null : subIssueOf(task))?.number ?? 0;
}

async function blockersOf(issue: number): Promise<readonly number[]> {
  const blockers: readonly Json[] = await world.api(`/issues/${issue}/dependencies/blocked_by`);
  return blockers.map(({ number }) => number);
}

async function comments(issue: number): Promise<readonly string[]> {
  const all: readonly Json[] = await world.ada.comments(issue);
  return all.map(({ body }) => body);
}

async function shownPlan(title: string, body = list): Promise<{ issue: number; plan: string }> {
  const issue = await world.ada.openIssue(title, body);
  await world.ada.comment(issue, '/muster plan');
  await world.until(issue, 'proposed', ({ phase, report }) => phase === 'proposed' && report.comment !== null);
  const plan = (await comments(issue)).find((text) => text.includes('Muster has a plan')) ?? '';
  return { issue, plan };
}

/** When each task ended on GitHub, first to last, by title. */
function landingOrder(state: Orchestration): readonly string[] {
  const landed = state.tasks.flatMap((task) => (task.status === 'merged' ? [task] : []));
  return [...landed].sort((a, b) => a.at - b.at).map(({ plan }) => plan.title);
}

describe('a plan is approved', () => {
  it('with a proposed dependency: nothing exists before, then it is one of GitHub like any other', async () => {
    world = await openWorld({ tests: false, timing: { tickMs: 300 } });
    const { issue, plan } = await shownPlan('With proposals');
    expect(plan).toContain('**p1**: 2 needs 1. Evidence: tests what "Write the lexer slow (30 min)" makes');
    expect(plan).toContain('**p2**: 4 needs 3.');
    expect(plan).toMatch(/digest `[0-9a-f]{12}`/);
    expect(await world.api(`/issues/${issue}/sub_issues`)).toEqual([]);

    await world.ada.comment(issue, '/muster approve --with p7');
    await expect
      .poll(() => comments(issue), { timeout: 20_000 })
      .toContainEqual(expect.stringContaining('There is no proposal p7'));
    expect((await world.states()).at(-1)?.phase).toBe('proposed');

    await world.ada.comment(issue, '/muster approve --with p1');
    const end = await world.untilTold(issue);
    expect(await blockersOf(numberOf(end, 1))).toEqual([numberOf(end, 0)]);
    expect(await blockersOf(numberOf(end, 3))).toEqual([]);
    const order = landingOrder(end);
    expect(order.indexOf('Add tests for the lexer')).toBeGreaterThan(order.indexOf('Write the lexer slow (30 min)'));
    expect(end.outcome).toMatchObject({ done: 4, total: 4 });
  }, 120_000);

  it('as it was shown: an edit after it is said, and what it changes does not start by itself', async () => {
    world = await openWorld({ tests: false, timing: { tickMs: 300 } });
    const { issue } = await shownPlan('Edited meanwhile', '- [ ] Alpha\n- [ ] Beta\n- [ ] Gamma\n');
    await world.ada.call('PATCH', `/issues/${issue}`, { body: '- [ ] Alpha\n- [ ] Beta in blue\n- [ ] Gamma\n' });
    await expect
      .poll(() => comments(issue), { timeout: 20_000 })
      .toContainEqual(expect.stringContaining('**The issue was edited by ada after this was read.**'));
    await world.ada.comment(issue, '/muster approve');
    const waiting = await world.until(
      issue,
      'waiting',
      ({ tasks, edits }) =>
        edits.change?.editor === 'may-write' && tasks[0]?.status === 'merged' && tasks[2]?.status === 'merged',
    );
    expect(waiting.tasks[1]).toMatchObject({ plan: { title: 'Beta' }, status: 'dependency_resolution' });
    await world.ada.comment(issue, '/muster why');
    await expect
      .poll(() => comments(issue), { timeout: 20_000 })
      .toContainEqual(expect.stringContaining('Its item was edited after it was approved'));
    await world.ada.comment(issue, '/muster approve');
    const end = await world.untilTold(issue);
    expect(end.tasks.map(({ plan, status }) => `${plan.title}: ${status}`)).toEqual([
      'Alpha: merged',
      'Beta in blue: merged',
      'Gamma: merged',
    ]);
  }, 120_000);

  it('a proposal is accepted while agents work, and stays when the list is edited', async () => {
    // nothing lands before a word of ada's, so that the proposals do not come too late
    world = await openWorld({ tests: false, policy: { maxWorkers: 1, merge: 'manual' }, timing: { tickMs: 300 } });
    const issue = await world.ada.openIssue('Midway', list);
    await world.ada.comment(issue, '/muster run');
    const going = await world.until(
      issue,
      'at work and linked',
      ({ tasks, report }) => tasks[0]?.status === 'processing' && report.bodyShown > 0,
    );
    expect(await comments(issue)).toContainEqual(expect.stringContaining('Proposed dependencies: 2'));
    await world.ada.comment(issue, '/muster approve --with all');
    await expect.poll(() => blockersOf(numberOf(going, 1)), { timeout: 20_000 }).toEqual([numberOf(going, 0)]);

    const { body } = await world.api(`/issues/${issue}`);
    await world.ada.call('PATCH', `/issues/${issue}`, { body: `${body}- [ ] One thing more\n` });
    await world.until(issue, 'read again', ({ tasks }) => tasks.length === 5);
    await world.ada.comment(issue, '/muster merge');
    const end = await world.untilTold(issue, 90_000);
    expect(end.tasks).toHaveLength(5);
    expect(end.plan?.edges.map(({ from, to, basis }) => `${from} ${to} ${basis}`)).toEqual([
      't2 t1 proposed',
      't4 t3 proposed',
    ]);
    expect(await blockersOf(numberOf(end, 3))).toEqual([numberOf(end, 2)]);
    expect(end.outcome).toMatchObject({ done: 5, total: 5 });
  }, 120_000);
});

describe('a question is answered by number', () => {
  it.each([
    [1, 'cancelled'],
    [2, 'merged'],
  ] as const)(
    'option %i: %s',
    async (option, fate) => {
      world = await openWorld({ tests: false, policy: { maxWorkers: 1, merge: 'manual' }, timing: { tickMs: 300 } });
      const issue = await world.ada.openIssue(`Option ${option}`, '- [ ] Alpha slow\n- [ ] Beta\n');
      await world.ada.comment(issue, '/muster run');
      const going = await world.until(
        issue,
        'at work and linked',
        ({ tasks, report }) => tasks[0]?.status === 'processing' && report.bodyShown > 0,
      );
      const sub = numberOf(going, 0);
      const { body } = await world.api(`/issues/${issue}`);
      await world.ada.call('PATCH', `/issues/${issue}`, { body: body.split('\n').slice(1).join('\n') });
      await world.until(issue, 'asked', ({ replies }) =>
        replies.some(({ say, posted }) => say.kind === 'held' && posted),
      );
      expect(await comments(issue)).toContainEqual(
        expect.stringContaining(`Let it land as it is: \`/muster approve --option 2 #${sub}\``),
      );
      await world.ada.comment(issue, `/muster approve --option ${option}\n/muster merge`);
      const end = await world.untilTold(issue);
      expect(Object.fromEntries(end.tasks.map(({ plan, status }) => [plan.title, status]))).toEqual({
        'Alpha slow': fate,
        Beta: 'merged',
      });
    },
    120_000,
  );
});
