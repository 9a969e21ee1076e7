// Faults that befall single API requests. Each is decided by the seeded random, in one order, and only where its rate
// is above 0, so that a seed means the same weather again.
import { setTimeout as sleep } from 'node:timers/promises';
import { uncounted } from './allowance.ts';
import type { Reply, RouteRequest, World } from './context.ts';

const documentation = 'https://docs.github.com/rest';
const creating = /\/(issues|comments|pulls)$/;

/** Carries the request out by `land`, unless something is in the way. */
export async function throughWeather(
  world: World,
  request: RouteRequest,
  land: () => Reply | Promise<Reply>,
): Promise<Reply> {
  if (uncounted.has(request.template)) return land();
  const { faults } = world;
  const strikes = ({ rate }: { readonly rate: number }): boolean => rate > 0 && world.random() < rate;
  const headers = { 'retry-after': String(faults.retryAfterSeconds) };
  if (strikes(faults.secondaryLimit)) return { ...limited(403), headers, fault: 'secondaryLimit' };
  if (strikes(faults.tooManyRequests)) return { ...limited(429), headers, fault: 'tooManyRequests' };
  if (creates(request) && strikes(faults.creationLimit))
    return { ...tooQuickly(request), headers, fault: 'creationLimit' };
  const breaks = strikes(faults.serverError);
  if (breaks && world.random() < 0.5) return serverError;
  const late = mutates(request) && strikes(faults.lateLanding);
  if (late) await sleep(between(world, faults.lateLanding.delayMs));
  const reply = await land();
  const slow = strikes(faults.slow);
  if (slow) await sleep(between(world, faults.slow.delayMs));
  if (breaks) return serverError;
  const partial = request.template === '/graphql' && strikes(faults.partialGraphql);
  if (partial) return { ...withoutOneField(world, reply), fault: 'partialGraphql' };
  return slow || late ? { ...reply, fault: late ? 'lateLanding' : 'slow' } : reply;
}

function between(world: World, [least, most]: readonly [number, number]): number {
  return least + world.random() * Math.max(0, most - least);
}

function mutates(request: RouteRequest): boolean {
  if (request.template !== '/graphql') return request.method !== 'GET';
  return /\bmutation\b/.test(String(request.body.query));
}

function creates(request: RouteRequest): boolean {
  if (request.template !== '/graphql') return request.method === 'POST' && creating.test(request.template);
  return mutates(request) && /\b(createIssue|addComment|createPullRequest)\b/.test(String(request.body.query));
}

function limited(status: 403 | 429): Reply {
  const message =
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID.';
  return { status, body: { message, documentation_url: `${documentation}/overview/rate-limits-for-the-rest-api` } };
}

function tooQuickly(request: RouteRequest): Reply {
  const message = 'was submitted too quickly';
  if (request.template === '/graphql') return { status: 200, body: { errors: [{ type: 'UNPROCESSABLE', message }] } };
  const errors = [{ resource: 'Content', code: 'custom', field: 'base', message }];
  return {
    status: 422,
    body: { message: 'Validation Failed', errors, documentation_url: documentation, status: '422' },
  };
}

const serverError: Reply = { status: 502, body: { message: 'Server Error' }, fault: 'serverError' };

/** As GitHub does when a part of the answer took it too long: null in its place, and an error that names the place. */
function withoutOneField(world: World, reply: Reply): Reply {
  const body = record(reply.body);
  const data = record(body.data);
  const names = Object.keys(data);
  const name = names[Math.floor(world.random() * names.length)];
  if (name === undefined) return reply;
  const message =
    'Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug.';
  const errors = [...(Array.isArray(body.errors) ? body.errors : []), { message, path: [name] }];
  return { ...reply, body: { data: { ...data, [name]: null }, errors } };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
