import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arc } from '../../src/core/graph.ts';
import { criticalPath, findCycle, levels, remainingPath } from '../../src/core/graph.ts';

/** `a>b c>b`: a waits for b, c waits for b. */
function arcsOf(words: string): readonly Arc[] {
  return words
    .split(' ')
    .filter(Boolean)
    .map((word) => {
      const [from = '', to = ''] = word.split('>');
      return { from, to };
    });
}

const letters = ['a', 'b', 'c', 'd', 'e', 'f'];
const idsUpTo = fc.integer({ min: 0, max: letters.length }).map((n) => letters.slice(0, n));
const anyGraph = idsUpTo.chain((ids) =>
  fc.record({
    ids: fc.constant(ids),
    arcs: ids.length === 0 ? fc.constant<Arc[]>([]) : fc.array(arcAmong(ids), { maxLength: 9 }),
    weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: letters.length, maxLength: letters.length }),
  }),
);
/** Arcs only to earlier letters, so there is no cycle. */
const anyDag = anyGraph.map(({ ids, arcs, weights }) => ({
  ids,
  arcs: arcs.filter(({ from, to }) => to < from),
  weights,
}));

function arcAmong(ids: readonly string[]): fc.Arbitrary<Arc> {
  return fc.record({ from: fc.constantFrom(...ids), to: fc.constantFrom(...ids) });
}

/** Every walk along `next` that never returns to a node, the slow and obvious way. */
function walksFrom(id: string, next: (id: string) => readonly string[], been: readonly string[] = []): string[][] {
  if (been.includes(id)) return [];
  return [[id], ...next(id).flatMap((to) => walksFrom(to, next, [...been, id]).map((walk) => [id, ...walk]))];
}

function needs(arcs: readonly Arc[]): (id: string) => readonly string[] {
  return (id) => arcs.filter((arc) => arc.from === id).map((arc) => arc.to);
}

function freed(arcs: readonly Arc[]): (id: string) => readonly string[] {
  return (id) => arcs.filter((arc) => arc.to === id).map((arc) => arc.from);
}

function reachesItself(id: string, arcs: readonly Arc[]): boolean {
  return needs(arcs)(id).some((to) => walksFrom(to, needs(arcs)).some((walk) => walk.at(-1) === id));
}

describe('a cycle', () => {
  it.each([
    ['nothing', '', '', null],
    ['a chain', 'abc', 'c>b b>a', null],
    ['a diamond', 'abcd', 'd>b d>c b>a c>a', null],
    ['the same arc twice', 'ab', 'b>a b>a', null],
    ['a task that waits for itself', 'ab', 'b>b', 'b b'],
    ['two that wait for each other', 'ab', 'a>b b>a', 'a b a'],
    ['three in a ring', 'abc', 'a>c c>b b>a', 'a c b a'],
    ['only the ring, not the road to it', 'abcd', 'a>b b>c c>d d>c', 'c d c'],
    ['a ring that the first task does not reach', 'abc', 'b>c c>b', 'b c b'],
    ['an arc to something unknown', 'ab', 'a>x x>a b>a', null],
  ])('%s', (_, ids, arcs, cycle) => {
    expect(findCycle([...ids], arcsOf(arcs))).toEqual(cycle === null ? null : cycle.split(' '));
  });

  it('is found exactly when some task waits for itself in the end, and is shown as a path of real arcs', () => {
    fc.assert(
      fc.property(anyGraph, ({ ids, arcs }) => {
        const cycle = findCycle(ids, arcs);
        expect(cycle !== null).toBe(ids.some((id) => reachesItself(id, arcs)));
        if (cycle === null) return;
        expect(cycle.at(-1)).toBe(cycle[0]);
        expect(new Set(cycle).size).toBe(cycle.length - 1);
        for (const [index, from] of cycle.slice(0, -1).entries()) expect(needs(arcs)(from)).toContain(cycle[index + 1]);
      }),
    );
  });
});

describe('levels', () => {
  it.each([
    ['nothing', '', '', ''],
    ['no arcs: all at once, in list order', 'cab', '', 'cab'],
    ['a chain', 'abc', 'b>a c>b', 'a b c'],
    ['a diamond', 'abcd', 'b>a c>a d>b d>c', 'a bc d'],
    ['as late as the latest need', 'abcd', 'b>a d>a d>b', 'ac b d'],
    ['an arc given twice counts once', 'ab', 'b>a b>a', 'a b'],
    ['a ring and what is behind it are left out', 'abcd', 'b>c c>b d>b', 'a'],
  ])('%s', (_, ids, arcs, waves) => {
    expect(levels([...ids], arcsOf(arcs))).toEqual(waves === '' ? [] : waves.split(' ').map((wave) => [...wave]));
  });

  it('put each task right after the longest chain of what it needs, and leave out only what no order can hold', () => {
    fc.assert(
      fc.property(anyGraph, ({ ids, arcs }) => {
        const found = levels(ids, arcs);
        for (const id of ids) {
          const chains = walksFrom(id, needs(arcs));
          const hopeless = chains.some((chain) => reachesItself(chain.at(-1) ?? '', arcs));
          const level = found.findIndex((wave) => wave.includes(id));
          expect(level).toBe(hopeless ? -1 : Math.max(...chains.map((chain) => chain.length)) - 1);
        }
        expect(found.flat().length).toBe(new Set(found.flat()).size);
      }),
    );
  });
});

describe('paths', () => {
  const weightOf = (weights: readonly number[]) => (id: string) => weights[letters.indexOf(id)] ?? 0;
  const sum = (walk: readonly string[], weight: (id: string) => number) =>
    walk.reduce((all, id) => all + weight(id), 0);

  it('the remaining path of a task is the heaviest chain of what waits for it, itself included', () => {
    const one = () => 1;
    expect([...remainingPath(['a', 'b', 'c', 'd'], arcsOf('b>a c>b d>a'), one)]).toEqual(
      expect.arrayContaining([
        ['a', 3],
        ['b', 2],
        ['c', 1],
        ['d', 1],
      ]),
    );
    fc.assert(
      fc.property(anyDag, ({ ids, arcs, weights }) => {
        const weight = weightOf(weights);
        const found = remainingPath(ids, arcs, weight);
        for (const id of ids)
          expect(found.get(id)).toBe(Math.max(...walksFrom(id, freed(arcs)).map((walk) => sum(walk, weight))));
      }),
    );
  });

  it.each([
    ['nothing', '', '', '', 0],
    ['no arcs: the heaviest alone', 'abc', '', 'c', 3],
    ['a chain beats one heavy task', 'abcd', 'b>a d>b', 'abd', 7],
    ['the heavier of two roads', 'abcd', 'b>a c>a d>b d>c', 'acd', 8],
  ])('the critical path of %s', (_, ids, arcs, path, length) => {
    const found = criticalPath([...ids], arcsOf(arcs), weightOf([1, 2, 3, 4]));
    expect(found.path).toEqual([...path]);
    expect(found.length).toBe(length);
  });

  it('the critical path is a chain of real arcs, and no chain weighs more', () => {
    fc.assert(
      fc.property(anyDag, ({ ids, arcs, weights }) => {
        const weight = weightOf(weights);
        const { path, length } = criticalPath(ids, arcs, weight);
        for (const [index, id] of path.slice(0, -1).entries()) expect(freed(arcs)(id)).toContain(path[index + 1]);
        expect(sum(path, weight)).toBe(length);
        const all = ids.flatMap((id) => walksFrom(id, freed(arcs)));
        expect(length).toBe(Math.max(0, ...all.map((walk) => sum(walk, weight))));
      }),
    );
  });
});
