/**
 * queue: when work is woken. Carries keys and nothing else; truth, delays and retries are rows of `commands`.
 * May import engine/ports.ts and its drivers' libraries; this driver needs none.
 * Invariant: a key never runs twice at once, and a key that arrives while it runs is run again afterwards.
 */
import type { CommandQueue } from '../engine/ports.ts';

/** Agents work for minutes, everything else for seconds: each lane has its own places, so neither starves the other. */
export type Lane = 'long' | 'short';

export interface InProcessQueueOptions {
  /** How many handlers run at once in each lane. */
  readonly concurrency: Readonly<Record<Lane, number>>;
  readonly lanes?: (key: string) => Lane;
  /** Hears what a handler rejected with. The key is not run again: the store knows what is still due. */
  readonly onError: (key: string, error: unknown) => void;
}

interface LaneState {
  readonly places: number;
  /** In order of arrival, each key once. */
  readonly waiting: Set<string>;
  readonly running: Map<string, Promise<void>>;
}

/** `<owner>/<repo>/<orch>.run-attempt.<task>.<attempt>` is long; every other command key and `advance.*` is short. */
export function laneOfKey(key: string): Lane {
  const kind = key.slice(key.lastIndexOf('/') + 1).split('.')[1];
  return kind === 'run-attempt' ? 'long' : 'short';
}

/** The driver for one process. Keys that wait when it closes are forgotten; the sweep over due rows finds them again. */
export function inProcessQueue(options: InProcessQueueOptions): CommandQueue {
  const { concurrency, lanes = laneOfKey, onError } = options;
  const states: Readonly<Record<Lane, LaneState>> = {
    long: { places: concurrency.long, waiting: new Set(), running: new Map() },
    short: { places: concurrency.short, waiting: new Set(), running: new Map() },
  };
  let handle: ((key: string) => Promise<void>) | null = null;
  let closed = false;

  function fill(lane: LaneState): void {
    if (handle === null || closed) return;
    for (const key of lane.waiting) {
      if (lane.running.size >= lane.places) return;
      if (lane.running.has(key)) continue;
      lane.waiting.delete(key);
      lane.running.set(key, run(lane, key, handle));
    }
  }

  async function run(lane: LaneState, key: string, handler: (key: string) => Promise<void>): Promise<void> {
    // The caller of `enqueue` goes on first: a handler must not start inside somebody else's statement.
    await Promise.resolve();
    try {
      await handler(key);
    } catch (error) {
      onError(key, error);
    } finally {
      lane.running.delete(key);
      fill(lane);
    }
  }

  return {
    enqueue: (keys) => {
      if (closed) return;
      for (const key of keys) states[lanes(key)].waiting.add(key);
      fill(states.long);
      fill(states.short);
    },
    start: (handler) => {
      handle = handler;
      fill(states.long);
      fill(states.short);
    },
    close: async () => {
      closed = true;
      await Promise.all([...states.long.running.values(), ...states.short.running.values()]);
    },
  };
}
