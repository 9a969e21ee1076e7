import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { openChromium, type Page } from './chromium.ts';

const root = resolve(import.meta.dirname, '..', '..');

let dir: string;
let sandbox: Sandbox;
let browser: Page;
const children: ChildProcess[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'muster-setup-'));
  [sandbox, browser] = await Promise.all([startSandbox({ dir: join(dir, 'github') }), openChromium()]);
  await sandbox.createRepository({
    owner: 'acme',
    name: 'shop',
    seedFrom: { files: { 'README.md': '# Shop\n', '.github/muster.yml': 'merge: auto\nallow_unverified: true\n' } },
  });
}, 60_000);

afterAll(async () => {
  for (const child of children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await browser.close();
  await sandbox.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs `muster` in the temporary directory; `said` resolves with the first match in what it prints. */
function muster(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(
    process.execPath,
    ['--import', join(root, 'node_modules/tsx/dist/esm/index.mjs'), join(root, 'src/apps/cli/main.ts'), ...args],
    { cwd: dir, env: { PATH: process.env.PATH, HOME: dir, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  children.push(child);
  let printed = '';
  const exited = once(child, 'exit').then(([code]) => code);
  const said = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((found, reject) => {
      const look = (): void => {
        const match = pattern.exec(printed);
        if (match !== null) found(match);
      };
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
      void exited.then(() => reject(new Error(`ended without ${pattern}:\n${printed}`)));
      look();
    });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => {
      printed += part;
    });
  return { child, exited, said, printed: () => printed };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function until<T>(what: string, look: () => Promise<T | null>, ms: number): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(`not ${what} after ${ms} ms`);
    await new Promise((later) => setTimeout(later, 100));
  }
}

describe('from nothing to a running server, in a browser', () => {
  let port: number;

  it('registers the App with what app.yml asks for, and keeps its keys for its owner alone', async () => {
    port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const setup = muster(['setup', '--github', sandbox.url, '--url', url, '--name', 'Muster Trial', '--port', '0']);
    const [address = ''] = await setup.said(/http:\/\/127\.0\.0\.1:\d+\/\S+/);

    await browser.open(address);
    const asked = await browser.text();
    for (const words of [
      'Muster Trial',
      'pull_requests',
      'open the pull request of each task',
      `${url}/api/github/webhooks`,
    ])
      expect(asked).toContain(words);

    await browser.press('Continue on GitHub');
    expect(await browser.url()).toContain(`${sandbox.url}/settings/apps/new?state=`);
    expect(await browser.text()).toContain('check_run');
    await browser.fill('name', 'Muster on Trial');
    await browser.press('Create GitHub App');

    const told = await browser.text();
    expect(told).toContain('The App is registered');
    expect(told).toContain('muster-on-trial');
    expect(await setup.exited).toBe(0);
    expect(setup.printed()).toContain(`${sandbox.url}/apps/muster-on-trial/installations/new`);

    const file = join(dir, '.env');
    const values = parseEnv(readFileSync(file, 'utf8'));
    expect(values).toMatchObject({ MUSTER_GITHUB_API_URL: `${sandbox.url}/api/v3` });
    const key = values.PRIVATE_KEY_PATH ?? '';
    expect(readFileSync(key, 'utf8')).toContain('PRIVATE KEY');
    for (const path of [file, key]) expect(statSync(path).mode & 0o777).toBe(0o600);
    const secret = values.WEBHOOK_SECRET ?? '';
    expect(secret.length).toBeGreaterThan(20);
    expect(`${setup.printed()}${told}`).not.toContain(secret);

    await browser.press('Install it');
    await browser.press('Install on acme');
    expect(await browser.text()).toContain('Uninstall from acme');
  }, 120_000);

  it('starts with nothing but that file and an agent, and carries a small orchestration', async () => {
    const agent = 'mkdir -p done && date > "done/$MUSTER_TASK.txt"';
    appendFileSync(join(dir, '.env'), `MUSTER_AGENT_COMMAND='${agent}'\nPORT=${port}\n`);
    const server = muster(['start'], {
      MUSTER_DATA_DIR: join(dir, 'state'),
      MUSTER_TICK_SECONDS: '5',
      MUSTER_GRACE_MS: '1500',
    });
    await server.said(/listens for webhooks/);
    const health = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect(health.status).toBe(200);

    const token = sandbox.userToken('ada', 'write');
    const api = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const response = await fetch(`${sandbox.url}/repos/acme/shop${path}`, {
        method,
        headers: { authorization: `token ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await response.json()) as T;
    };
    const body = '- [ ] First\n- [ ] Second (needs #1)\n';
    const issue = await api<{ number: number }>('POST', '/issues', { title: 'Try it', body, labels: ['muster'] });
    await until(
      'done',
      async () => ((await api<{ state: string }>('GET', `/issues/${issue.number}`)).state === 'closed' ? true : null),
      90_000,
    );
    const pulls: readonly { merged_at: string | null; user: { login: string } }[] = await api(
      'GET',
      '/pulls?state=all',
    );
    expect(pulls.map((pull) => [pull.user.login, pull.merged_at !== null])).toEqual([
      ['muster-on-trial[bot]', true],
      ['muster-on-trial[bot]', true],
    ]);
    // the permissions of app.yml were enough
    expect(sandbox.requests().filter(({ actor, status }) => actor === 'installation' && status === 403)).toEqual([]);

    const metrics = await until(
      'counted',
      async () => {
        const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
        return text.includes('muster_landings_total 2') ? text : null;
      },
      40_000,
    );
    for (const line of ['muster_attempts_total{result="delivered"} 2', 'muster_up{component="github"} 1'])
      expect(metrics.split('\n')).toContain(line);
    expect(metrics).toMatch(/^muster_commands\{kind="merge-pull",status="done"\} 2$/m);
    expect(metrics).toMatch(/^muster_webhooks_total\{status="202"\} [1-9]/m);
    expect(metrics).toMatch(/^muster_github_remaining\{resource="core"\} \d+$/m);

    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(0);
  }, 180_000);
});
