import { setMaxListeners } from 'node:events';
import { NotSentError } from './errors.ts';

export function passing(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Rejects with NotSentError once `signal` is aborted; what is waited for goes on by itself. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  // as many requests as share a deadline may wait for their turn
  setMaxListeners(0, signal);
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new NotSentError(signal.reason));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
