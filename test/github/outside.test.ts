import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutsideName } from '../../src/core/plan.ts';
import { type Forge, repo, resultOf, startForge } from './world.ts';

const issues = '/repos/acme/shop/issues';
let forge: Forge;
beforeEach(async () => {
  forge = await startForge();
});
afterEach(() => forge.close());

async function issueIn(where: string, state?: 'completed' | 'not_planned' | 'duplicate'): Promise<OutsideName> {
  const [owner = '', name = ''] = where.split('/');
  const address = `/repos/${where}/issues`;
  forge.sandbox.setPermission(owner, name, 'ada', 'write');
  const number = Number((await forge.as('ada', 'POST', address, { title: 'One' })).number);
  if (state !== undefined)
    await forge.as('ada', 'PATCH', `${address}/${number}`, { state: 'closed', state_reason: state });
  return { owner, name, number };
}

async function pullBy(end: 'open' | 'closed' | 'merged'): Promise<OutsideName> {
  const head = `by-hand-${end}`;
  const sha = await forge.push(head, `${end}.txt`, `${end}\n`);
  const { number } = await forge.as('ada', 'POST', '/repos/acme/shop/pulls', { title: end, head, base: 'main' });
  const pull = `/repos/acme/shop/pulls/${number}`;
  if (end === 'closed') await forge.as('ada', 'PATCH', pull, { state: 'closed' });
  if (end === 'merged') await forge.as('ada', 'PUT', `${pull}/merge`, { sha });
  return { ...repo, number: Number(number) };
}

async function everyKind(): Promise<readonly OutsideName[]> {
  await forge.sandbox.createRepository({ owner: 'acme', name: 'lib' });
  await forge.sandbox.createRepository({ owner: 'other', name: 'vault', private: true });
  return [
    await issueIn('acme/shop'),
    await issueIn('acme/shop', 'completed'),
    await issueIn('acme/shop', 'not_planned'),
    await issueIn('acme/lib', 'duplicate'),
    await issueIn('acme/lib', 'completed'),
    await issueIn('other/vault', 'completed'),
    { owner: 'no', name: 'such', number: 3 },
    { ...repo, number: 999 },
    await pullBy('open'),
    await pullBy('closed'),
    await pullBy('merged'),
  ];
}

const asSeen = [
  ...['open', 'done', 'dropped', 'dropped', 'done', 'unreadable', 'unreadable', 'unreadable'],
  ...['open', 'dropped', 'done'],
];

async function look(outside: readonly OutsideName[]): Promise<readonly string[]> {
  const { number } = await issueIn('acme/shop');
  forge.requests();
  const signals = await forge.port.sweep({
    repo,
    issue: number,
    baseBranch: 'main',
    branches: [],
    pulls: [],
    subIssues: [],
    outside,
    commentsSince: new Date().toISOString(),
  });
  const seen = signals.flatMap((signal) => (signal.type === 'outside-seen' ? [signal.issue] : []));
  expect(seen.map(({ owner, name, number: at }) => ({ owner, name, number: at }))).toEqual(outside);
  return seen.map(({ state }) => state);
}

describe('a sweep sees what a plan waits for', () => {
  it('by GraphQL, in any repository, fifty to a request', async () => {
    const outside = await everyKind();
    expect(await look(outside)).toEqual(asSeen);
    expect(forge.requests().filter((one) => one.includes('readOutside'))).toHaveLength(1);
    await look(Array.from({ length: 51 }, (_, at) => ({ owner: 'no', name: 'such', number: at + 1 })));
    expect(forge.requests().filter((one) => one.includes('readOutside'))).toHaveLength(2);
    await look([]);
    expect(forge.requests().some((one) => one.includes('readOutside'))).toBe(false);
  });

  it('by REST where there is no GraphQL', async () => {
    const outside = await everyKind();
    forge.app.server.learn('graphql', 'none here');
    expect(await look(outside)).toEqual(asSeen);
    expect(forge.requests().some((one) => one.includes('/graphql'))).toBe(false);
  });
});

describe.each(['GraphQL', 'REST'])('what blocks the master issue, by %s', (way) => {
  it('is read with the plan and seen by every sweep', async () => {
    if (way === 'REST') forge.app.server.learn('graphql', 'none here');
    await forge.sandbox.createRepository({ owner: 'acme', name: 'lib' });
    const [master, blockers] = [await issueIn('acme/shop'), [await issueIn('acme/shop'), await issueIn('acme/lib')]];
    for (const { owner, name, number } of blockers) {
      const { id } = await forge.as('ada', 'GET', `/repos/${owner}/${name}/issues/${number}`);
      await forge.as('ada', 'POST', `${issues}/${master.number}/dependencies/blocked_by`, { issue_id: id });
    }
    const [planned] = await forge.perform({ kind: 'read-plan', repo, issue: master.number });
    expect(resultOf(planned, 'plan-source').source.blockedBy).toEqual(blockers);
    const signals = await forge.port.sweep({
      repo,
      issue: master.number,
      baseBranch: 'main',
      branches: [],
      pulls: [],
      subIssues: [],
      commentsSince: new Date().toISOString(),
    });
    expect(signals).toContainEqual({ type: 'blockers-seen', blockers });
  });
});

it('a sweep tells which sub-issues are below the master issue, in a group or not', async () => {
  const [master, group, inside, direct, away] = [
    await issueIn('acme/shop'),
    await issueIn('acme/shop'),
    await issueIn('acme/shop'),
    await issueIn('acme/shop'),
    await issueIn('acme/shop'),
  ];
  for (const [parent, child] of [
    [master, group],
    [group, inside],
    [master, direct],
    [inside, away],
  ] as const) {
    const { id } = await forge.as('ada', 'GET', `${issues}/${child.number}`);
    await forge.as('ada', 'POST', `${issues}/${parent.number}/sub_issues`, { sub_issue_id: id });
  }
  const signals = await forge.port.sweep({
    repo,
    issue: master.number,
    baseBranch: 'main',
    branches: [],
    pulls: [],
    subIssues: [inside.number, direct.number, away.number],
    commentsSince: new Date().toISOString(),
  });
  const parents = signals.flatMap((signal) => (signal.type === 'issue-seen' ? [signal.parent] : []));
  expect(parents).toEqual([undefined, 'here', 'here', 'elsewhere']);
});
