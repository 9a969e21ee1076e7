import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Orchestration, Task } from '../../src/core/model.ts';
import { log } from '../../src/git/history.ts';
import { pushByHand } from '../world/push-by-hand.ts';
import type { Json, World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

/** Checks that take a second, so that a person can come between. */
const files = {
  'README.md': '# Shop\n',
  'test.sh': 'sleep 1; test ! -e broken\n',
  Makefile: 'test:\n\tsh test.sh\n',
};

async function act(login: string, method: string, path: string, body: unknown): Promise<Json> {
  const response = await fetch(`${world.sandbox.url}/repos/acme/shop${path}`, {
    method,
    headers: { authorization: `token ${world.sandbox.userToken(login)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

/** Starts a run and waits until the first task's pull request is being checked. */
async function inChecks(title: string, more = ''): Promise<{ issue: number; task: Task; pull: number; sub: number }> {
  const issue = await world.ada.openIssue(title, `- [ ] ${title} first\n${more}`);
  await world.ada.comment(issue, '/muster run');
  const state = await world.until(issue, 'checked', ({ tasks }) =>
    ['pr_created', 'validation_running'].includes(tasks[0]?.status ?? ''),
  );
  const [task] = state.tasks;
  if (task?.status !== 'pr_created' && task?.status !== 'validation_running') throw new Error('it is checked');
  return { issue, task, pull: task.pull.number, sub: task.sub.number };
}

function fates(state: Orchestration): readonly string[] {
  return state.tasks.map((task) => (task.status === 'failed' ? `failed: ${task.failure.class}` : task.status));
}

describe('people who lend a hand while agents work', () => {
  it('are respected, and what they did not touch goes on', async () => {
    world = await openWorld({ files, policy: { attempts: 1 }, timing: { tickMs: 1_000 } });
    const closing = (async () => {
      const { issue, pull } = await inChecks('Closed pull', '- [ ] Closed second (needs #1)\n');
      await act('ada', 'PATCH', `/pulls/${pull}`, { state: 'closed' });
      return fates(await world.untilTold(issue));
    })();
    const deleting = (async () => {
      const { issue, task } = await inChecks('Deleted branch', '- [ ] Deleted second\n');
      await act('ada', 'DELETE', `/git/refs/heads/${task.branch}`, undefined);
      return fates(await world.untilTold(issue));
    })();
    const done = (async () => {
      const { issue, sub } = await inChecks('Sub done');
      await act('ada', 'PATCH', `/issues/${sub}`, { state: 'closed', state_reason: 'completed' });
      return fates(await world.untilTold(issue));
    })();
    const nonsense = (async () => {
      const { issue } = await inChecks('Nonsense');
      const body = `\u0000\u202e<!-- \`\`\` ${'#'.repeat(2_000)}`;
      await act('ada', 'PATCH', `/issues/${issue}`, { title: '\u202e', body });
      const end = fates(await world.untilTold(issue));
      const after = await world.api(`/issues/${issue}`);
      return [...end, after.body === body ? 'body as she wrote it' : after.body];
    })();
    const dropping = (async () => {
      const { issue, pull } = await inChecks('Dropped', '- [ ] Dropped second (needs #1)\n');
      await act('ada', 'PATCH', `/issues/${issue}`, { state: 'closed', state_reason: 'not_planned' });
      const state = await world.until(issue, 'cancelled and shown', ({ phase, report }) => {
        return phase === 'cancelled' && report.shown >= report.due;
      });
      const comments = await world.api(`/issues/${issue}/comments`);
      const said = comments.some((comment: Json) => comment.body.includes('Cancelled'));
      return [...fates(state), said, (await world.api(`/pulls/${pull}`)).state];
    })();
    const helping = (async () => {
      const { issue, task } = await inChecks('Helped');
      await pushByHand(world, task.branch, (dir) => writeFileSync(join(dir, 'helped.txt'), 'by hand\n'));
      return fates(await world.untilTold(issue));
    })();
    const hindering = (async () => {
      const { issue, task } = await inChecks('Hindered');
      await pushByHand(world, task.branch, (dir) => writeFileSync(join(dir, 'broken'), 'by hand\n'));
      return fates(await world.untilTold(issue));
    })();
    expect(await closing).toEqual(['failed: pull_closed', 'dependency_resolution']);
    expect(await deleting).toEqual(['failed: pull_closed', 'merged']);
    expect(await done).toEqual(['merged']);
    expect(await dropping).toEqual(['cancelled', 'cancelled', true, 'open']);
    expect(await nonsense).toEqual(['merged', 'body as she wrote it']);
    // what a person pushed is checked like everything else, and only what is green lands
    expect(await helping).toEqual(['merged']);
    expect(await hindering).toEqual(['failed: ci_failed']);
    const subjects = (await log(world.gitDir, 'refs/heads/main', { limit: 30 })).map((entry) => entry.subject);
    expect(subjects.filter((subject) => subject === 'By hand')).toHaveLength(1);
  }, 90_000);

  it('approve only where they may write: a reader’s approval lands nothing', async () => {
    world = await openWorld({ policy: { merge: 'on-approval' }, timing: { tickMs: 300 } });
    const issue = await world.ada.openIssue('Reviewed', '- [ ] Reviewed first\n');
    await world.ada.comment(issue, '/muster run');
    const waiting = await world.until(issue, 'validated', ({ tasks }) => tasks[0]?.status === 'validation_passed');
    const [task] = waiting.tasks;
    if (task?.status !== 'validation_passed') throw new Error('it was validated');
    world.person('eve', 'read');
    await act('eve', 'POST', `/pulls/${task.pull.number}/reviews`, { event: 'APPROVE' });
    await world.sandbox.drained();
    for (let i = 0; i < 3; i++) await world.laptop.runtime.engine.sweep();
    expect(fates(await world.until(issue, 'seen', () => true))).toEqual(['validation_passed']);
    world.person('grace', 'write');
    await act('grace', 'POST', `/pulls/${task.pull.number}/reviews`, { event: 'APPROVE' });
    expect(fates(await world.untilTold(issue))).toEqual(['merged']);
  }, 60_000);
});
