import { isDeepStrictEqual } from 'node:util';
import type { Event, RecordedEvent } from '../core/events.ts';
import type { Orchestration } from '../core/model.ts';
import type { Step } from '../engine/ports.ts';
import { toJson, toTime } from './encoding.ts';
import type { Connection, Tx } from './tables.ts';

/** core's evolve over a whole history. */
export type Fold = (events: readonly RecordedEvent[]) => Orchestration;

/** Snapshots of another version are folded anew from the events. Fails to compile when core moves on. */
const currentStateVersion: Orchestration['stateVersion'] = 2;

/** A step whose events do not follow on what is stored: a bug of the caller, nothing was written. */
export class BrokenSequence extends Error {
  override readonly name = 'BrokenSequence';
}

export async function loadEvents(
  db: Connection | Tx,
  orchestration: string,
  after = 0,
): Promise<readonly RecordedEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select(['seq', 'at', 'version', 'payload'])
    .where('orchestration', '=', orchestration)
    .where('seq', '>', after)
    .orderBy('seq')
    .execute();
  return rows.map(({ seq, at, version, payload }) => ({ seq, at: at.getTime(), version, event: payload as Event }));
}

/** The snapshot, or the folded events where there is none of this version. */
export async function loadState(db: Connection | Tx, orchestration: string, fold: Fold): Promise<Orchestration | null> {
  const snapshot = await db
    .selectFrom('snapshots')
    .select('state')
    .where('orchestration', '=', orchestration)
    .where('state_version', '=', currentStateVersion)
    .executeTakeFirst();
  if (snapshot !== undefined) return snapshot.state as Orchestration;
  const events = await loadEvents(db, orchestration);
  return events.length === 0 ? null : fold(events);
}

/**
 * Appends the events at the expected version and replaces the snapshot. Two writers of one version meet in the primary
 * key of `events`, should the row lock above ever fail.
 */
export async function appendHistory(tx: Tx, orchestration: string, expected: number, step: Step): Promise<void> {
  const { events, state } = step;
  const broken = events.find((event, index) => event.seq !== expected + index + 1);
  if (broken !== undefined || state.seq !== expected + events.length) {
    throw new BrokenSequence(
      `${orchestration} is at ${expected}; the step brings ${events.length} events, ` +
        `${broken === undefined ? 'none out of order' : `one of them numbered ${broken.seq}`}, and a state at ${state.seq}.`,
    );
  }
  if (events.length > 0) {
    const rows = events.map(({ seq, at, version, event }) => ({
      orchestration,
      seq,
      type: event.type,
      version,
      payload: toJson(event),
      at: toTime(at),
    }));
    await tx.insertInto('events').values(rows).execute();
  }
  // Nothing happened, so the stored state stays; it is the biggest row there is.
  if (events.length === 0 && expected > 0) return;
  const snapshot = { seq: state.seq, state_version: state.stateVersion, state: toJson(state) };
  await tx
    .insertInto('snapshots')
    .values({ orchestration, ...snapshot })
    .onConflict((conflict) => conflict.column('orchestration').doUpdateSet(snapshot))
    .execute();
}

/** Keys of orchestrations whose snapshot is not what their events fold to; empty when all is well. */
export async function verifySnapshots(db: Connection, fold: Fold): Promise<readonly string[]> {
  const rows = await db.selectFrom('snapshots').select(['orchestration', 'state']).orderBy('orchestration').execute();
  const wrong: string[] = [];
  for (const { orchestration, state } of rows) {
    const folded: unknown = JSON.parse(toJson(fold(await loadEvents(db, orchestration))));
    if (!isDeepStrictEqual(state, folded)) wrong.push(orchestration);
  }
  return wrong;
}
