/**
 * queue, second driver: BullMQ on Redis, for work that several processes share. Same promises as in process, because
 * every key still passes through an in-process queue on its way to the handler (local-runs.ts); Redis only decides who
 * gets it. May import engine/ports.ts, bullmq and ioredis.
 * Invariant: Redis holds nothing that matters. While it is away, each process runs the keys that it would have sent.
 */
import { Queue } from 'bullmq';
import type { CommandQueue } from '../engine/ports.ts';
import { withDeadline } from './deadline.ts';
import { type Lane, laneOfKey } from './in-process.ts';
import { type LaneWorker, openLaneWorker } from './lane-worker.ts';
import { createLocalRuns } from './local-runs.ts';
import { connectAndInspect, impatientClient, parseRedisUrl, patientClient } from './redis-server.ts';
import { type QueueLog, reportTrouble } from './trouble.ts';

/** Milliseconds. What is left out is as measured for production; tests shorten it. */
export interface RedisQueueTiming {
  /** A process that dies is noticed after this long, ... */
  readonly lockMs: number;
  /** ... and its keys go to another one within this much more. */
  readonly stalledMs: number;
  /** Keys wait, places are free, and no handler has started for so long: the BullMQ worker is replaced. */
  readonly silentMs: number;
  /** How long a key that `accepts` declined stays out of this process's reach. */
  readonly declinedMs: number;
  /** Redis counts as away when it has not answered for so long. */
  readonly answerMs: number;
  /** `close` waits for running handlers no longer than this. */
  readonly closeMs: number;
}

export interface RedisQueueOptions {
  /** `redis://[user:password@]host[:port][/database]`; `rediss://` for TLS. */
  readonly url: string;
  /** Begins the name of everything kept in Redis. Processes that share it share work, so they must share a database. */
  readonly prefix?: string;
  /** How many handlers run at once in each lane; 0: this process only sends keys of that lane and runs none. */
  readonly concurrency: Readonly<Record<Lane, number>>;
  readonly lanes?: (key: string) => Lane;
  /** False for a key that only another process can run: it goes back until one takes it. May ask the store. */
  readonly accepts?: (key: string) => Promise<boolean>;
  /** Hears what a handler (or `accepts`) rejected with. The key is not run again: the store knows what is still due. */
  readonly onError: (key: string, error: unknown) => void;
  readonly log: QueueLog;
  readonly timing?: Partial<RedisQueueTiming>;
}

export interface RedisQueue extends CommandQueue {
  /** For health: false while Redis is away and this process helps itself. */
  readonly reachable: () => boolean;
}

const defaultTiming: RedisQueueTiming = {
  lockMs: 10_000,
  stalledMs: 5_000,
  silentMs: 60_000,
  declinedMs: 1_000,
  answerMs: 2_000,
  closeMs: 30_000,
};

const laneNames: readonly Lane[] = ['long', 'short'];

/**
 * Connects and looks the server over. Rejects with `RedisRefused` (one sentence with the remedy) when it is unreachable,
 * refuses the password, is too old, or may evict keys. Later outages reject nothing and stop nothing: a key that Redis
 * does not take runs in this process, if it runs keys of that lane, and what is lost the sweep over due rows finds.
 */
export async function openRedisQueue(options: RedisQueueOptions): Promise<RedisQueue> {
  const { url, prefix = 'muster', concurrency, lanes = laneOfKey, accepts = async () => true, onError } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const address = parseRedisUrl(url);
  let inspected = false;
  let closing: Promise<void> | null = null;
  const client = impatientClient(address, timing.answerMs, () => inspected && closing === null);
  await connectAndInspect(client, address, 5 * timing.answerMs);
  inspected = true;

  const reachable = (): boolean => client.status === 'ready';
  const trouble = reportTrouble({ client, where: address.where, isClosing: () => closing !== null, log: options.log });
  const queues = { long: openQueue('long'), short: openQueue('short') };
  const runs = createLocalRuns({ concurrency, lanes, accepts, onError });
  const sending = new Set<Promise<void>>();
  let workers: readonly LaneWorker[] = [];

  function openQueue(lane: Lane): Queue {
    // nobody reads BullMQ's event stream, so it is kept short
    const queue = new Queue(lane, { connection: client, prefix, streams: { events: { maxLen: 100 } } });
    queue.on('error', trouble);
    return queue;
  }

  async function send(key: string): Promise<void> {
    const lane = lanes(key);
    if (reachable()) {
      try {
        await queues[lane].add('key', key, keptOnce(key));
        return;
      } catch (error) {
        trouble(error);
      }
    }
    if (concurrency[lane] > 0) runs.enqueue([key]);
  }

  function openWorker(lane: Lane): LaneWorker {
    return openLaneWorker({
      lane,
      prefix,
      places: concurrency[lane],
      queue: queues[lane],
      connect: () => patientClient(address, timing.answerMs),
      reachable,
      run: runs.run,
      onTrouble: trouble,
      onSilent: () => options.log('warn', 'keys wait in Redis and none arrived; connecting anew', { lane }),
      ...timing,
    });
  }

  async function close(): Promise<void> {
    for (const worker of workers) worker.pause();
    await withDeadline(runs.close(), timing.closeMs);
    if (reachable()) {
      await withDeadline(Promise.all(sending), timing.answerMs);
      await Promise.all(workers.map((worker) => worker.settle(timing.answerMs)));
    }
    for (const worker of workers) worker.cut();
    await Promise.all([queues.long.close(), queues.short.close()]).catch(trouble);
    client.disconnect();
  }

  return {
    enqueue: (keys) => {
      if (closing !== null) return;
      for (const key of new Set(keys)) {
        const sent = send(key).finally(() => sending.delete(sent));
        sending.add(sent);
      }
    },
    start: (handler) => {
      if (closing !== null) return;
      runs.start(handler);
      if (workers.length === 0) workers = laneNames.filter((lane) => concurrency[lane] > 0).map(openWorker);
    },
    close: () => {
      closing ??= close();
      return closing;
    },
    reachable,
  };
}

/**
 * One waiting job per key. While the key's job runs (somewhere), further arrivals make exactly one more job, which waits
 * until that one has ended: BullMQ's deduplication does this, where a jobId of our own would swallow the key. Its id may
 * hold any character. Nothing is kept of jobs that ended.
 */
function keptOnce(key: string) {
  return {
    deduplication: { id: key, keepLastIfActive: true },
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: true,
  };
}
