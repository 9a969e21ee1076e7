/** This process's share of the requests that may be under way together; the others have as much. */
import { unlessAborted } from './patience.ts';
import type { SharedBudget } from './shared-budget.ts';

/** How long a count of the processes is believed. */
const BELIEVED_MS = 30_000;

export interface RequestShare {
  readonly within: <T>(shared: SharedBudget, signal: AbortSignal | undefined, call: () => Promise<T>) => Promise<T>;
}

export function createShare(atOnce: number): RequestShare {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  let sharers = 1;
  let countedAt = Number.NEGATIVE_INFINITY;

  function count(shared: SharedBudget): void {
    if (shared.now() - countedAt < BELIEVED_MS) return;
    countedAt = shared.now();
    shared.sharers().then(
      (found) => {
        sharers = Math.max(1, found);
      },
      () => {},
    );
  }

  /** With room for one process that has just come and is not counted yet. */
  const most = (): number => Math.max(1, Math.floor(atOnce / (sharers + 1)));

  return {
    async within(shared, signal, call) {
      count(shared);
      while (underWay >= most()) {
        let come = (): void => {};
        const turn = new Promise<void>((resolve) => {
          come = resolve;
        });
        waiting.push(come);
        try {
          await unlessAborted(turn, signal);
        } catch (error) {
          // the turn may have been given to who no longer waits
          if (!waiting.includes(come)) waiting.shift()?.();
          else waiting.splice(waiting.indexOf(come), 1);
          throw error;
        }
      }
      underWay += 1;
      try {
        return await call();
      } finally {
        underWay -= 1;
        waiting.shift()?.();
      }
    },
  };
}
