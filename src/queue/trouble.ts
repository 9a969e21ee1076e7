/** Says what goes wrong with Redis, and says it once: an outage is two lines however long it lasts. */
import type { Redis } from 'ioredis';

export type QueueLog = (
  level: 'debug' | 'info' | 'warn',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** Other trouble than outages is told at most this often. */
const quietMs = 60_000;

/**
 * Watches the client's connection and answers with a listener for all other errors. A client that no longer answers is
 * made to connect anew: behind a broken network the old socket may stay silent for hours.
 */
export function reportTrouble(options: {
  readonly client: Redis;
  readonly where: string;
  readonly isClosing: () => boolean;
  readonly log: QueueLog;
}): (error: unknown) => void {
  const { client, where, isClosing, log } = options;
  let away = false;
  let toldAt = Number.NEGATIVE_INFINITY;

  client.on('close', () => {
    if (away || isClosing()) return;
    away = true;
    log('warn', 'Redis is away; until it is back each process runs the keys it finds', { redis: where });
  });
  client.on('ready', () => {
    if (!away) return;
    away = false;
    log('info', 'Redis is back', { redis: where });
  });

  return (error) => {
    if (isClosing()) return;
    const message = error instanceof Error ? error.message : String(error);
    if (message === 'Command timed out' && client.status === 'ready') client.disconnect(true);
    const now = performance.now();
    if (isOutage(error, message) || client.status !== 'ready' || now - toldAt < quietMs) {
      log('debug', 'trouble with Redis', { redis: where, error: message });
      return;
    }
    toldAt = now;
    log('warn', 'trouble with Redis; work goes on', { redis: where, error: message });
  };
}

/** Broken connections, and jobs that an outage or a pause took from their worker: expected, and told by other lines. */
function isOutage(error: unknown, message: string): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    /^E[A-Z]+$/.test(code) ||
    /Connection is closed|Command timed out|writeable|max retries per request|Missing (lock|key) for job|not renew lock/.test(
      message,
    )
  );
}
