import { afterEach, describe, expect, it } from 'vitest';
import { nativeOf } from '../../src/core/edges.ts';
import type { Orchestration, Task } from '../../src/core/model.ts';
import { startBlockers } from '../../src/core/schedule.ts';
import { subIssueOf } from '../../src/core/tasks.ts';
import type { Json, World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

/** By the first word of the title. */
function task(state: Orchestration, name: string): Task {
  const found = state.tasks.find(({ plan }) => plan.title.startsWith(name));
  if (found === undefined) throw new Error(`no task ${name}`);
  return found;
}

function sub(state: Orchestration, name: string): { readonly number: number; readonly id: number } {
  const issue = subIssueOf(task(state, name));
  if (issue === null) throw new Error(`${name} has no sub-issue`);
  return issue;
}

/** What a task waits for, by the first words of the titles. */
function needs(state: Orchestration, name: string): readonly string[] {
  return startBlockers(state, task(state, name)).flatMap((one) =>
    one.kind === 'need'
      ? state.tasks.flatMap(({ plan }) => (plan.id === one.task ? [plan.title.split(' ')[0] ?? ''] : []))
      : [],
  );
}

async function blockers(issue: number): Promise<readonly number[]> {
  const rows: readonly Json[] = await world.api(`/issues/${issue}/dependencies/blocked_by`);
  return rows.map(({ number }) => number);
}

/** Everything is planned, linked in the list, and paused while the first item is worked on; `seen` by a sweep too. */
async function paused(title: string, list: string, seen: boolean): Promise<{ issue: number; state: Orchestration }> {
  const issue = await world.ada.openIssue(title, list);
  await world.ada.comment(issue, '/muster run');
  await world.until(issue, 'planned', ({ plannedAt }) => plannedAt !== null);
  await world.ada.comment(issue, '/muster pause');
  const state = await world.until(
    issue,
    'paused, linked and seen',
    (now) =>
      now.pausedBy !== null && now.report.bodyShown > 0 && (!seen || Object.keys(nativeOf(now).unseen).length === 0),
  );
  return { issue, state };
}

async function reword(issue: number, ...changes: readonly (readonly [string, string])[]): Promise<void> {
  const { body } = await world.api(`/issues/${issue}`);
  const edited = changes.reduce((text: string, [from, to]) => text.replace(from, to), body);
  await world.ada.call('PATCH', `/issues/${issue}`, { body: edited });
}

describe.each([
  ['with webhooks', true],
  ['by the sweep alone', false],
])('%s', (_, webhooks) => {
  // no sweep comes in time where webhooks shall tell
  const open = (): Promise<World> =>
    openWorld({
      tests: false,
      policy: { maxWorkers: 1 },
      timing: { tickMs: webhooks ? 300_000 : 300 },
      webhooks,
    });

  it('an edit of the list reaches titles, texts and dependencies on GitHub, and no word of a person is lost', async () => {
    world = await open();
    const list = '- [ ] Alpha slow\n- [ ] Beta (needs #1)\n- [ ] Gamma things\n- [ ] Delta things\n';
    const { issue, state } = await paused('Reworded', list, !webhooks);
    const [alpha, beta, gamma, delta] = ['Alpha', 'Beta', 'Gamma', 'Delta'].map((name) => sub(state, name).number);
    expect(await blockers(beta ?? 0)).toEqual([alpha]);
    const noted = (await world.api(`/issues/${delta}`)).body.replace('### Needs', 'A note of mine.\n\n### Needs');
    await world.ada.call('PATCH', `/issues/${delta}`, { body: noted.replaceAll('\n', '\r\n') });
    await world.ada.call('PATCH', `/issues/${gamma}`, { title: 'My own title', body: 'Nothing but my own words.' });
    await reword(issue, ['Beta (needs #1)', 'Beta in blue'], ['Gamma', 'Gamma in green,'], ['Delta', 'Delta in red,']);
    const told = await world.until(
      issue,
      'reworded',
      (now) =>
        now.edgesLinked.length === 0 &&
        now.tasks.filter(({ written }) => written?.edits === 1).length === 3 &&
        now.replies.some(({ say, posted }) => say.kind === 'reworded' && posted),
    );
    expect(await blockers(beta ?? 0)).toEqual([]);
    expect(needs(told, 'Beta')).toEqual([]);
    const read = async (number: number | undefined): Promise<Json> => world.api(`/issues/${number}`);
    expect(await read(beta)).toMatchObject({
      title: 'Beta in blue',
      body: expect.stringContaining('\n> Beta in blue\n'),
    });
    expect(await read(delta)).toMatchObject({
      title: 'Delta in red, things',
      body: noted.replaceAll('\n', '\r\n').replace('> Delta things', '> Delta in red, things'),
    });
    expect(await read(gamma)).toMatchObject({ title: 'My own title', body: 'Nothing but my own words.' });
    const words = (await world.ada.comments(gamma ?? 0)).map(({ body }) => body);
    expect(words.filter((body) => body.includes('> Gamma in green, things'))).toHaveLength(1);
    expect(told.tasks.map(({ branch }) => branch)).toEqual(state.tasks.map(({ branch }) => branch));
    await world.ada.comment(issue, '/muster resume');
    const end = await world.untilTold(issue, 90_000);
    expect(end.outcome).toMatchObject({ done: 4, total: 4 });
  }, 120_000);

  it('what a person takes out and sets on GitHub is heeded, and no edit brings it back', async () => {
    world = await open();
    const list = '- [ ] Alpha slow\n- [ ] Beta\n- [ ] Gamma (needs #1)\n- [ ] Delta (needs #1)\n';
    const { issue, state } = await paused('Set by hand', list, !webhooks);
    const [alpha, beta, gamma, delta] = ['Alpha', 'Beta', 'Gamma', 'Delta'].map((name) => sub(state, name));
    const edges = (number = 0): string => `/issues/${number}/dependencies/blocked_by`;
    await world.ada.call('DELETE', `${edges(gamma?.number)}/${alpha?.id}`, undefined);
    await world.ada.call('POST', edges(beta?.number), { issue_id: delta?.id });
    const heeded = await world.until(
      issue,
      'heeded',
      (now) => nativeOf(now).buried.length === 1 && nativeOf(now).found.length === 1,
    );
    expect(needs(heeded, 'Gamma')).toEqual([]);
    expect(needs(heeded, 'Beta')).toEqual(['Delta']);
    await reword(issue, ['Gamma (needs #1)', 'Gamma in green (needs #1)'], ['Delta (needs #1)', 'Delta']);
    await world.until(
      issue,
      'edited',
      (now) => now.edgesLinked.length === 0 && task(now, 'Gamma').written?.edits === 1,
    );
    expect(await blockers(gamma?.number ?? 0)).toEqual([]);
    expect(await blockers(delta?.number ?? 0)).toEqual([]);
    expect(await blockers(beta?.number ?? 0)).toEqual([delta?.number]);
    await world.ada.comment(gamma?.number ?? 0, '/muster why');
    const told = await world.until(issue, 'answered', ({ replies }) =>
      replies.some(({ say, posted }) => say.kind === 'why' && posted),
    );
    const answers = (await world.ada.comments(gamma?.number ?? 0)).map(({ body }) => body);
    expect(answers.at(-1)).toContain('somebody took that dependency out on GitHub');
    expect(needs(told, 'Gamma')).toEqual([]);
    await world.ada.comment(issue, '/muster resume');
    const end = await world.untilTold(issue, 90_000);
    const landed = (name: string): number => {
      const one = task(end, name);
      return one.status === 'merged' ? one.at : 0;
    };
    expect(end.outcome).toMatchObject({ done: 4, total: 4 });
    expect(landed('Beta')).toBeGreaterThan(landed('Delta'));
    const [status] = (await world.ada.comments(issue)).filter(({ body }) => body.includes('Muster is done'));
    expect(status?.body).toContain('Dependencies set and taken out on GitHub: 2');
  }, 120_000);

  it('a dependency that would close a circle is answered, and nothing waits for ever', async () => {
    world = await open();
    const list = '- [ ] Alpha slow\n- [ ] Beta\n- [ ] Gamma (merge after #2)\n';
    const { issue, state } = await paused('In a circle', list, !webhooks);
    const [beta, gamma] = [sub(state, 'Beta'), sub(state, 'Gamma')];
    await world.ada.call('POST', `/issues/${beta.number}/dependencies/blocked_by`, { issue_id: gamma.id });
    const told = await world.until(issue, 'answered', ({ replies }) =>
      replies.some(({ say, posted }) => say.kind === 'native-cycle' && posted),
    );
    expect(needs(told, 'Beta')).toEqual([]);
    const said = (await world.ada.comments(issue)).filter(({ body }) => body.includes('would wait for each other'));
    expect(said).toHaveLength(1);
    expect(said[0]?.body).toContain(`#${beta.number} -> #${gamma.number} -> #${beta.number}`);
    await world.ada.comment(issue, '/muster resume');
    expect((await world.untilTold(issue, 90_000)).outcome).toMatchObject({ done: 3, total: 3 });
  }, 120_000);
});

it('what was set on GitHub before is part of the plan, and nobody writes it twice', async () => {
  world = await openWorld({ tests: false, policy: { maxWorkers: 2 }, timing: { tickMs: 300 } });
  const [beta, alpha] = [
    await world.ada.openIssue('Beta', 'Do it.'),
    await world.ada.openIssue('Alpha slow', 'Do it.'),
  ];
  const issue = await world.ada.openIssue('Adopted', `- [ ] Beta (#${beta})\n- [ ] Alpha slow (#${alpha})\n`);
  for (const number of [beta, alpha]) {
    const { id } = await world.api(`/issues/${number}`);
    await world.ada.call('POST', `/issues/${issue}/sub_issues`, { sub_issue_id: id });
  }
  const { id } = await world.api(`/issues/${alpha}`);
  await world.ada.call('POST', `/issues/${beta}/dependencies/blocked_by`, { issue_id: id });
  await world.ada.comment(issue, '/muster run');
  const end = await world.untilTold(issue, 90_000);
  expect(end.outcome).toMatchObject({ done: 2, total: 2 });
  expect(end.plan?.edges).toMatchObject([{ basis: 'native', source: `blocked by #${alpha} on GitHub` }]);
  expect(end).toMatchObject({ edgesLinked: [], edgesRefused: [] });
  const [first, second] = end.tasks;
  const started = (one: Task | undefined): number => one?.attempts[0]?.startedAt ?? 0;
  const landed = second?.status === 'merged' ? second.at : Number.POSITIVE_INFINITY;
  expect(started(first)).toBeGreaterThanOrEqual(landed);
}, 120_000);
