import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Orchestration, Task } from '../../src/core/model.ts';
import type { PlannedEdge } from '../../src/core/plan.ts';
import { makeFailure } from '../../src/core/retry.ts';
import { isHopeless } from '../../src/core/schedule.ts';
import { findTask, isOver } from '../../src/core/tasks.ts';
import { running } from './scenes.ts';
import { edge } from './story.ts';

const ids = ['t1', 't2', 't3', 't4', 't5', 't6'];
const sub = { number: 1, id: 1, nodeId: 'I_1', url: '' };
const pull = { number: 2, url: '', headSha: 'a' };
const failed = { status: 'failed', sub, pull: null, failure: makeFailure('crashed', 'it broke', []) } as const;

const progress = fc.constantFrom(
  { status: 'dependency_resolution', sub } as const,
  { status: 'processing', sub } as const,
  { status: 'validation_running', sub, pull } as const,
  { status: 'merged', sub, pull, sha: 'b', at: 1 } as const,
  { status: 'cancelled', sub, pull: null, reason: '' } as const,
  { ...failed, retryAt: null },
  { ...failed, retryAt: 99 },
);

/** Edges in any direction: also what a plan would be refused for must not hang or mislead. */
const edges = fc.array(
  fc
    .tuple(fc.constantFrom(...ids), fc.constantFrom(...ids), fc.constantFrom('needs' as const, 'lands-after' as const))
    .map(([from, to, kind]) => edge(from, to, kind)),
  { maxLength: 14 },
);

const started = running(ids).state;

function scene(statuses: readonly object[], between: readonly PlannedEdge[]): Orchestration {
  if (started.plan === null) throw new Error('the scene has no plan');
  const tasks = started.tasks.map((task, index) => ({ ...task, ...statuses[index] }) as Task);
  return { ...started, tasks, plan: { ...started.plan, edges: between } };
}

/** The definition, word for word: it ended unlanded, or waits for one of which that is true. */
function endsNowhere(state: Orchestration, task: Task, seen: readonly string[] = []): boolean {
  if (task.status === 'merged' || seen.includes(task.plan.id)) return false;
  if (isOver(task)) return true;
  const begun = task.status !== 'dependency_resolution' && task.status !== 'failed';
  return (state.plan?.edges ?? []).some(({ from, to, kind }) => {
    const other = findTask(state, to);
    if (from !== task.plan.id || other === undefined || (kind === 'needs' && begun)) return false;
    return !(kind === 'lands-after' && other.status === 'cancelled') && endsNowhere(state, other, [...seen, from]);
  });
}

it('a task is hopeless exactly when it ended unlanded or waits for one that is', () => {
  fc.assert(
    fc.property(fc.array(progress, { minLength: ids.length, maxLength: ids.length }), edges, (statuses, between) => {
      const state = scene(statuses, between);
      for (const task of state.tasks) expect(isHopeless(state, task)).toBe(endsNowhere(state, task));
    }),
    { numRuns: 500 },
  );
});

it('a hundred tasks that all wait for all before them are judged at once', () => {
  const many = Array.from({ length: 100 }, (_, index) => `t${index + 1}`);
  const all = many.flatMap((from, index) => many.slice(0, index).map((to) => edge(from, to)));
  const { state } = running(many, all, { maxWorkers: 1 });
  const startedAt = performance.now();
  expect(state.tasks.filter((task) => isHopeless(state, task))).toEqual([]);
  // naive recursion over 4,950 edges takes minutes
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
