import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { manners, type Provider } from './dialects.ts';

/** About one connection, not about the message. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Where a client may put its key. */
const keyHeaders = ['x-api-key', 'x-goog-api-key', 'api-key', 'authorization'] as const;

/** An agent chooses neither the account that pays nor who it says it is. */
const notTheAgents = new Set<string>([
  ...keyHeaders,
  'cookie',
  'host',
  'expect',
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'openai-organization',
  'openai-project',
  'x-goog-user-project',
  'anthropic-workspace-id',
]);

function namedByConnection(headers: IncomingHttpHeaders): ReadonlySet<string> {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return new Set(named.filter((name) => name !== ''));
}

/** The key an agent shows; the query's `key` is Gemini's other way. */
export function keyShown(headers: IncomingHttpHeaders, query: URLSearchParams): string | null {
  for (const name of keyHeaders) {
    const value = headers[name];
    if (typeof value !== 'string' || value.trim() === '') continue;
    return name === 'authorization' ? value.replace(/^bearer\s+/i, '').trim() : value.trim();
  }
  return query.get('key');
}

/** What the provider gets to see: the agent's headers without its key, and the provider's own key. */
export function towardsProvider(headers: IncomingHttpHeaders, provider: Provider, host: string): OutgoingHttpHeaders {
  const named = namedByConnection(headers);
  const passed = Object.entries(headers).filter(
    ([name]) => !hopByHop.has(name) && !notTheAgents.has(name) && (!named.has(name) || name === 'content-length'),
  );
  const { name, prefix } = provider.keyHeader ?? manners[provider.dialect].keyHeader;
  const own = Object.entries(provider.headers ?? {}).map(([header, value]) => [header.toLowerCase(), value]);
  return {
    ...Object.fromEntries(passed),
    // what is compressed cannot be metered
    'accept-encoding': 'identity',
    ...Object.fromEntries(own),
    host,
    [name.toLowerCase()]: prefix + provider.key,
  };
}

/** What the agent gets to see of the provider's headers: no cookies, and nothing that holds the key. */
export function towardsAgent(headers: IncomingHttpHeaders, key: string): OutgoingHttpHeaders {
  const named = namedByConnection(headers);
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) =>
        !hopByHop.has(name) && !named.has(name) && name !== 'set-cookie' && !String(value).includes(key),
    ),
  );
}

const longestWaitMs = 30 * 24 * 3_600_000;

/** Milliseconds, from any of the ways in which providers say it; null when they do not. `now` in milliseconds. */
export function retryAfter(headers: IncomingHttpHeaders, now: number): number | null {
  const inMs = Number(headers['retry-after-ms']);
  if (headers['retry-after-ms'] !== undefined && Number.isFinite(inMs) && inMs >= 0)
    return Math.min(Math.round(inMs), longestWaitMs);
  const said = headers['retry-after'];
  if (said === undefined || said.trim() === '') return null;
  const seconds = Number(said);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(said) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(0, Math.round(ms)), longestWaitMs) : null;
}
