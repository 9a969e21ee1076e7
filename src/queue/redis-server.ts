/** The connections to Redis: how they are made, and what a server must be to be worth using. */
import { RedisConnection } from 'bullmq';
import { Redis } from 'ioredis';

/** Redis cannot carry the queue; the message is one sentence that says why and what to do. */
export class RedisRefused extends Error {
  override readonly name = 'RedisRefused';
}

export interface RedisAddress {
  readonly url: string;
  /** `host:port`, without the password. */
  readonly where: string;
}

/** Throws `RedisRefused` where the text is no address of a Redis. */
export function parseRedisUrl(url: string): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '')
    throw new RedisRefused(
      'MUSTER_REDIS_URL is not the address of a Redis: write redis://[user:password@]host[:port][/database], or rediss:// for TLS.',
    );
  return { url, where: `${parsed.hostname}:${parsed.port || '6379'}` };
}

/** Longest pause between two tries to reconnect. */
const longestPauseMs = 1_000;

/**
 * For whoever must know at once: while Redis is away nothing waits in line, and no answer within `answerMs` is an error.
 * Reconnects for ever, unless `reconnects` says that it should not.
 */
export function impatientClient(address: RedisAddress, answerMs: number, reconnects: () => boolean): Redis {
  const client = new Redis(address.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: answerMs,
    commandTimeout: answerMs,
    disconnectTimeout: answerMs,
    retryStrategy: (times) => (reconnects() ? Math.min(50 * times, longestPauseMs) : null),
  });
  // an 'error' nobody hears would be printed; 'close' and 'ready' say all that matters
  client.on('error', () => {});
  return client;
}

/** For BullMQ's workers: its blocking reads wait as long as it takes, and commands wait for Redis to come back. */
export function patientClient(address: RedisAddress, connectMs: number): Redis {
  const client = new Redis(address.url, {
    maxRetriesPerRequest: null,
    connectTimeout: connectMs,
    disconnectTimeout: connectMs,
    retryStrategy: (times) => Math.min(50 * times, longestPauseMs),
  });
  client.on('error', () => {});
  return client;
}

/** Connects and looks the server over. Rejects with `RedisRefused` within about `withinMs`; then nothing is left open. */
export async function connectAndInspect(client: Redis, address: RedisAddress, withinMs: number): Promise<void> {
  let cause: unknown = null;
  const listen = (error: unknown): void => {
    cause ??= error;
  };
  client.on('error', listen);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(cause ?? new Error(`no answer within ${withinMs} ms`)), withinMs);
  });
  try {
    const info = await Promise.race([client.connect().then(() => client.info()), late]);
    const fault = faultOf(info, address.where);
    if (fault !== null) throw new RedisRefused(fault);
  } catch (error) {
    client.disconnect();
    throw error instanceof RedisRefused ? error : new RedisRefused(sentenceFor(cause ?? error, address.where));
  } finally {
    clearTimeout(timer);
    client.off('error', listen);
  }
}

/** What `INFO` says against using this server, as a sentence with the remedy; null when nothing does. */
export function faultOf(info: string, where: string): string | null {
  const fields = new Map(info.split(/\r?\n/).map((line) => [line.slice(0, line.indexOf(':')), afterColon(line)]));
  const version = fields.get('redis_version') ?? '';
  if (isOlder(version, RedisConnection.minimumVersion))
    return `Redis at ${where} is version ${version || 'unknown'}, and BullMQ needs ${RedisConnection.minimumVersion} or newer: upgrade it.`;
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction')
    return `Redis at ${where} may throw keys away when its memory is full (maxmemory-policy is ${policy}): set it to noeviction, in redis.conf and with \`redis-cli config set maxmemory-policy noeviction\`.`;
  return null;
}

function afterColon(line: string): string {
  return line.slice(line.indexOf(':') + 1).trim();
}

/** Both like `7.0.15`; what is no version is older than any. */
function isOlder(version: string, least: string): boolean {
  const left = version.split('.').map(Number);
  const right = least.split('.').map(Number);
  for (const [index, wanted] of right.entries()) {
    const had = left[index] ?? 0;
    if (Number.isNaN(had) || had < wanted) return true;
    if (had > wanted) return false;
  }
  return false;
}

function sentenceFor(error: unknown, where: string): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
  if (/WRONGPASS|NOAUTH|invalid password|without any password configured/i.test(message))
    return `Redis at ${where} does not accept the user and password of MUSTER_REDIS_URL: correct them (redis://user:password@${where}).`;
  if (/NOPERM/.test(message))
    return `Redis at ${where} does not allow what the queue needs (${message}): give that user all commands and keys.`;
  return `Redis at ${where} cannot be reached (${message}): start it, or correct MUSTER_REDIS_URL.`;
}
