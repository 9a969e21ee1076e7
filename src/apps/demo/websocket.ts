/** The repository of the WebSocket demo. Its tests hold the manifest against the imports, as the seed asks for. */

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

const manifestTest = `import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const imports = /(?:from|import\\()\\s*'([^']+)'/g;

for (const name of readdirSync('src')) {
  const file = join('src', name);
  test(\`\${file} imports only what exists\`, () => {
    for (const [, wanted] of readFileSync(file, 'utf8').matchAll(imports)) {
      if (wanted.startsWith('node:')) continue;
      if (wanted.startsWith('.')) assert.ok(existsSync(join(dirname(file), wanted)), \`Import error: \${file} imports \${wanted}, which does not exist\`);
      else assert.ok(manifest.dependencies?.[wanted], \`Import error: \${file} imports "\${wanted}", which is not in package.json\`);
    }
  });
}
`;

export const websocketManifest = {
  name: 'realtime',
  version: '1.0.0',
  private: true,
  type: 'module',
  scripts: { test: 'node --test' },
  dependencies: {},
};

export const websocketFiles: Readonly<Record<string, string>> = {
  'README.md': '# Realtime\n\nMessages between people. Tests: `npm test`.\n',
  'package.json': `${JSON.stringify(websocketManifest, null, 2)}\n`,
  'src/hub.js': hub,
  'test/manifest.test.js': manifestTest,
  '.github/muster.yml':
    '# One attempt each: what fails here fails for a reason that a second try cannot change.\nmerge: auto\nattempts: 1\n',
};
