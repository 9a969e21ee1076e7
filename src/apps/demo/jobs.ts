/** What the demo's agent writes for each task: real modules with real tests, sized after the seed's figures. */

export interface Job {
  /** The seed's minutes for this task. */
  readonly minutes: number;
  readonly files: Readonly<Record<string, string>>;
}

/** Null when the scenario has no such task. */
export function jobFor(scenario: string, title: string): Job | null {
  const jobs = scenario === 'simserv' ? simserv : scenario === 'websocket' ? websocket : [];
  return jobs.find(([word]) => title.toLowerCase().includes(word))?.[1]() ?? null;
}

type Jobs = readonly (readonly [word: string, make: () => Job])[];

const simserv: Jobs = [
  ['authentication', () => moduleJob('auth', 22, 1087, 'rule', 'A rule that a login must pass.')],
  ['session', () => moduleJob('session', 18, 623, 'step', 'One step in the life of a session.')],
  ['api client', () => moduleJob('client', 25, 892, 'call', 'One call of the public API.')],
  ['configuration', () => moduleJob('config', 15, 457, 'option', 'One option with its default.')],
  ['integration test', () => ({ minutes: 31, files: { 'test/integration.test.js': integrationTest(1068) } })],
];

/** A module of about `lines` lines with its test: small functions, each with a case of its own. */
function moduleJob(name: string, minutes: number, lines: number, noun: string, meaning: string): Job {
  const count = Math.floor((lines - 14) / 9);
  const functions = Array.from({ length: count }, (_, i) => {
    const n = i + 1;
    return [
      `/** ${meaning} Number ${n}. */`,
      `export function ${noun}${n}(value) {`,
      `  return value + ${n};`,
      '}',
      '',
    ].join('\n');
  });
  const cases = Array.from({ length: count }, (_, i) =>
    [`test('${noun} ${i + 1}', () => {`, `  assert.equal(${name}.${noun}${i + 1}(1), ${i + 2});`, '});', ''].join('\n'),
  );
  return {
    minutes,
    files: {
      [`src/${name}/index.js`]: [`// ${name}: cut out of the core.`, ...functions].join('\n'),
      [`test/${name}.test.js`]: [
        "import assert from 'node:assert/strict';",
        "import { test } from 'node:test';",
        `import * as ${name} from '../src/${name}/index.js';`,
        '',
        ...cases,
      ].join('\n'),
    },
  };
}

/** Tests whatever modules exist when it runs: it stands alone, and says more the more has landed. */
function integrationTest(lines: number): string {
  const count = Math.floor((lines - 16) / 5);
  const cases = Array.from({ length: count }, (_, i) =>
    [
      `test('request ${i + 1} goes through every module there is', async () => {`,
      '  for (const module of await modules()) {',
      `    for (const part of Object.values(module).slice(0, ${(i % 5) + 1})) assert.equal(typeof part(${i}), 'number');`,
      '  }',
      '});',
    ].join('\n'),
  );
  return [
    "import assert from 'node:assert/strict';",
    "import { existsSync, readdirSync } from 'node:fs';",
    "import { test } from 'node:test';",
    '',
    'async function modules() {',
    "  const found = readdirSync('src').filter((name) => existsSync(`src/${name}/index.js`));",
    '  return Promise.all(found.map((name) => import(`../src/${name}/index.js`)));',
    '}',
    '',
    ...cases,
    '',
  ].join('\n');
}

const websocket: Jobs = [
  ['websocket server', () => ({ minutes: 12, files: { 'src/server.js': server, 'test/server.test.js': serverTest } })],
  ['chat', () => feature('chat', 15)],
  [
    'notifications',
    () => ({
      minutes: 17,
      files: { 'src/notifications.js': notifications, 'test/notifications.test.js': notificationsTest },
    }),
  ],
  ['presence', () => feature('presence', 18)],
  ['sync', () => feature('sync', 22)],
];

/** Quoted here, so that it is the demo's import and not ours. */
const transport = "'ws'";

const server = `// Keeps the connections; the transport itself comes from the ws package.
const connections = new Map();

export function connect(id, send) {
  connections.set(id, send);
  return () => connections.delete(id);
}

export function broadcast(message) {
  for (const send of connections.values()) send(message);
  return connections.size;
}

export async function listen(port) {
  const { WebSocketServer } = await import(${transport});
  return new WebSocketServer({ port });
}
`;

const serverTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { broadcast, connect } from '../src/server.js';

test('a message reaches every connection', () => {
  const heard = [];
  const leave = connect('a', (message) => heard.push(message));
  assert.equal(broadcast('hello'), 1);
  assert.deepEqual(heard, ['hello']);
  leave();
  assert.equal(broadcast('nobody'), 0);
});
`;

// the hidden dependency of the seed's example: this task never said that it needs the server
const notifications = `import { broadcast } from './server.js';

export function notify(title) {
  return broadcast({ kind: 'notification', title });
}
`;

const notificationsTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notify } from '../src/notifications.js';
import { connect } from '../src/server.js';

test('a notification reaches whoever is connected', () => {
  const heard = [];
  const leave = connect('a', (message) => heard.push(message.title));
  notify('news');
  leave();
  assert.deepEqual(heard, ['news']);
});
`;

function feature(name: string, minutes: number): Job {
  const text = `import { createHub } from './hub.js';

export function create${name}() {
  const hub = createHub();
  const seen = [];
  hub.listen((message) => seen.push(message));
  return { send: (text) => hub.send({ kind: '${name}', text }), seen };
}
`;
  const test = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create${name} } from '../src/${name}.js';

test('${name} passes messages on', () => {
  const it = create${name}();
  it.send('one');
  assert.equal(it.seen[0].text, 'one');
});
`;
  return { minutes, files: { [`src/${name}.js`]: text, [`test/${name}.test.js`]: test } };
}
