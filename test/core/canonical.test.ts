import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approvedPart, canonicalJson } from '../../src/core/canonical.ts';
import type { Plan, PlannedTask } from '../../src/core/plan.ts';
import { edge, planOf } from './story.ts';

describe('canonical JSON', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: { d: null, c: [true, 'x'] } }, '{"a":{"c":[true,"x"],"d":null},"b":1}'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [[undefined, 1], '[null,1]'],
    [{}, '{}'],
    [[], '[]'],
    ['line\n"quoted" é', '"line\\n\\"quoted\\" é"'],
    [{ 'a"b': 1 }, '{"a\\"b":1}'],
    [null, 'null'],
  ])('%o is %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('equal values have equal text, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
      }),
    );
  });

  it('nothing is lost', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
      }),
    );
  });
});

describe('what an approval binds to', () => {
  const plan = planOf(['t1', 't2'], [edge('t2', 't1')]);
  const withTask = (changes: Partial<PlannedTask>): Plan => ({
    ...plan,
    tasks: plan.tasks.map((task, index) => (index === 0 ? { ...task, ...changes } : task)),
  });
  const part = (changed: Plan): string => canonicalJson(approvedPart(changed));

  it.each<[string, Plan]>([
    ['a title', withTask({ title: 'Other' })],
    ['a text', withTask({ text: 'Other' })],
    ['a role', withTask({ role: 'review' })],
    ['an agent', withTask({ agent: 'other' })],
    ['an edge less', { ...plan, edges: [] }],
    ['an edge the other way', { ...plan, edges: [edge('t1', 't2')] }],
    ['an edge of another kind', { ...plan, edges: [edge('t2', 't1', 'lands-after')] }],
    ['the policy', { ...plan, policy: { ...plan.policy, merge: 'manual' } }],
    ['a task less', { ...plan, tasks: plan.tasks.slice(1) }],
    ['the order of tasks', { ...plan, tasks: [...plan.tasks].reverse() }],
  ])('%s voids it', (_, changed) => {
    expect(part(changed)).not.toBe(part(plan));
  });

  it.each<[string, Plan]>([
    ['another line', withTask({ line: 40 })],
    ['another section', withTask({ section: 'Later' })],
    ['its neighbours', withTask({ neighbours: ['x'] })],
    ['an adopted sub-issue', withTask({ adopts: { number: 5, id: 5, nodeId: 'I', url: '' } })],
    ['another estimate', withTask({ estimateMinutes: 5 })],
    ['the words that made an edge', { ...plan, edges: [{ ...edge('t2', 't1'), source: 'after 1', line: 9 }] }],
    ['warnings', { ...plan, warnings: [{ line: 1, code: 'x', message: 'y' }] }],
  ])('%s does not', (_, changed) => {
    expect(part(changed)).toBe(part(plan));
  });
});
