import { join } from 'node:path';
import type { Exchange, RefMove, RequestLogEntry, World } from './context.ts';
import { noFaults, seededRandom } from './faults.ts';
import type { RepositoryRow, State, UserRow } from './state.ts';
import { queueWebhook } from './webhooks.ts';

export interface WorldParts {
  readonly dir: string;
  readonly state: State;
  readonly now: () => Date;
  /** Read late: the port is known only after listening. */
  readonly url: () => string;
  readonly observe: (exchange: Exchange) => void;
  /** Called after a commit that queued webhooks. */
  readonly webhookQueued: () => void;
}

export interface OwnedWorld extends World {
  /** Kept apart from state: a log of this process's life. */
  readonly entries: RequestLogEntry[];
  /** Work handed to track() that is still going on. */
  readonly tracked: ReadonlySet<Promise<unknown>>;
  /** Errors of tracked work, for close() to report. */
  readonly failures: readonly unknown[];
}

export function createWorld(parts: WorldParts): OwnedWorld {
  const faults = noFaults();
  const random = seededRandom(faults);
  const entries: RequestLogEntry[] = [];
  const tracked = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  const listeners: Array<Parameters<World['refMoves']['listen']>[0]> = [];
  let lastInstant = 0;

  const world: OwnedWorld = {
    state: parts.state,
    dir: parts.dir,
    url: parts.url,
    now: parts.now,
    instant: () => {
      lastInstant = Math.max(lastInstant + 1, parts.now().getTime());
      return new Date(lastInstant).toISOString();
    },
    faults,
    random,
    listed: (createdAt) => faults.listLagMs <= 0 || Date.parse(createdAt) + faults.listLagMs <= parts.now().getTime(),
    gitDir: (repo) => join(parts.dir, 'repos', parts.state.users.need(repo.ownerId).login, `${repo.name}.git`),
    emit: (event, repo, sender, payload) => {
      world.send(queueWebhook(world, event, repo, sender, payload));
    },
    send: (queued) => {
      if (queued.length === 0) return;
      parts.state.afterCommit(() => {
        for (const exchange of queued) parts.observe(exchange);
        parts.webhookQueued();
      });
    },
    refMoves: {
      announce: async (repo: RepositoryRow, sender: UserRow, moves: readonly RefMove[]) => {
        for (const listener of listeners) await listener(repo, sender, moves);
      },
      listen: (listener) => {
        listeners.push(listener);
      },
    },
    track: (work) => {
      const settled: Promise<unknown> = work
        .catch((error: unknown) => failures.push(error))
        .finally(() => tracked.delete(settled));
      tracked.add(settled);
    },
    log: (entry) => {
      entries.push(entry);
    },
    entries,
    tracked,
    failures,
  };
  return world;
}
