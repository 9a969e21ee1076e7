import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Orchestration } from '../../src/core/model.ts';
import type { Plan } from '../../src/core/plan.ts';
import { react } from '../../src/core/react.ts';
import { pickStarts, startBlockers } from '../../src/core/schedule.ts';
import { occupiesSlot } from '../../src/core/tasks.ts';
import { why } from '../../src/core/why.ts';
import { ask, deliver, failAttempt, landAll, linked, merge, openPull, running, statuses, taskOf } from './scenes.ts';
import { answer, edge, plannedTask, planOf, Stage } from './story.ts';

const working = (stage: Stage): string =>
  stage.state.tasks
    .filter(occupiesSlot)
    .map((task) => task.plan.id)
    .join(' ');

/** In the order in which agents were assigned. */
const assigned = (stage: Stage): string =>
  stage.history.flatMap(({ event }) => (event.type === 'agent-assigned' ? [event.task] : [])).join(' ');

function started(plan: Plan): Stage {
  return linked(new Stage().planned(plan));
}

/** Estimates in minutes, in the order of the tasks. */
function sized(plan: Plan, minutes: readonly (number | null)[]): Plan {
  return {
    ...plan,
    tasks: plan.tasks.map((task, index) => ({ ...task, estimateMinutes: minutes[index] ?? null })),
  };
}

describe('who starts', () => {
  it('everything at once while slots are free', () => {
    expect(working(running(['t1', 't2', 't3']))).toBe('t1 t2 t3');
  });

  it('never more than the slots there are, and the next as soon as one is free', () => {
    const stage = running(['t1', 't2', 't3'], [], { maxWorkers: 2 });
    expect(working(stage)).toBe('t1 t2');
    deliver(stage, 't2');
    expect(working(stage)).toBe('t1 t3');
  });

  it('a slot is free again when the work is delivered, before its pull request is even open', () => {
    const stage = running(['t1', 't2'], [], { maxWorkers: 1 });
    deliver(stage, 't1');
    expect(statuses(stage)).toEqual(['processing', 'agent_assignment']);
  });

  it('a failed attempt frees its slot while it pauses', () => {
    const stage = running(['t1', 't2'], [], { maxWorkers: 1 });
    failAttempt(stage, 't1');
    expect(statuses(stage)).toEqual(['failed', 'agent_assignment']);
  });

  it('what starts the longest chain goes first, whatever its place in the list', () => {
    const chain = [edge('t4', 't3'), edge('t3', 't2')];
    expect(assigned(running(['t1', 't2', 't3', 't4'], chain, { maxWorkers: 1 }))).toBe('t2');
  });

  it('among equals the order of the list decides', () => {
    expect(assigned(running(['t3', 't1', 't2'], [], { maxWorkers: 2 }))).toBe('t3 t1');
  });

  it('sizes weigh the path: one long task goes before a chain of two short ones', () => {
    const plan = planOf(['t1', 't2', 't3'], [edge('t2', 't1')], { maxWorkers: 1 });
    expect(assigned(started(sized(plan, [5, 5, 30])))).toBe('t3');
    expect(assigned(started(sized(plan, [null, null, null])))).toBe('t1');
  });

  it('an order of landing alone keeps nobody from starting, but lengthens the path', () => {
    const stage = running(['t1', 't2', 't3'], [edge('t3', 't2', 'lands-after')], { maxWorkers: 1 });
    expect(assigned(stage)).toBe('t2');
    deliver(stage, 't2');
    expect(assigned(stage)).toBe('t2 t1');
    deliver(stage, 't1');
    expect(assigned(stage)).toBe('t2 t1 t3');
  });

  it('a need counts as met when it has landed, not when it is done', () => {
    const stage = running(['t1', 't2'], [edge('t2', 't1')]);
    deliver(stage, 't1');
    openPull(stage, 't1');
    expect(statuses(stage)).toEqual(['validation_passed', 'dependency_resolution']);
    merge(stage, 't1');
    expect(statuses(stage)).toEqual(['merged', 'agent_assignment']);
  });

  it('all needs have to be met, not only one', () => {
    const stage = landAll(running(['t1', 't2', 't3'], [edge('t3', 't1'), edge('t3', 't2')]), 't1');
    expect(statuses(stage)).toEqual(['merged', 'agent_assignment', 'dependency_resolution']);
  });

  it('the plan may name the agent, else it is the default one; the reason says which', () => {
    const plan = planOf(['t1'], [], { agent: 'sonnet' });
    const stage = started({ ...plan, tasks: [...plan.tasks, plannedTask('t2', { agent: 'painter' })] });
    expect(stage.state.tasks.map((task) => task.attempts[0])).toMatchObject([
      { agent: 'sonnet', reason: 'the default agent' },
      { agent: 'painter', reason: 'named by the plan' },
    ]);
  });
});

describe('the batch barrier', () => {
  it('so many start together, and the next ones when all of them have ended', () => {
    const stage = running(['t1', 't2', 't3', 't4', 't5'], [], { batchSize: 2 });
    expect(working(stage)).toBe('t1 t2');
    deliver(stage, 't1');
    expect(working(stage)).toBe('t2');
    expect(startBlockers(stage.state, taskOf(stage, 't3'))).toEqual([{ kind: 'batch', running: 1 }]);
    failAttempt(stage, 't2', 'timeout');
    expect(working(stage)).toBe('t3 t4');
  });

  it('does not lift the cap', () => {
    expect(working(running(['t1', 't2', 't3', 't4'], [], { batchSize: 3, maxWorkers: 2 }))).toBe('t1 t2');
  });

  it('a batch is not held up because fewer are ready than fit in', () => {
    expect(working(running(['t1', 't2'], [edge('t2', 't1')], { batchSize: 2 }))).toBe('t1');
  });
});

describe('why a task does not start', () => {
  it('says what each state waits for', () => {
    const stage = new Stage().planned(
      planOf(['t1', 't2'], [edge('t2', 't1')], { approval: 'required', maxWorkers: 1 }),
    );
    const blockers = (id: string): unknown => startBlockers(stage.state, taskOf(stage, id));
    expect(blockers('t2')).toEqual([{ kind: 'not-approved' }]);
    ask(stage, 'approve');
    expect(blockers('t2')).toEqual([{ kind: 'no-sub-issue' }]);
    const sub = { number: 102, id: 102, nodeId: 'I', url: '' };
    stage.when({ type: 'sub-issue-created', task: 't2', issue: sub });
    expect(blockers('t2')).toEqual([{ kind: 'edges-unwritten' }]);
    linked(stage);
    expect(blockers('t2')).toEqual([{ kind: 'need', task: 't1', hopeless: false }]);
    expect(blockers('t1')).toEqual([]);
    failAttempt(stage, 't1');
    expect(blockers('t1')).toMatchObject([{ kind: 'pause' }]);
  });

  it('a need is hopeless when what is needed ended without landing, directly or further down', () => {
    const stage = running(['t1', 't2', 't3'], [edge('t2', 't1'), edge('t3', 't2')]);
    failAttempt(stage, 't1', 'timeout');
    expect(startBlockers(stage.state, taskOf(stage, 't2'))).toEqual([{ kind: 'need', task: 't1', hopeless: true }]);
    expect(startBlockers(stage.state, taskOf(stage, 't3'))).toEqual([{ kind: 'need', task: 't2', hopeless: true }]);
    expect(stage.state.outcome).toMatchObject({ done: 0, total: 3 });
  });

  it('nothing keeps a task from starting that already runs or ran, however full the slots are', () => {
    const stage = running(['t1', 't2'], [], { maxWorkers: 1 });
    expect(why(stage.state, 't1', stage.now)?.start).toEqual([]);
    expect(why(stage.state, 't2', stage.now)?.start).toEqual([{ kind: 'slot', running: 1, max: 1 }]);
    deliver(stage, 't1');
    openPull(stage, 't1');
    expect(why(stage.state, 't1', stage.now)?.start).toEqual([]);
  });

  it('names what finishing it would free, each once', () => {
    const stage = running(['t1', 't2', 't3'], [edge('t2', 't1'), edge('t2', 't1', 'lands-after'), edge('t3', 't1')]);
    expect(why(stage.state, 't1', stage.now)?.frees).toEqual(['t2', 't3']);
    expect(why(stage.state, 't9', stage.now)).toBeNull();
  });
});

/** Told apart from the rules under test: what the plan alone says about being ready. */
function isReady(state: Orchestration, id: string): boolean {
  const task = state.tasks.find((one) => one.plan.id === id);
  const landed = (other: string): boolean => state.tasks.find((one) => one.plan.id === other)?.status === 'merged';
  const needs = (state.plan?.edges ?? []).filter((one) => one.from === id && one.kind === 'needs');
  return task?.status === 'dependency_resolution' && needs.every((one) => landed(one.to));
}

function checkWorkConserving(state: Orchestration): void {
  const policy = state.plan?.policy;
  if (state.phase !== 'running' || policy === undefined) return;
  const busy = state.tasks.filter(occupiesSlot).length;
  const ready = state.tasks.map((task) => task.plan.id).filter((id) => isReady(state, id));
  const held = policy.batchSize !== null && (busy > 0 || state.plannedAt === null);
  const full = busy >= policy.maxWorkers || held;
  if (!full) expect(ready, 'a slot is idle while a task is ready').toEqual([]);
  expect(pickStarts(state), 'a start is left over').toEqual([]);
  for (const task of state.tasks) {
    if (task.status !== 'dependency_resolution') continue;
    const kinds = startBlockers(state, task).map((blocker) => blocker.kind);
    const needs = kinds.every((kind) => kind === 'need') && kinds.length > 0;
    expect(needs, `${task.plan.id} is told to wait for ${kinds}`).toBe(!ready.includes(task.plan.id));
    const wait = state.plannedAt === null ? 'planning' : 'batch';
    if (!needs) expect(kinds).toEqual([policy.batchSize === null ? 'slot' : wait]);
  }
}

describe('work-conserving', () => {
  it('no slot is ever idle while a task is ready, and every wait is told by the rule that makes it', () => {
    const world = fc.record({
      n: fc.integer({ min: 1, max: 8 }),
      pairs: fc.array(fc.tuple(fc.nat(7), fc.nat(7), fc.constantFrom('needs' as const, 'lands-after' as const)), {
        maxLength: 10,
      }),
      workers: fc.integer({ min: 1, max: 3 }),
      batch: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
      seed: fc.string({ minLength: 1, maxLength: 3 }),
      picks: fc.infiniteStream(fc.nat(99)),
    });
    fc.assert(
      fc.property(world, ({ n, pairs, workers, batch, seed, picks }) => {
        const ids = Array.from({ length: n }, (_, index) => `t${index + 1}`);
        const edges = pairs.flatMap(([a, b, kind]) => (b < a && a < n ? [edge(`t${a + 1}`, `t${b + 1}`, kind)] : []));
        const stage = new Stage().planned(planOf(ids, edges, { maxWorkers: workers, batchSize: batch }));
        const done = new Set<string>();
        for (const pick of picks) {
          const due = react(stage.state, { coalesceMs: 0 }).filter((one) => !done.has(one.key));
          const next = due[pick % Math.max(1, due.length)];
          if (next === undefined) break;
          done.add(next.key);
          stage.now = Math.max(stage.now + 10, next.notBefore);
          for (const signal of answer(stage, next.command, { seed, failing: 0.3 })) {
            stage.when(signal);
            checkWorkConserving(stage.state);
          }
        }
        expect(stage.state.phase).toBe('finished');
      }),
      { numRuns: 60 },
    );
  });
});
