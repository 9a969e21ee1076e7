/**
 * A clock that stands still while anything is going on, and leaps to the next thing that is waited for when nothing is.
 * Work outside the clock (a database) must be told of by `during`.
 */
export interface VirtualTime {
  readonly now: () => number;
  readonly passing: (ms: number) => Promise<void>;
  readonly during: <T>(work: Promise<T>) => Promise<T>;
  /** Lets time pass until all of these are over. */
  readonly live: (works: readonly Promise<unknown>[]) => Promise<void>;
}

/** So often in a row nothing may happen at all before the works count as stuck. */
const mostIdle = 10_000;

export function virtualTime(start: number): VirtualTime {
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  let now = start;
  let busy = 0;
  return {
    now: () => now,
    passing: (ms) => new Promise((wake) => sleepers.push({ at: now + ms, wake })),
    during: async (work) => {
      busy += 1;
      try {
        return await work;
      } finally {
        busy -= 1;
      }
    },
    live: async (works) => {
      let over = false;
      const all = Promise.all(works).finally(() => {
        over = true;
      });
      all.catch(() => {});
      for (let quiet = 0; !over; ) {
        await new Promise((resolve) => setImmediate(resolve));
        quiet = busy > 0 ? 0 : quiet + 1;
        // one round for what the last answer led to
        if (quiet < 2) continue;
        const next = sleepers.reduce<(typeof sleepers)[number] | null>(
          (first, one) => (first === null || one.at < first.at ? one : first),
          null,
        );
        if (next === null) {
          if (quiet > mostIdle) throw new Error('nothing happens any more');
          continue;
        }
        sleepers.splice(sleepers.indexOf(next), 1);
        now = Math.max(now, next.at);
        quiet = 0;
        next.wake();
      }
      await all;
    },
  };
}
