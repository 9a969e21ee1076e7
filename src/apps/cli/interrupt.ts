/** Ctrl-C: the first asks for a clean stop, the second does not ask. */
import { exitCodes } from '../exit-codes.ts';

/** `npm run` passes a Ctrl-C on that the terminal has sent to everybody already: one press, two signals. */
const onePressMs = 700;

/** A stop that takes longer than this is stuck. */
const patienceMs = 30_000;

const askers = new Set<() => void>();

/** `say` is called at the first signal; `cleanUp` also when the end is not waited for. */
export function onInterrupt(say: () => void, cleanUp: () => void = () => {}): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  let askedAt = 0;
  const ask = (): void => {
    if (signal.aborted) return;
    askedAt = Date.now();
    say();
    controller.abort();
    setTimeout(() => process.exit(exitCodes.interrupted), patienceMs).unref();
  };
  const onSignal = (): void => {
    if (signal.aborted && Date.now() - askedAt > onePressMs) process.exit(exitCodes.interrupted);
    ask();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  process.on('exit', cleanUp);
  askers.add(ask);
  return signal;
}

/** The same as the first Ctrl-C, for whatever runs; false when nothing is there that could be stopped cleanly. */
export function interrupt(): boolean {
  for (const ask of askers) ask();
  return askers.size > 0;
}

export function untilInterrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}
