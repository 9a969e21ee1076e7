/** What sweeps do besides: they ask for webhooks that did not arrive, and notice repositories that are gone. */
import type { GitHubPort } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { createRedelivery, type RedeliveryLog } from './deliveries.ts';
import { finishMerges } from './merge-memory.ts';
import { withGoneRepositories } from './repository-events.ts';

/** Each look costs a request or two; what was lost is found by sweeps within a minute anyway, if less precisely. */
const LOOK_EVERY_MS = 5 * 60_000;

/** `patienceMs`: a merge that another process has begun is left to it for so long. */
export function withHousekeeping(
  port: GitHubPort,
  app: GitHubApp,
  log: RedeliveryLog,
  merges: { readonly patienceMs: number; readonly deadlineMs: number },
): GitHubPort {
  const redeliver = createRedelivery(app, log, { everyMs: LOOK_EVERY_MS });
  return {
    ...port,
    sweep: withGoneRepositories(app, port.sweep),
    sweepRequests: async (since) => {
      await redeliver();
      await app.server.recall(app.server.notes());
      await finishMerges(app, log, merges);
      return port.sweepRequests(since);
    },
  };
}
