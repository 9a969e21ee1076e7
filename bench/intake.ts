/**
 * Webhooks per second: our door, which stores each one durably before it answers, beside a bare Probot handler, which
 * forgets them. Both in this process, in turns; the sender is a process of its own.
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
import { createWebhookMiddleware } from '../src/github/webhooks.ts';
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
}

const secret = 'bench-secret';
const atOnce = 50;

export async function measureIntake(deliveriesPerRound = 3_000, rounds = 5): Promise<IntakeResult> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const probot = new Probot({ appId: 1, privateKey: key, secret, redisConfig: undefined, logLevel: 'fatal' });
  const store = await openStore({ dir, now: Date.now, fold: replay });
  const bare = await listen(
    createServer(await createNodeMiddleware((app) => void app.on('issues', () => {}), { probot })),
  );
  const webhooks = createWebhookMiddleware(
    { verify: (body, signature) => probot.webhooks.verify(body, signature) },
    async (delivery) => void (await store.receiveDelivery(delivery)),
    { log: pino({ level: 'silent' }) },
  );
  const own = await listen(createServer((request, response) => void webhooks(request, response)));
  const payload = issuePayload();
  const rates: { readonly ours: number[]; readonly bare: number[] } = { ours: [], bare: [] };
  try {
    // one round each that does not count: code gets compiled, connections are opened
    for (let round = -1; round < rounds; round++) {
      const theirs = await send(bare.url, payload, deliveriesPerRound);
      const ours = await send(own.url, payload, deliveriesPerRound);
      if (round < 0) continue;
      rates.bare.push(theirs);
      rates.ours.push(ours);
    }
    const stored = (await store.health(Date.now())).inbox.waiting;
    if (stored !== deliveriesPerRound * (rounds + 1)) throw new Error(`${stored} deliveries are stored`);
    const [ours, bareProbot] = [median(rates.ours), median(rates.bare)];
    const payloadBytes = Buffer.byteLength(payload);
    const size = { deliveriesPerRound, rounds, payloadBytes, atOnce };
    return { bench: 'intake', ...size, ours, bareProbot, ratio: ours / bareProbot, stored };
  } finally {
    for (const { server } of [bare, own]) server.close().closeAllConnections();
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function listen(server: Server): Promise<{ readonly server: Server; readonly url: string }> {
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
