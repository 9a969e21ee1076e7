import { describe, expect, it } from 'vitest';
import { planJson } from '../../src/text/plan-json.ts';

describe('the plan as JSON', () => {
  it('lists every checkbox, the edges as written, waves and the critical path of what is worked on', () => {
    const json = planJson(
      '## Work\n- [ ] a (10 min)\n- [x] b\n- [ ] G\n  - [ ] c (needs #1)\n  - [ ] d\n- [ ] e (60 min), depends on #3\n',
    );
    expect(json.tasks[3]).toEqual({
      index: 3,
      title: 'c (needs #1)',
      checked: false,
      section: 'Work',
      depth: 1,
      parentIndex: 2,
      role: 'leaf',
      struck: false,
      dispatch: true,
      reason: null,
      refs: ['#1'],
      dependsOn: [0],
      line: 5,
    });
    expect(json.tasks.map(({ role, dispatch }) => [role, dispatch])).toEqual([
      ['leaf', true],
      ['leaf', false],
      ['group', false],
      ['leaf', true],
      ['leaf', true],
      ['leaf', true],
    ]);
    expect(json.edges).toEqual([
      { from: 3, to: 0, kind: 'needs', basis: 'ref', source: 'needs #1', line: 5 },
      { from: 5, to: 2, kind: 'needs', basis: 'ref', source: 'depends on #3', line: 7 },
    ]);
    expect(json.waves).toEqual([[0, 4], [3], [5]]);
    expect(json.criticalPath).toEqual([0, 3, 5]);
    expect(json.warnings).toEqual([]);
  });

  it('says a cycle and still prints', () => {
    const json = planJson('- [ ] a (needs #2)\n- [ ] b (needs #1)\n- [ ] c\n');
    expect(json.warnings.map(({ code, line }) => [code, line])).toEqual([['cycle', 1]]);
    expect(json.waves).toEqual([[2]]);
    expect(json.criticalPath).toEqual([]);
  });

  it('warns when there is nothing to do', () => {
    expect(planJson('words').warnings.map(({ code }) => code)).toEqual(['no-checklist']);
    expect(planJson('words').tasks).toEqual([]);
  });

  it('warns of what is not in the list', () => {
    const json = planJson('- [ ] a, depends on item 9\n- [ ] b, blocked by #900\n');
    expect(json.warnings.map(({ code, line }) => [code, line])).toEqual([
      ['unknown-item', 1],
      ['outside-dependency', 2],
    ]);
  });
});
