import type { World } from './context.ts';
import type { RepositoryRow } from './state.ts';

const queues = new WeakMap<World, Map<number, Promise<unknown>>>();

/**
 * Runs work on one repository after all earlier work on it: merges see each other's result, and ref moves are
 * announced in order. Not re-entrant.
 */
export function inTurn<T>(world: World, repo: RepositoryRow, work: () => Promise<T>): Promise<T> {
  const queue = queues.get(world) ?? new Map<number, Promise<unknown>>();
  queues.set(world, queue);
  const turn = (queue.get(repo.id) ?? Promise.resolve()).then(work, work);
  const settled = turn.catch(() => undefined);
  queue.set(repo.id, settled);
  return turn;
}
