/** How the parts are, in numbers. Two questions: whether to send webhooks here, and whether anything is wrong. */
import type { Ports, StoreHealth } from '../../engine/ports.ts';
import type { Traffic } from '../traffic.ts';

/** What health is read from. */
export interface HealthParts {
  readonly store: Pick<Ports['store'], 'health' | 'runningAttempts'>;
  readonly ports: {
    readonly agents: Pick<Ports['agents'], 'agentNames'>;
    /** A queue that lies elsewhere says whether it is there. */
    readonly queue: Pick<Ports['queue'], 'enqueue'> & { readonly reachable?: () => boolean };
  };
  readonly traffic: Pick<Traffic, 'seen'>;
}

export interface Health {
  /** False: nothing that arrives could be kept. */
  readonly ready: boolean;
  /** False: a person has to look. */
  readonly ok: boolean;
  readonly components: Readonly<Record<string, { readonly ok: boolean } & Readonly<Record<string, unknown>>>>;
  readonly stored: StoreHealth | null;
  readonly running: number;
}

/** A database that does not answer for this long does not answer. */
const patienceMs = 3_000;
/** GitHub has bad moments; one of this length is worth a look. */
const worryingMs = 60_000;

/** Never rejects. */
export async function readHealth({ store, ports, traffic }: HealthParts, now: number): Promise<Health> {
  const reading = Promise.all([store.health(now), store.runningAttempts(now)]);
  const [stored, running] = await inTime(reading).catch((): [null, number] => [null, 0]);
  const { lastAnswerAt, failingSince } = traffic.seen();
  const agents = ports.agents.agentNames().length;
  const components = {
    // whoever asks from outside learns how it goes, and nothing of where it lies
    database: { ok: stored !== null, kind: stored?.database.split(' ', 1)[0] ?? null },
    inbox: { ok: stored !== null, ...(stored?.inbox ?? {}) },
    queue: {
      ok: ports.queue.reachable?.() ?? true,
      oldestDueMs: stored?.oldestDueMs ?? null,
      commands: stored?.commands ?? {},
    },
    github: {
      ok: failingSince === null || now - failingSince < worryingMs,
      lastAnswerMs: lastAnswerAt === null ? null : now - lastAnswerAt,
    },
    agents: { ok: agents > 0, configured: agents, running },
  };
  return {
    ready: stored !== null,
    ok: Object.values(components).every(({ ok }) => ok),
    components,
    stored,
    running,
  };
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
