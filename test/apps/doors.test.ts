import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askRunning, openControlSocket } from '../../src/apps/http/control.ts';
import type { DoorLimits, HttpDoor } from '../../src/apps/http/server.ts';
import { openHttpDoor } from '../../src/apps/http/server.ts';
import type { OperatorOutcome, OperatorWords } from '../../src/apps/operator.ts';
import type { Runtime } from '../../src/apps/runtime.ts';
import { createTraffic } from '../../src/apps/traffic.ts';

const health = {
  database: 'pglite /var/lib/somewhere/db',
  commands: {},
  oldestDueMs: 0,
  inbox: { waiting: 0, failed: 2 },
  liveOrchestrations: 0,
};
const figures = {
  commands: [{ kind: 'open-pull', status: 'done', count: 3 }],
  attempts: [{ result: 'delivered', count: 4 }],
  landings: 2,
  tasks: [{ state: 'merged', count: 2 }],
  budgets: [{ installation: 7, bucket: 'core-hour', left: 1249.5 }],
};
const store = {
  health: () => Promise.resolve(health),
  figures: () => Promise.resolve(figures),
  runningAttempts: () => Promise.resolve(1),
  findOrchestrations: () => Promise.resolve([]),
};
const runtime = {
  app: { verify: (_: string, signature: string) => Promise.resolve(signature === 'sha256=right') },
  engine: { receive: () => Promise.resolve() },
  store,
  ports: { agents: { agentNames: () => ['robot'] }, queue: { enqueue: () => {} } },
} as unknown as Runtime;

async function open(limits: Partial<DoorLimits> = {}, parts: object = {}): Promise<HttpDoor> {
  const door = await openHttpDoor(
    { ...runtime, traffic: createTraffic(), ...parts },
    { port: 0, host: '127.0.0.1', log: pino({ level: 'silent' }), limits },
  );
  onTestFinished(() => door.close());
  return door;
}

/** Sends these bytes and nothing more; what came back until the other side hung up. */
async function say(door: HttpDoor, text: string): Promise<string> {
  const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    heard += part;
  });
  socket.on('error', () => undefined);
  socket.write(text);
  // a reset is an end like any other
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return heard.split('\r\n')[0] ?? '';
}

const hooks = '/api/github/webhooks';

describe('the HTTP door', () => {
  it('tells how it goes, and not where it lies', async () => {
    const door = await open();
    const answer = await fetch(`${door.url}/healthz?verbose=1`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: 'ok',
      components: {
        database: { ok: true, kind: 'pglite' },
        inbox: { ok: true, waiting: 0, failed: 2 },
        queue: { ok: true, oldestDueMs: 0, commands: {} },
        github: { ok: true, lastAnswerMs: null },
        agents: { ok: true, configured: 1, running: 1 },
      },
      liveOrchestrations: 0,
    });
    expect((await fetch(`${door.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${door.url}/healthz`, { method: 'DELETE' })).status).toBe(404);
  });

  it('says which part is in trouble, and takes webhooks all the same while the database answers', async () => {
    const now = Date.now();
    const traffic = createTraffic(() => now - 61_000);
    traffic.onAnswer(200, new Headers());
    traffic.onAnswer(502, new Headers());
    const door = await open({}, { traffic });
    const answer = await fetch(`${door.url}/healthz`);
    expect(answer.status).toBe(503);
    const { status, components } = (await answer.json()) as {
      status: string;
      components: Record<string, { ok: boolean }>;
    };
    expect(status).toBe('failing');
    expect(Object.entries(components).filter(([, { ok }]) => !ok)).toMatchObject([['github', { ok: false }]]);
    expect((await fetch(`${door.url}/readyz`)).status).toBe(200);
  });

  it.each([
    ['a database that does not answer', { store: { ...store, health: () => Promise.reject(new Error('away')) } }, 503],
    [
      'a queue that is away',
      { ports: { ...runtime.ports, queue: { enqueue: () => {}, reachable: () => false } } },
      200,
    ],
    ['no agent', { ports: { ...runtime.ports, agents: { agentNames: () => [] } } }, 200],
  ])('is unwell with %s', async (_, parts, ready) => {
    const door = await open({}, parts);
    expect((await fetch(`${door.url}/healthz`)).status).toBe(503);
    expect((await fetch(`${door.url}/readyz`)).status).toBe(ready);
    expect((await fetch(`${door.url}/metrics`)).status).toBe(200);
  });

  it('asks the database once for all who ask at once, and anew when that has grown old', async () => {
    let asked = 0;
    const counting = {
      ...store,
      health: () => {
        asked += 1;
        return store.health();
      },
    };
    const door = await open({ freshMs: 60_000 }, { store: counting });
    await Promise.all(Array.from({ length: 20 }, () => fetch(`${door.url}/metrics`)));
    expect(asked).toBe(1);
    const impatient = await open({ freshMs: 0 }, { store: counting });
    await expect
      .poll(async () => {
        await fetch(`${impatient.url}/readyz`);
        return asked;
      })
      .toBeGreaterThan(2);
  });

  it('counts for Prometheus, in its text format', async () => {
    const traffic = createTraffic();
    const soon = String(Math.floor(Date.now() / 1000) + 600);
    const limits = (remaining: string, reset: string) =>
      new Headers({ 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset, 'x-ratelimit-resource': 'core' });
    traffic.onAnswer(200, limits('4000', soon));
    traffic.onAnswer(404, limits('12', soon));
    traffic.onAnswer(201, limits('3', '1000'));
    traffic.onAnswer(null, new Headers());
    const door = await open({}, { traffic });
    const send = (signature: string) =>
      fetch(`${door.url}${hooks}`, {
        method: 'POST',
        headers: { 'x-github-delivery': 'a', 'x-github-event': 'ping', 'x-hub-signature-256': signature },
        body: '{}',
      });
    for (const signature of ['sha256=right', 'sha256=right', 'sha256=wrong']) await send(signature);
    const answer = await fetch(`${door.url}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    const lines = text.split('\n');
    for (const line of [
      'muster_up{component="database"} 1',
      'muster_inbox_deliveries{state="failed"} 2',
      'muster_commands{kind="open-pull",status="done"} 3',
      'muster_attempts_total{result="delivered"} 4',
      'muster_landings_total 2',
      'muster_tasks{state="merged"} 2',
      'muster_github_budget{installation="7",bucket="core-hour"} 1249.5',
      'muster_attempts_running 1',
      'muster_webhooks_total{status="202"} 2',
      'muster_webhooks_total{status="401"} 1',
      'muster_github_requests_total{status="2xx"} 2',
      'muster_github_requests_total{status="none"} 1',
      'muster_github_remaining{resource="core"} 12',
    ])
      expect(lines).toContain(line);
    // each line is a comment or a sample, and every sample's name was announced
    const announced = new Set([...text.matchAll(/^# TYPE (\S+) (?:gauge|counter)$/gm)].map(([, name]) => name));
    for (const line of lines.filter((one) => one !== '' && !one.startsWith('#'))) {
      expect(line).toMatch(/^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[\d.e+]+$/);
      expect(announced).toContain(/^[a-z_]+/.exec(line)?.[0]);
    }
  });

  it.each(['//', 'http://[', '/%', '/..%2f..%2fetc/passwd', `${hooks}/`, `/x${hooks}`, '*'])(
    'has nothing at %s, and no accident either',
    async (path) => {
      const door = await open();
      expect(await say(door, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toBe(
        'HTTP/1.1 404 Not Found',
      );
    },
  );

  it.each([
    ['no headers', 'POST /api/gi'],
    [
      'half a body',
      `POST ${hooks} HTTP/1.1\r\nHost: x\r\nX-GitHub-Delivery: a\r\nX-GitHub-Event: ping\r\nX-Hub-Signature-256: sha256=00\r\nContent-Length: 100\r\n\r\n{`,
    ],
  ])('hangs up on whoever sends %s and then waits', async (_, text) => {
    const door = await open({ headersMs: 200, requestMs: 400 });
    expect(await say(door, text)).toBe('HTTP/1.1 408 Request Timeout');
    expect((await fetch(`${door.url}/healthz`)).status).toBe(200);
  });

  it('holds no more connections than it may, and takes new ones when they are gone', async () => {
    const door = await open({ connections: 5, headersMs: 300 });
    const held = Array.from({ length: 20 }, () => say(door, 'POST '));
    await Promise.all(held);
    expect((await fetch(`${door.url}/healthz`)).status).toBe(200);
  });

  it('answers a body that is not signed without reading on for ever', async () => {
    const door = await open();
    const asked = request(`${door.url}${hooks}`, { method: 'POST', headers: { 'content-length': 10 ** 9 } });
    asked.on('error', () => undefined);
    asked.write('x');
    const [response] = await once(asked, 'response');
    expect(response.statusCode).toBe(400);
    asked.destroy();
  });
});

describe('the control socket', () => {
  it('is for its owner, and outlives every question', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'muster-control-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const obey = (words: OperatorWords): Promise<OperatorOutcome> =>
      Promise.resolve({ kind: 'unclear', text: JSON.stringify(words) });
    const close = await openControlSocket(dir, store as unknown as Runtime['store'], obey);
    const socketPath = join(dir, 'control.sock');
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    for (const path of [
      '/',
      '/garbage',
      '/%',
      '/null',
      '/[]',
      '/{"kind":"drop"}',
      '/{"kind":"why","where":{"number":"1"}}',
      '/{"kind":"command","text":1,"by":"x"}',
    ]) {
      const asked = request({ socketPath, path: encodeURI(path).replace('/%25', '/%'), agent: false }).end();
      const [response] = await once(asked, 'response');
      expect(response.statusCode).toBe(400);
      response.resume();
    }
    expect(await askRunning(dir, { kind: 'health' })).toEqual({ kind: 'health', health });
    const said = { text: '/muster cancel "ä" 100%', by: 'cli:ada', where: { owner: 'acme', name: 'shop', number: 3 } };
    expect(await askRunning(dir, { kind: 'command', ...said })).toEqual({
      kind: 'command',
      outcome: { kind: 'unclear', text: JSON.stringify({ kind: 'command', ...said, all: false }) },
    });
    await close();
    expect(existsSync(socketPath)).toBe(false);
    expect(await askRunning(dir, { kind: 'health' })).toBeNull();
  });
});
