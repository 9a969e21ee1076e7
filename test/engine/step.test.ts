import { describe, expect, it } from 'vitest';
import { evolve } from '../../src/core/evolve.ts';
import type { Signal } from '../../src/core/signals.ts';
import { markerFor, planDigest } from '../../src/engine/markers.ts';
import type { Step } from '../../src/engine/ports.ts';
import { takeStep } from '../../src/engine/step.ts';
import { ask, delivery, failAttempt, landAll, running, withPull } from '../core/scenes.ts';
import type { Stage } from '../core/story.ts';
import { edge, planOf } from '../core/story.ts';
import { pace } from './ports.ts';

let clock = 5_000;

/** One step over these signals; each look at the clock is a second later. */
function step(stage: Stage, ...signals: readonly Signal[]): Step | null {
  return takeStep(stage.state, signals, () => (clock += 1_000), pace);
}

function taken(stage: Stage, ...signals: readonly Signal[]): Step {
  const answer = step(stage, ...signals);
  if (answer === null) throw new Error('nothing followed');
  return answer;
}

const work = (stage: Stage): readonly Signal[] => [
  { type: 'attempt-started', task: 't1', attempt: 1, confinement: 'x' },
  { type: 'attempt-delivered', task: 't1', attempt: 1, delivery: delivery(stage, 't1') },
  { type: 'pull-opened', task: 't1', number: 201, url: '', headSha: 't1-1' },
];

describe('one step of the loop', () => {
  it('is nothing when nothing followed', () => {
    const stage = running(['t1']);
    expect(step(stage)).toBeNull();
    expect(
      step(stage, { type: 'tick' }, { type: 'attempt-started', task: 't1', attempt: 7, confinement: '' }),
    ).toBeNull();
  });

  it('takes several signals in their order, each against what the one before made of it', () => {
    const stage = running(['t1']);
    const { events, state } = taken(stage, ...work(stage));
    expect(events.map(({ event }) => event.type)).toEqual([
      'attempt-started',
      'attempt-delivered',
      'pull-opened',
      'validation-started',
      'validation-passed',
      'landing-chosen',
    ]);
    expect(state.tasks[0]?.status).toBe('validation_passed');
    const [first, ...rest] = work(stage);
    if (first === undefined) throw new Error('there is work');
    // the other way round the second comes too early, and is not kept for later
    expect(taken(stage, ...rest.slice(1), first).state.tasks[0]?.status).toBe('processing');
  });

  it('goes on until nothing follows: a second step has nothing to do', () => {
    const stage = running(['t1', 't2'], [edge('t2', 't1')]);
    const { state } = taken(stage, ...work(stage));
    expect(takeStep(state, [], () => clock, pace)).toBeNull();
  });

  it('numbers its events after those before it, and folds to the state it gives', () => {
    const stage = running(['t1']);
    const { events, state } = taken(stage, ...work(stage));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => stage.state.seq + 1 + index));
    expect(events.reduce(evolve, stage.state)).toEqual(state);
  });

  it('gives each pass its own moment', () => {
    const stage = running(['t1']);
    const times = taken(stage, ...work(stage)).events.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
  });

  it('wants done what the state wants done', () => {
    const stage = running(['t1', 't2']);
    const { commands } = taken(stage, ...work(stage));
    expect(commands.map(({ command }) => command.kind)).toContain('merge-pull');
    expect(commands.map(({ command }) => command.kind)).toContain('run-attempt');
  });

  it.each<[string, () => Stage, Signal, boolean]>([
    [
      'goes on',
      () => running(['t1', 't2']),
      { type: 'issue-seen', number: 101, state: 'closed', notPlanned: true, closedAt: null },
      true,
    ],
    ['ends with the last task', () => withPull(running(['t1']), 't1'), { type: 'merged', task: 't1', sha: 'm' }, false],
  ])('it %s', (_, scene, signal, live) => {
    expect(taken(scene(), signal).live).toBe(live);
  });

  it('knows every issue it made: commands on them belong to it', () => {
    const stage = running(['t1', 't2']);
    failAttempt(stage, 't1', 'timeout');
    const issue = { number: 301, id: 301, nodeId: 'D', url: '' };
    expect(taken(stage, { type: 'diagnostic-told', task: 't1', issue, told: 1 }).subIssues).toEqual([101, 301, 102]);
  });
});

describe('rows for people', () => {
  it('each move of a task is one row, with where from, where to, when and why', () => {
    const stage = running(['t1']);
    const { projection, events } = taken(stage, ...work(stage));
    const workflowId = 'acme/shop/orch-7-20261120-0930/t1/1';
    expect(projection.history).toMatchObject([
      { workflowId, from: 'agent_assignment', to: 'processing', metadata: { why: 'attempt-started' } },
      { workflowId, from: 'processing', to: 'pr_created', metadata: { why: 'pull-opened' } },
      { workflowId, from: 'pr_created', to: 'validation_running', metadata: { why: 'validation-started' } },
      { workflowId, from: 'validation_running', to: 'validation_passed', metadata: { why: 'validation-passed' } },
    ]);
    const at = new Map(events.map((one) => [one.seq, one.at]));
    for (const row of projection.history) expect(row.at).toBe(at.get(row.metadata.seq as number));
  });

  it('a retry is a new workflow that starts from nothing', () => {
    const stage = running(['t1']);
    failAttempt(stage, 't1');
    const task = stage.state.tasks[0];
    clock = (task?.status === 'failed' && task.retryAt) || 0;
    const { projection } = taken(stage, { type: 'tick' });
    expect(projection.history).toMatchObject([
      { workflowId: expect.stringMatching(/t1\/2$/), from: null, to: 'dependency_resolution' },
      { workflowId: expect.stringMatching(/t1\/2$/), from: 'dependency_resolution', to: 'agent_assignment' },
    ]);
    expect(projection.workflows).toMatchObject([
      // what the agent of the pass before did is not its own
      { id: expect.stringMatching(/t1\/2$/), status: 'agent_assignment', startTime: null, metadata: { pass: 2 } },
    ]);
  });

  it('a task has a row with what it depends on; only tasks that moved are written', () => {
    const stage = landAll(running(['t1', 't2', 't3'], [edge('t2', 't1')]), 't1');
    ask(stage, 'cancel', { target: 103 });
    const { projection } = taken(stage, { type: 'attempt-started', task: 't2', attempt: 1, confinement: 'x' });
    expect(projection.tasks).toMatchObject([
      {
        id: 'acme/shop/orch-7-20261120-0930/t2',
        status: 'processing',
        dependencies: ['acme/shop/orch-7-20261120-0930/t1'],
        metadata: { issue: 102, branch: 'muster/7-task-t2' },
      },
    ]);
  });

  it.each<[string, Signal, Readonly<Record<string, unknown>>]>([
    ['landed', { type: 'merged', task: 't1', sha: 'm' }, { status: 'merged', result: { pull: 201, failure: null } }],
    [
      'failed',
      { type: 'command-gave-up', key: 'k', kind: 'merge-pull', task: 't1', message: 'no' },
      { status: 'failed', result: { pull: 201, failure: 'github_refused' } },
    ],
  ])('a workflow that %s has an end and a result', (_, signal, expected) => {
    const { projection } = taken(withPull(running(['t1', 't2']), 't1'), signal);
    expect(projection.workflows).toMatchObject([{ ...expected, endTime: expect.any(Number) }]);
  });

  it('one that goes on has none', () => {
    const stage = running(['t1']);
    const { projection } = taken(stage, ...work(stage));
    expect(projection.workflows).toMatchObject([{ startTime: expect.any(Number), endTime: null, result: null }]);
  });
});

describe('marks that only we can make', () => {
  it('a marker is the same for the same thing, and another for another thing or another secret', () => {
    const marker = markerFor('secret', 'acme/shop/orch-7/t1');
    expect(marker).toBe(markerFor('secret', 'acme/shop/orch-7/t1'));
    expect(marker).toContain('acme/shop/orch-7/t1');
    const tail = (text: string): string => text.replaceAll(/acme\/shop\/orch-7\/t\d/g, '');
    expect(tail(marker)).not.toBe(tail(markerFor('secret', 'acme/shop/orch-7/t2')));
    expect(marker).not.toBe(markerFor('other', 'acme/shop/orch-7/t1'));
  });

  it('the digest of a plan changes with what an approval binds to, and with nothing else', () => {
    const plan = planOf(['t1', 't2'], [edge('t2', 't1')]);
    expect(planDigest(plan)).toBe(planDigest({ ...plan, warnings: [{ line: 1, code: 'x', message: 'y' }] }));
    expect(planDigest(plan)).not.toBe(planDigest({ ...plan, edges: [] }));
    expect(planDigest(plan)).toMatch(/^[0-9a-f]{64}$/);
  });
});
