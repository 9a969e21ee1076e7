/** Follows one orchestration to its end: every new event to the listener, then the final state. */
import type { RecordedEvent } from '../../core/events.ts';
import { emptyOrchestration, evolve } from '../../core/evolve.ts';
import type { Orchestration } from '../../core/model.ts';
import type { Store } from '../../engine/ports.ts';

export interface Following {
  readonly store: Store;
  readonly repo: { readonly owner: string; readonly name: string };
  readonly issue: number;
  /** Events up to this number have been told before. */
  readonly after: number;
  /** With the state as it was right after the event. */
  readonly onEvent: (recorded: RecordedEvent, state: Orchestration) => void;
  /** Nothing has happened for a while, and it is not over. */
  readonly onQuiet?: (state: Orchestration) => void;
  readonly signal: AbortSignal;
  /** Do not stop at an end reached before this many requests were heard (a retry that was just asked for). */
  readonly requests: number;
}

const pollMs = 150;

/** People ask themselves whether a program still works after about this long. */
const quietMs = 60_000;

/** Resolves with the final state once everything is also told on GitHub; null when the signal was aborted. */
export async function followToEnd(following: Following): Promise<Orchestration | null> {
  const { store, repo, issue, signal } = following;
  const tell = teller(following);
  let lastNews = Date.now();
  for (;;) {
    if (signal.aborted) return null;
    const rows = await store.findOrchestrations({ owner: repo.owner, name: repo.name, issue });
    const row = rows.at(-1);
    const state = row === undefined ? null : await store.loadState(row.key);
    if (row !== undefined && state !== null) {
      if (tell.told() < state.seq) {
        tell.events(await store.loadEvents(row.key));
        lastNews = Date.now();
      }
      if (isOver(state) && state.requests.length >= following.requests && (await isTold(store, row.key))) return state;
      if (Date.now() - lastNews > quietMs) {
        following.onQuiet?.(state);
        lastNews = Date.now();
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Folds as it tells, so that "2 of 5 landed" is said of the moment when it was true. */
function teller(following: Following): {
  readonly told: () => number;
  readonly events: (history: readonly RecordedEvent[]) => void;
} {
  let folded = emptyOrchestration;
  return {
    told: () => Math.max(folded.seq, following.after),
    events: (history) => {
      for (const recorded of history) {
        if (recorded.seq <= folded.seq) continue;
        folded = evolve(folded, recorded);
        if (recorded.seq > following.after) following.onEvent(recorded, folded);
      }
    },
  };
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
