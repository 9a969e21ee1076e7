/** Runs keys in this process. Every key passes here, whether Redis brought it or not, so the port's promises hold here. */
import { type InProcessQueueOptions, inProcessQueue, type Lane, laneOfKey } from './in-process.ts';

export interface LocalRuns {
  readonly start: (handler: (key: string) => Promise<void>) => void;
  readonly enqueue: (keys: readonly string[]) => void;
  /**
   * Runs a key and resolves when a run that began after this call has ended. False: somebody else should have the key,
   * because it is not for this process, no place is free, or it closes. Never rejects.
   */
  readonly run: (key: string) => Promise<boolean>;
  /** Waits for the handlers that run, and gives back the keys that have not started. */
  readonly close: () => Promise<void>;
}

export interface LocalRunsOptions extends InProcessQueueOptions {
  readonly accepts: (key: string) => Promise<boolean>;
}

export function createLocalRuns(options: LocalRunsOptions): LocalRuns {
  const { concurrency, lanes = laneOfKey, accepts } = options;
  const queue = inProcessQueue(options);
  const waiting = new Map<string, ((ran: boolean) => void)[]>();
  const running: Record<Lane, number> = { long: 0, short: 0 };
  let closed = false;

  function isFull(lane: Lane): boolean {
    const coming = [...waiting.keys()].filter((key) => lanes(key) === lane).length;
    return running[lane] + coming >= concurrency[lane];
  }

  async function handleOnce(key: string, handler: (key: string) => Promise<void>): Promise<void> {
    const settles = waiting.get(key) ?? [];
    waiting.delete(key);
    const lane = lanes(key);
    running[lane] += 1;
    let ran = true;
    try {
      ran = await accepts(key);
      if (ran) await handler(key);
    } finally {
      running[lane] -= 1;
      for (const settle of settles) settle(ran);
    }
  }

  return {
    start: (handler) => queue.start((key) => handleOnce(key, handler)),
    enqueue: queue.enqueue,
    run: (key) => {
      if (closed || isFull(lanes(key))) return Promise.resolve(false);
      const done = new Promise<boolean>((resolve) => {
        const settles = waiting.get(key) ?? [];
        waiting.set(key, [...settles, resolve]);
      });
      queue.enqueue([key]);
      return done;
    },
    close: async () => {
      closed = true;
      const closing = queue.close();
      for (const settles of waiting.values()) for (const settle of settles) settle(false);
      waiting.clear();
      await closing;
    },
  };
}
