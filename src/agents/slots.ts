export interface Slots {
  /** Waits for a free slot of this agent. Answers how to give it back, or null when the signal came first. */
  readonly take: (agent: string, signal: AbortSignal) => Promise<(() => void) | null>;
}

/** At most so many runs of one agent at once; undefined: no limit of its own. First come, first served. */
export function createSlots(limitOf: (agent: string) => number | undefined): Slots {
  const taken = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();

  function giveBack(agent: string): void {
    const next = waiting.get(agent)?.shift();
    if (next === undefined) taken.set(agent, (taken.get(agent) ?? 1) - 1);
    else next();
  }

  return {
    take(agent, signal) {
      if (signal.aborted) return Promise.resolve(null);
      const release = once(() => giveBack(agent));
      const count = taken.get(agent) ?? 0;
      if (count < (limitOf(agent) ?? Number.POSITIVE_INFINITY)) {
        taken.set(agent, count + 1);
        return Promise.resolve(release);
      }
      return new Promise((resolve) => {
        const queue = waiting.get(agent) ?? [];
        waiting.set(agent, queue);
        const enter = (): void => {
          signal.removeEventListener('abort', leave);
          resolve(release);
        };
        const leave = (): void => {
          queue.splice(queue.indexOf(enter), 1);
          resolve(null);
        };
        queue.push(enter);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
