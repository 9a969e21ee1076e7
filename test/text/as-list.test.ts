import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/core/plan.ts';
import { type CompiledPlan, compilePlan, type PlanInput } from '../../src/text/compile-plan.ts';
import { markIssue } from '../../src/text/entry-marks.ts';
import { planJson } from '../../src/text/plan-json.ts';

function compiled(body: string, more: Partial<PlanInput> = {}): CompiledPlan {
  return compilePlan({
    body,
    settings: {},
    flags: {},
    subIssues: [],
    agents: ['default'],
    basePolicy: defaultPolicy,
    ...more,
  });
}

function read(body: string, more: Partial<PlanInput> = {}) {
  const result = compiled(body, { flags: { asList: true }, ...more });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.plan;
}

const numbered =
  'What is left:\r\n\r\n1. Add `a.txt`\r\n2. Add b\r\n   and more of it (needs #1)\r\n3. Add c\r\n\r\nThanks.\r\n';
const bullets = '- #4 Parser\n- see also the wiki\n- #5 Printer (after #4)\n';
const table = '| Issue | Title |\n| --- | --- |\n| #4 | Parser |\n| #5 | Printer |\n';

describe('a list without boxes', () => {
  it('is offered in words, with what would be its tasks', () => {
    const result = compiled(numbered);
    expect(result).toEqual({
      ok: false,
      problems: [
        {
          code: 'no-checklist',
          line: 0,
          message:
            'There is no checkbox, but a numbered list of 3 entries from line 3 on: "Add a.txt", "Add b and more of it (needs #1)" and "Add c".',
          remedy:
            'Muster takes it only when told to: `/muster run --as-list` has its entries worked on (on the command line: --as-list), and so does "- [ ] " before each of them.',
        },
      ],
    });
  });

  it('is a plan with --as-list: its entries are the tasks, in their own lines', () => {
    const plan = read(numbered);
    expect(plan.tasks.map(({ title, line }) => [title, line])).toEqual([
      ['Add a.txt', 3],
      ['Add b and more of it (needs #1)', 4],
      ['Add c', 6],
    ]);
    expect(plan.edges).toMatchObject([{ from: 't2', to: 't1' }]);
    expect(plan.warnings).toMatchObject([{ code: 'as-list', line: 3 }]);
    expect(plan.warnings[0]?.message).toContain('nothing can be ticked');
    expect(read(bullets).tasks.map(({ title }) => title)).toEqual(['#4 Parser', '#5 Printer (after #4)']);
    expect(read(table).warnings[0]?.message).toContain('The table stays as it is');
  });

  it('is left alone where boxes hold the work', () => {
    const plan = read(`${numbered}\n- [ ] Only this\n`);
    expect(plan.tasks.map(({ title }) => title)).toEqual(['Only this']);
    expect(plan.warnings[0]?.message).toBe('--as-list changes nothing: the boxes of this text are its tasks.');
  });

  it('with its last entry is still a list while it is worked on, and no list before', () => {
    expect(read('1. Add c\n', { rereading: true }).tasks).toHaveLength(1);
    expect(compiled('1. Add c\n', { flags: { asList: true } }).ok).toBe(false);
  });

  it('shows its entries in the JSON of the plan', () => {
    const json = planJson(numbered, { flags: { asList: true } });
    expect([json.tasks.length, json.waves, json.offer]).toEqual([3, [[0, 2], [1]], null]);
    expect(json.warnings.map(({ code }) => code)).toEqual(['as-list']);
  });
});

describe('links in a list without boxes', () => {
  const mark = (title: string, issue: number, ticked = false) => ({
    title,
    line: 1,
    issue,
    ticked,
    entry: true as const,
  });
  const marks = [mark('Add a.txt', 8, true), mark('Add b and more of it (needs #1)', 9), mark('Add c', 10)];

  it('stand behind the entries; every other byte stays, nothing is ticked, and twice is once', () => {
    const { body, skipped } = markIssue(numbered, marks);
    expect(body).toBe(
      'What is left:\r\n\r\n1. Add `a.txt` (#8)\r\n2. Add b\r\n   and more of it (needs #1) (#9)\r\n3. Add c (#10)\r\n\r\nThanks.\r\n',
    );
    expect(skipped).toEqual([]);
    expect(markIssue(body, marks).body).toBe(body);
    const subIssues = [8, 9, 10].map((number) => {
      return { number, id: number, nodeId: `I_${number}`, url: `u/${number}`, title: `Issue ${number}`, open: true };
    });
    expect(read(body, { subIssues }).tasks.map(({ title, adopts }) => [title, adopts?.number])).toEqual([
      ['Add a.txt', 8],
      ['Add b and more of it (needs #1)', 9],
      ['Add c', 10],
    ]);
  });

  it('are left out of tables, which stay as they are', () => {
    const { body, skipped } = markIssue(table, [mark('#4 Parser', 8)]);
    expect(body).toBe(table);
    expect(skipped).toEqual(['"#4 Parser" stands in a table, which stays as it is']);
  });

  it('become links and ticks of boxes once its author has put boxes there', () => {
    const boxed = '1. [ ] Add `a.txt`\n2. [ ] Add c\n';
    expect(markIssue(boxed, marks).body).toBe('1. [x] Add `a.txt` (#8)\n2. [ ] Add c (#10)\n');
  });

  it('are not put into lists where the boxes are the tasks', () => {
    const body = '1. Add c\n2. Add d\n\n- [ ] Else\n';
    const plain = { title: 'Add c', line: 1, issue: 8, ticked: false };
    expect(markIssue(body, [plain]).body).toBe(body);
  });
});
