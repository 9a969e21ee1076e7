/**
 * store: what must survive. Webhook inbox, signals, history, snapshots, commands and effects, in SQL that PGlite and
 * PostgreSQL both run. Imports core types and engine/ports.ts; its packages are kysely and PGlite.
 * Invariant: each method is one transaction with no I/O in it but SQL, and it has happened once its promise resolves.
 */
import type { Clock, Store } from '../engine/ports.ts';
import { claimCommands, completeClaim, extendLease, giveUpClaim, retryLater } from './claims.ts';
import { commandRows, dueCommands, releaseDeadLeases, runningAttempts } from './commands.ts';
import { forgetHandled } from './forget.ts';
import { readHealth } from './health.ts';
import { type Fold, loadEvents, loadState, verifySnapshots } from './history.ts';
import { createReceiver, markTranslated, markUntranslatable, untranslatedDeliveries } from './inbox.ts';
import { migrate } from './migrate.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { advanceOrchestration, createOrchestration, findOrchestrations } from './orchestrations.ts';
import { type AgentRow, recordAgents } from './projections.ts';
import { insertSignals, orchestrationsWithSignals } from './signals.ts';

export interface StoreOptions {
  /** Made when missing. */
  readonly dir: string;
  readonly now: Clock;
  /** core's evolve over a whole history: for snapshots of another version, and to verify them. */
  readonly fold: Fold;
  /** A closed data directory to copy when `dir` is new. */
  readonly template?: string;
  /** Hears failures of the housekeeping timer; the store goes on. */
  readonly onError?: (error: unknown) => void;
}

export interface OpenStore extends Store {
  /** Keys of orchestrations whose snapshot is not what their events fold to. */
  readonly verifySnapshots: () => Promise<readonly string[]>;
  /** Fills the table `agents`; one that is no longer named becomes `offline`. */
  readonly recordAgents: (agents: readonly AgentRow[]) => Promise<void>;
  /** VACUUM and CHECKPOINT now; the timer does it anyway. */
  readonly maintain: () => Promise<void>;
  /** Deletes what was handled days ago, now; the timer does it anyway. */
  readonly forget: () => Promise<void>;
}

const hourMs = 3_600_000;

/** Opens the store of one process. Throws `StoreLocked` when another has it, `MigrationFailed` when it is too new. */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  const { dir, template, now, fold, onError = () => {} } = options;
  const database = await openDatabase({ dir, onError, ...(template === undefined ? {} : { template }) });
  try {
    await migrate(database.db);
  } catch (error) {
    await database.close();
    throw error;
  }
  const store = storeOver(database, now, fold);
  const forgetting = setInterval(() => void store.forget().catch(onError), hourMs).unref();
  return {
    ...store,
    close: async () => {
      clearInterval(forgetting);
      await store.close();
    },
  };
}

/** The store over any open database whose schema is up to date. */
export function storeOver({ db, name, maintain, close }: OpenDatabase, now: Clock, fold: Fold): OpenStore {
  return {
    receiveDelivery: createReceiver(db),
    untranslatedDeliveries: (limit) => untranslatedDeliveries(db, limit),
    markTranslated: (id, signals) => markTranslated(db, id, signals, now()),
    markUntranslatable: (id, error) => markUntranslatable(db, id, error),
    addSignals: (signals) => insertSignals(db, signals, now()),
    findOrchestrations: (query) => findOrchestrations(db, query),
    createOrchestration: (row, initial) => createOrchestration(db, row, initial, now()),
    loadState: (key) => loadState(db, key, fold),
    loadEvents: (key, after) => loadEvents(db, key, after),
    advance: (key, step) => advanceOrchestration(db, fold, key, step, now),
    claim: (key, request) => claimCommands(db, key, request),
    extendLease: (claim, leaseUntil) => extendLease(db, claim, leaseUntil, now()),
    complete: (claim, result, signals, at, followUps) => completeClaim(db, claim, result, signals, at, followUps),
    retryLater: (claim, runAt, error) => retryLater(db, claim, runAt, error, now()),
    giveUp: (claim, error, signals, at) => giveUpClaim(db, claim, error, signals, at),
    dueCommands: (at, limit) => dueCommands(db, at, limit),
    orchestrationsWithSignals: (limit) => orchestrationsWithSignals(db, limit),
    runningAttempts: (at) => runningAttempts(db, at),
    releaseDeadLeases: (at, graceMs) => releaseDeadLeases(db, at, graceMs),
    commandRows: (orchestration) => commandRows(db, orchestration),
    health: (at) => readHealth(db, name, at),
    verifySnapshots: () => verifySnapshots(db, fold),
    recordAgents: (agents) => recordAgents(db, agents, now()),
    maintain,
    forget: () => forgetHandled(db, now()),
    close,
  };
}
