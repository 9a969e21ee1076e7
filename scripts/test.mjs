#!/usr/bin/env node
// `npm test`: builds, brings what each tier of tests needs, runs every tier that can run here, and says loudly which
// cannot and why. With CI=true a tier that cannot run is a failure. Ends with vitest's summary and "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const ci = process.env.CI === 'true';
const say = (line) => process.stdout.write(`${line}\n`);
const run = (command, args, options = {}) => spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

function debianPackages(names) {
  const missing = names.filter(({ command }) => !has(command)).map(({ name }) => name);
  if (missing.length === 0) return null;
  const where = process.getuid?.() === 0 && has('apt-get');
  if (!where) return `${missing.join(', ')} not installed, and not root on Debian to install it`;
  say(`Installing ${missing.join(', ')} for the tests ...`);
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const install = () =>
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], quiet).status === 0;
  if (install()) return null;
  run('apt-get', ['update', '-q'], quiet);
  return install() ? null : `apt-get could not install ${missing.join(', ')}`;
}

function conformancePackages() {
  const dir = join(root, 'test', 'conformance');
  const marker = join(dir, 'node_modules', '.package-lock.json');
  if (existsSync(marker) && existsSync(join(dir, 'node_modules', '@octokit', 'openapi'))) return null;
  say('Installing the packages of the conformance tests (about 400 MB, once) ...');
  return run('npm', ['ci', '--no-audit', '--no-fund', '--prefix', dir]).status === 0
    ? null
    : 'npm ci in test/conformance failed';
}

/** Debian keeps the server's programs off the PATH, one directory per version; elsewhere `pg_config` knows. */
function postgresPackages() {
  const debian = '/usr/lib/postgresql';
  const there = () =>
    (existsSync(debian) && readdirSync(debian).some((version) => existsSync(join(debian, version, 'bin', 'initdb')))) ||
    has('pg_config && test -x "$(pg_config --bindir)/initdb"');
  if (there()) return null;
  const why = debianPackages([{ name: 'postgresql', command: 'initdb' }]);
  return why ?? (there() ? null : 'postgresql is installed, but its initdb is not to be found');
}

const confinement = debianPackages([{ name: 'bubblewrap', command: 'bwrap' }]);
const postgres = postgresPackages();
const redis = debianPackages([{ name: 'redis-server', command: 'redis-server' }]);

// each tier: why it cannot run here, or null
const tiers = {
  rooms: confinement,
  stories: null,
  hostile: confinement,
  conformance: conformancePackages(),
  browser: debianPackages([{ name: 'chromium', command: 'chromium' }]),
  postgres,
  redis,
  cluster: postgres ?? redis,
};

if (run('npm', ['run', '--silent', 'build']).status !== 0) process.exit(1);

const left = Object.entries(tiers).filter(([, why]) => why !== null);
const able = Object.keys(tiers).filter((tier) => tiers[tier] === null);
for (const [tier, why] of left) say(`\n!!! LEFT OUT: the tier "${tier}" of the tests: ${why}\n`);

const dir = mkdtempSync(join(tmpdir(), 'muster-tests-'));
const report = join(dir, 'report.json');
const args = [
  'vitest',
  'run',
  ...able.flatMap((tier) => ['--project', tier]),
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
];
const { status } = run('npx', ['--no-install', ...args]);
const counts = existsSync(report)
  ? JSON.parse(readFileSync(report, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 0, numTotalTests: 0 };
rmSync(dir, { recursive: true, force: true });

for (const [tier, why] of left) say(`!!! LEFT OUT: the tier "${tier}" of the tests: ${why}`);
say(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed`);
const passed = status === 0 && counts.numPassedTests > 0 && counts.numFailedTests === 0;
process.exitCode = passed && !(ci && left.length > 0) ? 0 : 1;
