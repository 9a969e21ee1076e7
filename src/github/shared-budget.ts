/** What this room needs of whoever keeps one budget for all processes that speak for an installation. */

import { NotSentError } from './errors.ts';

/** `most` tokens that come back evenly within `fillMs`. */
export interface Bucket {
  readonly name: string;
  readonly most: number;
  readonly fillMs: number;
}

export interface Cost {
  readonly bucket: Bucket;
  readonly tokens: number;
}

/** Times are epoch ms of `now`, the clock that all these processes share. Everything rejects when it cannot be kept. */
export interface SharedBudget {
  readonly now: () => number;
  /** Takes from all buckets or from none. Null when taken; else when asking again may succeed. */
  readonly take: (installation: number, costs: readonly Cost[]) => Promise<number | null>;
  readonly giveBack: (installation: number, costs: readonly Cost[]) => Promise<void>;
  /** A bucket that holds more than `left` is emptied to that. */
  readonly learn: (installation: number, bucket: Bucket, left: number) => Promise<void>;
  /** Nobody takes anything before then. */
  readonly block: (installation: number, until: number) => Promise<void>;
  /** How many processes share it. */
  readonly sharers: () => Promise<number>;
}

/** What is not known to be allowed is not sent. */
export async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw new NotSentError(error, 'the database does not say whether the API budget allows it');
  }
}
