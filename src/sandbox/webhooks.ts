// Webhooks: payloads become rows in the transaction of their cause; one loop sends them, one after the other.
// Promise: signed over the exact bytes, a GUID each, ten seconds to answer, sent again only when asked to. Faults may
// drop, double, shuffle or delay them. What a killed process had queued is sent when the state is opened again.
import { createHmac, randomUUID } from 'node:crypto';
import { mainApp } from './accounts.ts';
import type { Exchange, WebhookEvent, World } from './context.ts';
import { installationShape, organization, simpleInstallation, simpleUser } from './shapes-common.ts';
import { pushRepository, webhookRepository } from './shapes-repository.ts';
import type { AppRow, DeliveryRow, InstallationRow, RepositoryRow, UserRow } from './state.ts';

const answerTimeoutMs = 10_000;
/** How many settled deliveries are remembered. */
const rememberedDeliveries = 200;
/** Characters of what the receiver answered. */
const rememberedAnswer = 1_000;

type Payload = Readonly<Record<string, unknown>>;

/**
 * Adds what every payload about a repository carries and queues it in the current transaction, once for each App that
 * listens there. Answers what will be sent.
 */
export function queueWebhook(
  world: World,
  event: WebhookEvent,
  repo: RepositoryRow,
  sender: UserRow,
  payload: Payload,
): readonly Exchange[] {
  const listeners = world.state.installations.where('account', String(repo.ownerId)).flatMap((installation) => {
    const app = world.state.apps.need(installation.appId);
    return app.webhookUrl !== null && app.events.includes(event) ? [{ app, installation }] : [];
  });
  if (listeners.length === 0) return [];
  const current = world.state.repositories.need(repo.id);
  const owner = world.state.users.need(repo.ownerId);
  const told = {
    ...payload,
    repository: event === 'push' ? pushRepository(world, current) : webhookRepository(world, current),
    ...(owner.type === 'Organization' ? { organization: organization(world, owner) } : {}),
    sender: simpleUser(world, sender),
  };
  return listeners.map(({ app, installation }) =>
    queue(world, app, installation, event, repo.id, { ...told, installation: simpleInstallation(installation) }),
  );
}

/** What an App hears about itself, whatever it has subscribed to. Null when it has no webhook. */
export function queueAppWebhook(
  world: World,
  installation: InstallationRow,
  event: 'installation' | 'installation_repositories',
  sender: UserRow,
  payload: Payload,
): Exchange | null {
  const app = world.state.apps.need(installation.appId);
  if (app.webhookUrl === null) return null;
  const account = world.state.users.need(installation.accountId ?? 0);
  return queue(world, app, installation, event, null, {
    ...payload,
    installation: installationShape(world, installation, account),
    sender: simpleUser(world, sender),
  });
}

function queue(
  world: World,
  app: AppRow,
  installation: InstallationRow,
  event: WebhookEvent,
  repoId: number | null,
  payload: Payload,
): Exchange {
  const action = typeof payload.action === 'string' ? payload.action : null;
  world.state.deliveries.insert({
    appId: app.id,
    installationId: installation.id,
    guid: randomUUID(),
    event,
    action,
    repoId,
    body: JSON.stringify(payload),
    redelivery: false,
    ...unsettled,
    createdAt: world.instant(),
  });
  return { kind: 'webhook', event, action, payload };
}

const unsettled = {
  status: 'pending',
  statusCode: null,
  error: null,
  durationMs: null,
  answer: null,
  settledAt: null,
} as const;

/** The same bytes under the same GUID once more, as a delivery of its own. */
export function queueRedelivery(world: World, row: DeliveryRow): Exchange {
  const { id: _, ...same } = row;
  world.state.deliveries.insert({ ...same, ...unsettled, redelivery: true, createdAt: world.instant() });
  return { kind: 'webhook', event: row.event, action: row.action, payload: JSON.parse(row.body) };
}

export interface Deliverer {
  /** Something was queued. */
  wake(): void;
  /** Resolves when nothing is pending. */
  idle(): Promise<void>;
  /** Aborts what is under way; it stays pending. */
  close(): Promise<void>;
}

export function createDeliverer(world: World): Deliverer {
  const closing = new AbortController();
  const queue: DeliveryRow[] = world.state.deliveries.where('status', 'pending');
  let last = queue.at(-1)?.id ?? 0;
  let running: Promise<void> | null = null;

  const collect = (): void => {
    for (const row of world.state.deliveries.where('status', 'pending')) {
      if (row.id > last) queue.push(row);
      last = Math.max(last, row.id);
    }
  };

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      collect();
      if (queue.length === 0) return;
      if (world.faults.webhooks.shuffle) {
        await pause(world.faults.webhooks.windowMs, closing.signal);
        collect();
        shuffle(queue, world.random);
      }
      for (const row of queue.splice(0)) {
        if (closing.signal.aborted) return;
        await deliver(world, row, closing.signal);
      }
    }
  };

  const wake = (): void => {
    if (running !== null || closing.signal.aborted) return;
    running = run().finally(() => {
      running = null;
      // A webhook queued between the last look and now has found us still running.
      if (!closing.signal.aborted && world.state.deliveries.where('status', 'pending').length > 0) wake();
    });
  };

  return {
    wake,
    idle: async () => {
      while (running !== null) await running;
    },
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

type Outcome = Pick<DeliveryRow, 'status' | 'statusCode' | 'error' | 'durationMs' | 'answer'>;

async function deliver(world: World, row: DeliveryRow, closing: AbortSignal): Promise<void> {
  const { drop, double, delayMs } = world.faults.webhooks;
  if (drop > 0 && world.random() < drop) {
    settle(world, row, { status: 'dropped', statusCode: null, error: null, durationMs: 0, answer: null });
    return;
  }
  const times = double > 0 && world.random() < double ? 2 : 1;
  await pause(delayMs - (world.now().getTime() - Date.parse(row.createdAt)), closing);
  if (closing.aborted) return;
  // rows that an older version queued name no App: they were all the main App's
  const app = world.state.apps.get(row.appId) ?? mainApp(world);
  let outcome: Outcome | null = null;
  for (let time = 0; time < times; time += 1) {
    outcome = await post(app, row, closing);
    if (closing.aborted) return;
  }
  if (outcome !== null) settle(world, row, outcome);
}

async function post(app: AppRow, row: DeliveryRow, closing: AbortSignal): Promise<Outcome> {
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  const failed = (error: string): Outcome => ({
    status: 'failed',
    statusCode: null,
    error,
    durationMs: took(),
    answer: null,
  });
  if (app.webhookUrl === null) return failed('no webhook URL');
  try {
    const response = await fetch(app.webhookUrl, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([closing, AbortSignal.timeout(answerTimeoutMs)]),
      headers: webhookHeaders(app, row),
      body: row.body,
    });
    const answer = (await response.text()).slice(0, rememberedAnswer);
    const status = response.ok ? 'delivered' : 'failed';
    return { status, statusCode: response.status, error: null, durationMs: took(), answer };
  } catch (error) {
    return failed(error instanceof Error && error.name === 'TimeoutError' ? 'timed out' : 'failed to connect to host');
  }
}

export function webhookHeaders(app: AppRow, row: DeliveryRow): Record<string, string> {
  const sign = (algorithm: string): string => createHmac(algorithm, app.webhookSecret).update(row.body).digest('hex');
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/local',
    'x-github-delivery': row.guid,
    'x-github-event': row.event,
    'x-github-hook-id': String(app.hookId),
    'x-github-hook-installation-target-id': String(app.id),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature': `sha1=${sign('sha1')}`,
    'x-hub-signature-256': `sha256=${sign('sha256')}`,
  };
}

function settle(world: World, row: DeliveryRow, outcome: Outcome): void {
  world.state.transaction(() => {
    world.state.deliveries.update(row.id, { ...outcome, settledAt: world.now().toISOString() });
    for (const status of ['delivered', 'failed', 'dropped'] as const) {
      const settled = world.state.deliveries.where('status', status);
      for (const old of settled.slice(0, Math.max(0, settled.length - rememberedDeliveries))) {
        world.state.deliveries.delete(old.id);
      }
    }
  });
}

function shuffle(rows: DeliveryRow[], random: () => number): void {
  for (let at = rows.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    const [one, two] = [rows[at], rows[other]];
    if (one !== undefined && two !== undefined) {
      rows[at] = two;
      rows[other] = one;
    }
  }
}

function pause(ms: number, closing: AbortSignal): Promise<void> {
  if (ms <= 0 || closing.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      closing.removeEventListener('abort', done);
      resolve();
    }
    closing.addEventListener('abort', done);
  });
}
