import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personAt } from '../../src/apps/local/person.ts';
import type { Json, World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({
    timing: { tickMs: 400 },
    prepare: (sandbox) => {
      const files = {
        'README.md': '# Broken\n',
        '.github/muster.yml': 'max_workers: 3\nmax_wrkers: 4\nagent: ../sh\n',
      };
      void sandbox.createRepository({ owner: 'acme', name: 'broken', seedFrom: { files } });
    },
  });
});
afterAll(() => world.close());

async function act(
  login: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: Json }> {
  const response = await fetch(`${world.sandbox.url}/repos/acme/shop${path}`, {
    method,
    headers: { authorization: `token ${world.sandbox.userToken(login)}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? null : JSON.parse(text) };
}

async function answers(issue: number, repo = 'shop'): Promise<readonly string[]> {
  const url = `${world.sandbox.url}/repos/acme/${repo}/issues/${issue}/comments?per_page=100`;
  const comments = (await (await fetch(url)).json()) as Json;
  return comments.filter((one: Json) => one.user.type === 'Bot').map((one: Json) => one.body);
}

/** Answers once nothing is in motion: the sweep has looked twice, and nobody waits for GitHub. */
async function settledAnswers(issue: number): Promise<readonly string[]> {
  await world.sandbox.drained();
  await world.laptop.runtime.engine.sweep();
  const { store } = world.laptop.runtime;
  await expect.poll(async () => (await store.health(Date.now())).liveOrchestrations, { timeout: 20_000 }).toBe(0);
  const rows = await store.findOrchestrations({ issue });
  for (const row of rows)
    await expect
      .poll(async () => (await store.commandRows(row.key)).filter(({ status }) => /pending|flight/.test(status)), {
        timeout: 20_000,
      })
      .toEqual([]);
  return answers(issue);
}

const oneThing = '- [ ] One thing\n';

describe('who may command', () => {
  it.each([
    ['read', 'eve'],
    ['none', 'zed'],
  ] as const)(
    'not somebody with %s permission, who is told so once, however loud',
    async (permission, login) => {
      const person = world.person(login, permission);
      const issue = await world.ada.openIssue(`For ${login}`, oneThing);
      await person.comment(issue, '/muster run\n'.repeat(30));
      const said = await settledAnswers(issue);
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/only people with write permission/);
      expect(await world.api(`/issues/${issue}/sub_issues`)).toEqual([]);
    },
    30_000,
  );

  it('not a bot, and least of all ourselves', async () => {
    const issue = await world.ada.openIssue('For bots', oneThing);
    const us = await world.laptop.runtime.app.installationFor({ owner: 'acme', name: 'shop' });
    await us.octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      owner: 'acme',
      repo: 'shop',
      issue_number: issue,
      body: '/muster run',
    });
    expect(await settledAnswers(issue)).toEqual(['/muster run']);
  }, 30_000);

  it('not by a label that somebody without write permission put on', async () => {
    const issue = await world.ada.openIssue('Labelled', oneThing);
    world.person('eve', 'read');
    expect((await act('eve', 'POST', `/issues/${issue}/labels`, { labels: ['muster'] })).status).toBe(403);
    // the role "triage" may label; to GitHub's API it is a reader
    const found = await world.api(`/issues/${issue}`);
    const repository = (await act('ada', 'GET', '')).json;
    const body = JSON.stringify({
      action: 'labeled',
      issue: found,
      label: { name: 'muster' },
      repository,
      sender: { login: 'eve', type: 'User' },
    });
    const signature = createHmac('sha256', world.sandbox.app.webhookSecret).update(body).digest('hex');
    await fetch(world.laptop.webhookUrl, {
      method: 'POST',
      body,
      headers: {
        'x-github-event': 'issues',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${signature}`,
      },
    });
    await expect.poll(() => answers(issue), { timeout: 20_000 }).toHaveLength(1);
    expect((await settledAnswers(issue))[0]).toMatch(/Sorry, eve/);
    expect((await world.states()).find((state) => state.issue.number === issue)?.phase).toBe('refused');
  }, 30_000);

  it('not somebody whose permission was taken away meanwhile', async () => {
    const bob = world.person('bob', 'write');
    const issue = await world.ada.openIssue('Bob leaves', '- [ ] Bob leaves slow\n');
    await bob.comment(issue, '/muster run');
    await world.until(issue, 'running', (state) => state.phase === 'running');
    world.person('bob', 'read');
    await bob.comment(issue, '/muster cancel');
    const state = await world.untilTold(issue);
    expect(state.outcome).toMatchObject({ done: 1, total: 1 });
    expect(state.requests.map((request) => request.state)).toEqual(['accepted', 'refused']);
  }, 60_000);
});

describe('what counts as a command', () => {
  it('nothing in code, quotes, lists, comments, or in the middle of a line', async () => {
    const issue = await world.ada.openIssue('Talk about it', oneThing);
    const talk = [
      '`/muster run`',
      '```\n/muster run\n```',
      '    /muster run',
      '> /muster run',
      '<!--\n/muster run\n-->',
      'then say /muster run',
      '- /muster run',
      '/musterrun',
      '\\/muster run',
    ];
    await world.ada.comment(issue, talk.join('\n\n'));
    expect(await settledAnswers(issue)).toEqual([]);
  }, 30_000);

  it('each once, in order, with the nearest match for what is unknown', async () => {
    const issue = await world.ada.openIssue('Typing', oneThing);
    await world.ada.comment(issue, '/muster rnu\n/muster run --max-worker 3\n/muster merg\n/muster xyzzy\n/muster rnu');
    const said = await settledAnswers(issue);
    expect(said).toHaveLength(4);
    for (const [index, meant] of [/`\/muster run`/, /--max-workers/, /`\/muster merge`/, /I know run/].entries())
      expect(said[index]).toMatch(meant);
  }, 30_000);

  it('as it was first heard: edits and deletions change nothing, nor does what stands on a pull request', async () => {
    const issue = await world.ada.openIssue('Second thoughts', '- [ ] Second thoughts slow\n');
    const { json } = await act('ada', 'POST', `/issues/${issue}/comments`, { body: '/muster run' });
    await world.until(issue, 'running', (state) => state.phase === 'running');
    await act('ada', 'PATCH', `/issues/comments/${json.id}`, { body: '/muster run\n\n/muster cancel' });
    await expect
      .poll(() => answers(issue), { timeout: 20_000 })
      .toContainEqual(expect.stringMatching(/`\/muster cancel` came into your comment by an edit/));
    await act('ada', 'PATCH', `/issues/comments/${json.id}`, { body: '/muster cancel' });
    await world.laptop.runtime.engine.sweep();
    await act('ada', 'DELETE', `/issues/comments/${json.id}`);
    const opened = await world.until(issue, 'open', ({ tasks }) => (tasks[0]?.openPull ?? null) !== null);
    const pull = opened.tasks[0]?.openPull?.number ?? 0;
    await world.ada.comment(pull, '/muster cancel');
    const state = await world.untilTold(issue);
    expect(state.outcome).toMatchObject({ done: 1, total: 1 });
    expect(state.requests.map(({ command }) => command.kind)).toEqual(['command', 'edited']);
    expect((await answers(issue)).filter((one) => one.includes('by an edit'))).toHaveLength(1);
    expect(await answers(pull)).toEqual([]);
  }, 60_000);
});

describe('every comment with a command shows what became of it', () => {
  async function shown(comment: number): Promise<Json> {
    const {
      '+1': up,
      confused,
      eyes,
      rocket,
    } = (await act('ada', 'GET', `/issues/comments/${comment}`)).json.reactions;
    return { up, confused, eyes, rocket };
  }
  async function say(login: string, issue: number, body: string): Promise<number> {
    return (await act(login, 'POST', `/issues/${issue}/comments`, { body })).json.id;
  }

  it('eyes at once, then a rocket, a thumb or a question, whether a webhook or a sweep brought it', async () => {
    world.person('eve', 'read');
    const issue = await world.ada.openIssue('Reactions', '- [ ] React slow\n');
    const run = await say('ada', issue, '/muster run');
    await expect.poll(() => shown(run), { timeout: 20_000 }).toMatchObject({ rocket: 1, confused: 0, up: 0 });
    // from here on only sweeps hear
    world.sandbox.setWebhook('http://127.0.0.1:1/nowhere');
    const fine = await say('ada', issue, '/muster status\n/muster why');
    const typo = await say('ada', issue, '/muster status\n/muster statsu');
    const stranger = await say('eve', issue, '/muster cancel');
    const gone = await say('eve', issue, '/muster status');
    const talk = await say('ada', issue, 'What about `/muster cancel`?');
    await act('eve', 'DELETE', `/issues/comments/${gone}`);
    await expect.poll(() => shown(fine), { timeout: 20_000 }).toMatchObject({ up: 1, confused: 0, rocket: 0 });
    await expect.poll(() => shown(typo), { timeout: 20_000 }).toMatchObject({ up: 0, confused: 1 });
    await expect.poll(() => shown(stranger), { timeout: 20_000 }).toMatchObject({ up: 0, confused: 1 });
    world.sandbox.setWebhook(world.laptop.webhookUrl, world.sandbox.app.webhookSecret);
    const state = await world.untilTold(issue);
    expect(state.outcome).toMatchObject({ done: 1, total: 1 });
    expect(state.stuck).toEqual([]);
    const kinds = state.replies.map(({ say: { kind } }) => kind);
    expect(kinds.filter((kind) => kind !== 'no-permission')).toEqual(['status', 'why', 'status', 'unknown-command']);
    expect(kinds).toHaveLength(5);
    expect(await shown(talk)).toEqual({ up: 0, confused: 0, eyes: 0, rocket: 0 });
    expect((await shown(run)).rocket).toBe(1);
  }, 60_000);
});

describe('an issue that cannot be worked on', () => {
  it.each([
    ['with nothing left to do', '- [x] Done\n- [x] Done too\n', /ticked already/],
    ['with nothing in it', '', /No checklist/],
    ['with only headings', '# One\n## Two\n', /No checklist/],
    ['with a cycle of three', '- [ ] A (needs #3)\n- [ ] B (needs #1)\n- [ ] C (needs #2)\n', /wait for each other/],
    ['with 1001 items', Array.from({ length: 1001 }, (_, i) => `- [ ] Thing ${i}`).join('\n'), /1001 open items/],
  ])(
    '%s is answered with a remedy, once',
    async (title, body, words) => {
      const issue = await world.ada.openIssue(title, body);
      await world.ada.comment(issue, '/muster run');
      await expect.poll(() => answers(issue), { timeout: 20_000 }).toHaveLength(1);
      const [said = ''] = await settledAnswers(issue);
      expect(said).toMatch(words);
      expect(said).toContain('`/muster run`');
    },
    30_000,
  );

  it('in a repository with broken settings names the line and starts nothing', async () => {
    const { sandbox } = world;
    sandbox.setPermission('acme', 'broken', 'ada', 'write');
    const ada = personAt({ url: sandbox.url, token: sandbox.userToken('ada'), login: 'ada', repo: 'acme/broken' });
    const issue = await ada.openIssue('Settings', oneThing);
    await ada.comment(issue, '/muster run');
    await expect.poll(() => answers(issue, 'broken'), { timeout: 20_000 }).toHaveLength(1);
    const [said = ''] = await answers(issue, 'broken');
    expect(said).toMatch(/Line 2:.*max_wrkers/);
    expect(said).toMatch(/Line 3:/);
  }, 30_000);
});
