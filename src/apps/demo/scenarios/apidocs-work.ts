/** The documentation example: services with endpoints that answer, pages about them, and the test that tries the pages. */
import { sourceFile, testFile } from './parts.ts';

export interface Service {
  readonly name: string;
  readonly title: string;
  readonly endpoints: number;
  readonly minutes: number;
  readonly resources: readonly string[];
}

type Action = 'create' | 'list' | 'read' | 'replace' | 'remove';

/** In the order in which a page shows them, so that each example finds what the one before it left. */
const actions: readonly Action[] = ['create', 'list', 'read', 'replace', 'remove'];

interface Endpoint {
  readonly action: Action;
  readonly method: string;
  readonly path: string;
}

/** Five endpoints for each resource; the last one has what is left. */
function endpointsOf({ name, endpoints, resources }: Service): readonly Endpoint[] {
  return Array.from({ length: endpoints }, (_, index) => {
    const action = actions[index % 5] ?? 'create';
    const base = `/v1/${name}/${resources[Math.floor(index / 5)]}`;
    const method = { create: 'POST', list: 'GET', read: 'GET', replace: 'PUT', remove: 'DELETE' }[action];
    return { action, method, path: action === 'create' || action === 'list' ? base : `${base}/:id` };
  });
}

export function serviceSource(service: Service): string {
  const routes = endpointsOf(service).map(
    ({ action, method, path }) => `  ['${method}', '${path}', resource('${path.split('/')[3]}').${action}],`,
  );
  return [
    "import { resources } from '../resource.js';",
    '',
    '/** Fresh and empty each time. */',
    'export function routes() {',
    '  const resource = resources();',
    '  return [',
    ...routes.map((line) => `  ${line}`),
    '  ];',
    '}',
    '',
  ].join('\n');
}

export const resource = `/** Named collections in memory; each action answers \`[status, body]\`. */
export function resources() {
  const all = new Map();
  return (name) => {
    if (!all.has(name)) all.set(name, new Map());
    const rows = all.get(name);
    const missing = [404, { error: 'not found' }];
    const checked = (body, answer) => (typeof body?.name === 'string' ? answer(body) : [422, { error: 'a name is needed' }]);
    return {
      create: (_, body) => checked(body, ({ name: title }) => {
        const row = { id: rows.size + 1, name: title };
        rows.set(row.id, row);
        return [201, row];
      }),
      list: () => [200, [...rows.values()]],
      read: (id) => (rows.has(id) ? [200, rows.get(id)] : missing),
      replace: (id, body) => checked(body, ({ name: title }) => {
        if (!rows.has(id)) return missing;
        rows.set(id, { id, name: title });
        return [200, rows.get(id)];
      }),
      remove: (id) => (rows.delete(id) ? [204, null] : missing),
    };
  };
}
`;

export function api(names: readonly string[]): string {
  return [
    ...names.map((name) => `import * as ${name} from './services/${name}.js';`),
    '',
    `export const services = { ${names.join(', ')} };`,
    '',
  ].join('\n');
}

export const server = sourceFile(
  [
    "import { once } from 'node:events';",
    "import { createServer } from 'node:http';",
    "import { services } from './api.js';",
  ],
  `/** All services on one free port; the token of the examples is "demo". */
export async function startServer() {
  const routes = Object.values(services).flatMap((service) => service.routes());
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const [status, body] = answer(routes, request, text === '' ? null : JSON.parse(text));
    response.writeHead(status, { 'x-ratelimit-limit': '60', connection: 'close' }).end(body === null ? '' : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: \`http://127.0.0.1:\${server.address().port}\`, close: () => server.close() };
}

function answer(routes, { method, url, headers }, body) {
  if (headers.authorization !== 'Bearer demo') return [401, { error: 'a token is needed' }];
  for (const [wanted, path, act] of routes) {
    const match = wanted === method ? new RegExp(\`^\${path.replace(':id', '(\\\\d+)')}$\`).exec(url) : null;
    if (match) return act(Number(match[1]), body);
  }
  return [404, { error: 'no such endpoint' }];
}
`,
);

/** What the page's examples send and get: one row is made, listed, read, renamed and removed. */
function exampleOf({ action }: Endpoint): {
  readonly sent: string | null;
  readonly status: number;
  readonly got: string | null;
} {
  switch (action) {
    case 'create':
      return { sent: '{"name":"first"}', status: 201, got: '{"id":1,"name":"first"}' };
    case 'list':
      return { sent: null, status: 200, got: '[{"id":1,"name":"first"}]' };
    case 'read':
      return { sent: null, status: 200, got: '{"id":1,"name":"first"}' };
    case 'replace':
      return { sent: '{"name":"second"}', status: 200, got: '{"id":1,"name":"second"}' };
    case 'remove':
      return { sent: null, status: 204, got: null };
  }
}

const meanings: Readonly<Record<Action, string>> = {
  create: 'Adds one and answers with its id.',
  list: 'Answers with all of them.',
  read: 'Answers with one.',
  replace: 'Replaces one.',
  remove: 'Removes one.',
};

function section(endpoint: Endpoint): string {
  const { action, method, path } = endpoint;
  const { sent, status, got } = exampleOf(endpoint);
  const url = `http://localhost${path.replace(':id', '1')}`;
  const data = sent === null ? '' : ` -d '${sent}'`;
  const errors = ['| 401 | the token is missing or wrong |'];
  if (path.endsWith(':id')) errors.push('| 404 | there is none with this id |');
  if (sent !== null) errors.push('| 422 | the name is missing |');
  return [
    `## ${method} ${path}`,
    '',
    meanings[action],
    '',
    '- Authentication: a bearer token',
    '- Rate limit: 60 requests a minute',
    '',
    '```sh',
    `curl -X ${method} ${url} -H 'Authorization: Bearer demo'${data}`,
    '```',
    '',
    `Answer: ${status}`,
    ...(got === null ? [] : ['', '```json', got, '```']),
    '',
    '| error | meaning |',
    '| --- | --- |',
    ...errors,
    '',
  ].join('\n');
}

export function page(service: Service): string {
  return [`# ${service.title}`, '', ...endpointsOf(service).map(section)].join('\n');
}

/** A page has to tell of every endpoint of its service and of no other, and each example has to come true. */
export const docsTest = testFile(
  "import { existsSync, readFileSync } from 'node:fs';",
  "import { services } from '../src/api.js';",
  "import { startServer } from '../src/server.js';",
  '',
  "const example = /^curl -X (\\S+) http:\\/\\/localhost(\\S+) -H 'Authorization: ([^']+)'(?: -d '([^']*)')?$/m;",
  '',
  'async function run(url, section) {',
  '  const [, method, path, authorization, body] = example.exec(section);',
  '  const response = await fetch(`${url}${path}`, { method, headers: { authorization }, body });',
  '  const text = await response.text();',
  "  return { status: response.status, text, limit: response.headers.get('x-ratelimit-limit') };",
  '}',
  '',
  'for (const [name, service] of Object.entries(services)) {',
  '  const page = `docs/${name}.md`;',
  "  test(`${name}: ${existsSync(page) ? 'each example of its page comes true' : 'answers, and is not documented yet'}`, async () => {",
  '    const server = await startServer();',
  '    try {',
  '      const endpoints = service.routes().map(([method, path]) => `${method} ${path}`);',
  '      assert.equal((await fetch(`${server.url}/v1/${name}/none`)).status, 401);',
  '      if (!existsSync(page)) return;',
  "      const sections = readFileSync(page, 'utf8').split(/^## /m).slice(1);",
  "      assert.deepEqual(sections.map((section) => section.split('\\n')[0]), endpoints);",
  '      for (const section of sections) {',
  '        const { status, text, limit } = await run(server.url, section);',
  '        assert.equal(status, Number(/^Answer: (\\d+)$/m.exec(section)[1]), section);',
  "        assert.equal(text, /```json\\n(.*)\\n```/.exec(section)?.[1] ?? '', section);",
  '        assert.ok(section.includes(`Rate limit: ${limit} requests`), section);',
  '        assert.match(section, /^- Authentication: /m);',
  '        assert.match(section, /^\\| 401 \\|/m);',
  '      }',
  '    } finally {',
  '      server.close();',
  '    }',
  '  });',
  '}',
);
