import type { Reply, RouteRequest, Routes, World } from './context.ts';
import { pathNumber } from './fields.ts';
import { notFound, Refusal } from './refusal.ts';
import { theApp } from './rest-app.ts';
import { type Shape, stamp } from './shapes-common.ts';
import type { AppRow, DeliveryRow } from './state.ts';
import { queueRedelivery, webhookHeaders } from './webhooks.ts';

/** GitHub keeps deliveries for three days. */
const keptMs = 3 * 86_400_000;
const mostPerPage = 100;
const usualPerPage = 30;

/** What was sent to the App, newest first, and sending it again. What a fault dropped is unknown here too. */
export function registerDeliveries(routes: Routes, world: World): void {
  routes.add('GET', '/app/hook/deliveries', (request) => listDeliveries(world, request));

  routes.add('GET', '/app/hook/deliveries/{delivery_id}', (request) => {
    const app = theApp(request.actor);
    const row = findDelivery(world, app, request);
    return {
      status: 200,
      body: {
        ...deliveryItem(row),
        url: app.webhookUrl ?? '',
        request: { headers: webhookHeaders(app, row), payload: JSON.parse(row.body) },
        response: { headers: row.statusCode === null ? null : {}, payload: row.answer },
      },
    };
  });

  routes.add('POST', '/app/hook/deliveries/{delivery_id}/attempts', (request) => {
    const row = findDelivery(world, theApp(request.actor), request);
    world.state.transaction(() => world.send([queueRedelivery(world, row)]));
    return { status: 202, body: {} };
  });
}

function listDeliveries(world: World, { actor, query, path }: RouteRequest): Reply {
  const app = theApp(actor);
  const before = cursorOf(query.get('cursor'));
  const status = query.get('status');
  if (status !== null && status !== 'success' && status !== 'failure') {
    throw new Refusal(422, 'status must be one of success, failure');
  }
  const wanted = keptDeliveries(world, app)
    .filter((row) => status === null || (row.status === 'delivered') === (status === 'success'))
    .filter((row) => row.id < before);
  const size = Number(query.get('per_page') ?? usualPerPage);
  const perPage = Number.isInteger(size) && size >= 1 ? Math.min(size, mostPerPage) : usualPerPage;
  const shown = wanted.slice(0, perPage);
  const last = shown.at(-1);
  if (last === undefined || wanted.length === shown.length) return { status: 200, body: shown.map(deliveryItem) };
  const next = new URLSearchParams(query);
  next.set('cursor', `v1_${last.id}`);
  return {
    status: 200,
    body: shown.map(deliveryItem),
    headers: { link: `<${world.url()}${path}?${next}>; rel="next"` },
  };
}

/** Row ids below which the list goes on. */
function cursorOf(text: string | null): number {
  if (text === null) return Number.POSITIVE_INFINITY;
  const found = /^v1_(\d{1,15})$/.exec(text);
  if (found === null) throw new Refusal(422, 'cursor is invalid');
  return Number(found[1]);
}

function keptDeliveries(world: World, app: AppRow): DeliveryRow[] {
  const oldest = world.now().getTime() - keptMs;
  return world.state.deliveries
    .where('app', app.id)
    .filter((row) => (row.status === 'delivered' || row.status === 'failed') && Date.parse(row.createdAt) > oldest)
    .reverse();
}

function findDelivery(world: World, app: AppRow, { params }: RouteRequest): DeliveryRow {
  const id = pathNumber(params.delivery_id);
  const row = keptDeliveries(world, app).find((candidate) => candidate.id === id);
  if (row === undefined) throw notFound();
  return row;
}

/** hook-delivery-item */
function deliveryItem(row: DeliveryRow): Shape {
  return {
    id: row.id,
    guid: row.guid,
    delivered_at: stamp(row.settledAt ?? row.createdAt),
    redelivery: row.redelivery,
    duration: (row.durationMs ?? 0) / 1000,
    status: statusWords(row),
    status_code: row.statusCode ?? 0,
    event: row.event,
    action: row.action,
    installation_id: row.installationId,
    repository_id: row.repoId,
    throttled_at: null,
  };
}

function statusWords(row: DeliveryRow): string {
  if (row.status === 'delivered') return 'OK';
  return row.statusCode === null ? (row.error ?? 'failed') : `Invalid HTTP Response: ${row.statusCode}`;
}
