/**
 * store: what must survive. Webhook inbox, signals, history, snapshots, commands and effects, in SQL that PGlite and
 * PostgreSQL both run. Imports core types and engine/ports.ts; its packages are kysely, PGlite and pg.
 * Invariant: each method is one transaction with no I/O in it but SQL, and it has happened once its promise resolves.
 * When one rejects it has not happened, or (the connection broke at the end) has: its caller looks or tries again.
 */
import type { Clock, Notes, Store } from '../engine/ports.ts';
import { type ApiBudget, apiBudget } from './api-budget.ts';
import {
  type ClaimRequest,
  claimCommands,
  completeClaim,
  extendLease,
  giveUpClaim,
  retryLater,
  setClaimAside,
} from './claims.ts';
import { agentWanted, commandRows, dueCommands, releaseDeadLeases, runningAttempts } from './commands.ts';
import { readFigures, type StoreFigures } from './figures.ts';
import { forgetHandled } from './forget.ts';
import { readHealth } from './health.ts';
import { type Fold, loadEvents, loadState, verifySnapshots } from './history.ts';
import {
  createReceiver,
  drainJournal,
  markTranslated,
  markUntranslatable,
  takeUntranslated,
  untranslatedDeliveries,
} from './inbox.ts';
import { beat, beatMs, leave, presentInstances, recordAgentsOf } from './instances.ts';
import { migrate } from './migrate.ts';
import { notesIn } from './notes.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { openPostgres, type PostgresOptions } from './open-postgres.ts';
import { advanceOrchestration, createOrchestration, findOrchestrations } from './orchestrations.ts';
import { type AgentRow, recordAgents } from './projections.ts';
import { serverClock } from './server-clock.ts';
import { insertSignals, orchestrationsWithSignals, wasTold } from './signals.ts';
import { againWhenUndone } from './transactions.ts';
import { inTurn, type TurnRequest } from './turns.ts';

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

export interface PostgresStoreOptions extends Omit<PostgresOptions, 'onError'> {
  /** This machine's clock; the store lives by the server's, see `OpenStore.now`. */
  readonly now: Clock;
  readonly fold: Fold;
  readonly onError?: (error: unknown) => void;
}

export interface OpenStore extends Store {
  /** The clock that every process on this database shares: leases are given by it and end by it. */
  readonly now: Clock;
  /** The port's, and slots that hold across processes. */
  readonly claim: (key: string, request: ClaimRequest) => ReturnType<Store['claim']>;
  /** The agent that an attempt still to be made is for; null for any other key. */
  readonly agentWanted: (key: string) => Promise<string | null>;
  /** True when one of these orchestrations was given a signal of this source, looked at or not. */
  readonly wasTold: (orchestrations: readonly string[], source: string) => Promise<boolean>;
  /** Work that one of several instances does for all; null when it is not our turn. See `turns.ts`. */
  readonly inTurn: <T>(
    name: string,
    request: TurnRequest,
    work: (since: number | null) => Promise<T>,
  ) => Promise<T | null>;
  /** What all processes together may ask of GitHub. */
  readonly budget: ApiBudget;
  /** What the GitHub room keeps beyond the life of a process. */
  readonly notes: Notes;
  /** Processes that have the database open; empty for one that only one process can open. */
  readonly instances: () => Promise<readonly string[]>;
  /** Reads whole tables: for a few looks a minute. */
  readonly figures: () => Promise<StoreFigures>;
  /** Keys of orchestrations whose snapshot is not what their events fold to. */
  readonly verifySnapshots: () => Promise<readonly string[]>;
  /** Fills the table `agents`; one that no process names any more becomes `offline`. */
  readonly recordAgents: (agents: readonly AgentRow[]) => Promise<void>;
  /** VACUUM and CHECKPOINT now; the timer does it anyway. A server does it by itself. */
  readonly maintain: () => Promise<void>;
  /** Deletes what was handled days ago, now; the timer does it anyway. */
  readonly forget: () => Promise<void>;
}

const hourMs = 3_600_000;
const minuteMs = 60_000;

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
  // what an earlier process left; should it not go now, the first look into the inbox tries again
  await drainJournal(database).catch(onError);
  return withTimers(store, [every(hourMs, store.forget, onError)]);
}

/**
 * Opens a store that other processes may have open too. Throws `DatabaseUnusable`, whose message says what helps, or
 * `MigrationFailed` when the database is too new.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<OpenStore> {
  const { now, fold, onError = () => {}, ...address } = options;
  await migratePostgres({ ...address, onError });
  const database = await openPostgres({ ...address, onError });
  const { db, instance } = database;
  try {
    const clock = await serverClock(db, now);
    const store = storeOver(database, clock.now, fold);
    const alive = async (): Promise<void> => beat(db, instance ?? '', clock.now());
    await alive();
    return withTimers(store, [
      every(hourMs, store.forget, onError),
      every(5 * minuteMs, clock.compare, onError),
      every(beatMs, alive, onError),
    ]);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Over connections of its own: waiting for another instance, or changing a big table, may take longer than a statement. */
async function migratePostgres(options: PostgresOptions): Promise<void> {
  const patient = await openPostgres({ ...options, poolSize: 1, statementMs: 0 });
  try {
    await migrate(patient.db);
  } catch (error) {
    throw patient.explain(error);
  } finally {
    await patient.close();
  }
}

function every(ms: number, work: () => Promise<void>, onError: (error: unknown) => void): NodeJS.Timeout {
  return setInterval(() => void work().catch(onError), ms).unref();
}

function withTimers(store: OpenStore, timers: readonly NodeJS.Timeout[]): OpenStore {
  return {
    ...store,
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      await store.close();
    },
  };
}

/** The store over any open database whose schema is up to date. */
export function storeOver(database: OpenDatabase, now: Clock, fold: Fold): OpenStore {
  const { db, instance, journal, maintain, close } = database;
  return {
    now,
    receiveDelivery: journal?.append ?? createReceiver(db),
    untranslatedDeliveries: async (limit) => {
      await drainJournal(database);
      return instance === null ? untranslatedDeliveries(db, limit) : takeUntranslated(db, instance, limit, now);
    },
    markTranslated: (translated) => markTranslated(db, translated, now()),
    markUntranslatable: (id, error) => markUntranslatable(db, id, error),
    addSignals: (signals) => againWhenUndone(() => insertSignals(db, signals, now())),
    wasTold: (orchestrations, source) => wasTold(db, orchestrations, source),
    findOrchestrations: (query) => findOrchestrations(db, query),
    createOrchestration: (row, initial) => createOrchestration(db, row, initial, now()),
    loadState: (key) => loadState(db, key, fold),
    loadEvents: (key, after) => loadEvents(db, key, after),
    advance: (key, step) => advanceOrchestration(db, fold, key, step, now),
    claim: (key, request) => claimCommands(db, key, request),
    extendLease: (claim, leaseUntil) => extendLease(db, claim, leaseUntil, now()),
    complete: (claim, result, signals, at, followUps) => completeClaim(db, claim, result, signals, at, followUps),
    setAside: (claim, at) => setClaimAside(db, claim, at),
    retryLater: (claim, runAt, error) => retryLater(db, claim, runAt, error, now()),
    giveUp: (claim, error, signals, at) => giveUpClaim(db, claim, error, signals, at),
    dueCommands: (at, limit) => dueCommands(db, at, limit),
    orchestrationsWithSignals: (limit) => orchestrationsWithSignals(db, limit),
    agentWanted: (key) => agentWanted(db, key),
    runningAttempts: (at) => runningAttempts(db, at),
    // where others are alive, what a dead one held ends with its lease
    releaseDeadLeases: async (at, graceMs) => (instance === null ? releaseDeadLeases(db, at, graceMs) : 0),
    commandRows: (orchestration) => commandRows(db, orchestration),
    health: (at) => readHealth(database, at),
    figures: () => readFigures(db),
    verifySnapshots: () => verifySnapshots(db, fold),
    recordAgents: (agents) =>
      instance === null ? recordAgents(db, agents, now()) : recordAgentsOf(db, instance, agents, now()),
    inTurn: (turn, request, work) => inTurn(db, instance ?? 'the only one', now, turn, request, work),
    budget: apiBudget(db, now),
    notes: notesIn(db, now),
    instances: async () => (instance === null ? [] : presentInstances(db, now())),
    maintain,
    forget: () => forgetHandled(db, now()),
    close: async () => {
      // a server that is down cannot be told, and must not keep us from leaving
      if (instance !== null) await leave(db, instance, now()).catch(() => {});
      // what stays in the journal is there for the next process
      await drainJournal(database).catch(() => {});
      await close();
    },
  };
}
