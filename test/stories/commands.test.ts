import { afterEach, describe, expect, it } from 'vitest';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

/** What a maintainer does beyond opening issues and commenting. */
async function act(login: string, method: string, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${world.sandbox.url}/repos/acme/shop${path}`, {
    method,
    headers: { authorization: `token ${world.sandbox.userToken(login)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

async function lastAnswer(issue: number): Promise<string> {
  const comments = await world.api(`/issues/${issue}/comments`);
  return comments.filter((one: { user: { type: string } }) => one.user.type === 'Bot').at(-1)?.body ?? '';
}

describe('what people ask for', () => {
  it('waits for /muster merge where merging is manual, and answers what it is asked meanwhile', async () => {
    world = await openWorld({ policy: { merge: 'manual' } });
    const issue = await world.ada.openIssue('By hand', '- [ ] First\n- [ ] Second (needs #1)\n');
    await world.ada.comment(issue, '/muster run');
    await world.until(issue, 'validated', (state) => state.tasks[0]?.status === 'validation_passed');
    await world.ada.comment(issue, '/muster run');
    await world.until(
      issue,
      'answered',
      (state) => state.replies.length === 1 && state.replies.every((reply) => reply.posted),
    );
    await world.ada.comment(issue, '/muster status\n/muster retry');
    const asked = await world.until(
      issue,
      'answered',
      (state) => state.replies.length === 3 && state.replies.every((reply) => reply.posted),
    );
    expect(asked.tasks.map((task) => task.status)).toEqual(['validation_passed', 'dependency_resolution']);
    expect(await world.states()).toHaveLength(1);
    await world.ada.comment(issue, '/muster merge');
    const state = await world.untilTold(issue);
    expect(state.outcome).toMatchObject({ done: 2, total: 2 });
  }, 60_000);

  it('lands on approval where the settings say so, started by the label, and never twice', async () => {
    world = await openWorld({
      files: {
        'README.md': '# Shop\n',
        'test.sh': 'true\n',
        Makefile: 'test:\n\tsh test.sh\n',
        '.github/muster.yml': 'merge: on-approval\n',
      },
    });
    const issue = await world.ada.openIssue('Reviewed', '- [ ] First\n');
    await act('ada', 'POST', `/issues/${issue}/labels`, { labels: ['muster'] });
    const waiting = await world.until(issue, 'validated', (state) => state.tasks[0]?.status === 'validation_passed');
    const [task] = waiting.tasks;
    if (task?.status !== 'validation_passed') throw new Error('it was validated');
    world.person('grace', 'write');
    await act('grace', 'POST', `/pulls/${task.pull.number}/reviews`, { event: 'APPROVE' });
    const state = await world.untilTold(issue);
    expect(state.outcome).toMatchObject({ done: 1, total: 1 });
    // the label is still there; sweeps see it again and again
    await world.laptop.runtime.engine.sweep();
    expect(await world.states()).toHaveLength(1);
  }, 60_000);

  it('asks for approval where the settings demand it, and forgets what is rejected', async () => {
    world = await openWorld({
      files: {
        'README.md': '# Shop\n',
        'test.sh': 'true\n',
        Makefile: 'test:\n\tsh test.sh\n',
        '.github/muster.yml': 'approval: required\nmerge: auto\n',
      },
    });
    const no = await world.ada.openIssue('Not this', '- [ ] First\n');
    await world.ada.comment(no, '/muster run');
    await world.until(no, 'proposed', (state) => state.phase === 'proposed' && state.report.comment !== null);
    await world.ada.comment(no, '/muster reject');
    const rejected = await world.untilTold(no);
    expect(rejected.phase).toBe('cancelled');
    expect(await world.api(`/issues/${no}/sub_issues`)).toEqual([]);

    const yes = await world.ada.openIssue('But this', '- [ ] First\n');
    await world.ada.comment(yes, '/muster run');
    await world.until(yes, 'proposed', (state) => state.phase === 'proposed' && state.report.comment !== null);
    await world.ada.comment(yes, '/muster approve');
    expect((await world.untilTold(yes)).outcome).toMatchObject({ done: 1, total: 1 });
  }, 60_000);

  it('stops what is cancelled: by command, and by closing a sub-issue as not planned', async () => {
    world = await openWorld({ agentCommand: 'cat > /dev/null; sleep 60' });
    const issue = await world.ada.openIssue('Never mind', '- [ ] First\n- [ ] Second\n- [ ] Third (needs #1)\n');
    await world.ada.comment(issue, '/muster run');
    const running = await world.until(
      issue,
      'running',
      (state) => state.tasks.filter((task) => task.status === 'processing').length === 2,
    );
    const second = running.tasks[1];
    if (second?.status !== 'processing') throw new Error('it runs');
    await act('ada', 'PATCH', `/issues/${second.sub.number}`, { state: 'closed', state_reason: 'not_planned' });
    await world.until(issue, 'cancelled by hand', (state) => state.tasks[1]?.status === 'cancelled');
    await world.ada.comment(issue, '/muster cancel');
    const state = await world.untilTold(issue);
    expect(state.phase).toBe('cancelled');
    expect(state.tasks.map((task) => task.status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(await lastAnswer(issue)).toMatch(/cancel/i);
    expect(await world.api('/pulls?state=all')).toEqual([]);
    expect(await world.laptop.runtime.store.runningAttempts(Date.now())).toBe(0);
  }, 60_000);
});
