/** Example 1: a small server in one file is cut into five independent modules. Everything goes well. */
import { markdown, packageJson, settings, testFile } from './parts.ts';
import type { Files, Job, Scenario } from './scenario.ts';

const core = `// SimServ: everything in one file, which is the problem.
export function createServer(options = {}) {
  const sessions = new Map();
  return {
    login(user, password) {
      if (password !== \`secret-of-\${user}\`) return null;
      const id = \`s\${sessions.size + 1}\`;
      sessions.set(id, { user, at: 0 });
      return id;
    },
    sessionOf: (id) => sessions.get(id) ?? null,
    option: (name) => options[name] ?? null,
  };
}
`;

const coreTest = testFile(
  "import { createServer } from '../src/core.js';",
  '',
  "test('a user with the right password gets a session', () => {",
  '  const server = createServer();',
  "  const id = server.login('ada', 'secret-of-ada');",
  "  assert.equal(server.sessionOf(id).user, 'ada');",
  "  assert.equal(server.login('ada', 'wrong'), null);",
  '});',
);

const files: Files = {
  'README.md': '# SimServ\n\nA small server, about to be cut into modules. Tests: `npm test`.\n',
  'package.json': packageJson('simserv'),
  'src/core.js': core,
  'test/core.test.js': coreTest,
  ...settings('# What lands here is decided by the tests.', 'merge: auto', 'max_workers: 5'),
};

/** A module of about `lines` lines with its test: small functions, each with a case of its own. */
function moduleJob(task: string, name: string, minutes: number, lines: number, noun: string, meaning: string): Job {
  const count = Math.floor((lines - 14) / 9);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const functions = numbers.map((n) =>
    [`/** ${meaning} Number ${n}. */`, `export function ${noun}${n}(value) {`, `  return value + ${n};`, '}', ''].join(
      '\n',
    ),
  );
  const cases = numbers.map((n) =>
    [`test('${noun} ${n}', () => {`, `  assert.equal(${name}.${noun}${n}(1), ${n + 1});`, '});', ''].join('\n'),
  );
  return {
    task,
    minutes,
    files: {
      [`src/${name}/index.js`]: [`// ${name}: cut out of the core.`, ...functions].join('\n'),
      [`test/${name}.test.js`]: testFile(`import * as ${name} from '../src/${name}/index.js';`, '', ...cases),
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
  return testFile(
    "import { existsSync, readdirSync } from 'node:fs';",
    '',
    'async function modules() {',
    "  const found = readdirSync('src').filter((name) => existsSync(`src/${name}/index.js`));",
    '  return Promise.all(found.map((name) => import(`../src/${name}/index.js`)));',
    '}',
    '',
    ...cases,
  );
}

export const simserv: Scenario = {
  name: 'simserv',
  about: 'Five independent modules, five agents at once, nothing fails.',
  repository: 'simserv',
  files,
  title: 'Split SimServ into modules',
  body: markdown(
    'SimServ is one large file. Cut it into modules that can be tested and changed on their own.',
    '',
    '## Sub-tasks',
    '',
    '- [ ] Extract the authentication module from the core',
    '- [ ] Move session management into a module of its own',
    '- [ ] Create the API client module',
    '- [ ] Build the configuration management module',
    '- [ ] Write the integration test suite',
    '',
    '## Acceptance criteria',
    '',
    '- [ ] every module lives in its own folder under `src/`',
    '- [ ] `npm test` is green after each merge',
  ),
  jobs: [
    moduleJob('authentication', 'auth', 22, 1087, 'rule', 'A rule that a login must pass.'),
    moduleJob('session', 'session', 18, 623, 'step', 'One step in the life of a session.'),
    moduleJob('api client', 'client', 25, 892, 'call', 'One call of the public API.'),
    moduleJob('configuration', 'config', 15, 457, 'option', 'One option with its default.'),
    { task: 'integration test', minutes: 31, files: { 'test/integration.test.js': integrationTest(1068) } },
  ],
  expected: { landed: 5, of: 5, exitCode: 0 },
  lesson: ['Five agents worked at the same time on parts that do not touch each other, so nothing had to wait.'],
};
