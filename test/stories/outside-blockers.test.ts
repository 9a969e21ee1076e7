import { afterEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/apps/local/person.ts';
import { personAt } from '../../src/apps/local/person.ts';
import type { Orchestration } from '../../src/core/model.ts';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

const twoRepositories = {
  tests: false,
  timing: { tickMs: 300 },
  prepare: async (sandbox: World['sandbox']) => {
    await sandbox.createRepository({ owner: 'acme', name: 'lib', seedFrom: { files: { 'README.md': '# Lib\n' } } });
    await sandbox.createRepository({ owner: 'other', name: 'vault', private: true });
  },
};

/** Ada in another repository. */
function adaIn(repo: string): Person {
  const [owner = '', name = ''] = repo.split('/');
  world.sandbox.setPermission(owner, name, 'ada', 'write');
  const token = world.sandbox.userToken('ada');
  return personAt({ url: world.sandbox.url, token, login: 'ada', repo });
}

/** An issue whose number is no place in a list of a few items. */
async function someIssue(person: Person, title: string): Promise<number> {
  for (;;) {
    const number = await person.openIssue(title, '');
    if (number > 10) return number;
  }
}

async function close(person: Person, issue: number, reason: 'completed' | 'not_planned'): Promise<void> {
  await person.call('PATCH', `/issues/${issue}`, { state: 'closed', state_reason: reason });
}

async function idOf(issue: number): Promise<number> {
  return (await world.api(`/issues/${issue}`)).id;
}

function fates(state: Orchestration): string {
  return state.tasks.map(({ status }) => status).join(' ');
}

async function statusComment(issue: number): Promise<string> {
  const comments = await world.ada.comments(issue);
  return comments.find(({ author }) => author.endsWith('[bot]'))?.body ?? '';
}

/** Waits until the status comment says so. */
async function told(issue: number, words: string): Promise<void> {
  await world.until(issue, 'at work', ({ report }) => report.comment !== null);
  await expect.poll(() => statusComment(issue), { timeout: 20_000 }).toContain(words);
}

const waits = 'dependency_resolution';

describe.each([
  ['with webhooks', true],
  ['by sweeps alone', false],
])('blockers outside of the list, %s', (_, webhooks) => {
  it('are watched, here and in another repository, and met only when they are done', async () => {
    world = await openWorld({ ...twoRepositories, webhooks });
    const lib = adaIn('acme/lib');
    const there = await lib.openIssue('A new release', '');
    const [all, here] = [await someIssue(world.ada, 'The freeze'), await someIssue(world.ada, 'The fix')];
    const list = `Blocked by #${all}\n\n- [ ] Alpha (blocked by acme/lib#${there})\n- [ ] Beta, depends on #${here}\n- [ ] Gamma\n`;
    const issue = await world.ada.openIssue('Waiting', list);
    await world.ada.comment(issue, '/muster run');
    await told(issue, `everything waits for #${all}, which is still open`);
    await world.until(issue, 'all seen', ({ outside = [] }) => outside.length === 3);
    const before = await world.until(issue, 'waiting', (state) => fates(state) === `${waits} ${waits} ${waits}`);
    expect(before.plan?.outside?.map(({ from, number }) => `${from} ${number}`)).toEqual([
      `t1 ${there}`,
      `t2 ${here}`,
      `null ${all}`,
    ]);

    await close(world.ada, all, 'completed');
    await world.until(issue, 'Gamma landed', (state) => fates(state) === `${waits} ${waits} merged`);
    await close(lib, there, 'not_planned');
    await close(world.ada, here, 'not_planned');
    await told(issue, `waits for acme/lib#${there}, which was closed without being done: take it out of #${issue}`);
    await world.ada.comment(issue, '/muster why');
    await expect
      .poll(async () => (await world.ada.comments(issue)).at(-1)?.body, { timeout: 20_000 })
      .toContain(`It waits for #${here}, which was closed without being done.`);
    expect(fates((await world.states())[0] ?? before)).toBe(`${waits} ${waits} merged`);

    await lib.call('PATCH', `/issues/${there}`, { state: 'open' });
    await close(lib, there, 'completed');
    await world.until(issue, 'Alpha landed', (state) => fates(state) === `merged ${waits} merged`);
    await close(world.ada, here, 'completed');
    expect((await world.untilTold(issue)).outcome).toMatchObject({ done: 3, total: 3 });
  }, 120_000);

  it('that nobody can see are said, and taken out of the list they hold up nothing', async () => {
    world = await openWorld({ ...twoRepositories, webhooks });
    const vault = adaIn('other/vault');
    const secret = await vault.openIssue('Secret', '');
    const blocker = await someIssue(world.ada, 'The freeze');
    const list = `- [ ] Alpha (blocked by other/vault#${secret})\n- [ ] Beta (after https://github.com/no/such/issues/7)\n`;
    const issue = await world.ada.openIssue('Unseen', list);
    const blocked = `/issues/${issue}/dependencies/blocked_by`;
    await world.ada.call('POST', blocked, { issue_id: await idOf(blocker) });
    await world.ada.comment(issue, '/muster run');
    await told(issue, `waits for other/vault#${secret}, which is not there, or not for Muster to see`);
    await told(issue, 'waits for no/such#7, which is not there, or not for Muster to see');
    await told(issue, `everything waits for #${blocker}, which is still open`);

    await world.ada.call('DELETE', `${blocked}/${await idOf(blocker)}`);
    await world.until(issue, 'unblocked', ({ plan }) => plan?.outside?.every(({ from }) => from !== null) === true);
    const { body } = await world.api(`/issues/${issue}`);
    await world.ada.call('PATCH', `/issues/${issue}`, { body: body.replace(/ \((?:blocked|after)[^)]*\)/g, '') });
    const end = await world.untilTold(issue);
    expect(end.outcome).toMatchObject({ done: 2, total: 2 });
    expect(await world.api(`/issues/${issue}/sub_issues`)).toHaveLength(2);
  }, 120_000);
});

it.each([
  ['with webhooks', true],
  ['by sweeps alone', false],
])(
  'a sub-issue waits for what a person sets on GitHub, be it in the list or not, %s',
  async (_, webhooks) => {
    world = await openWorld({ ...twoRepositories, webhooks });
    const [first, second] = [await someIssue(world.ada, 'The fix'), await someIssue(world.ada, 'The freeze')];
    const issue = await world.ada.openIssue('By hand', `- [ ] Alpha (blocked by #${first})\n- [ ] Beta, after Alpha\n`);
    await world.ada.comment(issue, '/muster run');
    const planned = await world.until(issue, 'planned', ({ plannedAt }) => plannedAt !== null);
    const beta = planned.tasks[1];
    const number = beta !== undefined && 'sub' in beta ? beta.sub?.number : undefined;
    await world.ada.call('POST', `/issues/${number}/dependencies/blocked_by`, { issue_id: await idOf(second) });
    await world.until(issue, 'Beta blocked', ({ plan }) => plan?.outside?.some(({ from }) => from === 't2') === true);
    await close(world.ada, first, 'completed');
    await world.until(issue, 'Alpha landed', (state) => fates(state) === `merged ${waits}`);
    await told(issue, `waits for #${second}, which is still open`);
    await close(world.ada, second, 'completed');
    expect((await world.untilTold(issue)).outcome).toMatchObject({ done: 2, total: 2 });
  },
  120_000,
);

it('the issue itself is nothing that its items wait for', async () => {
  world = await openWorld(twoRepositories);
  const number = await someIssue(world.ada, 'Filler');
  const issue = await world.ada.openIssue('Itself', `- [ ] Alpha (part of it, depends on #${number + 1})\n`);
  expect(issue).toBe(number + 1);
  await world.ada.comment(issue, '/muster run');
  expect((await world.untilTold(issue)).outcome).toMatchObject({ done: 1, total: 1 });
}, 60_000);
