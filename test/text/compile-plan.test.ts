import { describe, expect, it } from 'vitest';
import { approvedPart } from '../../src/core/canonical.ts';
import type { PlanProblem } from '../../src/core/model.ts';
import { defaultPolicy, type Plan } from '../../src/core/plan.ts';
import { compilePlan, type PlanInput } from '../../src/text/compile-plan.ts';
import { planJson } from '../../src/text/plan-json.ts';

function input(body: string, more: Partial<PlanInput> = {}): PlanInput {
  return {
    body,
    settings: {},
    flags: {},
    subIssues: [],
    agents: ['default', 'claude'],
    basePolicy: defaultPolicy,
    ...more,
  };
}

function plan(body: string, more: Partial<PlanInput> = {}): Plan {
  const compiled = compilePlan(input(body, more));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.plan;
}

function problems(body: string, more: Partial<PlanInput> = {}): readonly PlanProblem[] {
  const compiled = compilePlan(input(body, more));
  return compiled.ok ? [] : compiled.problems;
}

const edges = ({ edges: all }: Plan): readonly string[] =>
  all.map(({ from, to, kind }) => `${from}${kind === 'needs' ? '>' : '~'}${to}`);

function subIssue(number: number, open: boolean, title = `Issue ${number}`): PlanInput['subIssues'][number] {
  return { number, id: number * 10, nodeId: `I_${number}`, url: `https://x.test/${number}`, title, open };
}

describe('the muster block of an issue', () => {
  const block = (lines: string): string =>
    `\`\`\`muster\n${lines}\n\`\`\`\n- [ ] Tag the release\n- [ ] Import orders\n## Checks\n- [ ] All pages load correctly\n- [x] Done\n`;
  const titles = (body: string): readonly string[] => plan(body).tasks.map(({ title }) => title);

  it('makes work of what it lists under run, and leaves out what it lists under skip', () => {
    expect(titles(block('max_workers: 2'))).toEqual(['Import orders']);
    expect(titles(block('run: [Tag the release, Checks]'))).toEqual([
      'Tag the release',
      'Import orders',
      'All pages load correctly',
    ]);
    expect(titles(block('run: 1\nskip:\n  - item 2'))).toEqual(['Tag the release']);
    expect(
      plan(block('run: 3\nskip: Import orders')).leftOut.find(({ title }) => title === 'Import orders')?.reason,
    ).toBe('its author says so (skip in the muster block)');
  });

  it('does not make work of what is done', () => {
    expect(titles(block('run: Done'))).toEqual(['Import orders']);
  });

  it('is refused where it names nothing, or the same twice, with line and nearest title', () => {
    expect(problems(block('run: [Import order]'))).toMatchObject([
      { code: 'settings', line: 2, remedy: 'Did you mean "Import orders"?' },
    ]);
    expect(problems(block('run: Import orders\nskip: Import orders'))).toMatchObject([
      { code: 'settings', line: 3, message: expect.stringContaining('both "run" and "skip" name "Import orders"') },
    ]);
    expect(problems(block('runs: Import orders'))).toMatchObject([{ line: 2, remedy: 'Did you mean "run"?' }]);
  });
});

describe('tasks', () => {
  it('are the open leaves that are work, with their context', () => {
    const body =
      '# Plan\n## API\n- [x] Done before\n- [ ] Group\n  - [ ] First (30 min)\n    - use **types**\n  - [ ] Second\n- [ ] Last\n';
    const { tasks } = plan(body);
    expect(tasks.map(({ id, title }) => [id, title])).toEqual([
      ['t1', 'First (30 min)'],
      ['t2', 'Second'],
      ['t3', 'Last'],
    ]);
    expect(tasks[0]).toEqual({
      id: 't1',
      title: 'First (30 min)',
      text: 'First (30 min)\n- use **types**',
      section: 'API',
      parents: ['Group'],
      neighbours: ['Done before', 'Second'],
      role: 'work',
      estimateMinutes: 30,
      line: 5,
      agent: null,
      adopts: null,
    });
  });

  it('go on with an open sub-issue that the item is linked to', () => {
    const { tasks, leftOut } = plan('- [ ] a (#7)\n- [ ] b (#8)\n- [ ] c (#99)\n- [ ] #9\n', {
      subIssues: [subIssue(7, true), subIssue(8, false), subIssue(9, true, 'From there')],
    });
    expect(tasks.map(({ title, text, adopts }) => [title, text, adopts?.number ?? null])).toEqual([
      ['a', 'a', 7],
      ['c (#99)', 'c (#99)', null],
      ['From there', 'From there', 9],
    ]);
    expect(leftOut.map(({ title, reason }) => [title, reason])).toEqual([
      ['b (#8)', 'its sub-issue #8 is closed; reopen it to have it worked on'],
    ]);
  });

  it('are not made of bare references to issues that were not read', () => {
    const { tasks, leftOut } = plan('- [ ] work\n- [ ] #12\n- [ ] https://github.com/o/r/issues/3\n');
    expect(tasks).toHaveLength(1);
    expect(leftOut.map(({ reason }) => reason.slice(0, 20))).toEqual(['it only points to #1', 'it only points to o/']);
  });

  it('may have equal titles', () => {
    expect(plan('- [ ] same\n- [ ] same\n').tasks.map(({ id }) => id)).toEqual(['t1', 't2']);
  });

  it('are the same before and after Muster linked and ticked the list', () => {
    const before = plan('- [ ] one\n  - detail\n- [ ] two, depends on #1\n');
    const after = plan('- [ ] one (#2)\n  - detail\n- [ ] two, depends on #1 (#3)\n', {
      subIssues: [subIssue(2, true), subIssue(3, true)],
    });
    const plain = ({ tasks, edges: all }: Plan): unknown => [tasks.map(({ adopts: _, ...task }) => task), all];
    expect(plain(after)).toEqual(plain(before));
  });
});

describe('edges', () => {
  it('to and from groups mean all their leaves', () => {
    expect(edges(plan('- [ ] G\n  - [ ] a\n  - [ ] b\n- [ ] H (needs #1)\n  - [ ] c\n  - [ ] d\n'))).toEqual([
      't3>t1',
      't3>t2',
      't4>t1',
      't4>t2',
    ]);
  });

  it('to ticked and struck items are satisfied', () => {
    expect(edges(plan('- [x] a\n- [ ] ~~b~~\n- [ ] c (needs 1), depends on 2\n'))).toEqual([]);
  });

  it('keep the author’s words and line', () => {
    expect(plan('- [ ] a\n- [ ] b\n  - lands after #1\n').edges).toEqual([
      { from: 't2', to: 't1', kind: 'lands-after', basis: 'ref', source: 'lands after #1', line: 3 },
    ]);
  });

  it('follow the list with strategy sequential, except where its words say otherwise', () => {
    const body = '- [ ] a, depends on item 3\n- [ ] b\n- [ ] c\n';
    const sequential = plan(body, { flags: { strategy: 'sequential' } });
    expect(edges(sequential)).toEqual(['t1>t3', 't3>t2']);
    expect(sequential.edges.map(({ basis }) => basis)).toEqual(['ref', 'yaml']);
  });

  it('to items nobody here works on leave out what waits for them', () => {
    const { tasks, leftOut } = plan(
      '- [ ] Publish the package to npm\n- [ ] docs, depends on 1\n- [ ] site, depends on 2\n- [ ] blog\n',
    );
    expect(tasks.map(({ title }) => title)).toEqual(['blog']);
    expect(leftOut.map(({ title, reason }) => [title, reason.slice(0, 40)])).toEqual([
      ['Publish the package to npm', 'a release or approval step for a human'],
      ['docs, depends on 1', 'it waits for "Publish the package to npm'],
      ['site, depends on 2', 'it waits for "docs, depends on 1" (line '],
    ]);
  });
});

describe('policy', () => {
  it('is the operator’s, then the repository’s, then the command’s', () => {
    const { policy } = plan('- [ ] a\n', {
      settings: { maxWorkers: 3, timeoutSeconds: 60, verify: 'npm test' },
      flags: { maxWorkers: 2, agent: 'claude', retry: true },
    });
    expect(policy).toEqual({
      ...defaultPolicy,
      maxWorkers: 2,
      timeoutSeconds: 60,
      verify: 'npm test',
      agent: 'claude',
    });
  });
});

describe('problems', () => {
  it('no checklist, and what was found instead', () => {
    expect(problems('Just words, see #1 and #2.')).toEqual([
      {
        code: 'no-checklist',
        line: 0,
        message: 'No checklist was found in the issue. It names 2 issues, but no list item with a box.',
        remedy: 'Write one "- [ ] what is to be done" per task into the issue, then run again.',
      },
    ]);
    expect(problems('- [x] a\n')[0]?.message).toBe('Every item of the checklist is ticked already.');
    expect(problems('## Acceptance criteria\n- [ ] a\n')[0]?.message).toContain('none of them is work');
  });

  it('a cycle, as a path with lines', () => {
    const body = '- [ ] a, depends on 3\n- [ ] b (merge after 1)\n- [ ] c (needs 2)\n';
    expect(problems(body)).toEqual([
      {
        code: 'cycle',
        line: 2,
        message:
          'These items wait for each other: "a, depends on 3" (line 1) -> "c (needs 2)" (line 3) -> "b (merge after 1)" (line 2) -> "a, depends on 3" (line 1).',
        remedy: 'Take out one of the dependencies, for example "merge after 1" in line 2.',
      },
    ]);
  });

  it('an item that does not exist; an issue outside is only a warning', () => {
    expect(problems('- [ ] a, depends on item 99\n').map(({ code, line, message }) => [code, line, message])).toEqual([
      ['unknown-item', 1, '"a, depends on item 99" waits for item 99, which is not in the list.'],
    ]);
    expect(plan('- [ ] a, blocked by #99\n').warnings.map(({ code }) => code)).toEqual(['outside-dependency']);
  });

  it('1,001 items, with a remedy', () => {
    const [problem] = problems('- [ ] item\n'.repeat(1_001));
    expect(problem).toMatchObject({ code: 'too-many-tasks', line: 1_001 });
    expect(problem?.remedy).toContain('several master issues');
    expect(problems('- [ ] item\n'.repeat(1_000))).toEqual([]);
  });

  it('an agent nobody has configured', () => {
    expect(problems('- [ ] a\n', { settings: { agent: 'claud' } })).toEqual([
      {
        code: 'unknown-agent',
        line: 0,
        message: 'There is no agent "claud".',
        remedy: 'Did you mean "claude"? This server has: default, claude.',
      },
    ]);
  });

  it('come all at once', () => {
    expect(
      problems('- [ ] a, depends on 2\n- [ ] b, depends on 1, item 7\n', { flags: { agent: 'x' } }).map(
        ({ code }) => code,
      ),
    ).toEqual(['unknown-agent', 'unknown-item', 'cycle']);
  });
});

describe('what else a plan says', () => {
  it('warnings with lines, acceptance criteria, items left out', () => {
    const { warnings, acceptance, leftOut } = plan(
      '- [] glued\n- [ ]\n- [ ] ~~dropped~~\n\n## Acceptance criteria\n- [ ] fast\n',
    );
    expect(warnings.map(({ code, line }) => [code, line])).toEqual([
      ['malformed-checkbox', 1],
      ['empty-item', 2],
    ]);
    expect(acceptance).toEqual(['fast']);
    expect(leftOut.map(({ title, line }) => [title, line])).toEqual([
      ['dropped', 3],
      ['fast', 6],
    ]);
  });
});

describe('proposals', () => {
  const body = '- [ ] Write the lexer\n- [x] Paint icons\n- [ ] Add tests for the lexer\n- [ ] Document the lexer\n';
  const found = ({ proposals = [] }: Plan): readonly string[] =>
    proposals.map(({ id, from, to, kind }) => `${id} ${from}${kind === 'needs' ? '>' : '~'}${to}`);

  it('are about tasks, with their evidence and line, under the ids of plan --json', () => {
    const { proposals } = plan(body);
    expect(proposals).toEqual([
      {
        id: 'p1',
        from: 't2',
        to: 't1',
        kind: 'needs',
        source: 'tests what "Write the lexer" makes ("lexer")',
        line: 3,
      },
      {
        id: 'p2',
        from: 't3',
        to: 't1',
        kind: 'needs',
        source: 'tells of what "Write the lexer" makes ("lexer")',
        line: 4,
      },
    ]);
    const json = planJson(body).edges.filter(({ basis }) => basis === 'proposed');
    expect(json).toMatchObject([
      { id: 'p1', from: 2, to: 0 },
      { id: 'p2', from: 3, to: 0 },
    ]);
  });

  it('gate nothing, and do not change what is approved', () => {
    expect(edges(plan(body))).toEqual([]);
    expect(approvedPart(plan(body))).toEqual(approvedPart({ ...plan(body), proposals: [] }));
  });

  it('say nothing against, or again, what the author or a pattern says', () => {
    const stated = '- [ ] Write the lexer (needs #2)\n- [ ] Add tests for the lexer\n';
    expect(found(plan(stated))).toEqual([]);
    const phases = `${body}\n\`\`\`muster\nphases:\n  - name: Write the lexer\n  - name: Add tests for the lexer\n\`\`\`\n`;
    expect(found(plan(phases))).toEqual(['p2 t3>t1']);
  });

  it('come with the strategy that takes them', () => {
    expect(found(plan(body, { flags: { strategy: 'parallel' } }))).toEqual([]);
    expect(found(plan(body, { flags: { strategy: 'sequential' } }))).toEqual([]);
    const warned = plan(body, { flags: { strategy: 'parallel' } }).warnings;
    expect(warned.map(({ code, line }) => `${code} ${line}`)).toEqual(['likely-dependent 3', 'likely-dependent 4']);
    expect(warned[0]?.message).toContain('"Add tests for the lexer" may not be independent of "Write the lexer"');
  });

  it('are met as all needs are', () => {
    const { proposals } = plan(body, { settings: { satisfiedBy: 'pr-green' } });
    expect(proposals?.map(({ until }) => until)).toEqual(['pr-green', 'pr-green']);
  });
});

describe('dependencies that are on GitHub', () => {
  const body = '- [ ] One (#11)\n- [ ] Two (needs #1) (#12)\n- [ ] Three (#13)\n';
  const on = (...pairs: readonly (readonly [number, number])[]): Partial<PlanInput> => ({
    subIssues: [11, 12, 13].map((number) => ({
      ...subIssue(number, true),
      blockedBy: pairs.flatMap(([from, to]) => (from === number ? [to * 10] : [])),
    })),
  });
  const told = (pairs: Partial<PlanInput>) =>
    plan(body, pairs).edges.map(({ from, to, basis, stated }) => `${from}>${to} ${basis}${stated ? ', stated' : ''}`);

  it('are part of the plan, and stronger than what the text says', () => {
    expect(told(on())).toEqual(['t2>t1 ref']);
    expect(told(on([13, 12]))).toEqual(['t2>t1 ref', 't3>t2 native']);
    expect(told(on([12, 11]))).toEqual(['t2>t1 native, stated']);
    expect(told(on([13, 99]))).toEqual(['t2>t1 ref']);
  });

  it('a circle with them is a problem, with its path', () => {
    const [problem, ...more] = problems(body, on([11, 12]));
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'cycle' });
    expect(problem?.message).toContain('"One" (line 1) -> "Two (needs #1)" (line 2) -> "One" (line 1)');
  });
});
