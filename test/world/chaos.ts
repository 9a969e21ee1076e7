/**
 * Kill -9 of the whole App at seeded moments (half of them just as a write has left) while GitHub lives on, misbehaving: late landings, lagging lists. In the
 * end the world must look as if nothing had happened. `naive` is the control: retries without looking first.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { personAt } from '../../src/apps/local/person.ts';
import { fraction } from '../../src/core/hash.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { files, inspect, isOver, name, owner, planOf } from './chaos-plan.ts';
import { agentFile } from './world.ts';

export interface ChaosOptions {
  readonly kills: number;
  readonly seed: string;
  readonly naive?: boolean;
  /** Every kill comes the moment the first write of a life has left: the hardest case. */
  readonly aimed?: boolean;
  readonly say?: (line: string) => void;
  /** Gives up after this long; ms. */
  readonly limitMs?: number;
}

export interface ChaosReport {
  readonly kills: number;
  readonly orchestrations: number;
  readonly ended: boolean;
  /** Sentences; empty when the world is as if never killed. */
  readonly damage: readonly string[];
  readonly wallMs: number;
}

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedAt = Date.now();
  const dir = mkdtempSync(join(tmpdir(), 'muster-chaos-'));
  const sandbox = await startSandbox({ dir: join(dir, 'github'), ci: { enabled: true } });
  await sandbox.createRepository({ owner, name, seedFrom: { files }, requiredChecks: ['ci'] });
  sandbox.faults.lateLanding = { rate: 0.25, delayMs: [200, 900] };
  sandbox.faults.listLagMs = 300;
  const port = await freePort(`${options.seed}.${process.pid}`);
  const proxy = await openProxy(sandbox.url);
  sandbox.setWebhook(`http://127.0.0.1:${port}/api/github/webhooks`);
  const ada = personAt({
    url: sandbox.url,
    token: sandbox.userToken('ada', 'write'),
    login: 'ada',
    repo: `${owner}/${name}`,
  });
  const damage: string[] = [];
  let kills = 0;
  let orchestrations = 0;
  let ended = true;
  // one orchestration after another until all kills are spent; each is judged when it has ended
  while (kills < options.kills && ended) {
    orchestrations++;
    const issue = await ada.openIssue(`Chaos ${orchestrations}`, planOf(orchestrations));
    await ada.comment(issue, '/muster run');
    const limit = Date.now() + (options.limitMs ?? 240_000);
    for (let over = false; !over; ) {
      const app = startApp(sandbox, proxy.url, port, join(dir, 'muster'), options.naive === true);
      const fate =
        kills < options.kills
          ? fateOf(`${options.seed}.${kills}`, options.aimed === true)
          : { lifeMs: limit - Date.now(), writes: null };
      const shot = proxy.aim(fate.writes);
      over = await livesUntil(app, fate.lifeMs, shot, () => isOver(sandbox, issue));
      await killed(app);
      if (!over) kills++;
      if (!over && Date.now() > limit) {
        ended = false;
        break;
      }
    }
    options.say?.(`orchestration ${orchestrations}: ${kills} kills so far`);
    // whatever still lands late has landed after this
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const found = await inspect(sandbox, issue);
    damage.push(...found.map((line) => `orchestration ${orchestrations}: ${line}`));
    if (options.naive === true && damage.length > 0) break;
  }
  if (!ended) damage.push('an orchestration did not come to its end');
  await proxy.close();
  await sandbox.close();
  rmSync(dir, { recursive: true, force: true });
  return { kills, orchestrations, ended, damage, wallMs: Date.now() - startedAt };
}

function startApp(sandbox: Sandbox, apiUrl: string, port: number, dataDir: string, naive: boolean): ChildProcess {
  const root = join(import.meta.dirname, '..', '..');
  const args = naive
    ? ['--import', 'tsx', join(import.meta.dirname, 'naive-server.ts')]
    : [join(root, 'dist', 'apps', 'cli', 'main.js'), 'start'];
  return spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', process.env.MUSTER_TEST_LOG === undefined ? 'ignore' : 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: dataDir,
      APP_ID: String(sandbox.app.id),
      PRIVATE_KEY_PATH: sandbox.app.privateKeyFile,
      WEBHOOK_SECRET: sandbox.app.webhookSecret,
      PORT: String(port),
      MUSTER_GITHUB_API_URL: apiUrl,
      MUSTER_DATA_DIR: dataDir,
      MUSTER_AGENT_COMMAND: `'${process.execPath}' '${agentFile}'`,
      MUSTER_TICK_SECONDS: '1',
      MUSTER_GRACE_MS: naive ? '0' : '1500',
      LOG_LEVEL: 'error',
    },
  });
}

/** For a write to aim at, also on a slow machine. */
const patienceMs = 30_000;

/** Half of the kills come at a random time, half the moment one of its next writes has left for GitHub. */
function fateOf(seed: string, always: boolean): { readonly lifeMs: number; readonly writes: number | null } {
  if (always) return { lifeMs: patienceMs, writes: 1 };
  const aimed = fraction(`${seed}.aimed`) < 0.5;
  const luck = fraction(`${seed}.moment`);
  return aimed
    ? { lifeMs: patienceMs, writes: 1 + Math.floor(3 * luck) }
    : { lifeMs: 300 + Math.floor(3_200 * luck), writes: null };
}

interface Proxy {
  readonly url: string;
  /** Fires when that many writes have been passed on; their answers are kept back from then on. */
  readonly aim: (writes: number | null) => AbortSignal;
  readonly close: () => Promise<void>;
}

function isOnlyReaction(body: Buffer): boolean {
  return body.includes('addReaction(') && !/createIssue\(|addComment\(|update\w+\(/.test(body.toString());
}

/** Stands between the App and GitHub, to see a write leave and to lose its answer. */
async function openProxy(target: string): Promise<Proxy> {
  let left: number | null = null;
  let shot = new AbortController();
  const server = createHttpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const path = request.url ?? '/';
    const writes =
      request.method !== 'GET' &&
      !path.endsWith('/access_tokens') &&
      // these are sent at every start: a kill there says little
      !path.endsWith('/labels') &&
      !path.startsWith('/app/hook/') &&
      // a reaction is the same however often it is given
      !isOnlyReaction(body) &&
      (!path.endsWith('/graphql') || body.includes('mutation'));
    const last = writes && left !== null && --left === 0;
    const onward = httpRequest(
      `${target}${path}`,
      { method: request.method, headers: { ...request.headers, host: new URL(target).host } },
      (answer) => {
        if (last) return answer.resume();
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        return answer;
      },
    );
    onward.on('error', () => response.destroy());
    onward.end(body, () => last && shot.abort());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    aim: (writes) => {
      left = writes;
      shot = new AbortController();
      return shot.signal;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** True when it came to its end before its time was up. */
async function livesUntil(
  app: ChildProcess,
  ms: number,
  shot: AbortSignal,
  over: () => Promise<boolean>,
): Promise<boolean> {
  const end = Date.now() + ms;
  let asked = 0;
  while (Date.now() < end && !shot.aborted) {
    if (app.exitCode !== null) throw new Error(`the App stopped by itself with ${app.exitCode}`);
    // asked now and then: the answer itself is work for GitHub
    if (Date.now() > asked + 300) {
      asked = Date.now();
      if (await over()) return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

function killed(app: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    app.once('exit', () => resolve());
    app.kill('SIGKILL');
  });
}

/** Below those that outgoing connections get by themselves: one of these would take it while the App is dead. */
async function freePort(seed: string): Promise<number> {
  for (let n = 0; ; n++) {
    const port = 20_000 + Math.floor(10_000 * fraction(`${seed}.port.${n}`));
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
