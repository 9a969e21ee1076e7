/**
 * Example 5: the APIs of eight services are documented at once. The repository's tests start the services, run every
 * example of every page against them, and compare what comes back.
 */

import type { Service } from './apidocs-work.ts';
import { api, docsTest, page, resource, server, serviceSource } from './apidocs-work.ts';
import { markdown, packageJson, settings } from './parts.ts';
import type { End, Files, Measure, Scenario } from './scenario.ts';

/** Resources and endpoints as the example counts them; minutes as its agents took. */
const services: readonly Service[] = [
  { name: 'auth', title: 'Authentication API', endpoints: 15, minutes: 18, resources: ['logins', 'tokens', 'keys'] },
  {
    name: 'users',
    title: 'User management API',
    endpoints: 22,
    minutes: 24,
    resources: ['users', 'teams', 'roles', 'invitations', 'avatars'],
  },
  {
    name: 'catalog',
    title: 'Product catalog API',
    endpoints: 18,
    minutes: 20,
    resources: ['products', 'categories', 'brands', 'images'],
  },
  { name: 'cart', title: 'Shopping cart API', endpoints: 12, minutes: 16, resources: ['carts', 'items', 'checkouts'] },
  { name: 'payments', title: 'Payment processing API', endpoints: 8, minutes: 12, resources: ['payments', 'refunds'] },
  {
    name: 'orders',
    title: 'Order management API',
    endpoints: 16,
    minutes: 21,
    resources: ['orders', 'shipments', 'returns', 'invoices'],
  },
  {
    name: 'notifications',
    title: 'Notification API',
    endpoints: 10,
    minutes: 14,
    resources: ['messages', 'templates'],
  },
  {
    name: 'analytics',
    title: 'Analytics API',
    endpoints: 14,
    minutes: 15,
    resources: ['reports', 'metrics', 'dashboards'],
  },
];

const files: Files = {
  'README.md': '# Services\n\nEight services behind one server. Pages in `docs/` are tested: `npm test`.\n',
  'package.json': packageJson('services'),
  'src/resource.js': resource,
  'src/api.js': api(services.map(({ name }) => name)),
  'src/server.js': server,
  ...Object.fromEntries(services.map((service) => [`src/services/${service.name}.js`, serviceSource(service)])),
  'test/docs.test.js': docsTest,
  ...settings('# The tests run every example of every page.', 'merge: auto'),
};

function measure({ files: main }: End): readonly Measure[] {
  const pages = Object.entries(main).filter(([path]) => /^docs\/\w+\.md$/.test(path));
  const count = (pattern: RegExp): number =>
    pages.reduce((sum, [, text]) => sum + (text.match(pattern)?.length ?? 0), 0);
  return [
    { key: 'endpointsDocumented', label: 'Endpoints documented', value: count(/^## (?:GET|POST|PUT|DELETE) /gm) },
    { key: 'examplesTested', label: 'Examples run by the tests', value: count(/^curl /gm) },
  ];
}

export const apidocs: Scenario = {
  name: 'apidocs',
  about: 'Eight agents document 115 endpoints at once; every example in the pages is run before it lands.',
  repository: 'services',
  files,
  title: 'Complete API documentation',
  body: markdown(
    'Document every endpoint, with examples that work.',
    '',
    '## Services',
    '',
    ...services.map(({ title, endpoints }) => `- [ ] ${title} (${endpoints} endpoints)`),
    '',
    '## Acceptance criteria',
    '',
    '- [ ] each endpoint tells request, response, authentication, errors and rate limit',
    '- [ ] each example is run by the tests',
  ),
  flags: '--max-workers 8',
  jobs: services.map((service) => ({
    task: service.title.toLowerCase(),
    minutes: service.minutes,
    files: { [`docs/${service.name}.md`]: page(service) },
  })),
  expected: { landed: 8, of: 8, exitCode: 0 },
  measure,
  lesson: [
    'Pages of different services have nothing to do with each other, so eight agents worked at once and the longest page set the time.',
    'The tests, not the agents, decide whether a page is right: they send every request it shows to the running services and compare the answers.',
  ],
  notShown: ["The example's pages also show each request in several languages; these show curl only."],
};
