import fc from 'fast-check';
import type { Root } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { describe, expect, it } from 'vitest';
import { defaultPolicy, type Plan, type PlannedTask } from '../../src/core/plan.ts';
import { compilePlan } from '../../src/text/compile-plan.ts';
import { mostBodyChars } from '../../src/text/markdown.ts';
import { ranges } from '../../src/text/plan-forecast.ts';
import { renderStatus } from '../../src/text/status.ts';
import { edge, plannedTask, planOf } from '../core/story.ts';
import { hostileTitles } from './hostile-titles.ts';
import { loadMermaid } from './mermaid-parser.ts';
import { Story } from './render-story.ts';

const markdown = unified().use(remarkParse).use(remarkGfm).freeze();

function shown(plan: Plan): string {
  return renderStatus(new Story().proposed({ ...plan, policy: { ...plan.policy, approval: 'required' } }).state, 0);
}

function planOfBody(body: string, strategy: Plan['policy']['strategy'] = 'adaptive'): Plan {
  const compiled = compilePlan({
    body,
    settings: {},
    flags: {},
    subIssues: [],
    agents: ['robot'],
    basePolicy: { ...defaultPolicy, agent: 'robot', strategy },
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.plan;
}

const realTime = `We want real-time features.

## Server
- [ ] Set up the project skeleton (30 min)
- [ ] Websocket server in \`src/ws/server.ts\` (2h)
- [ ] Create \`src/chat/rooms.ts\` with rooms and joining (~400 LOC)
- [ ] Notifications (needs #2)
- [ ] Presence: who is online (needs #2)
- [ ] History endpoint, uses \`src/chat/rooms.ts\` (S)

## Quality
- [ ] Add tests for the notifications
- [ ] Document presence in docs/presence.md, merge after #5
- [x] Choose a name

## Acceptance criteria
- [ ] All messages are JSON
`;

function wide(n: number, title: (i: number) => string, more: (i: number) => Partial<PlannedTask> = () => ({})): Plan {
  const tasks = Array.from({ length: n }, (_, i) =>
    plannedTask(`t${i + 1}`, { title: title(i), line: 2 * i + 3, ...more(i) }),
  );
  const edges = tasks.slice(1).map(({ id }, i) => edge(id, `t${1 + Math.floor(i / 3)}`));
  return { ...planOf([], edges), tasks };
}

describe('a plan that waits', () => {
  it('is shown whole', async () => {
    const text = shown(planOfBody(realTime));
    await expect(`${text}\n`).toMatchFileSnapshot('golden/plan-comment.md');
  });

  it('says what its proposals would cost, and how to accept them', () => {
    const text = shown(planOfBody(realTime));
    expect(text).toContain('**p1**: 6 needs 3. Evidence: uses `src/chat/rooms.ts`');
    expect(text).toMatch(/With all of them it would take 3 h 00 min instead of 2 h 15 min, both estimates/);
    expect(text).toContain('`/muster approve --with p1,p2`');
  });

  it('has no proposals where everything is said to be parallel, but a warning for each', () => {
    const plan = planOfBody(realTime, 'parallel');
    expect(plan.proposals).toBeUndefined();
    expect(plan.warnings.filter(({ code }) => code === 'likely-dependent')).toHaveLength(4);
    expect(shown(plan)).toContain('may not be independent of');
    expect(planOfBody(realTime, 'sequential').proposals).toBeUndefined();
  });

  it('gives no time where no item has a size', () => {
    const text = shown(planOf(['t1', 't2'], [edge('t2', 't1')]));
    expect(text).toContain('no estimate, because no item says how large it is');
    expect(text).toContain('**Longest chain** (2 tasks;');
    expect(text).not.toMatch(/Estimate \|/);
  });
});

describe('a very long plan', () => {
  it('of 300 tasks is folded and whole', () => {
    const text = shown(
      wide(
        300,
        (i) => `Endpoint ${i + 1} of the service`,
        (i) => ({ estimateMinutes: 20 + i }),
      ),
    );
    expect(text.length).toBeLessThan(mostBodyChars);
    expect(text).toContain('<summary>All 300 tasks</summary>');
    expect(text.match(/^\| \d+ \|/gm)).toHaveLength(300);
    expect(text).toContain('GitHub takes 500 an hour');
  });

  it('with long titles is cut, and says which lines are left out', () => {
    const text = shown(wide(900, (i) => `Endpoint ${i + 1} ${'<of> the *service* '.repeat(6)}`));
    expect(text.length).toBeLessThanOrEqual(mostBodyChars);
    const rows = text.match(/^\| \d+ \|/gm)?.length ?? 0;
    expect(rows).toBeGreaterThan(200);
    expect(text).toContain(`and ${900 - rows} more tasks (lines `);
    for (const part of ['**Waves**', '**GitHub budget', '`/muster approve`', '4f1c09d27be3', '</details>'])
      expect(text).toContain(part);
  });

  it('with hundreds of doubts still says what to type', () => {
    const many = Array.from({ length: 400 }, (_, i) => `${i} ${'doubtful '.repeat(40)}`);
    const plan = {
      ...wide(60, (i) => `Thing ${i}`),
      warnings: many.map((message) => ({ line: 1, code: 'x', message })),
      leftOut: many.map((title) => ({ line: 1, title, reason: title })),
      proposals: many.slice(0, 59).map((source, i) => ({
        id: `p${i + 1}`,
        from: `t${60 - i}`,
        to: 't1',
        kind: 'lands-after' as const,
        source,
        line: 1,
      })),
    };
    const text = shown(plan);
    expect(text.length).toBeLessThanOrEqual(mostBodyChars);
    expect(text).toContain('### What to type next');
    expect(text).toContain('`/muster approve --with p1,p2`');
  });
});

describe('whatever stands in the list', () => {
  const title = fc.oneof(fc.constantFrom(...hostileTitles), fc.string({ maxLength: 80, unit: 'binary' }));

  it('every row has its cells, nothing opens an element, and it stays below the limit', () => {
    fc.assert(
      fc.property(fc.array(title, { minLength: 1, maxLength: 8 }), fc.boolean(), (titles, sized) => {
        const tasks = titles.map((one, i) =>
          plannedTask(`t${i + 1}`, {
            title: one,
            persona: one,
            agentReason: one,
            agent: i % 2 === 0 ? null : one,
            outputs: [{ name: one, path: null }],
            estimateMinutes: sized ? i + 1 : null,
          }),
        );
        const plan = {
          ...planOf([]),
          tasks,
          edges: tasks.slice(2).map(({ id }) => edge(id, 't1')),
          proposals: tasks.length < 2 ? [] : [{ ...edge('t2', 't1'), id: 'p1', source: titles[0] ?? '' }],
          leftOut: titles.map((one) => ({ line: 1, title: one, reason: one })),
          warnings: titles.map((one) => ({ line: 1, code: 'x', message: one })),
        };
        const text = shown(plan);
        expect(text.length).toBeLessThanOrEqual(mostBodyChars);
        expect(text).not.toMatch(/\bundefined\b|\bNaN\b|\[object /);
        const root: Root = markdown.parse(text);
        const [table] = root.children.filter((node) => node.type === 'table');
        const cells = sized ? 5 : 4;
        expect(table?.children.map((row) => row.children.length)).toEqual([cells, ...titles.map(() => cells)]);
        const html = root.children.filter((node) => node.type === 'html').map(({ value }) => value);
        for (const one of html) expect(one).toMatch(/^<\/?(?:details|sub|summary)>/);
      }),
      { numRuns: 60 },
    );
  });

  it('the picture with proposals is one that Mermaid draws', async () => {
    const tasks = hostileTitles.map((one, i) => plannedTask(`t${i + 1}`, { title: one }));
    const proposals = tasks.slice(1).map(({ id }, i) => ({ ...edge(id, 't1'), id: `p${i + 1}`, source: 'x' }));
    const picture = /```mermaid\n([\s\S]*?)\n```/.exec(shown({ ...planOf([]), tasks, proposals }))?.[1] ?? '';
    expect(picture).toContain('n1 -.->|p1| n2');
    await expect(loadMermaid().parse(picture)).resolves.toMatchObject({ diagramType: 'flowchart-v2' });
  });
});

describe('numbers in a row', () => {
  it.each([
    [[3, 1, 2], '1-3'],
    [[1, 2, 9], '1, 2, 9'],
    [[], ''],
  ])('%j', (numbers, words) => {
    expect(ranges(numbers)).toBe(words);
  });
});
