/**
 * Example 2: twelve items are too small to be handed out one by one. The plan waits for a person (`approval: required`),
 * who turns it down, groups the items into five, and approves those. All five land.
 */
import {
  cartApi,
  cartApiTest,
  cartDocs,
  cartModels,
  cartModelsTest,
  cartTests,
  cartUi,
  cartUiTest,
} from './cart-work.ts';
import { markdown, packageJson, settings, testFile } from './parts.ts';
import type { Act, Files, Scenario } from './scenario.ts';

const twelve = markdown(
  'Shoppers should be able to collect products, change their minds and pay.',
  '',
  '## Data layer',
  '',
  '- [ ] Create the cart data model',
  '- [ ] Create the cart item model and its relations',
  '- [ ] Keep carts, with a cache in front',
  '',
  '## API layer',
  '',
  '- [ ] Build the cart endpoints (create, read, update, delete)',
  '- [ ] Build the endpoints for the items of a cart',
  '- [ ] Build the checkout endpoints',
  '',
  '## UI layer',
  '',
  '- [ ] Build the component that shows the cart',
  '- [ ] Build the controls that change its items',
  '- [ ] Show totals and a summary',
  '',
  '## Testing',
  '',
  '- [ ] Write unit tests of the models',
  '- [ ] Write integration tests of the API',
  '- [ ] Write tests of the components',
);

const five = markdown(
  'Shoppers should be able to collect products, change their minds and pay.',
  '',
  '## Modules',
  '',
  '- [ ] Data models: carts, items, a cache in front',
  '- [ ] API layer: every cart endpoint',
  '- [ ] UI components: cart, controls, totals',
  '- [ ] Testing: a suite across the layers',
  '- [ ] Documentation: API reference, user guide',
  '',
  '## Acceptance criteria',
  '',
  '- [ ] each module stands in files of its own, so that no two agents edit the same one',
  '- [ ] `npm test` is green after each merge',
);

const files: Files = {
  'README.md': '# Shop\n\nA catalog, and soon a cart. Tests: `npm test`.\n',
  'package.json': packageJson('shop'),
  'src/catalog.js': [
    '/** Prices in cents. */',
    "export const catalog = new Map([['tea', 450], ['cup', 1200], ['pot', 3900]]);",
    '',
    'export function priceOf(product) {',
    '  const price = catalog.get(product);',
    '  if (price === undefined) throw new RangeError(`no product "${product}"`);',
    '  return price;',
    '}',
    '',
  ].join('\n'),
  'test/catalog.test.js': testFile(
    "import { priceOf } from '../src/catalog.js';",
    '',
    "test('a product has a price, an unknown one is refused', () => {",
    "  assert.equal(priceOf('tea'), 450);",
    "  assert.throws(() => priceOf('moon'), RangeError);",
    '});',
  ),
  'test/docs.test.js': testFile(
    "import { existsSync, readdirSync, readFileSync } from 'node:fs';",
    "import { dirname, join } from 'node:path';",
    '',
    "const pages = existsSync('docs') ? readdirSync('docs').map((name) => join('docs', name)) : [];",
    "for (const page of ['README.md', ...pages])",
    '  test(`every link of ${page} leads somewhere`, () => {',
    "    for (const [, target] of readFileSync(page, 'utf8').matchAll(/\\]\\(([^):]+)\\)/g))",
    '      assert.ok(existsSync(join(dirname(page), target)), `${page} links to ${target}, which does not exist`);',
    '  });',
  ),
  ...settings('# No agent starts before a person has approved the plan.', 'approval: required', 'merge: auto'),
};

const acts: readonly Act[] = [
  {
    when: (state) => state.phase === 'proposed' && state.tasks.length === 12 && state.report.comment !== null,
    play: async (maintainer) => {
      maintainer.thinks(
        'Twelve tasks, three for each layer: too small to be handed out one by one. Five modules would be independent.',
      );
      await maintainer.comments('/muster reject');
    },
  },
  {
    when: (state) => state.phase === 'cancelled',
    play: async (maintainer) => {
      await maintainer.rewrites(five, 'twelve items become five modules');
      await maintainer.comments('/muster run --max-workers 5');
    },
  },
  {
    when: (state) => state.phase === 'proposed' && state.tasks.length === 5 && state.report.comment !== null,
    play: async (maintainer) => {
      maintainer.thinks('Five tasks, none waits for another: that is the plan.');
      await maintainer.comments('/muster approve');
    },
  },
];

export const cart: Scenario = {
  name: 'cart',
  about: 'A plan of twelve small tasks is turned down, grouped into five by hand, approved, and lands.',
  repository: 'shop',
  files,
  title: 'A shopping cart',
  body: twelve,
  flags: '--max-workers 5',
  jobs: [
    {
      task: 'data models',
      minutes: 12,
      files: { 'src/cart/models.js': cartModels, 'test/cart-models.test.js': cartModelsTest },
    },
    { task: 'api layer', minutes: 18, files: { 'src/cart/api.js': cartApi, 'test/cart-api.test.js': cartApiTest } },
    { task: 'ui components', minutes: 15, files: { 'src/cart/ui.js': cartUi, 'test/cart-ui.test.js': cartUiTest } },
    { task: 'testing', minutes: 20, files: { 'test/cart.test.js': cartTests } },
    { task: 'documentation', minutes: 10, files: cartDocs },
  ],
  acts,
  expected: { landed: 5, of: 5, exitCode: 0 },
  lesson: [
    'The repository asks for approval before any agent starts, so the first plan cost nothing but a look: the twelve tasks were turned down before a single sub-issue was made.',
    'The five modules touch different files. Each went its own way, and all five landed without a conflict.',
  ],
  notShown: [
    'The plan proposes to group the twelve tasks by layer, which is four; `/muster approve --grouped` would start those. The fifth, documentation, is in no item of the list: here the maintainer writes the five, as in the example.',
    "The example's SQLAlchemy and Redis: this repository is plain JavaScript and keeps its carts in memory.",
  ],
};
