/** Planning stays quick for long lists: counted in what is looked at, so that it is the same on every machine. */
import { describe, expect, it } from 'vitest';
import { listOf } from '../../bench/plan-size.ts';
import { emptyOrchestration } from '../../src/core/evolve.ts';
import type { Plan } from '../../src/core/plan.ts';
import { defaultPolicy } from '../../src/core/plan.ts';
import { react } from '../../src/core/react.ts';
import { planDigest } from '../../src/engine/markers.ts';
import { takeStep } from '../../src/engine/step.ts';
import { markBody } from '../../src/text/body-marks.ts';
import { compilePlan } from '../../src/text/compile-plan.ts';
import { sayPlan } from '../../src/text/say-plan.ts';
import { renderStatus } from '../../src/text/status.ts';
import { repo, Stage } from '../core/story.ts';
import { operations } from '../world/operations.ts';

function compile(body: string): Plan {
  const base = { settings: {}, flags: {}, subIssues: [], agents: ['default'], basePolicy: defaultPolicy };
  const compiled = compilePlan({ body, ...base, startsSharded: true });
  if (!compiled.ok) throw new Error(compiled.problems[0]?.message);
  return compiled.plan;
}

/** From the plan that was read to the first commands that create something, as the engine does it. */
function start(plan: Plan): void {
  const issue = { number: 7, nodeId: 'I_7', title: 'Master', url: '' };
  const facts = { type: 'plan-read', repo, issue, requiredChecks: [], baseChecks: [] } as const;
  const { state } = new Stage().requested();
  const pace = { coalesceMs: 0 };
  const read = takeStep(state, [{ ...facts, plan: { ok: true, plan } }], () => 1, pace);
  const begun = takeStep(read?.state ?? emptyOrchestration, [{ type: 'plan-digested', digest: 'd' }], () => 1, pace);
  expect(begun?.state.phase).toBe('running');
  expect(begun?.commands.length).toBeGreaterThan(0);
}

function marks(plan: Plan) {
  return plan.tasks.map(({ title, line }, index) => ({ title, line, issue: 1_000 + index, ticked: true }));
}

const steps: readonly (readonly [string, (body: string, plan: Plan) => unknown])[] = [
  ['reading the text', (body) => compile(body)],
  ['the digest', (_, plan) => planDigest(plan)],
  ['starting the work', (_, plan) => start(plan)],
  ['the plan comment', (_, plan) => renderStatus(new Stage().planned({ ...plan, waits: 'sharded' }).state, 1)],
  ['the plan in a terminal', (_, plan) => sayPlan(plan)],
  ['links and ticks', (body, plan) => markBody(body, marks(plan))],
];

describe('four times as many tasks are about four times the work', () => {
  it.each(steps)('%s', (_, step) => {
    const cost = (tasks: number): number => {
      const body = listOf(tasks);
      const plan = compile(body);
      return operations(() => step(body, plan));
    };
    // what is remembered, and what is loaded at the first call
    cost(10);
    const [small, large] = [cost(200), cost(800)];
    expect(small).toBeGreaterThan(200);
    expect(large / small).toBeLessThan(6);
  });

  it('and what the rules are asked again and again is not the square of it', () => {
    const cost = (tasks: number): number => {
      const { state } = new Stage().planned(compile(listOf(tasks)));
      return operations(() => react(state, { coalesceMs: 0 }));
    };
    expect(cost(800) / cost(200)).toBeLessThan(6);
  });
});
