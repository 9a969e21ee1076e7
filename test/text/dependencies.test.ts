import { describe, expect, it } from 'vitest';
import { parseChecklist } from '../../src/text/checklist.ts';

/** `from>to` by index, with `~` for lands-after. */
function edges(body: string, ownLinks: readonly number[] = []): readonly string[] {
  return parseChecklist(body, new Set(ownLinks)).dependencies.map(
    ({ from, to, kind }) => `${from}${kind === 'needs' ? '>' : '~'}${to}`,
  );
}

const three = '- [ ] Extract auth module\n- [ ] **Session** store (#12)\n- [ ] Write `api.ts` client\n';
const fourth = (words: string): readonly string[] =>
  edges(`${three}- [ ] Ship it ${words}\n`).map((edge) => edge.replace(/^3/, ''));

describe('numbers and references', () => {
  it.each([
    ['(depends on #12)', ['>1']],
    ['depends on 3', ['>2']],
    ['depends on item 2', ['>1']],
    ['(needs #2)', ['>1']],
    ['(needs 2)', ['>1']],
    ['(after 1)', ['>0']],
    ['after #1', ['>0']],
    ['— blocked by #1, #3', ['>0', '>2']],
    ['blocked by: 1, 2 and 3', ['>0', '>1', '>2']],
    ['blocked on #1 & #12', ['>0', '>1']],
    ['requires 3', ['>2']],
    ['(requires tasks 1-3)', ['>0', '>1', '>2']],
    ['depends on #1–#3', ['>0', '>1', '>2']],
    ['gated on steps 1 to 2', ['>0', '>1']],
    ['waits for #12 and #3.', ['>1', '>2']],
    ['depends on https://github.com/acme/shop/issues/12', ['>1']],
    ['Depends on: 2', ['>1']],
    ['prerequisites: #1 + #2', ['>0', '>1']],
    ['depends on #2, then release', ['>1']],
  ])('%s', (words, expected) => {
    expect(fourth(words)).toEqual(expected);
  });
});

describe('names', () => {
  it.each([
    ['depends on "Extract auth module"', ['>0']],
    ['depends on Extract auth module', ['>0']],
    ['depends on the extract auth module being done', ['>0']],
    ['depends on Session', ['>1']],
    ['depends on api.ts', ['>2']],
    ['blocked by: auth module', ['>0']],
    ['depends on “Session store” and `api.ts`', ['>1', '>2']],
    ['(after "Extract auth module")', ['>0']],
    ['(after extract auth)', ['>0']],
    ['needs Session', ['>1']],
    ['depends on Session because it stores tokens', ['>1']],
  ])('%s', (words, expected) => {
    expect(fourth(words)).toEqual(expected);
  });

  it('that fit several items name none, and are said to', () => {
    const { dependencies, warnings } = parseChecklist('- [ ] API server\n- [ ] API client\n- [ ] Docs depend on API\n');
    expect(dependencies).toEqual([]);
    expect(warnings.map(({ code, line }) => [code, line])).toEqual([['ambiguous-dependency', 3]]);
  });

  it('that fit nothing are kept as words', () => {
    expect(parseChecklist('- [ ] a\n- [ ] b depends on the new cluster\n').unresolved).toEqual([
      { from: 1, words: 'the new cluster', line: 2, strict: false },
    ]);
  });
});

describe('places', () => {
  it.each([
    ['(needs all of the above)', ['>0', '>1', '>2']],
    ['depends on everything above', ['>0', '>1', '>2']],
    ['after all previous tasks', ['>0', '>1', '>2']],
    ['(after the previous item)', ['>2']],
    ['depends on the task above', ['>2']],
  ])('%s', (words, expected) => {
    expect(fourth(words)).toEqual(expected);
  });

  it('all others are those below, too, and only what is work', () => {
    const body = '- [ ] a\n- [ ] last, after everything else\n- [ ] b\n- [x] c\n\n## Acceptance criteria\n- [ ] fast\n';
    expect(edges(body)).toEqual(['1>0', '1>2', '1>3']);
    expect(edges('- [ ] G\n  - [ ] a\n- [ ] b (needs all others)\n')).toEqual(['2>1']);
  });
});

describe('words that state no dependency', () => {
  it.each([
    'after 3 days',
    'after 1.0',
    'needs 2 reviewers',
    'requires Node 20',
    'requires CMake 3.9',
    'does not depend on 1',
    'no longer blocked by #1',
    'independent of 1',
    'then 2',
    '(see #12)',
    '(fixed by #12)',
    'part of #12',
    'needed for #12',
    'fix logout after redirect',
    'old -> new',
    'impl blocks #1',
    'after deployment',
    'once stable',
    'in Phase 1',
    'update dependency 2',
    'needs more tests',
    'needs all tests to pass',
    'after all',
    'following 1 user',
  ])('%s', (words) => {
    expect(fourth(words)).toEqual([]);
  });
});

describe('lands-after', () => {
  it.each([
    ['(merge after #1)', ['~0']],
    ['lands after 2 and 3', ['~1', '~2']],
    ['land after "Extract auth module"', ['~0']],
    ['needs #1, to be merged after 2', ['>0', '~1']],
  ])('%s', (words, expected) => {
    expect(fourth(words)).toEqual(expected);
  });
});

describe('where the words stand', () => {
  it('may be a child bullet or a second paragraph; the line is theirs', () => {
    const body = `${three}- [ ] Ship it\n  - some detail\n  - Depends on: 2\n\n  Also blocked by #1.\n`;
    const { dependencies, items } = parseChecklist(body);
    expect(dependencies).toEqual([
      { from: 3, to: 1, kind: 'needs', basis: 'ref', source: 'Depends on: 2', line: 6 },
      { from: 3, to: 0, kind: 'needs', basis: 'ref', source: 'blocked by #1', line: 8 },
    ]);
    expect(items[3]?.dependsOn).toEqual([0, 1]);
  });

  it('belongs to the sub-item when it stands there', () => {
    expect(edges('- [ ] A\n- [ ] Group\n  - [ ] B\n    - needs #1\n')).toEqual(['2>0']);
  });

  it('is found across a soft line break', () => {
    expect(edges('- [ ] a\n- [ ] b depends\n  on #1\n')).toEqual(['1>0']);
  });

  it('is not inside code or comments', () => {
    expect(edges('- [ ] a\n- [ ] b <!-- depends on 1 -->\n  ```\n  depends on 1\n  ```\n')).toEqual([]);
  });
});

describe('what #n means', () => {
  it('is the issue when an item carries it, even against the order of the list', () => {
    const body = '- [ ] one (#3)\n- [ ] two\n- [ ] three\n- [ ] four, depends on #3\n';
    const { dependencies, warnings } = parseChecklist(body);
    expect(dependencies.map(({ to, basis }) => [to, basis])).toEqual([[0, 'ref']]);
    expect(warnings.map(({ code }) => code)).toEqual(['ambiguous-dependency']);
  });

  it('on itself is no dependency, and said', () => {
    const { dependencies, warnings } = parseChecklist('- [ ] Alpha (needs #1)\n- [ ] Beta (after item 1)\n');
    expect(dependencies.map(({ from, to }) => [from, to])).toEqual([[1, 0]]);
    expect(warnings).toEqual([expect.objectContaining({ code: 'self-dependency', line: 1 })]);
  });

  it('is the item that starts with it when several name it', () => {
    expect(edges('- [ ] #14 base\n- [ ] more of #14\n- [ ] top (needs #14)\n')).toEqual(['2>0']);
  });

  it('is no item that only waits for it', () => {
    const body = '- [ ] meta (https://github.com/o/r/issues/161)\n- [ ] docs (needs #161)\n- [ ] pages (needs #161)\n';
    expect(edges(body)).toEqual(['1>0', '2>0']);
  });

  it('stays the place in the list when Muster links items meanwhile', () => {
    const linked = '- [ ] one (#2)\n- [ ] two (#3)\n- [ ] three, depends on #2 (#4)\n';
    expect(edges('- [ ] one\n- [ ] two\n- [ ] three, depends on #2\n')).toEqual(['2>1']);
    expect(edges(linked, [2, 3, 4])).toEqual(['2>1']);
    expect(edges('- [ ] one (#71)\n- [ ] two, depends on #71 (#72)\n', [71, 72])).toEqual(['1>0']);
  });

  it('outside the list is an outside matter; "item 9" is a mistake', () => {
    const { unresolved } = parseChecklist(
      '- [ ] a, blocked by #900\n- [ ] b, depends on item 9\n- [ ] c depends on other/repo#1\n',
    );
    expect(unresolved.map(({ words, strict }) => [words, strict])).toEqual([
      ['#900', false],
      ['item 9', true],
      ['other/repo#1', false],
    ]);
  });
});

describe('edges', () => {
  it('never tie an item to itself, its group or its sub-items, and come once', () => {
    expect(edges('- [ ] Group, after 2\n  - [ ] a, needs 1, depends on 2\n- [ ] b (needs 1) depends on #1\n')).toEqual([
      '2>0',
    ]);
  });
});
