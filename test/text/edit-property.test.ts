/** What must hold for any text and any sequence of edits; see issue bodies for what single texts mean. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/core/plan.ts';
import { markBody } from '../../src/text/body-marks.ts';
import { parseChecklist } from '../../src/text/checklist.ts';
import { compilePlan } from '../../src/text/compile-plan.ts';
import type { SubIssue } from '../../src/text/item-fates.ts';
import { planJson } from '../../src/text/plan-json.ts';

const piece = fc.constantFrom(
  ...[
    '- [ ] a',
    '- [x] b (#2)',
    '* [ ] depends on',
    '- [] ',
    '1. [ ] T1: x',
    '\t- [ ] ',
    '  - after "a"',
    '> ',
    '```',
    '# 2. H',
  ],
  ...[
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    '#1',
    '#1-#9',
    '“',
    '「',
    '」',
    '（',
    '）',
    ' に依存',
    ' 이후',
    '依赖',
    '被',
    '在',
    ' abhängig von ',
  ],
  ...[
    '| a | blocked by |\n|---|---|\n| 1 | #2 |',
    '<!-- muster: run -->',
    '<!--',
    '-->',
    '<details>',
    'blocks ALL',
    '→',
    'Order: T1 → T2',
  ],
  ...[
    '\u0000',
    '\ud800',
    '\ufeff',
    '𠮷',
    '￼',
    'do last',
    'Then ',
    'all of the above',
    'Phase 2 (after Phase 1)',
    '[ ]',
    '\\[',
    '`',
    '~~',
  ],
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
);

describe('any text', () => {
  it('is read, and what is read holds together', () => {
    fc.assert(
      fc.property(anyText, (body) => {
        const { tasks, edges, waves, warnings } = planJson(body);
        const lines = body.split(/\r\n|\r|\n/).length;
        for (const { index, parentIndex, depth, line } of tasks) {
          expect(tasks[index]?.index).toBe(index);
          expect(line).toBeLessThanOrEqual(lines);
          if (parentIndex !== null) expect(tasks[parentIndex]?.depth).toBeLessThan(depth);
        }
        for (const { from, to } of edges) {
          expect(tasks[from]).toBeDefined();
          expect(tasks[to]).toBeDefined();
          expect(from).not.toBe(to);
        }
        const working = waves.flat();
        expect(new Set(working).size).toBe(working.length);
        for (const { message } of warnings) expect(message).not.toBe('');
      }),
      { numRuns: 400, seed: 4 },
    );
  });

  it('is marked by insertions and ticks alone', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (body, ticked) => {
        const leaves = parseChecklist(body).items.filter(({ role }) => role === 'leaf');
        const marks = leaves.map(({ title, line }, at) => ({ title, line, issue: 7000 + at, ticked }));
        const { body: marked } = markBody(body, marks);
        const unlinked = marked.replace(/ \(#7\d{3}\)/g, '');
        if (!ticked) expect(unlinked).toBe(body);
        else {
          const without = (text: string): string =>
            text.replace(/([[［【])[ \txXｘＸ\u00a0\u3000]*([\]］】])/g, '$1$2');
          expect(without(unlinked)).toBe(without(body));
        }
        expect(markBody(marked, marks).body).toBe(marked);
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});

describe('time', () => {
  /** Characters that all regular expressions together had to look at; grows as time does, and the same on every machine. */
  function work(body: string): number {
    const { exec } = RegExp.prototype;
    let seen = 0;
    RegExp.prototype.exec = function counting(text: string): RegExpExecArray | null {
      const from = this.global || this.sticky ? this.lastIndex : 0;
      const found = exec.call(this, text);
      seen += 1 + (found === null ? String(text).length : found.index + found[0].length) - from;
      return found;
    };
    try {
      planJson(body);
    } finally {
      RegExp.prototype.exec = exec;
    }
    return seen;
  }

  it.each([
    ['items', '- [ ] **T%**: write the part number % of the parser (needs T1)\n  - Depends on: "T2: write"\n'],
    ['names', '- [ ] Build engine % after the parser is merged, once engine % is done, needs alpha, beta and gamma\n'],
    ['headings', '## Phase %: things (depends on #1)\n\nDepends on: Phase 1\n\n- [ ] thing %\n'],
    ['Japanese', '- [ ] 項目%を実装する（#1 に依存、#2 の完了後に）\n'],
    ['one paragraph', 'T1 depends on T2, and item 3 blocks item 4. '],
    ['a table', '| #% | title % | #1 |\n'],
  ])('grows with the length of %s', (_, template) => {
    const body = (count: number): string =>
      Array.from({ length: count }, (__, at) => template.replaceAll('%', String(at + 1))).join('');
    const [small, large] = [work(body(100)), work(body(400))];
    expect(large / small).toBeLessThan(6);
  });
});

/** An item as its author knows it, and the issue it was given. */
interface Row {
  text: string;
  ending: string;
  issue: number | null;
  /** With its link, as people do. */
  copied?: boolean;
}

const words = fc.constantFrom(
  'parse',
  'print',
  'parse all',
  'cache (fast)',
  'draw `x`',
  '**bold** move',
  'see #3',
  'wait, depends on #1',
);
const edit = fc.oneof(
  fc.record({ do: fc.constant('insert' as const), at: fc.nat(9), words }),
  fc.record({ do: fc.constant('delete' as const), at: fc.nat(9) }),
  fc.record({ do: fc.constant('move' as const), at: fc.nat(9), to: fc.nat(9) }),
  fc.record({ do: fc.constant('reword' as const), at: fc.nat(9), words }),
  fc.record({ do: fc.constant('tick' as const), at: fc.nat(9) }),
  fc.record({ do: fc.constant('copy' as const), at: fc.nat(9) }),
  fc.record({ do: fc.constant('ending' as const), at: fc.nat(9) }),
  fc.record({ do: fc.constant('sync' as const) }),
);
type Edit = typeof edit extends fc.Arbitrary<infer One> ? One : never;

function apply(rows: Row[], one: Edit): void {
  if (one.do === 'sync') return;
  if (one.do === 'insert') {
    rows.splice(one.at % (rows.length + 1), 0, { text: `- [ ] ${one.words}`, ending: '\n', issue: null });
    return;
  }
  const row = rows[one.at % Math.max(1, rows.length)];
  if (row === undefined) return;
  const [at] = [rows.indexOf(row)];
  if (one.do === 'copy') rows.splice(at + 1, 0, { ...row, copied: true });
  else if (one.do === 'delete') rows.splice(at, 1);
  else if (one.do === 'move') rows.splice(one.to % rows.length, 0, ...rows.splice(at, 1));
  else if (one.do === 'tick') row.text = row.text.replace('[ ]', '[x]');
  else if (one.do === 'ending') row.ending = row.ending === '\n' ? '\r\n' : '\n';
  else row.text = `${row.text.slice(0, 6)}${one.words}${row.issue === null ? '' : ` (#${row.issue})`}`;
}

/** What Muster does: plans, opens an issue for each task that has none, writes the links. */
function sync(rows: Row[], issues: SubIssue[]): void {
  const body = rows.map(({ text, ending }) => text + ending).join('');
  const plan = compilePlan({
    body,
    settings: {},
    flags: {},
    subIssues: issues,
    agents: ['default'],
    basePolicy: defaultPolicy,
  });
  if (!plan.ok) {
    expect(plan.problems.map(({ code }) => code)).not.toContain('too-many-tasks');
    return;
  }
  const marks = plan.plan.tasks.map(({ title, line, adopts }) => {
    const number = adopts?.number ?? 100 + issues.length;
    if (adopts === null)
      issues.push({ number, id: number, nodeId: `n${number}`, url: `u${number}`, title, open: true });
    return { title, line, issue: number, ticked: false };
  });
  const marked = markBody(body, marks);
  expect(marked.skipped).toEqual([]);
  const lines = marked.body.split(/(?<=\n)/);
  expect(lines).toHaveLength(rows.length);
  for (const [at, row] of rows.entries()) {
    const after = (lines[at] ?? '').slice(0, -row.ending.length);
    const added = /^ \(#(\d+)\)$/.exec(after.slice(row.text.length))?.[1];
    expect(after.slice(0, row.text.length)).toBe(row.text);
    if (after === row.text) continue;
    // a new link goes to an item that had none, and to one item only
    expect(row.issue).toBeNull();
    row.issue = Number(added);
    row.text = after;
  }
  const adopted = plan.plan.tasks.flatMap(({ adopts }) => adopts?.number ?? []);
  expect(new Set(adopted).size).toBe(adopted.length);
  const given = rows.flatMap(({ issue, copied }) => (copied === true ? [] : (issue ?? [])));
  expect(new Set(given).size).toBe(given.length);
}

describe('any sequence of edits', () => {
  it('gives no item two issues, no issue two items, and loses no link', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 25 }), (edits) => {
        const rows: Row[] = ['lexer', 'parser', 'printer'].map((name) => ({
          text: `- [ ] ${name}`,
          ending: '\n',
          issue: null,
        }));
        const issues: SubIssue[] = [];
        let everOpen = 0;
        for (const one of [...edits, { do: 'sync' as const }]) {
          apply(rows, one);
          if (one.do !== 'sync') continue;
          const before = rows.filter(({ issue, text }) => issue === null && text.startsWith('- [ ]')).length;
          sync(rows, issues);
          everOpen += before;
          expect(issues.length).toBeLessThanOrEqual(everOpen);
        }
        for (const { text, issue } of rows) if (issue !== null) expect(text.endsWith(` (#${issue})`)).toBe(true);
      }),
      { numRuns: 250, seed: 6 },
    );
  });
});
