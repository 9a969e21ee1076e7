import { randomUUID } from 'node:crypto';
import { openRedisQueue, type RedisQueue, type RedisQueueOptions } from '../../src/queue/redis.ts';

export interface OpenedQueue {
  readonly queue: RedisQueue;
  readonly failures: { readonly key: string; readonly error: unknown }[];
  /** What was logged above `debug`, one string per line. */
  readonly lines: string[];
}

/** Short, so that tests need not wait; long enough for a busy machine. */
export const shortTiming = {
  lockMs: 1_000,
  stalledMs: 500,
  silentMs: 1_000,
  declinedMs: 50,
  answerMs: 1_000,
  closeMs: 5_000,
};

/** A queue with keys of its own (unless `prefix` names others), 4 places in each lane, and `shortTiming`. */
export async function openQueue(url: string, options: Partial<RedisQueueOptions> = {}): Promise<OpenedQueue> {
  const failures: { key: string; error: unknown }[] = [];
  const lines: string[] = [];
  const queue = await openRedisQueue({
    url,
    prefix: `test-${randomUUID()}`,
    concurrency: { long: 4, short: 4 },
    onError: (key, error) => failures.push({ key, error }),
    log: (level, message) => level !== 'debug' && lines.push(`${level}: ${message}`),
    ...options,
    timing: { ...shortTiming, ...options.timing },
  });
  return { queue, failures, lines };
}
