/** Follows one orchestration to its end: every new event to the listener, then the final state. */
import type { RecordedEvent } from '../../core/events.ts';
import type { Orchestration } from '../../core/model.ts';
import type { Store } from '../../engine/ports.ts';

export interface Following {
  readonly store: Store;
  readonly repo: { readonly owner: string; readonly name: string };
  readonly issue: number;
  readonly onEvent: (recorded: RecordedEvent, state: Orchestration) => void;
  readonly signal: AbortSignal;
  /** Do not stop at an end reached before this many requests were heard (a retry that was just asked for). */
  readonly requests: number;
}

const pollMs = 150;

/** Resolves with the final state once everything is also told on GitHub; null when the signal was aborted. */
export async function followToEnd(following: Following): Promise<Orchestration | null> {
  const { store, repo, issue, signal } = following;
  let seen = 0;
  for (;;) {
    if (signal.aborted) return null;
    const rows = await store.findOrchestrations({ owner: repo.owner, name: repo.name, issue });
    const row = rows.at(-1);
    const state = row === undefined ? null : await store.loadState(row.key);
    if (row !== undefined && state !== null) {
      if (state.seq > seen) {
        for (const recorded of await store.loadEvents(row.key))
          if (recorded.seq > seen) following.onEvent(recorded, state);
        seen = state.seq;
      }
      if (isOver(state) && state.requests.length >= following.requests && (await isTold(store, row.key))) return state;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function isOver(state: Orchestration): boolean {
  return state.phase === 'finished' || state.phase === 'cancelled' || state.phase === 'refused';
}

/** Nothing is left to be written to GitHub; the late look for twins may come after. */
async function isTold(store: Store, key: string): Promise<boolean> {
  const rows = await store.commandRows(key);
  return rows.every(
    (row) =>
      row.kind === 'remove-twins' || row.kind === 'wake' || (row.status !== 'pending' && row.status !== 'in_flight'),
  );
}
