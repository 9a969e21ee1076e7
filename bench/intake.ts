/**
 * Webhooks per second: our door, which stores each one durably before it answers, beside a bare Probot handler, which
 * forgets them; and our door while the engine behind it reads what was stored. All in this process, in turns; the sender
 * is a process of its own.
 */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { createNodeMiddleware, Probot } from 'probot';
import { replay } from '../src/core/evolve.ts';
import { createEngine, type Engine, type EngineSettings } from '../src/engine/loop.ts';
import type { Ports, Store } from '../src/engine/ports.ts';
import { createTranslate } from '../src/github/signals.ts';
import { createWebhookMiddleware } from '../src/github/webhooks.ts';
import { inProcessQueue } from '../src/queue/in-process.ts';
import { openStore } from '../src/store/open-store.ts';
import { median } from './figures.ts';

export interface IntakeResult {
  readonly bench: 'intake';
  readonly deliveriesPerRound: number;
  readonly rounds: number;
  readonly payloadBytes: number;
  readonly atOnce: number;
  /** Per second, medians over the rounds. */
  readonly ours: number;
  readonly bareProbot: number;
  readonly ratio: number;
  /** How many of ours were in the database afterwards; all of them. */
  readonly stored: number;
  /** Ours per second while everything that comes in is translated in the same process, and its ratio. */
  readonly whileTranslating: number;
  readonly ratioWhileTranslating: number;
}

const secret = 'bench-secret';
const atOnce = 50;

export async function measureIntake(deliveriesPerRound = 3_000, rounds = 5): Promise<IntakeResult> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const probot = new Probot({ appId: 1, privateKey: key, secret, redisConfig: undefined, logLevel: 'fatal' });
  const verify = (body: string, signature: string): Promise<boolean> => probot.webhooks.verify(body, signature);
  const door = (receive: Store['receiveDelivery']): Promise<Listening> => {
    const webhooks = createWebhookMiddleware({ verify }, receive, { log: pino({ level: 'silent' }) });
    return listen(createServer((request, response) => void webhooks(request, response)));
  };
  const [store, read] = await Promise.all(
    ['stored', 'read'].map((name) => openStore({ dir: join(dir, name), now: Date.now, fold: replay })),
  );
  if (store === undefined || read === undefined) throw new Error('two were opened');
  const engine = engineOn(read);
  await engine.start();
  const doors = {
    bare: await listen(
      createServer(await createNodeMiddleware((app) => void app.on('issues', () => {}), { probot })),
    ),
    ours: await door(store.receiveDelivery),
    translating: await door(engine.receive),
  };
  const payload = issuePayload();
  const rates: Record<keyof typeof doors, number[]> = { bare: [], ours: [], translating: [] };
  try {
    // one round that does not count: code gets compiled, connections are opened
    for (let round = -1; round < rounds; round++) {
      for (const name of ['bare', 'ours', 'translating'] as const) {
        const rate = await send(doors[name].url, payload, deliveriesPerRound);
        if (round >= 0) rates[name].push(rate);
        if (name === 'translating') await engine.sweep();
      }
    }
    const all = deliveriesPerRound * (rounds + 1);
    const stored = (await store.untranslatedDeliveries(2 * all)).length;
    if (stored !== all) throw new Error(`${stored} of ${all} deliveries are stored`);
    const { waiting, failed } = (await read.health(Date.now())).inbox;
    if (waiting + failed > 0) throw new Error(`${waiting} deliveries were not translated, ${failed} could not be`);
    const [ours, bareProbot, whileTranslating] = [
      median(rates.ours),
      median(rates.bare),
      median(rates.translating),
    ];
    const payloadBytes = Buffer.byteLength(payload);
    const size = { deliveriesPerRound, rounds, payloadBytes, atOnce };
    const translating = { whileTranslating, ratioWhileTranslating: whileTranslating / bareProbot };
    return { bench: 'intake', ...size, ours, bareProbot, ratio: ours / bareProbot, stored, ...translating };
  } finally {
    for (const { server } of Object.values(doors)) server.close().closeAllConnections();
    await engine.stop(5_000);
    await Promise.all([store.close(), read.close()]);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** As much of an engine as reading the inbox of a repository without orchestrations takes. */
function engineOn(store: Store): Engine {
  const unused = new Proxy({}, { get: () => () => Promise.resolve([]) });
  const ports = {
    store,
    queue: inProcessQueue({ concurrency: { long: 20, short: 8 }, onError: (_, error) => console.error(error) }),
    translate: createTranslate({ appSlug: 'muster', appId: 1 }),
    github: unused,
    agents: unused,
    now: Date.now,
    log: () => {},
  } as unknown as Ports;
  const settings = {
    share: { takes: 'everything', agents: null, mostAttempts: 20 },
    pace: { coalesceMs: 2_000 },
    graceMs: 0,
    tickMs: 3_600_000,
    dueMs: 1_000,
  } as unknown as EngineSettings;
  return createEngine(ports, settings);
}

interface Listening {
  readonly server: Server;
  readonly url: string;
}

async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}/api/github/webhooks` };
}

/** Deliveries per second. */
async function send(url: string, payload: string, count: number): Promise<number> {
  const sender = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'sender.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  sender.stdin.end(JSON.stringify({ url, secret, payload, count, atOnce }));
  const { ms, refused } = JSON.parse(await text(sender.stdout)) as { ms: number; refused: number };
  if (refused > 0) throw new Error(`${url} refused ${refused} of ${count}`);
  return (1_000 * count) / ms;
}

/** About as large as what GitHub sends for an edited issue. */
function issuePayload(): string {
  const user = { login: 'ada', id: 1, node_id: 'U_1', type: 'User', site_admin: false, url: 'https://example.com/ada' };
  const repository = { id: 1, node_id: 'R_1', name: 'shop', full_name: 'acme/shop', private: false, owner: user };
  const body = '- [ ] One of the things that are to be done\n'.repeat(120);
  const issue = { id: 7, node_id: 'I_7', number: 7, title: 'Plan', user, state: 'open', labels: [], body };
  return JSON.stringify({ action: 'edited', issue, repository, sender: user, installation: { id: 1, node_id: 'N_1' } });
}
