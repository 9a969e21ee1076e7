import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forecast } from '../../src/core/forecast.ts';
import type { Plan, PlannedEdge, Policy } from '../../src/core/plan.ts';
import { edge, plannedTask, planOf } from './story.ts';

/** Sizes in minutes, `t1` first; null where the item says none. */
function sized(sizes: readonly (number | null)[], edges: readonly PlannedEdge[], policy: Partial<Policy> = {}): Plan {
  const tasks = sizes.map((estimateMinutes, at) => plannedTask(`t${at + 1}`, { estimateMinutes }));
  return { ...planOf([], edges, policy), tasks };
}

describe('what a plan would take', () => {
  it('seed 000: three hours ten, for the three that follow each other', () => {
    const plan = sized([60, 40, 90, 45, 30], [edge('t2', 't1'), edge('t3', 't2'), edge('t5', 't4')]);
    expect(forecast(plan)).toMatchObject({
      minutes: 190,
      sumMinutes: 265,
      unsized: 0,
      longest: { path: ['t1', 't2', 't3'], minutes: 190 },
      atOnce: 2,
    });
  });

  it('fewer agents take longer, a batch waits for its slowest', () => {
    const sizes = [10, 10, 60, 10];
    expect(forecast(sized(sizes, [], { maxWorkers: 4 })).minutes).toBe(60);
    expect(forecast(sized(sizes, [], { maxWorkers: 1 })).minutes).toBe(90);
    expect(forecast(sized(sizes, [], { maxWorkers: 4, batchSize: 2 })).minutes).toBe(70);
  });

  it('what says no size counts as the middle of the others; where none does there is no time', () => {
    expect(forecast(sized([10, null, 30, 90], [edge('t2', 't4')]))).toMatchObject({
      minutes: 120,
      unsized: 1,
      usualMinutes: 30,
    });
    expect(forecast(sized([null, null], [edge('t2', 't1')]))).toMatchObject({
      minutes: null,
      longest: { path: ['t1', 't2'], minutes: 2 },
    });
  });

  it('landing later is no reason to start later', () => {
    expect(forecast(sized([10, 10], [edge('t2', 't1', 'lands-after')])).minutes).toBe(10);
  });

  it('requests: what planning and work may cost; what is there already is not created', () => {
    const ten = sized(
      Array(10).fill(10),
      Array.from({ length: 9 }, (_, at) => edge(`t${at + 2}`, 't1')),
    );
    expect(forecast(ten)).toMatchObject({
      requests: { planning: 3, working: 40 },
      creations: 10 + 9 + 20,
      mostRuns: 20,
      mostMinutes: 600,
    });
    const adopts = { number: 4, id: 4, nodeId: '', url: '' };
    const adopted = { ...planOf([]), tasks: [plannedTask('t1', { adopts })] };
    expect(forecast(adopted)).toMatchObject({ requests: { planning: 0, working: 4 }, creations: 2 });
  });

  it('group issues are created too, before what stands under them', () => {
    const many = sized(Array(120).fill(10), []);
    const shards = [
      { id: 'g1', tasks: many.tasks.slice(0, 60).map(({ id }) => id) },
      { id: 'g2', tasks: many.tasks.slice(60).map(({ id }) => id) },
    ];
    expect(forecast({ ...many, shards })).toMatchObject({ requests: { planning: 1 + 1 + 6 }, creations: 122 + 240 });
  });

  it('nothing takes no time', () => {
    expect(forecast(planOf([]))).toMatchObject({ minutes: null, sumMinutes: 0, atOnce: 0, mostRuns: 0 });
  });
});

describe('any plan', () => {
  const world = fc.record({
    sizes: fc.array(fc.option(fc.integer({ min: 1, max: 300 })), { minLength: 1, maxLength: 12 }),
    pairs: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 20 }),
    maxWorkers: fc.integer({ min: 1, max: 6 }),
    batchSize: fc.option(fc.integer({ min: 1, max: 6 })),
  });

  it('takes at least its longest chain and its even share, at most its sum, and without barriers no more than Graham', () => {
    fc.assert(
      fc.property(world, ({ sizes, pairs, maxWorkers, batchSize }) => {
        const edges = pairs
          .map(([a, b]) => [Math.max(a, b), Math.min(a, b)] as const)
          .filter(([from, to]) => from !== to && from < sizes.length)
          .map(([from, to]) => edge(`t${from + 1}`, `t${to + 1}`));
        const { minutes, sumMinutes, longest, atOnce } = forecast(sized(sizes, edges, { maxWorkers, batchSize }));
        expect(atOnce).toBeLessThanOrEqual(Math.min(maxWorkers, batchSize ?? maxWorkers));
        if (minutes === null) return;
        expect(minutes).toBeGreaterThanOrEqual(longest.minutes);
        expect(minutes).toBeGreaterThanOrEqual(sumMinutes / maxWorkers);
        expect(minutes).toBeLessThanOrEqual(sumMinutes);
        if (batchSize === null) expect(minutes).toBeLessThanOrEqual(longest.minutes + sumMinutes / maxWorkers);
      }),
    );
  });
});
