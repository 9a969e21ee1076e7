/** Every example of docs/patterns.md, run as a whole on the local GitHub. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Orchestration, Task } from '../../src/core/model.ts';
import { showFile } from '../../src/git/plumbing.ts';
import { exampleOf } from '../world/pattern-docs.ts';
import { pushByHand } from '../world/push-by-hand.ts';
import type { World, WorldOptions } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

const command = `'${process.execPath}' '${join(import.meta.dirname, '..', 'world', 'pattern-agent.mjs')}'`;
const files = { 'README.md': '# Shop\n', 'test.sh': 'test -f README.md\n', Makefile: 'test:\n\tsh test.sh\n' };

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

interface Told {
  readonly world: World;
  readonly issue: number;
  readonly state: Orchestration;
  readonly task: (title: string) => Task;
  /** Landed before it was begun. */
  readonly inOrder: (first: string, then: string) => void;
  readonly onMain: (path: string) => Promise<string>;
}

async function run(body: string, options: WorldOptions = {}): Promise<Told> {
  const here = await openWorld({ files, agentCommand: command, ...options });
  world = here;
  const issue = await here.ada.openIssue('A pattern', body);
  await here.ada.comment(issue, '/muster run');
  const state = await here.untilTold(issue, 100_000);
  const task = (title: string): Task => {
    const found = state.tasks.find((one) => one.plan.title.includes(title));
    if (found === undefined) throw new Error(`no task "${title}"`);
    return found;
  };
  return {
    world: here,
    issue,
    state,
    task,
    inOrder(first, then) {
      const [one, other] = [task(first), task(then)];
      expect(one.status, first).toBe('merged');
      const begun = other.attempts[0]?.assignedAt ?? 0;
      expect(
        one.status === 'merged' ? one.at : Number.POSITIVE_INFINITY,
        `${first} before ${then}`,
      ).toBeLessThanOrEqual(begun);
    },
    async onMain(path) {
      const bytes = await showFile(here.gitDir, 'refs/heads/main', path);
      return bytes === null ? '' : new TextDecoder().decode(bytes);
    },
  };
}

function allDone({ state }: Told): void {
  expect(state.phase).toBe('finished');
  expect(state.outcome?.done).toBe(state.outcome?.total);
}

/** Of every sub-issue on GitHub: how it was closed. */
async function closings({ world: here, issue }: Told): Promise<Readonly<Record<string, string | null>>> {
  const subs = await here.api(`/issues/${issue}/sub_issues`);
  return Object.fromEntries(
    subs.map((sub: { title: string; state_reason: string | null }) => [sub.title, sub.state_reason]),
  );
}

describe('the patterns, as documented', () => {
  it('1: what is independent is begun together', async () => {
    const told = await run(exampleOf('Parallel independent').body);
    allDone(told);
    expect(told.state.plan?.policy.maxWorkers).toBe(2);
    const begun = told.state.tasks.map(({ attempts }) => attempts[0]?.assignedAt ?? 0);
    const ended = told.state.tasks.map(({ attempts }) => attempts[0]?.endedAt ?? 0);
    expect(Math.max(...begun)).toBeLessThan(Math.min(...ended));
  }, 120_000);

  it('2: each step hands on what the next one is told of', async () => {
    const told = await run(exampleOf('Sequential handoff').body);
    allDone(told);
    told.inOrder('Database migration', 'API update');
    told.inOrder('API update', 'Frontend integration');
    expect(await told.onMain('handed/updated_schema.md')).toBe('updated_schema of API update\n');
    const last = await told.onMain('work/frontend-integration.txt');
    expect(last).toContain('From "API update":');
    expect(last).toContain('updated_schema: the file handed/updated_schema.md of the checkout');
    expect(last).not.toContain('migration_script');
  }, 120_000);

  it('3: sync points let nothing pass before they are done', async () => {
    const told = await run(exampleOf('sync points').body);
    allDone(told);
    told.inOrder('API contract', 'WebSocket endpoint');
    told.inOrder('API contract', 'Notification UI');
    told.inOrder('WebSocket endpoint', 'Type synchronization');
    told.inOrder('Notification UI', 'Type synchronization');
    told.inOrder('Type synchronization', 'Integration tests');
    const barrier = told.task('Type synchronization');
    expect(barrier).toMatchObject({ plan: { role: 'validate' }, status: 'merged', pull: null });
    expect((await closings(told))['Type synchronization']).toBe('completed');
  }, 120_000);

  it('4: reviewers judge the open pull request, send it back once, and let the revised commit land', async () => {
    const told = await run(exampleOf('Primary with reviewers').body);
    allDone(told);
    const [work, strict, tests] = told.state.tasks;
    expect(work?.attempts.map(({ failure }) => failure?.class ?? null)).toEqual(['changes_requested', null]);
    const revised = await told.onMain('work/implement-payment-processing.txt');
    expect(revised).toContain('by fastapi backend expert');
    expect(revised).toContain('revised: please revise it');
    const landed = work?.attempts.at(-1)?.delivery?.sha;
    for (const review of [strict, tests]) {
      expect(review?.attempts.at(-1)?.delivery).toMatchObject({ sha: landed, outcome: { verdict: 'pass' } });
      expect(review?.status === 'merged' && work?.status === 'merged' && review.at >= work.at).toBe(true);
    }
    const pulls = await told.world.api('/pulls?state=all');
    expect(pulls).toHaveLength(1);
    const sub = await told.world.api(`/issues/${strict?.status === 'merged' ? strict.sub.number : 0}`);
    expect(sub).toMatchObject({ state: 'closed', state_reason: 'completed' });
    expect(sub.body).toContain('says pass');
  }, 120_000);

  it('4: a no that stays a no holds the work up, in a diagnostic issue, and a retry after a fix by hand lands it', async () => {
    const body = exampleOf('Primary with reviewers')
      .body.replace('"strict-', '"')
      .replace('parallel_', 'send_backs: 1\nparallel_');
    const told = await run(body, { files: { ...files, 'never.txt': 'never\n' } });
    const [work, review] = told.state.tasks;
    expect(told.state).toMatchObject({ phase: 'finished', outcome: { done: 0, total: 3 } });
    expect(work?.status).toBe('validation_passed');
    expect(work?.attempts.length).toBeGreaterThan(1);
    expect(review).toMatchObject({
      status: 'failed',
      failure: { class: 'judged_bad', evidence: ['please revise it'] },
    });
    const number = review?.diagnostic?.issue?.number;
    expect((await told.world.api(`/issues/${number}`)).body).toContain('please revise it');
    await pushByHand(told.world, work?.branch ?? '', (dir) => rmSync(join(dir, 'never.txt')));
    await told.world.ada.comment(told.issue, '/muster retry');
    await told.world.until(told.issue, 'landed', ({ outcome }) => outcome?.done === 3);
    await told.world.untilTold(told.issue);
    expect(await told.world.api(`/issues/${number}`)).toMatchObject({ state: 'closed' });
  }, 120_000);

  it('5: a phase begins when the one before it is proved and landed', async () => {
    const told = await run(exampleOf('Incremental with validation').body);
    allDone(told);
    told.inOrder('Users module', 'Tasks module');
    told.inOrder('Validate as pytest test master: Users module', 'Tasks module');
    expect(told.task('Validate as pytest test master: Tasks module').plan.role).toBe('validate');
    const master = await told.world.api(`/issues/${told.issue}`);
    expect(master).toMatchObject({ state: 'closed', body: exampleOf('Incremental with validation').body });
  }, 120_000);

  it('6: what was spread out is validated together', async () => {
    const told = await run(exampleOf('Fan-out').body);
    allDone(told);
    for (const service of ['Api gateway', 'User service', 'Task service']) told.inOrder(service, 'Integration testing');
    expect(told.task('Integration testing').attempts[0]?.delivery?.outcome).toMatchObject({ notes: 'saw 3' });
  }, 120_000);

  it('7: only the branch that the analysis names is carried out', async () => {
    const told = await run(exampleOf('Conditional branching').body, {
      files: { ...files, 'outcome.txt': 'High Complexity\n' },
    });
    allDone(told);
    expect(told.state.outcome).toMatchObject({ done: 2, total: 2 });
    const chosen = told.task('High complexity');
    const other = told.task('Simple cleanup');
    expect(other).toMatchObject({
      status: 'cancelled',
      reason: expect.stringMatching(/^not chosen: .*High Complexity/),
    });
    expect(other.attempts).toEqual([]);
    expect(await told.onMain(`work/${chosen.plan.title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.txt`)).toContain(
      'three long functions',
    );
    expect((await closings(told))[other.plan.title]).toBe('not_planned');
    expect(await told.world.api(`/issues/${told.issue}`)).toMatchObject({ state: 'closed' });
  }, 120_000);
});

describe('combinations', () => {
  it('parallel, then reviewed, then handed over', async () => {
    const told = await run(exampleOf('handed over').body);
    allDone(told);
    told.inOrder('Backend', 'Put both together');
    told.inOrder('Frontend', 'Put both together');
    told.inOrder('Review as architecture guardian', 'Write the release test');
    told.inOrder('Write the release test', 'Describe the deployment');
    expect(await told.onMain('work/describe-the-deployment.txt')).toContain('handed/release_test.md');
  }, 120_000);

  it('a fan-out whose result decides, and whose reviews go with the branch', async () => {
    const told = await run(exampleOf('result decides').body, { files: { ...files, 'outcome.txt': 'all fine\n' } });
    allDone(told);
    told.inOrder('Compare measurements', 'What do the measurements say?');
    expect(told.task('Tidy up').status).toBe('merged');
    const cancelled = told.state.tasks.filter(({ status }) => status === 'cancelled').map(({ plan }) => plan.title);
    expect(cancelled).toEqual(['Rewrite the slow part', 'Review as code reviewer: Rewrite the slow part']);
  }, 120_000);
});

describe('a phased plan', () => {
  it('of 11 tasks, 6 steps and two groups, runs to its end', async () => {
    const told = await run(exampleOf('A phased plan').body);
    allDone(told);
    expect(told.state.outcome).toMatchObject({ done: 11, total: 11 });
    told.inOrder('Analyze and create', 'Review security');
    told.inOrder('Review security', 'Design alert UI');
    told.inOrder('Design real-time backend', 'Implement backend');
    told.inOrder('Implement frontend', 'comprehensive test suite');
    told.inOrder('Review complete', 'Deploy to staging');
    told.inOrder('Deploy to staging', 'Final security');
  }, 180_000);
});

describe('satisfied_by: pr-green', () => {
  it('starts from the head of what it builds on, shows only its own change, and lands after it', async () => {
    const body = '- [ ] Lay the ground\n- [ ] Build on it (needs #1)\n\n```muster\nsatisfied_by: pr-green\n```\n';
    const here = await openWorld({ files, agentCommand: command, policy: { merge: 'manual' } });
    world = here;
    const issue = await here.ada.openIssue('Early', body);
    await here.ada.comment(issue, '/muster run');
    const ready = await here.until(
      issue,
      'ready',
      ({ tasks }) => tasks.length === 2 && tasks.every(({ status }) => status === 'validation_passed'),
    );
    const [ground, house] = ready.tasks.map(({ attempts }) => attempts[0]?.delivery ?? null);
    expect(house?.baseSha).toBe(ground?.sha);
    expect(house?.files.map(({ path }) => path)).toEqual(['work/build-on-it-needs-1.txt']);
    await here.ada.comment(issue, '/muster merge');
    const state = await here.untilTold(issue);
    const [first, second] = state.tasks;
    expect(state.outcome).toMatchObject({ done: 2, total: 2 });
    expect(first?.status === 'merged' && second?.status === 'merged' && first.at <= second.at).toBe(true);
  }, 120_000);
});
