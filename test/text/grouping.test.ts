import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycle } from '../../src/core/graph.ts';
import { groupedPlan, itemsOf } from '../../src/core/grouping.ts';
import { defaultPolicy, type Plan } from '../../src/core/plan.ts';
import { compilePlan, type PlanInput } from '../../src/text/compile-plan.ts';
import { groupingDetails } from '../../src/text/grouping-words.ts';

function plan(body: string, more: Partial<PlanInput> = {}): Plan {
  const basePolicy = defaultPolicy;
  const compiled = compilePlan({
    body,
    settings: {},
    flags: {},
    subIssues: [],
    agents: ['default'],
    basePolicy,
    ...more,
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.plan;
}

/** `Data: Cart model | Cart items` */
function groups(from: Plan): readonly string[] {
  const titles = new Map(from.tasks.map(({ id, title }) => [id, title]));
  return (from.grouping ?? []).map(({ title, tasks }) => `${title}: ${tasks.map((id) => titles.get(id)).join(' | ')}`);
}

const codes = (from: Plan): readonly string[] => from.warnings.map(({ code }) => code);

/** Example 2 of the seed document 004, in other words. */
const basket = `# A basket for the shop

### Storage
- [ ] Create the Basket record
- [ ] Add BasketLine records with their basket
- [ ] Keep the basket over restarts

### HTTP
- [ ] Implement basket endpoints
- [ ] Add endpoints for basket lines
- [ ] Create checkout endpoints

### Pages
- [ ] Build the basket page
- [ ] Add line controls to the basket page
- [ ] Show sums on the basket page

### Tests
- [ ] Add unit tests of basket records
- [ ] Add tests of basket endpoints
- [ ] Add tests of the basket page
`;

describe('a list that is cut too fine', () => {
  it('of twelve small items in four layers becomes four tasks, shown before anything starts', () => {
    const twelve = plan(basket);
    expect(groups(twelve)).toEqual([
      'Storage: Create the Basket record | Add BasketLine records with their basket | Keep the basket over restarts',
      'HTTP: Implement basket endpoints | Add endpoints for basket lines | Create checkout endpoints',
      'Pages: Build the basket page | Add line controls to the basket page | Show sums on the basket page',
      'Tests: Add unit tests of basket records | Add tests of basket endpoints | Add tests of the basket page',
    ]);
    expect(twelve.warnings.find(({ code }) => code === 'over-granular')?.message).toBe(
      'The list is cut very fine: 12 tasks, most of them small, would be 4 with groups such as "Storage", "HTTP", "Pages" and "Tests". With --grouped (run, plan or approve), each group is one task with one agent and one pull request.',
    );
    const table = groupingDetails(twelve) ?? '';
    expect(table).toContain('<summary>Fewer, larger tasks: 12 could be 4</summary>');
    expect(table).toContain(
      '| **HTTP** | Implement basket endpoints<br>Add endpoints for basket lines<br>Create checkout endpoints |',
    );
    expect(groupedPlan(twelve).tasks.map(({ title, text }) => [title, text.split('\n').length])).toEqual([
      ['Storage', 3],
      ['HTTP', 3],
      ['Pages', 3],
      ['Tests', 3],
    ]);
  });

  it('is grouped by parent items, by labels before the colon, and by the file that items name', () => {
    const body = `- [ ] Mail
  - [ ] Subject line
  - [ ] Footer
- [ ] auth: log in
- [ ] auth: log out
- [ ] Sort imports in \`src/a.ts\`
- [ ] Rename the loop in \`src/a.ts\`
- [ ] Something else
- [ ] Yet another thing
`;
    expect(groups(plan(body))).toEqual([
      'Mail: Subject line | Footer',
      'auth: auth: log in | auth: log out',
      'Sort imports in src/a.ts and 1 more: Sort imports in src/a.ts | Rename the loop in src/a.ts',
    ]);
  });

  it.each([
    ['seven items', basket.split('\n').slice(0, 14).join('\n')],
    ['large items', basket.replaceAll('\n- [ ]', '\n- [ ] (2h)')],
    ['items with parts of their own', basket.replaceAll(/^(- \[ \].*)$/gm, '$1\n  - one\n  - two\n  - three')],
    [
      'items about different things under one heading',
      '## Bugs\n- [ ] Auth: redirect loop\n- [ ] Payment: wrong tax\n- [ ] Email: odd letters\n- [ ] Search: pages\n- [ ] Export: slow\n- [ ] Users: images\n- [ ] Admin: rights\n- [ ] Bills: months\n- [ ] Figures: times\n- [ ] Notices: doubles\n',
    ],
    ['items that are issues already', basket.replaceAll('- [ ] ', '- [ ] #5 ')],
  ])('is not one of %s', (_, body) => {
    expect(groups(plan(body))).toEqual([]);
    expect(codes(plan(body))).not.toContain('over-granular');
  });

  it('keeps apart what would then wait for itself, and tells items in the order they need', () => {
    const body = basket
      .replace('Keep the basket over restarts', 'Keep the basket over restarts (needs "Implement basket endpoints")')
      .replace('Implement basket endpoints\n', 'Implement basket endpoints (needs "Create the Basket record")\n')
      .replace('Build the basket page', 'Build the basket page (needs "Show sums on the basket page")');
    const found = groups(plan(body));
    expect(found.some((one) => one.startsWith('Storage:'))).toBe(false);
    expect(found.find((one) => one.startsWith('Pages:'))).toMatch(
      /^Pages: Add line .* \| Show sums .* \| Build the basket page/,
    );
    const small = groupedPlan(plan(body));
    expect(
      findCycle(
        small.tasks.map(({ id }) => id),
        small.edges,
      ),
    ).toBeNull();
  });

  it('says so in Chinese and Japanese lists too, and stays as it is while it is worked on', () => {
    const body = `## 数据\n- [ ] 创建购物车模型\n- [ ] 购物车持久化\n- [ ] 购物车缓存\n## 接口\n- [ ] 购物车查询接口\n- [ ] 购物车结账接口\n- [ ] 购物车修改接口\n## 页面\n- [ ] 购物车页面\n- [ ] 购物车按钮\n- [ ] 购物车合计\n`;
    expect(groups(plan(body)).map((one) => one.slice(0, 3))).toEqual(['数据:', '接口:', '页面:']);
    expect(groups(plan(body, { rereading: true }))).toEqual([]);
  });

  it('whatever the list: no item is in two groups, no group closes a circle, and the same text gives the same groups', () => {
    const word = fc.constantFrom('cart', 'page', 'endpoint', 'model', 'mail', 'src/a.ts', 'auth:', 'test');
    const line = fc.tuple(fc.array(word, { minLength: 1, maxLength: 4 }), fc.option(fc.nat(19)), fc.nat(5));
    fc.assert(
      fc.property(fc.array(line, { minLength: 8, maxLength: 20 }), (lines) => {
        const body = lines
          .map(([words, needs, head], at) => {
            const wait = needs === null || needs >= at ? '' : ` (needs #${needs + 1})`;
            return `${head === 0 ? `\n## Part ${at % 3}\n\n` : ''}- [ ] ${words.join(' ')} ${at}${wait}`;
          })
          .join('\n');
        const read = plan(body);
        const ids = (read.grouping ?? []).flatMap(({ tasks }) => tasks);
        expect(new Set(ids).size).toBe(ids.length);
        const small = groupedPlan(read);
        expect(
          findCycle(
            small.tasks.map(({ id }) => id),
            small.edges,
          ),
        ).toBeNull();
        expect(small.tasks.flatMap(itemsOf)).toHaveLength(read.tasks.length);
        expect(new Set(small.tasks.map(({ title }) => title)).size).toBe(small.tasks.length);
        expect(plan(body).grouping).toEqual(read.grouping);
      }),
      { numRuns: 60 },
    );
  });
});

describe('items with one link', () => {
  const issue = { number: 12, id: 120, nodeId: 'I_12', url: 'https://x.test/12', open: true };

  it('are the one task that they were made', () => {
    const body = '- [ ] Subject line (#12)\n- [ ] Footer (#12)\n- [ ] Else (needs #2)\n';
    const { tasks, edges } = plan(body, { subIssues: [{ ...issue, title: 'Mail' }] });
    expect(tasks.map(({ id, title, adopts }) => [id, title, adopts?.number])).toEqual([
      ['t1', 'Mail', 12],
      ['t2', 'Else (needs #2)', undefined],
    ]);
    expect(tasks[0]?.text).toBe('- Subject line\n- Footer');
    expect(edges).toMatchObject([{ from: 't2', to: 't1' }]);
  });

  it.each([
    ['- [ ] Mail (#12)\n- [ ] Footer (#12)\n', 'Mail'],
    ['- [ ] #12\n- [ ] Footer (#12)\n', 'Mail'],
    ['- [ ] Footer (#12)\n- [ ] Footer (#12)\n', 'Other'],
  ])('are a line that was copied with its link where the sub-issue is about the first: %j', (body, title) => {
    const { tasks, leftOut } = plan(body, { subIssues: [{ ...issue, title }] });
    expect([tasks.length, leftOut.map(({ line }) => line)]).toEqual([1, [2]]);
    expect(leftOut[0]?.reason).toContain('it has the link #12 of line 1');
  });
});

describe('items that look badly cut', () => {
  const one = (body: string, more: Partial<PlanInput> = {}) =>
    plan(body, more)
      .warnings.filter(({ code }) => code === 'over-large' || code === 'false-independence')
      .map(({ line, code, message }) => ({ line, code, message }));

  it('too large: by points, by size, by length; each with how to split it', () => {
    const points = ['Parse', 'Check', 'Store', 'Show', 'Mail', 'Log'].map((point) => `  - ${point}`).join('\n');
    expect(one(`- [ ] Fine\n- [ ] Import orders\n${points}\n`)).toEqual([
      {
        line: 2,
        code: 'over-large',
        message:
          '"Import orders" has 6 points of its own, which is much for one agent and one pull request. Put a box before each of its points to have them worked on one by one: "Parse", "Check", "Store" and 3 more.',
      },
    ]);
    expect(one('- [ ] Rewrite it all (6h)\n')[0]?.message).toContain('is thought to take 6 h 00 min');
    expect(one(`- [ ] Long\n\n  ${'word '.repeat(900)}\n`)[0]?.message).toContain('characters long');
  });

  it('two that name one thing, where nothing says which comes first', () => {
    expect(one('- [ ] Speed up `loadCart()`\n- [ ] Log in `loadCart`\n- [ ] Other\n')).toEqual([
      {
        line: 2,
        code: 'false-independence',
        message:
          '"Speed up loadCart()" (line 1) and "Log in loadCart" (line 2) name `loadCart`, and none waits for another: they may get into each other\'s way. If one comes first, write so into the others: (needs "Speed up loadCart()").',
      },
    ]);
    const five = Array.from({ length: 5 }, (_, n) => `- [ ] Step ${n} in \`src/a.ts\``).join('\n');
    expect(one(five)).toMatchObject([{ line: 2, code: 'false-independence' }]);
  });

  it.each([
    ['an order is stated', '- [ ] Speed up `loadCart`\n- [ ] Log in `loadCart` (needs #1)\n'],
    ['an order is proposed', '- [ ] Edit `src/a.ts`\n- [ ] Read `src/a.ts`\n'],
    ['one makes what others use', '- [ ] Add `loadCart`\n- [ ] Call `loadCart` here\n- [ ] Call `loadCart` there\n'],
    ['the words are any words', '- [ ] Set `true`\n- [ ] Unset `true`\n'],
    [
      'they run one after the other',
      '- [ ] Speed up `loadCart`\n- [ ] Log in `loadCart`\n\n```muster\nstrategy: sequential\n```\n',
    ],
  ])('not where %s', (_, body) => {
    expect(one(body)).toEqual([]);
  });
});

describe('the table of groups', () => {
  it('stays small enough for a comment, and says what it leaves out', () => {
    const words = 'with quite a few words that nobody needs here at all but that make it longer';
    const body = Array.from({ length: 96 }, (_, n) =>
      n % 2 === 0 ? `\n## Part ${n}\n\n- [ ] Cart ${n} ${words}` : `- [ ] Cart ${n} ${words}`,
    ).join('\n');
    const read = plan(body);
    expect(read.grouping).toHaveLength(48);
    const table = groupingDetails(read) ?? '';
    expect(table.length).toBeLessThan(16_000);
    expect(table).toContain('and 8 more groups.');
  });
});
