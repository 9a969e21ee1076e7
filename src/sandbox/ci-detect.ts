/** Reads one file of the tree under test by its path; `undefined` when the tree has no such file. */
export type TreeReader = (path: string) => Promise<string | undefined>;

/**
 * The command a repository would run as its tests, or `undefined` when nothing says how.
 * First match wins: npm script, make target, pytest, go, cargo.
 */
export async function detectCiCommand(read: TreeReader): Promise<string | undefined> {
  if (hasTestScript(await read('package.json'))) return 'npm test --silent';
  if (await hasMakeTarget(read)) return 'make test';
  if (await hasPytest(read)) return 'python3 -m pytest -q';
  if ((await read('go.mod')) !== undefined) return 'go test ./...';
  if ((await read('Cargo.toml')) !== undefined) return 'cargo test';
  return undefined;
}

function hasTestScript(text: string | undefined): boolean {
  if (text === undefined) return false;
  const manifest = parseJson(text);
  if (typeof manifest !== 'object' || manifest === null || !('scripts' in manifest)) return false;
  const scripts = manifest.scripts;
  if (typeof scripts !== 'object' || scripts === null || !('test' in scripts)) return false;
  const script = scripts.test;
  // `npm init` writes this placeholder; it says that there are no tests.
  return typeof script === 'string' && script.trim() !== '' && !script.includes('Error: no test specified');
}

/** An unreadable manifest is a red build in real life too, so it counts as having a test script. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { scripts: { test: 'unreadable package.json' } };
  }
}

async function hasMakeTarget(read: TreeReader): Promise<boolean> {
  for (const name of ['GNUmakefile', 'makefile', 'Makefile']) {
    const text = await read(name);
    if (text !== undefined) return /^test[ \t]*:(?!=)/m.test(text);
  }
  return false;
}

async function hasPytest(read: TreeReader): Promise<boolean> {
  for (const name of ['pytest.ini', 'pyproject.toml', 'conftest.py', 'tests/conftest.py']) {
    if ((await read(name)) !== undefined) return true;
  }
  return false;
}
