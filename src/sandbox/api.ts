// The one door of REST and GraphQL: routing, who is asking, faults, refusals, headers, ETag, request log.
// Promise: a request whose body was read lands even when its client has gone; every answer has GitHub's headers.
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiVersionOf, inVersion } from './api-version.ts';
import { authenticate } from './auth.ts';
import type { Actor, Exchange, Reply, RouteRequest, World } from './context.ts';
import { Refusal } from './refusal.ts';
import type { Match, Registry } from './routes.ts';

const documentation = 'https://docs.github.com/rest';
const rateLimit = 1_000_000;
/** First path segments that belong to the API, so that an unknown route under them is 501 and not a web page. */
const apiRoots = new Set(
  'app app-manifests apps installation installations repos repositories user users orgs organizations rate_limit search gists notifications events meta enterprises agents graphql'.split(
    ' ',
  ),
);
const exempt = new Set(['/rate_limit', '/app/installations/{installation_id}/access_tokens']);

/** Answers an API request, or null when the path is none of the API's. */
export type Api = (request: Request) => Promise<Response | null>;

export function createApi(world: World, registry: Registry, observe: (exchange: Exchange) => void): Api {
  return async (request) => {
    const url = new URL(request.url);
    const path = apiPath(url.pathname);
    const match = registry.match(request.method, path);
    if (match === null && path === url.pathname && !apiRoots.has(path.split('/')[1] ?? '')) return null;
    const body = await request.text();
    const landed = answer(world, { request, url, path, match, body }, observe);
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
}

/** `/api/v3/repos/...` and `/api/graphql` are the names of the same things on GitHub Enterprise Server. */
function apiPath(pathname: string): string {
  if (pathname === '/api/graphql') return '/graphql';
  return pathname.startsWith('/api/v3/') ? pathname.slice('/api/v3'.length) : pathname;
}

async function answer(world: World, arrived: Arrived, observe: (exchange: Exchange) => void): Promise<Response> {
  const started = performance.now();
  const { request, match, path } = arrived;
  const template = match?.template ?? path;
  let actor: Actor = { kind: 'anonymous' };
  let asked: RouteRequest | null = null;
  let reply: Reply;
  try {
    actor = authenticate(world, request.headers.get('authorization'));
    asked = routeRequest(arrived, actor);
    reply = await withFaults(world, asked, () => {
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
  const sent = response(world, request, template, apiVersion, shown);
  const { graphqlOperation } = reply;
  world.log({
    at: world.now().toISOString(),
    actor: actor.kind === 'user' ? actor.user.login : actor.kind,
    method,
    template,
    path,
    status: sent.status,
    ...(graphqlOperation === undefined ? {} : { graphqlOperation }),
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

async function withFaults(world: World, request: RouteRequest, land: () => Reply | Promise<Reply>): Promise<Reply> {
  if (exempt.has(request.template)) return land();
  const { secondaryLimit, serverError, lateLanding } = world.faults;
  if (secondaryLimit.rate > 0 && world.random() < secondaryLimit.rate) return secondaryLimitReply();
  const breaks = serverError.rate > 0 && world.random() < serverError.rate;
  if (breaks && world.random() < 0.5) return serverErrorReply();
  if (mutates(request) && lateLanding.rate > 0 && world.random() < lateLanding.rate) {
    const [least, most] = lateLanding.delayMs;
    await sleep(least + world.random() * Math.max(0, most - least));
  }
  const reply = await land();
  return breaks ? serverErrorReply() : reply;
}

function mutates(request: RouteRequest): boolean {
  if (request.template !== '/graphql') return request.method !== 'GET';
  return /\bmutation\b/.test(String(request.body.query));
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

function secondaryLimitReply(): Reply {
  const message =
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID.';
  return {
    status: 403,
    body: { message, documentation_url: `${documentation}/overview/rate-limits-for-the-rest-api` },
    headers: { 'retry-after': '1' },
  };
}

function serverErrorReply(): Reply {
  return { status: 502, body: { message: 'Server Error' } };
}

function response(world: World, request: Request, template: string, version: string, reply: Reply): Response {
  const headers = new Headers(reply.headers);
  const now = world.now().getTime();
  headers.set('x-github-request-id', randomBytes(12).toString('hex').toUpperCase());
  headers.set('x-github-media-type', 'github.v3; format=json');
  headers.set('x-github-api-version-selected', version);
  headers.set('x-ratelimit-limit', String(rateLimit));
  headers.set('x-ratelimit-remaining', String(rateLimit - 1));
  headers.set('x-ratelimit-used', '1');
  headers.set('x-ratelimit-reset', String(Math.floor(now / 1000) + 3600));
  headers.set('x-ratelimit-resource', template === '/graphql' ? 'graphql' : 'core');
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
