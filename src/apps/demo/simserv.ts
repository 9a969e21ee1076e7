/** The repository that the SimServ demo starts from: a small server in one file, and its tests. */

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

const coreTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServer } from '../src/core.js';

test('a user with the right password gets a session', () => {
  const server = createServer();
  const id = server.login('ada', 'secret-of-ada');
  assert.equal(server.sessionOf(id).user, 'ada');
  assert.equal(server.login('ada', 'wrong'), null);
});
`;

export const simservFiles: Readonly<Record<string, string>> = {
  'README.md': '# SimServ\n\nA small server, about to be cut into modules. Tests: `npm test`.\n',
  'package.json': `${JSON.stringify({ name: 'simserv', version: '1.0.0', private: true, type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
  'src/core.js': core,
  'test/core.test.js': coreTest,
  '.github/muster.yml': '# What lands here is decided by the tests.\nmerge: auto\nmax_workers: 5\n',
};
