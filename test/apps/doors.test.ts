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
import type { Runtime } from '../../src/apps/runtime.ts';

const health = {
  database: 'pglite /var/lib/somewhere/db',
  commands: {},
  oldestDueMs: 0,
  inbox: { waiting: 0, failed: 2 },
  liveOrchestrations: 0,
};
const store = { health: () => Promise.resolve(health), findOrchestrations: () => Promise.resolve([]) };
const runtime = {
  app: { verify: () => Promise.resolve(false) },
  engine: { receive: () => Promise.resolve() },
  store,
} as unknown as Runtime;

async function open(limits: Partial<DoorLimits> = {}): Promise<HttpDoor> {
  const door = await openHttpDoor(runtime, { port: 0, host: '127.0.0.1', log: pino({ level: 'silent' }), limits });
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
    expect(await answer.json()).toEqual({ ...health, database: 'pglite' });
    expect((await fetch(`${door.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${door.url}/healthz`, { method: 'DELETE' })).status).toBe(404);
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
    const close = await openControlSocket(dir, store as unknown as Runtime['store']);
    const socketPath = join(dir, 'control.sock');
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    for (const path of ['/', '/garbage', '/%', '/null', '/[]', '/{"kind":"drop"}', '/{"kind":"why","issue":"1"}']) {
      const asked = request({ socketPath, path: encodeURI(path).replace('/%25', '/%') }).end();
      const [response] = await once(asked, 'response');
      expect(response.statusCode).toBe(400);
      response.resume();
    }
    expect(await askRunning(dir, { kind: 'health' })).toEqual({ kind: 'health', health });
    await close();
    expect(existsSync(socketPath)).toBe(false);
    expect(await askRunning(dir, { kind: 'health' })).toBeNull();
  });
});
