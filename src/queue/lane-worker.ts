/** One lane's BullMQ worker: brings keys from Redis to a place in this process, and is replaced when it goes silent. */
import { DelayedError, type Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { withDeadline } from './deadline.ts';
import type { Lane } from './in-process.ts';

export interface LaneWorkerOptions {
  readonly lane: Lane;
  /** Prefix of all keys in Redis. */
  readonly prefix: string;
  readonly places: number;
  readonly queue: Queue;
  readonly connect: () => Redis;
  /** Whether Redis can be asked now. */
  readonly reachable: () => boolean;
  /** Runs a key here; false when somebody else should have it. Never rejects. */
  readonly run: (key: string) => Promise<boolean>;
  readonly onTrouble: (error: unknown) => void;
  readonly onSilent: () => void;
  /** A worker that dies is noticed after `lockMs` at most, and its keys go to others within `stalledMs` more. */
  readonly lockMs: number;
  readonly stalledMs: number;
  /** Keys wait, places are free, and no handler has started for so long: the worker is replaced. */
  readonly silentMs: number;
  /** How long a key that was not for this process stays out of reach, so that others can take it. */
  readonly declinedMs: number;
}

export interface LaneWorker {
  /** Takes no more keys. */
  readonly pause: () => void;
  /** Resolves when Redis knows which keys are done, at the latest after `withinMs`. */
  readonly settle: (withinMs: number) => Promise<void>;
  /** Closes the connections, whatever is still going on. */
  readonly cut: () => void;
}

interface Opened {
  readonly worker: Worker;
  readonly connection: Redis;
}

export function openLaneWorker(options: LaneWorkerOptions): LaneWorker {
  let running = 0;
  let started = 0;

  async function take(key: string, putBack: () => Promise<void>): Promise<void> {
    running += 1;
    started += 1;
    try {
      if (await options.run(key)) return;
    } finally {
      running -= 1;
    }
    await putBack();
    throw new DelayedError();
  }

  function open(): Opened {
    const connection = options.connect();
    const worker = new Worker(
      options.lane,
      (job, token) => take(job.data, () => job.moveToDelayed(Date.now() + options.declinedMs, token)),
      {
        connection,
        prefix: options.prefix,
        concurrency: options.places,
        lockDuration: options.lockMs,
        stalledInterval: options.stalledMs,
        // a key whose worker dies is never given up here: the store knows how often is enough
        maxStalledCount: 1_000,
        // seconds; also how soon a wake-up that was lost with a dying connection is made good
        drainDelay: 1,
        runRetryDelay: 1_000,
      },
    );
    worker.on('error', options.onTrouble);
    return { worker, connection };
  }

  function cut({ worker, connection }: Opened): void {
    void worker.close(true).catch(options.onTrouble);
    connection.disconnect();
  }

  let opened = open();
  let closed = false;
  let silentSince: number | null = null;
  let startedBefore = 0;

  // BullMQ #3185: a worker may go silent for good after a broken connection; only a new one helps
  async function look(): Promise<void> {
    const idle = options.reachable() && running < options.places && started === startedBefore;
    startedBefore = started;
    if (!idle || (await options.queue.getWaitingCount()) === 0) {
      silentSince = null;
      return;
    }
    silentSince ??= performance.now();
    if (closed || performance.now() - silentSince < options.silentMs) return;
    silentSince = null;
    options.onSilent();
    cut(opened);
    opened = open();
  }

  const watch = setInterval(() => void look().catch(options.onTrouble), options.silentMs / 6).unref();

  return {
    pause: () => {
      closed = true;
      clearInterval(watch);
      void opened.worker.pause(true).catch(options.onTrouble);
    },
    settle: (withinMs) => withDeadline(lastWords(opened.connection).catch(options.onTrouble), withinMs),
    cut: () => cut(opened),
  };
}

/** BullMQ says what is done right after the handler; one connection answers in order, so an answer means it arrived. */
async function lastWords(connection: Redis): Promise<void> {
  if (connection.status !== 'ready') return;
  await new Promise((resolve) => setImmediate(resolve));
  await connection.ping();
}
