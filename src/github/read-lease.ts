/** How long reads are kept in this process: for so long it may not have heard what others were told by GitHub. */
const LEASE_MS = 1_000;
const MOST_READS = 16;

export interface LeaseOptions {
  readonly now: () => number;
  /** Null when taken; else when asking again may succeed. */
  readonly take: (reads: number) => Promise<number | null>;
  readonly giveBack: (reads: number) => Promise<void>;
}

/**
 * Reads out of a budget that is expensive to ask: a handful at a time, as many as were lately used within a second.
 * The function takes one; null when there was one, else when to ask again.
 */
export function createLease({ now, take, giveBack }: LeaseOptions): () => Promise<number | null> {
  let left = 0;
  let size = 1;
  let endsAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<number | null> | null = null;

  async function renew(): Promise<number | null> {
    const unused = left;
    left = 0;
    size = unused > 0 ? Math.max(1, size - unused) : Math.min(MOST_READS, size * 2);
    if (unused > 0) await giveBack(unused);
    let again = await take(size);
    if (again !== null && size > 1) {
      size = 1;
      again = await take(size);
    }
    if (again === null) {
      left = size;
      endsAt = now() + LEASE_MS;
    }
    return again;
  }

  return async () => {
    for (;;) {
      if (left > 0 && now() < endsAt) {
        left -= 1;
        return null;
      }
      asking ??= renew().finally(() => {
        asking = null;
      });
      const again = await asking;
      if (again !== null) return again;
    }
  };
}
