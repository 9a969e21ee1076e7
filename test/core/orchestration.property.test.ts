import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandKey } from '../../src/core/commands.ts';
import { evolve, replay } from '../../src/core/evolve.ts';
import type { Orchestration } from '../../src/core/model.ts';
import type { PlannedEdge } from '../../src/core/plan.ts';
import { react } from '../../src/core/react.ts';
import { startBlockers } from '../../src/core/schedule.ts';
import { occupiesSlot } from '../../src/core/tasks.ts';
import { legalMoves } from '../../src/core/transitions.ts';
import { why } from '../../src/core/why.ts';
import { answer, edge, planOf, Stage } from './story.ts';

const graph = fc.integer({ min: 1, max: 9 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    // an edge to an earlier task keeps it acyclic
    edges: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1), fc.constantFrom('needs' as const, 'lands-after' as const)), {
      maxLength: 14,
    }),
    workers: fc.integer({ min: 1, max: 4 }),
    batch: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
    failing: fc.constantFrom(0, 0, 0.2, 0.6),
    required: fc.boolean(),
    seed: fc.string({ minLength: 1, maxLength: 4 }),
    pick: fc.infiniteStream(fc.nat(1000)),
  }),
);

function edgesOf(pairs: readonly (readonly [number, number, 'needs' | 'lands-after'])[]): readonly PlannedEdge[] {
  const unique = new Map(
    pairs
      .filter(([a, b]) => a !== b)
      .map(([a, b, kind]) => [`${Math.max(a, b)}>${Math.min(a, b)}`, [Math.max(a, b), Math.min(a, b), kind] as const]),
  );
  return [...unique.values()].map(([from, to, kind]) => edge(`t${from + 1}`, `t${to + 1}`, kind));
}

function checkInvariants(state: Orchestration): void {
  const max = state.plan?.policy.maxWorkers ?? 0;
  expect(state.tasks.filter(occupiesSlot).length).toBeLessThanOrEqual(max);
  expect(
    state.tasks.filter((task) => task.status === 'validation_passed' && task.landing.state === 'sent').length,
  ).toBeLessThanOrEqual(1);
  const landed = new Set(state.tasks.filter((task) => task.status === 'merged').map((task) => task.plan.id));
  for (const { from, to, kind } of state.plan?.edges ?? []) {
    const task = state.tasks.find((one) => one.plan.id === from);
    if (task === undefined) continue;
    if (kind === 'needs' && (occupiesSlot(task) || task.attempts.length > 0))
      expect(landed.has(to), `${from} started before ${to} landed`).toBe(true);
    if (task.status === 'merged') expect(landed.has(to), `${from} landed before ${to}`).toBe(true);
  }
}

describe('an orchestration against a world that answers in any order', () => {
  it('ends, keeps every invariant, and replays to the same state', () => {
    fc.assert(
      fc.property(graph, ({ n, edges, workers, batch, failing, required, seed, pick }) => {
        const stage = new Stage();
        const ids = Array.from({ length: n }, (_, i) => `t${i + 1}`);
        stage.planned(planOf(ids, edgesOf(edges), { maxWorkers: workers, batchSize: batch }), {
          required: required ? ['ci'] : [],
        });
        const performed = new Set<string>();
        const choose = pick[Symbol.iterator]();
        for (let steps = 0; ; steps++) {
          expect(steps, 'does not come to an end').toBeLessThan(600);
          const due = react(stage.state, { coalesceMs: 0 });
          expect(new Set(due.map((one) => one.key)).size, 'two commands with one key').toBe(due.length);
          const open = due.filter((one) => !performed.has(one.key));
          const one = open[(choose.next().value ?? 0) % Math.max(1, open.length)];
          if (one === undefined) break;
          performed.add(one.key);
          stage.now = Math.max(stage.now + 10, one.notBefore);
          const signals = answer(stage, one.command, { seed, failing });
          stage.when(...signals);
          // doubled and late: nothing may change
          const seq = stage.state.seq;
          stage.when(...signals);
          expect(stage.state.seq, `a doubled ${one.command.kind} changed something`).toBe(seq);
          checkInvariants(stage.state);
        }
        expect(stage.state.phase).toBe('finished');
        if (failing === 0) expect(stage.state.outcome?.done).toBe(n);
        expect(stage.state.masterClosed).toBe(stage.state.outcome?.done === n);
        expect(replay(stage.history)).toEqual(stage.state);
        for (const task of stage.state.tasks) {
          const explained = why(stage.state, task.plan.id, stage.now);
          if (task.status === 'dependency_resolution')
            expect(explained?.start.length, 'waits without a reason').toBeGreaterThan(0);
          if (task.status === 'merged') expect(explained?.start).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('makes only the moves of the diagram', () => {
    fc.assert(
      fc.property(graph, ({ n, edges, failing, seed }) => {
        const stage = new Stage();
        stage.planned(
          planOf(
            Array.from({ length: n }, (_, i) => `t${i + 1}`),
            edgesOf(edges),
          ),
          { required: ['ci'] },
        );
        const performed = new Set<string>();
        for (let due = react(stage.state, { coalesceMs: 0 })[0]; due !== undefined; ) {
          performed.add(due.key);
          stage.now = Math.max(stage.now + 10, due.notBefore);
          stage.when(...answer(stage, due.command, { seed, failing }));
          due = react(stage.state, { coalesceMs: 0 }).find((one) => !performed.has(one.key));
        }
        let state = stage.history.slice(0, 0).reduce(evolve, replay([]));
        for (const recorded of stage.history) {
          const next = evolve(state, recorded);
          let moved = 0;
          for (const [index, task] of next.tasks.entries()) {
            const before = state.tasks[index]?.status;
            if (before === undefined || before === task.status) continue;
            moved++;
            expect(legalMoves[before], `${before} -> ${task.status} by ${recorded.event.type}`).toContain(task.status);
          }
          if (recorded.event.type !== 'plan-approved') expect(moved).toBeLessThanOrEqual(1);
          state = next;
        }
      }),
      { numRuns: 100 },
    );
  });

  it('explains a wait exactly when a task may not start', () => {
    const stage = new Stage().planned(planOf(['t1', 't2', 't3'], [edge('t2', 't1')], { maxWorkers: 1 }));
    for (const id of ['t1', 't2', 't3'])
      stage.when(...answer(stage, { kind: 'create-sub-issue', task: id, round: 1 }, { seed: 'x', failing: 0 }));
    stage.when({ type: 'edge-added', from: 't2', to: 't1' });
    const [first, second, third] = stage.state.tasks;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three tasks were planned');
    expect(first.status).toBe('agent_assignment');
    expect(startBlockers(stage.state, second)).toEqual([{ kind: 'need', task: 't1', hopeless: false }]);
    expect(startBlockers(stage.state, third)).toEqual([{ kind: 'slot', running: 1, max: 1 }]);
    expect(why(stage.state, 't1', stage.now)?.frees).toEqual(['t2']);
  });

  it('derives keys that a queue accepts', () => {
    const stage = new Stage().planned(planOf(['t1']));
    for (const command of stage.commands()) expect(commandKey(stage.state, command)).toMatch(/^[A-Za-z0-9/._-]+$/);
  });
});
