/** The running engine: queue in, store and adapters out, two clocks (due commands, sweep), and a clean stop. */
import { advance } from './advance.ts';
import { askAsOperator, type OperatorAsks } from './ask.ts';
import type { DispatchSettings } from './dispatch.ts';
import { dispatch } from './dispatch.ts';
import { takeDeliveries } from './intake.ts';
import type { Ports, RawDelivery } from './ports.ts';
import { mayTake } from './share.ts';
import { sweepOnce } from './sweep.ts';

export interface EngineSettings extends DispatchSettings {
  /** Pause between sweeps of GitHub. */
  readonly tickMs: number;
  /** Pause between looks for due commands: the guarantee of liveness; the queue only cuts latency. */
  readonly dueMs: number;
}

export interface Engine {
  /** Stores a verified delivery; once it resolves, nothing of it can be lost. */
  readonly receive: (delivery: RawDelivery) => Promise<void>;
  readonly start: () => Promise<void>;
  /** Finishes or hands back what is running; bounded by `waitMs`. */
  readonly stop: (waitMs: number) => Promise<void>;
  /** The operator asks; returns the key of the orchestration that answers. */
  readonly ask: (asks: OperatorAsks) => Promise<string>;
  /** Sweeps now; for tests and for `muster status --refresh`. */
  readonly sweep: () => Promise<void>;
}

/** Commands and labels as old as this are found by the first sweep of all. */
const firstLookBackMs = 24 * 3_600_000;
/** A process that dies while it sweeps holds up the next sweep for so long. */
const sweepLeaseMs = 60_000;

/** A look into the inbox that took so long met a flood: it lets the next ones gather, and the door take them in. */
const floodMs = 20;
const mostRestMs = 500;

export function createEngine(ports: Ports, settings: EngineSettings): Engine {
  const stopping = new AbortController();
  const clocks: { due?: NodeJS.Timeout; tick?: NodeJS.Timeout } = {};
  let translating: Promise<void> = Promise.resolve();

  const guarded = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!stopping.signal.aborted)
        ports.log('error', `${what} failed; it will be tried again`, { error: describe(error) });
    }
  };
  // deliveries are translated one after the other: two translations must not both give birth to one orchestration
  const translate = (): Promise<void> => {
    let begunAt = 0;
    const done = translating.then(() =>
      guarded('reading the inbox', async () => {
        begunAt = ports.now();
        const touched = await takeDeliveries(ports, settings.pace);
        ports.queue.enqueue(touched.map((key) => `advance.${key}`));
      }),
    );
    translating = done.then(() => passing(rest(ports.now() - begunAt), stopping.signal));
    return done;
  };
  const handle = (key: string): Promise<void> =>
    guarded(key, async () => {
      if (stopping.signal.aborted || !mayTake(settings.share, key)) return;
      if (key === 'inbox') return translate();
      if (key.startsWith('advance.')) return advance(ports, settings.pace, key.slice('advance.'.length));
      return dispatch(ports, settings, key, stopping.signal);
    });
  const lookForDue = (): Promise<void> =>
    guarded('looking for due commands', async () => {
      const due = await ports.store.dueCommands(ports.now(), 200);
      const told = (await ports.store.orchestrationsWithSignals(100)).map((key) => `advance.${key}`);
      // the inbox too: whoever stored a delivery may have died right after
      ports.queue.enqueue(['inbox', ...due, ...told].filter((key) => mayTake(settings.share, key)));
    });
  const sweep = (everyMs: number): Promise<void> =>
    guarded('sweeping GitHub', async () => {
      await translate();
      const touched = await ports.store.inTurn('sweep', { everyMs, leaseMs: sweepLeaseMs }, (since) =>
        sweepOnce(ports, settings.pace, since ?? ports.now() - firstLookBackMs),
      );
      ports.queue.enqueue((touched ?? []).map((key) => `advance.${key}`));
    });
  // each clock starts its next round when the last one has ended, so that a slow GitHub is not asked twice at once
  const every = (name: 'due' | 'tick', ms: number, work: () => Promise<void>): void => {
    clocks[name] = setTimeout(() => {
      void work().finally(() => stopping.signal.aborted || every(name, ms, work));
    }, ms);
  };

  return {
    receive: async (delivery) => {
      await ports.store.receiveDelivery(delivery);
      ports.queue.enqueue(['inbox']);
    },
    start: async () => {
      await ports.store.releaseDeadLeases(ports.now(), settings.graceMs);
      ports.queue.start(handle);
      ports.queue.enqueue(['inbox']);
      await lookForDue();
      every('due', settings.dueMs, lookForDue);
      // of several processes each asks this often, and one of them does it
      if (settings.share.takes !== 'attempts') every('tick', settings.tickMs, () => sweep(settings.tickMs * 0.8));
    },
    stop: async (waitMs) => {
      stopping.abort();
      clearTimeout(clocks.due);
      clearTimeout(clocks.tick);
      await Promise.race([ports.queue.close(), new Promise((resolve) => setTimeout(resolve, waitMs).unref())]);
    },
    ask: (asks) => askAsOperator(ports, settings.pace, asks),
    sweep: () => sweep(0),
  };
}

/** Milliseconds between a look into the inbox and the next. */
function rest(tookMs: number): number {
  return tookMs < floodMs ? 0 : Math.min(4 * tookMs, mostRestMs);
}

/** Resolves early when the signal is aborted. */
function passing(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
