// The one door of REST and GraphQL: routing, who is asking, faults, refusals, headers, ETag, request log.
// Promise: a request whose body was read lands even when its client has gone; every answer has GitHub's headers.
import { createHash, randomBytes } from 'node:crypto';
import { createAllowance, type Left } from './allowance.ts';
import { apiVersionOf, inVersion } from './api-version.ts';
import { authenticate } from './auth.ts';
import type { Actor, Exchange, Reply, RouteRequest, World } from './context.ts';
import { Refusal } from './refusal.ts';
import type { Match, Registry } from './routes.ts';
import { throughWeather } from './weather.ts';

const documentation = 'https://docs.github.com/rest';
/** First path segments that belong to the API, so that an unknown route under them is 501 and not a web page. */
const apiRoots = new Set(
  'app app-manifests apps installation installations repos repositories user users orgs organizations rate_limit search gists notifications events meta enterprises agents graphql'.split(
    ' ',
  ),
);

/** Answers an API request, or null when the path is none of the API's. */
export type Api = (request: Request) => Promise<Response | null>;

export function createApi(world: World, registry: Registry, observe: (exchange: Exchange) => void): Api {
  const allowance = createAllowance(world);
  return async (request) => {
    const url = new URL(request.url);
    const path = apiPath(url.pathname);
    const match = registry.match(request.method, path);
    if (match === null && path === url.pathname && !apiRoots.has(path.split('/')[1] ?? '')) return null;
    const body = await request.text();
    const landed = answer(world, { request, url, path, match, body, allowance }, observe);
    world.track(landed);
    return landed;
  };
}

interface Arrived {
  readonly request: Request;
  readonly url: URL;
  readonly path: string;
  readonly match: Match | null;
  readonly body: string;
  readonly allowance: ReturnType<typeof createAllowance>;
}

/** `/api/v3/repos/...` and `/api/graphql` are the names of the same things on GitHub Enterprise Server. */
function apiPath(pathname: string): string {
  if (pathname === '/api/graphql') return '/graphql';
  return pathname.startsWith('/api/v3/') ? pathname.slice('/api/v3'.length) : pathname;
}

async function answer(world: World, arrived: Arrived, observe: (exchange: Exchange) => void): Promise<Response> {
  const started = performance.now();
  const from = world.now().toISOString();
  const { request, match, path } = arrived;
  const template = match?.template ?? path;
  let actor: Actor = { kind: 'anonymous' };
  let asked: RouteRequest | null = null;
  let left: Left | null = null;
  let reply: Reply;
  try {
    actor = authenticate(world, request.headers.get('authorization'));
    asked = routeRequest(arrived, actor);
    left = arrived.allowance.count(actor, template);
    if (left.refusal !== null) throw left.refusal;
    reply = await throughWeather(world, asked, () => {
      if (match === null) throw noRoute(request.method, path);
      return match.handler(asked as RouteRequest);
    });
  } catch (error) {
    reply = refusalReply(error);
  }
  const apiVersion = asked?.apiVersion ?? '2022-11-28';
  const shown: Reply =
    reply.body === undefined ? reply : { ...reply, body: inVersion(apiVersion, template, reply.body) };
  const { method } = request;
  if (template !== '/graphql' && match !== null && shown.raw === undefined) {
    const { status } = shown;
    const requestBody = asked?.body ?? null;
    observe({ kind: 'rest', method, template, path, status, apiVersion, requestBody, body: shown.body });
  }
  const sent = response(request, left ?? arrived.allowance.count(actor, template), apiVersion, shown);
  const { graphqlOperation, graphqlFields, fault } = reply;
  const retryAfter = sent.headers.get('retry-after');
  world.log({
    at: world.now().toISOString(),
    from,
    actor: actor.kind === 'user' ? actor.user.login : actor.kind,
    ...(actor.kind === 'installation' ? { installation: actor.token.installationId ?? 0 } : {}),
    method,
    template,
    path,
    status: sent.status,
    ...(graphqlOperation === undefined ? {} : { graphqlOperation }),
    ...(graphqlFields === undefined ? {} : { graphqlFields }),
    ...(fault === undefined ? {} : { fault }),
    ...(retryAfter === null ? {} : { retryAfter: Number(retryAfter) }),
    kind: template.endsWith('/access_tokens') ? 'token' : 'api',
    ms: Math.round((performance.now() - started) * 100) / 100,
  });
  return sent;
}

function routeRequest(arrived: Arrived, actor: Actor): RouteRequest {
  const { request, url, path, match } = arrived;
  return {
    method: request.method,
    path,
    template: match?.template ?? path,
    params: match?.params ?? {},
    query: url.searchParams,
    body: parsedBody(arrived.body),
    actor,
    apiVersion: apiVersionOf(request.headers.get('x-github-api-version')),
    header: (name) => request.headers.get(name),
  };
}

function parsedBody(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'Problems parsing JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(400, 'Body should be a JSON object');
  }
  return value as Record<string, unknown>;
}

function noRoute(method: string, path: string): Refusal {
  return new Refusal(501, `The local GitHub has no route ${method} ${path}`);
}

function refusalReply(error: unknown): Reply {
  if (!(error instanceof Refusal)) {
    const message = `The local GitHub failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    return { status: 500, body: { message, documentation_url: documentation, status: '500' } };
  }
  return {
    status: error.status,
    body: {
      message: error.message,
      ...(error.errors === null ? {} : { errors: error.errors }),
      documentation_url: documentation,
      status: String(error.status),
    },
  };
}

function response(request: Request, left: Left, version: string, reply: Reply): Response {
  const headers = new Headers(reply.headers);
  headers.set('x-github-request-id', randomBytes(12).toString('hex').toUpperCase());
  headers.set('x-github-media-type', 'github.v3; format=json');
  headers.set('x-github-api-version-selected', version);
  for (const [name, value] of Object.entries(left.headers)) headers.set(name, value);
  const { raw } = reply;
  if (raw === undefined && reply.body === undefined) return new Response(null, { status: reply.status, headers });
  const text = raw === undefined ? JSON.stringify(reply.body) : raw.data;
  headers.set('content-type', raw?.type ?? 'application/json; charset=utf-8');
  if (request.method === 'GET' && reply.status === 200) {
    const etag = `"${createHash('sha256').update(text).digest('hex')}"`;
    headers.set('etag', `W/${etag}`);
    headers.set('cache-control', 'private, max-age=60, s-maxage=60');
    const known = request.headers.get('if-none-match') ?? '';
    if (known.includes(etag)) return new Response(null, { status: 304, headers });
  }
  return new Response(typeof text === 'string' ? text : new Uint8Array(text), { status: reply.status, headers });
}
