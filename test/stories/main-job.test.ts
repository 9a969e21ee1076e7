import { createHmac, randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { log } from '../../src/git/history.ts';
import { git } from '../../src/git/run.ts';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

const four = [
  '- [ ] Lay the ground',
  '- [ ] Build the house (needs #1)',
  '- [ ] Plant the garden (needs #1)',
  '- [ ] Move in (needs #2, #3)',
  '',
].join('\n');

describe('a master issue becomes merged work', () => {
  it('makes sub-issues with edges, works, lands in order, reports and closes', async () => {
    world = await openWorld();
    const issue = await world.ada.openIssue('Build a home', four);
    await world.ada.comment(issue, '/muster run');
    const state = await world.untilTold(issue);
    expect(state.phase).toBe('finished');
    expect(state.outcome).toMatchObject({ done: 4, total: 4 });

    const master = await world.api(`/issues/${issue}`);
    expect(master.state).toBe('closed');
    const subs = await world.api(`/issues/${issue}/sub_issues`);
    expect(subs.map((sub: { title: string; state: string }) => [sub.title, sub.state])).toEqual([
      ['Lay the ground', 'closed'],
      ['Build the house (needs #1)', 'closed'],
      ['Plant the garden (needs #1)', 'closed'],
      ['Move in (needs #2, #3)', 'closed'],
    ]);
    const numbers: readonly number[] = subs.map((sub: { number: number }) => sub.number);
    for (const number of numbers) expect(master.body).toMatch(new RegExp(`^- \\[x\\] .*\\(#${number}\\)$`, 'm'));
    const blockers = await world.api(`/issues/${numbers[3]}/dependencies/blocked_by`);
    expect(blockers.map((one: { number: number }) => one.number).sort()).toEqual([numbers[1], numbers[2]].sort());

    const comments = await world.api(`/issues/${issue}/comments`);
    const byBot = comments.filter((one: { user: { type: string } }) => one.user.type === 'Bot');
    expect(byBot).toHaveLength(2);
    expect(byBot[0].body).toContain('4 of 4');
    expect(byBot[1].body).toMatch(/speedup/i);

    const subjects = (await log(world.gitDir, 'refs/heads/main', { limit: 50, firstParent: true })).map(
      (entry) => entry.subject,
    );
    expect(subjects.filter((subject) => subject.startsWith('Merge pull request'))).toHaveLength(4);
    const pulls = await world.api('/pulls?state=all');
    expect(pulls).toHaveLength(4);
    expect(pulls.every((pull: { merged_at: string | null }) => pull.merged_at !== null)).toBe(true);
    const tree = await git(['ls-tree', '-r', '--name-only', 'refs/heads/main', 'work/'], { gitDir: world.gitDir });
    expect(tree.stdout.trim().split('\n')).toHaveLength(4);
    await world.sandbox.drained();
    const head = await world.api('/commits/main/check-runs');
    expect(head.check_runs.map((run: { conclusion: string }) => run.conclusion)).toEqual(['success']);
  }, 60_000);

  it('plans ten tasks with nine edges in at most 4 requests, and spends at most 4 a task after that', async () => {
    world = await openWorld({ policy: { maxWorkers: 10 }, timing: { tickMs: 600_000, coalesceMs: 1_000 } });
    const items = Array.from({ length: 10 }, (_, i) =>
      i === 0 ? '- [ ] Part 1 of the work' : `- [ ] Part ${i + 1} of the work, slow (needs #1)`,
    );
    const issue = await world.ada.openIssue('Ten parts', `${items.join('\n')}\n`);
    // setup (labels of a new repository) is done before the command and counted apart
    const from = world.sandbox.requests().length;
    await world.ada.comment(issue, '/muster run');
    const planned = await world.until(issue, 'planned', (state) => state.plannedAt !== null);
    const ours = () =>
      (world as World).sandbox
        .requests()
        .slice(from)
        .filter((entry) => entry.kind === 'api' && (entry.actor === 'installation' || entry.actor === 'app'));
    const acceptedAt = planned.requestedAt;
    expect(acceptedAt).toBeGreaterThan(0);
    await world.untilTold(issue, 90_000);
    const lastEdge = ours().findLastIndex(
      (entry) =>
        entry.method === 'POST' && entry.template === '/graphql' && /addBlockedBy/i.test(entry.graphqlOperation ?? ''),
    );
    const all = ours();
    // planning begins with the accepted command: looking whether it may be accepted, and 👀, come before
    const planning = all
      .slice(0, lastEdge + 1)
      .filter((entry) => !/collaborators/.test(entry.template) && !/: addReaction$/.test(entry.graphqlOperation ?? ''));
    const working = all.slice(lastEdge + 1);
    console.log(`planning ${planning.length} requests, after it ${(working.length / 10).toFixed(1)} a task`);
    expect(
      lastEdge,
      JSON.stringify(all.map((entry) => `${entry.method} ${entry.template} ${entry.graphqlOperation ?? ''}`)),
    ).toBeGreaterThanOrEqual(0);
    expect(planning.length, JSON.stringify(planning)).toBeLessThanOrEqual(4);
    expect(
      working.length,
      JSON.stringify(
        working.map((entry) => `${entry.method} ${entry.template} ${entry.graphqlOperation ?? ''}`),
        null,
        1,
      ),
    ).toBeLessThanOrEqual(40);
  }, 120_000);
});

describe('things that go wrong', () => {
  it('files one diagnostic issue for a task that finally fails, holds what needs it, lands the rest, and retries', async () => {
    world = await openWorld({ policy: { attempts: 1 } });
    const body = '- [ ] This works\n- [ ] This once does not\n- [ ] This needs it (needs #2)\n';
    const issue = await world.ada.openIssue('Mixed', body);
    await world.ada.comment(issue, '/muster run');
    const first = await world.untilTold(issue);
    expect(first.outcome).toMatchObject({ done: 1, total: 3 });
    expect(first.tasks.map((task) => task.status)).toEqual(['merged', 'failed', 'dependency_resolution']);
    const diagnostics = await world.api('/issues?labels=muster:diagnostic&state=open');
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0].body).toContain('cannot work on this-once-does-not');
    const sub = first.tasks[1];
    if (sub === undefined || !('sub' in sub) || sub.sub === null) throw new Error('the failed task has a sub-issue');
    expect(diagnostics[0].body).toContain(`/muster retry #${sub.sub.number}`);
    expect((await world.api(`/issues/${issue}`)).state).toBe('open');

    await world.ada.comment(sub.sub.number, '/muster retry');
    await world.until(issue, 'running again', (state) => state.round === 2);
    const second = await world.untilTold(issue);
    expect(second.outcome).toMatchObject({ done: 3, total: 3 });
    expect((await world.api(`/issues/${diagnostics[0].number}`)).state).toBe('closed');
    expect((await world.api(`/issues/${issue}`)).state).toBe('closed');
  }, 60_000);

  it('never lands a red head, keeps main green, and says what failed', async () => {
    world = await openWorld({ policy: { attempts: 1 } });
    const issue = await world.ada.openIssue('One is red', '- [ ] Fine work\n- [ ] This breaks tests\n');
    await world.ada.comment(issue, '/muster run');
    const state = await world.untilTold(issue);
    expect(state.outcome).toMatchObject({ done: 1, total: 2 });
    const red = state.tasks[1];
    expect(red?.status === 'failed' && red.failure.class).toBe('ci_failed');
    const [diagnostic] = await world.api('/issues?labels=muster:diagnostic&state=open');
    expect(diagnostic.body).toContain('it is broken');
    await world.sandbox.drained();
    const head = await world.api('/commits/main/check-runs');
    expect(head.check_runs.map((run: { conclusion: string }) => run.conclusion)).toEqual(['success']);
  }, 60_000);

  it('does not force a conflict: the work is done again on what has landed', async () => {
    world = await openWorld({ policy: { attempts: 3 } });
    const issue = await world.ada.openIssue('Two touch one line', '- [ ] First clashes\n- [ ] Second clashes\n');
    await world.ada.comment(issue, '/muster run');
    const state = await world.untilTold(issue);
    expect(state.outcome).toMatchObject({ done: 2, total: 2 });
    const failures = state.tasks.flatMap((task) => task.attempts.flatMap((attempt) => attempt.failure?.class ?? []));
    expect(failures).toEqual(['merge_conflict']);
    expect(await world.api('/pulls?state=all')).toHaveLength(2);
  }, 60_000);
});

describe('whoever speaks, and whatever they say', () => {
  it('answers shortly, or not at all, and breaks nothing', async () => {
    world = await openWorld();
    const { ada, person } = world;
    const eve = person('eve', 'read');
    const issue = await ada.openIssue('For strangers', '- [ ] One thing\n');
    await eve.comment(issue, '/muster run');
    const refused = await world.untilTold(issue);
    expect(refused.phase).toBe('refused');
    const answers = await world.api(`/issues/${issue}/comments`);
    expect(answers).toHaveLength(2);
    expect(answers[1].body).toMatch(/write permission/);

    const typo = await ada.openIssue('Typo', '- [ ] One thing\n');
    await ada.comment(typo, '/muster rnu');
    await world.untilTold(typo);
    expect((await world.api(`/issues/${typo}/comments`))[1].body).toMatch(/run/);

    const empty = await ada.openIssue('No list', 'Just words.\n');
    await ada.comment(empty, '/muster run');
    await world.untilTold(empty);
    expect((await world.api(`/issues/${empty}/comments`))[1].body).toMatch(/checklist/i);

    const cycle = await ada.openIssue('Cycle', '- [ ] Egg (needs #2)\n- [ ] Hen (needs #1)\n');
    await ada.comment(cycle, '/muster run');
    await world.untilTold(cycle);
    expect((await world.api(`/issues/${cycle}/comments`))[1].body).toMatch(/Egg.*Hen.*Egg/s);

    const many = await ada.openIssue(
      'Many',
      Array.from({ length: 1_001 }, (_, i) => `- [ ] Thing ${i + 1}`).join('\n'),
    );
    await ada.comment(many, '/muster run');
    await world.untilTold(many);
    expect((await world.api(`/issues/${many}/comments`))[1].body).toMatch(/1001/);

    const long = await ada.openIssue('Long', `- [ ] One thing\n\n${'x'.repeat(65_536 - 17)}`);
    await ada.comment(long, '/muster run');
    const done = await world.untilTold(long);
    expect(done.outcome).toMatchObject({ done: 1, total: 1 });
    expect(await world.api('/issues?labels=muster:diagnostic&state=all')).toEqual([]);
  }, 90_000);

  it('refuses a forged signature and hears no bot', async () => {
    world = await openWorld();
    const issue = await world.ada.openIssue('Forged', '- [ ] One thing\n');
    const payload = JSON.stringify({
      action: 'created',
      comment: { id: 1, body: '/muster run', user: { login: 'ada', type: 'User' } },
      issue: { number: issue },
    });
    const target = world.laptop.webhookUrl;
    const signature = `sha256=${createHmac('sha256', 'guessed').update(payload).digest('hex')}`;
    const answer = await fetch(target, {
      method: 'POST',
      headers: {
        'x-github-event': 'issue_comment',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': signature,
        'content-type': 'application/json',
      },
      body: payload,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(await world.states()).toEqual([]);
  }, 30_000);
});
