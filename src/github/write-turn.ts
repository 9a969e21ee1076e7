/**
 * Writes of one installation one after the other, in all processes, with a gap in between. The turn is a bucket that
 * gains a token each millisecond: a write takes all there are, and puts back all but the gap's when it is over. So a
 * process that dies while it writes holds up the others until the bucket is full again.
 * docs.github.com, REST "Best practices": make requests serially, pause at least one second between writes.
 */
import { PausedError } from './errors.ts';
import { unlessAborted } from './patience.ts';
import { answered, type Bucket, type SharedBudget } from './shared-budget.ts';

/** Longer than a request may take. */
const HOLD_MS = 20_000;
/** While another process writes nobody knows when it will be done. */
const LOOK_EVERY_MS = 500;

export interface WriteTurn {
  /** Rejects with NotSentError or PausedError when `call` was never called. */
  readonly within: <T>(shared: SharedBudget, signal: AbortSignal | undefined, call: () => Promise<T>) => Promise<T>;
}

export function createWriteTurn(
  installation: number,
  gapMs: number,
  passing: (ms: number) => Promise<void>,
): WriteTurn {
  const most = HOLD_MS + gapMs;
  const bucket: Bucket = { name: 'writes', most, fillMs: most };

  async function begin(shared: SharedBudget, signal: AbortSignal | undefined): Promise<number> {
    const giveUpAt = shared.now() + HOLD_MS;
    for (;;) {
      const askedAt = shared.now();
      // not given up half-way: a turn that was taken must be put back
      const again = await answered(shared.take(installation, [{ bucket, tokens: most }]));
      if (again === null) return askedAt;
      const wait = Math.max(1, again - shared.now());
      if (shared.now() >= giveUpAt) throw new PausedError(wait, 'spent');
      await unlessAborted(passing(Math.min(wait, LOOK_EVERY_MS)), signal);
    }
  }

  return {
    async within(shared, signal, call) {
      const begunAt = await begin(shared, signal);
      try {
        return await call();
      } finally {
        const back = most - gapMs - (shared.now() - begunAt);
        // what cannot be put back comes back by itself
        if (back > 0) await shared.giveBack(installation, [{ bucket, tokens: back }]).catch(() => {});
      }
    },
  };
}
