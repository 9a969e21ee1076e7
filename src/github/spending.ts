/**
 * What one installation's requests take from the budget that all processes share, before they are sent. A budget that
 * cannot be asked sends nothing; one that is spent for longer than a moment is a pause, like those GitHub asks for.
 */
import { NotSentError, PausedError } from './errors.ts';
import type { ResponseFacts } from './limits.ts';
import { passing, unlessAborted } from './patience.ts';
import { type Asking, costsOf, hourly, type Limits, type Resource } from './published-limits.ts';
import { createLease } from './read-lease.ts';
import { createShare } from './request-share.ts';
import { answered, type SharedBudget } from './shared-budget.ts';
import { createWriteTurn } from './write-turn.ts';

export interface Budget {
  readonly limits: Limits;
  /** Null while there is none yet: the App's name is asked for before the database is opened. */
  readonly shared: () => SharedBudget | null;
  /** For tests with a clock of their own. */
  readonly passing?: (ms: number) => Promise<void>;
}

export interface Spending {
  /** Runs `call` once it is paid for. Rejects with NotSentError or PausedError when it was never called. */
  readonly spend: <T>(asking: Asking, signal: AbortSignal | undefined, call: () => Promise<T>) => Promise<T>;
  /** Believes what an answer says about the hourly limit. */
  readonly learn: (answer: Pick<ResponseFacts, 'status' | 'headers'>) => Promise<void>;
  /** GitHub wants no process of ours to ask anything for so long. */
  readonly block: (ms: number) => Promise<void>;
}

/** For servers without limits. */
export const freeOfCharge: Spending = {
  spend: (_asking, _signal, call) => call(),
  learn: async () => {},
  block: async () => {},
};

/** What comes within this time is waited for; what takes longer is a pause. */
const PATIENCE_MS = 2_000;
/** Asking more often would ask the database for each token that comes back. */
const LEAST_WAIT_MS = 500;
/** All waiting of one request that has no deadline of its own. */
const MOST_WAITING_MS = 15_000;

/** `installation`: 0 for requests of the App itself. */
export function createSpending(budget: Budget, installation: number): Spending {
  const { limits } = budget;
  const pass = budget.passing ?? passing;
  /** What the server said each resource may have per hour. */
  const perHour = new Map<Resource, number>();
  const told = new Map<Resource, number>();
  const share = createShare(limits.atOnce);
  const writes = createWriteTurn(installation, limits.writeGapMs, pass);
  let blockedUntil = 0;

  function take(asking: Asking, count: number): Promise<number | null> {
    const shared = present(budget);
    return answered(shared.take(installation, costsOf(asking, count, limits, perHour.get(asking.resource))));
  }

  const leaseOf = (resource: Resource): (() => Promise<number | null>) => {
    const asking: Asking = { resource, kind: 'read', creations: 0 };
    return createLease({
      now: () => present(budget).now(),
      take: (reads) => take(asking, reads),
      giveBack: (reads) => {
        const costs = costsOf(asking, reads, limits, perHour.get(resource));
        return answered(present(budget).giveBack(installation, costs));
      },
    });
  };
  const reads = { core: leaseOf('core'), graphql: leaseOf('graphql') };

  /** What GitHub told this process meanwhile counts for what is already paid as well. */
  function refuseWhileBlocked(shared: SharedBudget): void {
    const pause = blockedUntil - shared.now();
    if (pause > 0) throw new PausedError(pause);
  }

  async function pay(shared: SharedBudget, asking: Asking, signal: AbortSignal | undefined): Promise<void> {
    const since = shared.now();
    for (;;) {
      if (signal?.aborted) throw new NotSentError(signal.reason);
      const again = await unlessAborted(asking.kind === 'read' ? reads[asking.resource]() : take(asking, 1), signal);
      refuseWhileBlocked(shared);
      if (again === null) return;
      const wait = Math.max(LEAST_WAIT_MS, again - shared.now());
      if (wait > PATIENCE_MS || shared.now() + wait - since > MOST_WAITING_MS) throw new PausedError(wait, 'spent');
      await unlessAborted(pass(wait), signal);
    }
  }

  async function block(ms: number): Promise<void> {
    const shared = budget.shared();
    if (shared === null) return;
    const until = shared.now() + ms;
    if (until <= blockedUntil) return;
    blockedUntil = until;
    // while the database is away the others can take nothing either
    await shared.block(installation, until).catch(() => {});
  }

  async function learn({ status, headers }: Parameters<Spending['learn']>[0]): Promise<void> {
    const shared = budget.shared();
    const said = status === 401 ? null : hourlyLimitIn(headers);
    if (shared === null || said === null) return;
    const { resource, limit, left, endsAt } = said;
    perHour.set(resource, limit);
    // requests under way are not in it yet
    const reserve = Math.floor(limit / 100);
    if (left <= reserve && endsAt > shared.now()) await block(endsAt - shared.now());
    const bucket = hourly(resource, limits, limit);
    const before = told.get(resource) ?? bucket.most;
    // a bucket never holds more than its most, and each hundredth of the limit is often enough
    const news = left < bucket.most && before - left >= Math.max(1, reserve);
    if (news || left > before) told.set(resource, left);
    if (news) await shared.learn(installation, bucket, left).catch(() => {});
  }

  return {
    spend: (asking, signal, call) => {
      const shared = budget.shared();
      if (shared === null) return call();
      return share.within(shared, signal, async () => {
        await pay(shared, asking, signal);
        if (asking.kind !== 'write') return call();
        return writes.within(shared, signal, () => {
          refuseWhileBlocked(shared);
          if (signal?.aborted) throw new NotSentError(signal.reason);
          return call();
        });
      });
    },
    learn,
    block,
  };
}

function present(budget: Budget): SharedBudget {
  const shared = budget.shared();
  if (shared === null) throw new NotSentError(undefined, 'the database is not open');
  return shared;
}

/** Null where nothing is said. (GitHub answers a refused token with the limit of strangers: not to be believed.) */
function hourlyLimitIn(
  headers: ResponseFacts['headers'],
): { readonly resource: Resource; readonly limit: number; readonly left: number; readonly endsAt: number } | null {
  const resource = headers['x-ratelimit-resource'] ?? 'core';
  const [limit = Number.NaN, left = Number.NaN, reset = Number.NaN] = ['limit', 'remaining', 'reset'].map((name) =>
    Number(headers[`x-ratelimit-${name}`]),
  );
  if ((resource !== 'core' && resource !== 'graphql') || !(limit > 0) || !(left >= 0)) return null;
  return { resource, limit, left, endsAt: Number.isFinite(reset) ? reset * 1000 : 0 };
}
