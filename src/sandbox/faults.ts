import type { Faults, WebhookFaults } from './context.ts';

/** A well-behaved GitHub. */
export function noFaults(): Faults {
  return {
    webhooks: { drop: 0, double: 0, shuffle: false, windowMs: 200, delayMs: 0 },
    lateLanding: { rate: 0, delayMs: [100, 1000] },
    landAfterDisconnect: true,
    listLagMs: 0,
    mergeableNullFirst: false,
    secondaryLimit: { rate: 0 },
    tooManyRequests: { rate: 0 },
    creationLimit: { rate: 0 },
    retryAfterSeconds: 1,
    partialGraphql: { rate: 0 },
    slow: { rate: 0, delayMs: [50, 500] },
    primaryLimit: { limit: 1_000_000, windowSeconds: 3600 },
    serverError: { rate: 0 },
    tokenTtlSeconds: 3600,
    seed: 1,
  };
}

/** Merges a JSON value into the faults; members it does not name keep their value, wrong types are ignored. */
export function mergeFaults(faults: Faults, value: unknown): void {
  const given = record(value);
  const webhooks = record(given.webhooks);
  const numbers: ReadonlyArray<keyof WebhookFaults & ('drop' | 'double' | 'windowMs' | 'delayMs')> = [
    'drop',
    'double',
    'windowMs',
    'delayMs',
  ];
  for (const name of numbers) faults.webhooks[name] = numberOr(webhooks[name], faults.webhooks[name]);
  if (typeof webhooks.shuffle === 'boolean') faults.webhooks.shuffle = webhooks.shuffle;
  for (const name of ['lateLanding', 'slow'] as const) {
    const late = record(given[name]);
    faults[name].rate = numberOr(late.rate, faults[name].rate);
    if (!Array.isArray(late.delayMs)) continue;
    const [least, most] = faults[name].delayMs;
    faults[name].delayMs = [numberOr(late.delayMs[0], least), numberOr(late.delayMs[1], most)];
  }
  faults.listLagMs = numberOr(given.listLagMs, faults.listLagMs);
  if (typeof given.mergeableNullFirst === 'boolean') faults.mergeableNullFirst = given.mergeableNullFirst;
  const rates = ['secondaryLimit', 'tooManyRequests', 'creationLimit', 'partialGraphql', 'serverError'] as const;
  for (const name of rates) faults[name].rate = numberOr(record(given[name]).rate, faults[name].rate);
  faults.retryAfterSeconds = numberOr(given.retryAfterSeconds, faults.retryAfterSeconds);
  const primary = record(given.primaryLimit);
  faults.primaryLimit.limit = numberOr(primary.limit, faults.primaryLimit.limit);
  faults.primaryLimit.windowSeconds = numberOr(primary.windowSeconds, faults.primaryLimit.windowSeconds);
  faults.tokenTtlSeconds = numberOr(given.tokenTtlSeconds, faults.tokenTtlSeconds);
  faults.seed = numberOr(given.seed, faults.seed);
}

/** mulberry32 over `faults.seed`; a new seed starts a new sequence. */
export function seededRandom(faults: Faults): () => number {
  let seed = faults.seed;
  let state = seed >>> 0;
  return () => {
    if (faults.seed !== seed) {
      seed = faults.seed;
      state = seed >>> 0;
    }
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
