import fc from 'fast-check';
import { expect, it } from 'vitest';
import { evolve, replay } from '../../src/core/evolve.ts';
import type { Orchestration, Task } from '../../src/core/model.ts';
import type { PlannedEdge } from '../../src/core/plan.ts';
import { react } from '../../src/core/react.ts';
import { pickStarts } from '../../src/core/schedule.ts';
import { isOver } from '../../src/core/tasks.ts';
import { nextLanding } from '../../src/core/train.ts';
import type { Why } from '../../src/core/why.ts';
import { why } from '../../src/core/why.ts';
import { ask } from './scenes.ts';
import { answer, edge, planOf, Stage } from './story.ts';

const scenario = fc.integer({ min: 1, max: 7 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    edges: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1), fc.constantFrom('needs' as const, 'lands-after' as const)), {
      maxLength: 9,
    }),
    workers: fc.integer({ min: 1, max: 3 }),
    batch: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
    merge: fc.constantFrom('auto' as const, 'auto' as const, 'manual' as const),
    required: fc.boolean(),
    failing: fc.constantFrom(0, 0.3, 0.7),
    seed: fc.string({ minLength: 1, maxLength: 4 }),
    /** Which command is answered next, and what a person says before. */
    steps: fc.array(
      fc.tuple(fc.nat(1000), fc.constantFrom(null, null, null, null, 'pause', 'resume', 'merge', 'retry', 'cancel')),
      { minLength: 10, maxLength: 60 },
    ),
  }),
);

function edgesOf(pairs: readonly (readonly [number, number, 'needs' | 'lands-after'])[]): readonly PlannedEdge[] {
  const unique = new Map<string, PlannedEdge>();
  for (const [a, b, kind] of pairs) {
    const [from, to] = [`t${Math.max(a, b) + 1}`, `t${Math.min(a, b) + 1}`];
    if (a !== b) unique.set(`${from}>${to}`, edge(from, to, kind));
  }
  return [...unique.values()];
}

function reasonsOf(state: Orchestration, task: Task, now: number): Why {
  const found = why(state, task.plan.id, now);
  if (found === null) throw new Error(`nothing is known of ${task.plan.id}`);
  return found;
}

/** In any state, also between two facts: nobody is blocked without a reason, and nobody with one is chosen. */
function checkReasons(state: Orchestration, now: number): void {
  const reasons = new Map(state.tasks.map((task) => [task.plan.id, reasonsOf(state, task, now)]));
  const free = state.tasks.filter(
    ({ status, plan }) => status === 'dependency_resolution' && reasons.get(plan.id)?.start.length === 0,
  );
  const starts = pickStarts(state).map(({ task }) => task);
  if (state.phase === 'running') {
    expect(
      starts.every((id) => free.some(({ plan }) => plan.id === id)),
      'started in spite of a reason',
    ).toBe(true);
    expect(starts.length > 0, 'free to start, and not started').toBe(free.length > 0);
    const able = state.tasks.filter(
      ({ status, plan }) => status === 'validation_passed' && reasons.get(plan.id)?.land.length === 0,
    );
    const landing = nextLanding(state, now)?.task ?? null;
    if (landing === null) expect(able, 'free to land, and not landing').toEqual([]);
    else expect(able.map(({ plan }) => plan.id)).toContain(landing);
  }
  for (const { task, start } of reasons.values())
    for (const blocker of start)
      if (blocker.kind === 'need')
        expect(reasons.get(blocker.task)?.frees, 'what it waits for does not know').toContain(task);
}

/** Landing it takes it out of the reasons of exactly those that it says it frees. */
function checkFrees(state: Orchestration, now: number): void {
  for (const task of state.tasks) {
    if (task.status !== 'validation_passed') continue;
    const event = { type: 'landed', task: task.plan.id, sha: 'x' } as const;
    const after = evolve(state, { seq: state.seq + 1, at: now, version: 2, event });
    const waitsForIt = (one: Orchestration): readonly string[] =>
      one.tasks
        .filter((other) => {
          const { start, land } = reasonsOf(one, other, now);
          return [...start, ...land].some(
            (blocker) => (blocker.kind === 'need' || blocker.kind === 'edge') && blocker.task === task.plan.id,
          );
        })
        .map(({ plan }) => plan.id);
    const { frees } = reasonsOf(state, task, now);
    for (const id of waitsForIt(state)) expect(frees).toContain(id);
    expect(waitsForIt(after)).toEqual([]);
  }
}

it('why gives a reason exactly when a task may not start or land, in every state there can be', () => {
  let seen = 0;
  fc.assert(
    fc.property(scenario, ({ n, edges, workers, batch, merge, required, failing, seed, steps }) => {
      const ids = Array.from({ length: n }, (_, index) => `t${index + 1}`);
      const plan = planOf(ids, edgesOf(edges), { maxWorkers: workers, batchSize: batch, merge });
      const stage = new Stage().planned(plan, { required: required ? ['ci'] : [] });
      const performed = new Set<string>();
      for (const [pick, said] of steps) {
        // cancelling everything ends it, so one task is named
        if (said !== null) ask(stage, said, { target: said === 'cancel' ? 101 + (pick % n) : null });
        const open = react(stage.state, { coalesceMs: 0 }).filter(({ key }) => !performed.has(key));
        const one = open[pick % Math.max(1, open.length)];
        if (one !== undefined) {
          performed.add(one.key);
          stage.now = Math.max(stage.now + 10, one.notBefore);
          stage.when(...answer(stage, one.command, { seed, failing }));
        }
        checkFrees(stage.state, stage.now);
        for (const task of stage.state.tasks) {
          if (isOver(task) || stage.state.phase !== 'running') continue;
          const { start, land, checks } = reasonsOf(stage.state, task, stage.now);
          const inMotion = react(stage.state, { coalesceMs: 0 }).some(
            ({ command }) => 'task' in command && command.task === task.plan.id,
          );
          const explained = start.length + land.length + checks.length > 0;
          const waitsForChecks = task.status === 'pr_created' || task.status === 'validation_running';
          expect(explained || inMotion || waitsForChecks, `${task.plan.id} ${task.status} stands still`).toBe(true);
        }
      }
      let state = replay([]);
      for (const recorded of stage.history) {
        state = evolve(state, recorded);
        checkReasons(state, recorded.at);
        seen += state.tasks.length;
      }
    }),
    { numRuns: 150 },
  );
  expect(seen).toBeGreaterThan(5_000);
});
