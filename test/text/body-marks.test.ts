import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/core/plan.ts';
import { type ItemMark, markBody } from '../../src/text/body-marks.ts';
import { parseChecklist } from '../../src/text/checklist.ts';
import { compilePlan } from '../../src/text/compile-plan.ts';

const mark = (title: string, issue: number, more: Partial<ItemMark> = {}): ItemMark => ({
  title,
  issue,
  line: 1,
  ticked: false,
  ...more,
});

describe('marks in the body', () => {
  it('link behind the first paragraph and tick, and touch nothing else', () => {
    const body =
      '# Plan\r\n\r\n1. [ ] **One**: text  \r\n   wrapped\t\r\n   - detail\r\n2. [ ]\ttwo\r\n\r\n<!-- x -->\r\nend\u0000';
    const { body: marked, skipped } = markBody(body, [mark('One: text wrapped', 7, { ticked: true }), mark('two', 8)]);
    expect(marked).toBe(
      '# Plan\r\n\r\n1. [x] **One**: text  \r\n   wrapped (#7)\t\r\n   - detail\r\n2. [ ]\ttwo (#8)\r\n\r\n<!-- x -->\r\nend\u0000',
    );
    expect(skipped).toEqual([]);
  });

  it('are found again under their link', () => {
    const first = markBody('- [ ] one\n- [ ] two\n', [mark('one', 5), mark('two', 6)]).body;
    expect(markBody(first, [mark('one', 5, { ticked: true }), mark('two (#6)', 6)]).body).toBe(
      '- [x] one (#5)\n- [ ] two (#6)\n',
    );
  });

  it('tell equal titles apart by link, then by line', () => {
    const body = '- [ ] same\n- [ ] other\n- [ ] same\n';
    const linked = markBody(body, [mark('same', 9, { line: 3 })]).body;
    expect(linked).toBe('- [ ] same\n- [ ] other\n- [ ] same (#9)\n');
    expect(markBody(linked, [mark('same', 8, { line: 3 }), mark('same', 9, { line: 1, ticked: true })]).body).toBe(
      '- [ ] same (#8)\n- [ ] other\n- [x] same (#9)\n',
    );
  });

  it('do not take another number in the words for the link', () => {
    expect(markBody('- [ ] a, depends on #5\n', [mark('a, depends on #5', 5)]).body).toBe(
      '- [ ] a, depends on #5 (#5)\n',
    );
  });

  it('leave an item that is only a reference without a second one', () => {
    expect(markBody('- [ ] #12\n', [mark('Title of issue 12', 12, { ticked: true })]).body).toBe('- [x] #12\n');
  });

  it('never untick and never mark a group', () => {
    expect(markBody('- [x] a\n', [mark('a', 1)]).body).toBe('- [x] a (#1)\n');
    expect(markBody('- [ ] a\n  - [ ] b\n', [mark('a', 1)]).skipped).toHaveLength(1);
  });

  it('fill in boxes that were typed wrong', () => {
    expect(markBody('- [] a\n-[ ] b\n', [mark('a', 1, { ticked: true }), mark('b', 2, { ticked: true })]).body).toBe(
      '- [x] a (#1)\n-[x] b (#2)\n',
    );
  });

  it('say what is gone', () => {
    expect(markBody('- [ ] a\n', [mark('b', 3)])).toEqual({
      body: '- [ ] a\n',
      skipped: ['"b" (#3) is not in the list any more'],
    });
  });

  it('keep within what GitHub allows: the tick comes, the link does not', () => {
    const body = `- [ ] a\n- [ ] b\n\n${'x'.repeat(65_536 - 18 - 6)}`;
    const { body: marked, skipped } = markBody(body, [mark('a', 1), mark('b', 2, { ticked: true })]);
    expect(marked.length).toBeLessThanOrEqual(65_536);
    expect(marked.startsWith('- [ ] a (#1)\n- [x] b\n')).toBe(true);
    expect(skipped).toEqual(['the link (#2) was left out: the issue would become longer than GitHub allows']);
  });
});

describe('in any body', () => {
  const piece = fc.constantFrom(
    '- [ ] alpha',
    '- [x] beta',
    '  * [ ] gamma `c`',
    '1. [ ] **alpha**',
    '- [] delta',
    '-[ ] eps',
    '# H',
    '',
    '> - [ ] q',
    '```',
    'text',
    '\t- [X] zeta',
    'ünï 🎉',
    '<!-- - [ ] alpha -->',
    '- [ ] alpha (#3)',
  );
  const body = fc
    .tuple(fc.array(piece, { maxLength: 15 }), fc.constantFrom('\n', '\r\n'))
    .map(([lines, ending]) => lines.join(ending));
  const marks = fc.array(
    fc.record({
      title: fc.constantFrom('alpha', 'beta', 'gamma c', 'delta', 'eps', 'zeta', 'nobody'),
      line: fc.integer({ min: 1, max: 15 }),
      issue: fc.integer({ min: 1, max: 9 }),
      ticked: fc.boolean(),
    }),
    { maxLength: 6 },
  );

  it('only ticks and links are new', () => {
    fc.assert(
      fc.property(body, marks, (before, wanted) => {
        const after = markBody(before, wanted).body;
        const plain = (text: string): string => text.replace(/ \(#\d\)/g, '').replace(/\[[ xX]?\]/g, '[]');
        expect(plain(after)).toBe(plain(before));
        const checked = (text: string): number => parseChecklist(text).items.filter((item) => item.checked).length;
        expect(checked(after)).toBeGreaterThanOrEqual(checked(before));
      }),
      { numRuns: 300 },
    );
  });

  it('a second time changes nothing', () => {
    fc.assert(
      fc.property(
        body,
        fc.uniqueArray(marks, { maxLength: 1 }).map((all) => all[0] ?? []),
        (before, wanted) => {
          const distinct = wanted.filter((one, at) => wanted.findIndex(({ issue }) => issue === one.issue) === at);
          const once = markBody(before, distinct).body;
          expect(markBody(once, distinct).body).toBe(once);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a line that somebody added below the link', () => {
  const issue = (number: number) => ({ number, id: number, nodeId: '', url: '', title: 'T', open: true });
  const read = (body: string) => {
    const subIssues = [issue(7), issue(8)];
    const base = { settings: {}, flags: {}, agents: ['default'], basePolicy: defaultPolicy };
    const compiled = compilePlan({ body, subIssues, ...base });
    return compiled.ok ? compiled.plan.tasks : [];
  };

  it.each([
    ['lazily', '- [ ] Alpha (#7)\nand more\n', 'Alpha and more', 'Alpha\nand more'],
    [
      'indented',
      '- [ ] Alpha (#7)\r\n  and more\r\n\r\n  Notes (#8)\r\n',
      'Alpha and more',
      'Alpha\nand more\n\nNotes (#8)',
    ],
    ['in the middle', '- [ ] **Al**pha\nand (#7)\nmore\n', 'Alpha and more', '**Al**pha\nand\nmore'],
  ])('%s: it is the same task, its words go without the link, and none is added', (_, body, title, text) => {
    const [task] = read(body);
    expect(task).toMatchObject({ title, text, adopts: { number: 7 } });
    const marks = [{ title, line: 1, issue: 7, ticked: true }];
    expect(markBody(body, marks)).toEqual({ body: body.replace('[ ]', '[x]'), skipped: [] });
  });

  it('a number that is the link of another item means that item', () => {
    const body = '- [ ] see parser (#7)\n  first\n- [ ] parser (#7)\n';
    expect(read(body).map(({ title, adopts }) => [title, adopts?.number])).toEqual([
      ['see parser (#7) first', undefined],
      ['parser', 7],
    ]);
    const marks = [
      { title: 'see parser (#7) first', line: 1, issue: 9, ticked: false },
      { title: 'parser', line: 3, issue: 7, ticked: false },
    ];
    expect(markBody(body, marks).body).toBe('- [ ] see parser (#7)\n  first (#9)\n- [ ] parser (#7)\n');
  });
});
