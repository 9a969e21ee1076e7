/**
 * Example 6: two of five fail for a reason nobody wrote down; the cause is mended, the failures are tried again. The
 * repository's tests hold the manifest against the imports.
 */
import { findTask, subIssueOf } from '../../../core/tasks.ts';
import { markdown, packageJson, settings, testFile } from './parts.ts';
import type { Act, Files, Job, Scenario } from './scenario.ts';

const hub = `// Where messages are handed out; the transport is still missing.
export function createHub() {
  const listeners = new Set();
  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send(message) {
      for (const listener of listeners) listener(message);
      return listeners.size;
    },
  };
}
`;

const manifestTest = testFile(
  "import { existsSync, readdirSync, readFileSync } from 'node:fs';",
  "import { dirname, join } from 'node:path';",
  '',
  "const manifest = JSON.parse(readFileSync('package.json', 'utf8'));",
  "const imports = /(?:from|import\\()\\s*'([^']+)'/g;",
  '',
  "for (const name of readdirSync('src')) {",
  "  const file = join('src', name);",
  '  test(`${file} imports only what exists`, () => {',
  "    for (const [, wanted] of readFileSync(file, 'utf8').matchAll(imports)) {",
  "      if (wanted.startsWith('node:')) continue;",
  "      if (wanted.startsWith('.')) assert.ok(existsSync(join(dirname(file), wanted)), `Import error: ${file} imports ${wanted}, which does not exist`);",
  '      else assert.ok(manifest.dependencies?.[wanted], `Import error: ${file} imports "${wanted}", which is not in package.json`);',
  '    }',
  '  });',
  '}',
);

const files: Files = {
  'README.md': '# Realtime\n\nMessages between people. Tests: `npm test`.\n',
  'package.json': packageJson('realtime', { dependencies: {} }),
  'src/hub.js': hub,
  'test/manifest.test.js': manifestTest,
  ...settings(
    '# One attempt each: what fails here fails for a reason that a second try cannot change.',
    'merge: auto',
    'attempts: 1',
  ),
};

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

const serverTest = testFile(
  "import { broadcast, connect } from '../src/server.js';",
  '',
  "test('a message reaches every connection', () => {",
  '  const heard = [];',
  "  const leave = connect('a', (message) => heard.push(message));",
  "  assert.equal(broadcast('hello'), 1);",
  "  assert.deepEqual(heard, ['hello']);",
  '  leave();',
  "  assert.equal(broadcast('nobody'), 0);",
  '});',
);

// the hidden dependency of the example: this task never said that it needs the server
const notifications = `import { broadcast } from './server.js';

export function notify(title) {
  return broadcast({ kind: 'notification', title });
}
`;

const notificationsTest = testFile(
  "import { notify } from '../src/notifications.js';",
  "import { connect } from '../src/server.js';",
  '',
  "test('a notification reaches whoever is connected', () => {",
  '  const heard = [];',
  "  const leave = connect('a', (message) => heard.push(message.title));",
  "  notify('news');",
  '  leave();',
  "  assert.deepEqual(heard, ['news']);",
  '});',
);

function feature(name: string, minutes: number): Job {
  const text = `import { createHub } from './hub.js';

export function create${name}() {
  const hub = createHub();
  const seen = [];
  hub.listen((message) => seen.push(message));
  return { send: (text) => hub.send({ kind: '${name}', text }), seen };
}
`;
  const test = testFile(
    `import { create${name} } from '../src/${name}.js';`,
    '',
    `test('${name} passes messages on', () => {`,
    `  const it = create${name}();`,
    "  it.send('one');",
    "  assert.equal(it.seen[0].text, 'one');",
    '});',
  );
  return { task: name, minutes, files: { [`src/${name}.js`]: text, [`test/${name}.test.js`]: test } };
}

const acts: readonly Act[] = [
  {
    when: (state) => state.phase === 'finished',
    play: async (maintainer, state) => {
      await maintainer.readsDiagnostics(state);
      maintainer.thinks(
        'The manifest lacks a package, and the notifications need the server, which nobody had written down.',
      );
      const manifest = packageJson('realtime', { dependencies: { ws: '^8.0.0' } });
      await maintainer.pushes({ 'package.json': manifest }, 'Add the ws package to the manifest');
      const task = findTask(state, 't1');
      await maintainer.comments('/muster retry', (task === undefined ? null : subIssueOf(task))?.number);
    },
  },
  {
    when: (state) => state.phase === 'finished' && findTask(state, 't1')?.status === 'merged',
    play: async (maintainer) => {
      maintainer.thinks('The server has landed; now the rest can be tried again.');
      await maintainer.comments('/muster retry');
    },
  },
];

export const websocket: Scenario = {
  name: 'websocket',
  about: 'Two of five fail for a reason nobody wrote down; the cause is mended, the failures are tried again.',
  repository: 'realtime',
  files,
  title: 'Real-time features over WebSocket',
  body: markdown(
    'Add real-time communication to the service.',
    '',
    '## Sub-tasks',
    '',
    '- [ ] Set up the WebSocket server with connection management',
    '- [ ] Build the real-time chat',
    '- [ ] Build the live notifications',
    '- [ ] Track presence (online, offline)',
    '- [ ] Keep data in sync in real time',
  ),
  jobs: [
    { task: 'websocket server', minutes: 12, files: { 'src/server.js': server, 'test/server.test.js': serverTest } },
    feature('chat', 15),
    {
      task: 'notifications',
      minutes: 17,
      files: { 'src/notifications.js': notifications, 'test/notifications.test.js': notificationsTest },
    },
    feature('presence', 18),
    feature('sync', 22),
  ],
  acts,
  expected: { landed: 5, of: 5, exitCode: 0 },
  lesson: [
    'Two tasks failed in their own tests: one used a package that the manifest lacks, the other needed the first without saying so. The other three landed meanwhile and were not touched again.',
    'A person mended the cause on main and asked for the failed tasks only. With "(needs #1)" in the third item, Muster would have waited by itself.',
  ],
};
