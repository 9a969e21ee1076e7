/** Ctrl-C: the first asks for a clean stop, the second does not ask. */
import { exitCodes } from '../exit-codes.ts';

export function onInterrupt(say: () => void): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    say();
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
