/**
 * Pacing of one installation: writes go one at a time with a gap between them, and everything stops while GitHub
 * wants us to stay away. Nothing is retried here; the commands table alone does that.
 * Gap and serial writes: docs.github.com, REST "Best practices" (content creation, at least one second apart).
 */
import { NotSentError, PausedError } from './errors.ts';
import { passing, unlessAborted } from './patience.ts';

export interface PaceOptions {
  /** Milliseconds from the end of one write to the start of the next; 1000 for github.com, 0 for loopback. */
  readonly minWriteGapMs: number;
  readonly now?: () => number;
}

export interface Pace {
  /** Runs `call` when it is its turn. Rejects with NotSentError or PausedError when it was never called. */
  readonly take: <T>(kind: 'read' | 'write', signal: AbortSignal | undefined, call: () => Promise<T>) => Promise<T>;
  readonly pauseFor: (ms: number) => void;
}

export function createPace(options: PaceOptions): Pace {
  const now = options.now ?? Date.now;
  let tail: Promise<void> = Promise.resolve();
  let nextWriteAt = 0;
  let pausedUntil = 0;

  function refuseUnlessSendable(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw new NotSentError(signal.reason);
    const pause = pausedUntil - now();
    if (pause > 0) throw new PausedError(pause);
  }

  async function takeWrite<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const previous = tail;
    let done = (): void => {};
    tail = new Promise((resolve) => {
      done = resolve;
    });
    try {
      await unlessAborted(previous, signal);
      refuseUnlessSendable(signal);
      const gap = nextWriteAt - now();
      if (gap > 0) await unlessAborted(passing(gap), signal);
      refuseUnlessSendable(signal);
      try {
        return await call();
      } finally {
        nextWriteAt = now() + options.minWriteGapMs;
      }
    } finally {
      // Whoever gave up waiting must not let its follower overtake the write still running in front.
      void previous.then(done);
    }
  }

  return {
    async take(kind, signal, call) {
      refuseUnlessSendable(signal);
      return kind === 'write' ? takeWrite(signal, call) : call();
    },
    pauseFor(ms) {
      pausedUntil = Math.max(pausedUntil, now() + ms);
    },
  };
}
