/** What the engine needs of a store, and what it hands to it. Adapters import it through `ports.ts`. */
import type { CoreCommand } from '../core/commands.ts';
import type { RecordedEvent } from '../core/events.ts';
import type { Orchestration } from '../core/model.ts';
import type { Signal } from '../core/signals.ts';
import type { Projection } from './projection.ts';

export interface RawDelivery {
  readonly id: string;
  readonly event: string;
  /** The payload as JSON text. */
  readonly payload: string;
  readonly receivedAt: number;
}

/** A signal for one orchestration. `source` is unique among that orchestration's signals; a second one is dropped. */
export interface AddressedSignal {
  readonly orchestration: string;
  readonly source: string;
  readonly signal: Signal;
}

export interface OrchestrationRow {
  /** `<owner>/<repo>/<id>` */
  readonly key: string;
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly issue: number;
  readonly live: boolean;
  /** Numbers of the sub-issues it made, so that a command on one of them finds its orchestration. */
  readonly subIssues: readonly number[];
}

/** The core's commands, and the engine's own delayed look for twins of a creation that was tried more than once. */
export type StoredCommand = CoreCommand | { readonly kind: 'remove-twins'; readonly of: string };

export interface NewCommand {
  readonly key: string;
  readonly command: StoredCommand;
  readonly notBefore: number;
}

/** What one step of the loop wants written, all in one transaction. `commands` is everything that is due by now. */
export interface Step {
  readonly state: Orchestration;
  readonly events: readonly RecordedEvent[];
  readonly commands: readonly NewCommand[];
  readonly live: boolean;
  /** Numbers of all issues it made (sub-issues, diagnostics): commands on them belong to it. Stored in its row. */
  readonly subIssues: readonly number[];
  readonly projection: Projection;
}

/** A command this process may perform until `leaseUntil`; (owner, attempts) fences its completion. */
export interface Claim {
  readonly key: string;
  readonly orchestration: string;
  readonly command: StoredCommand;
  readonly attempts: number;
  readonly owner: string;
  readonly leaseUntil: number;
  /** Milliseconds since the epoch when the row was first written. */
  readonly createdAt: number;
}

export interface CommandRow {
  readonly key: string;
  readonly orchestration: string;
  readonly kind: string;
  readonly status: 'pending' | 'in_flight' | 'done' | 'dead' | 'cancelled' | 'superseded';
  readonly attempts: number;
  readonly runAt: number;
  readonly lastError: string | null;
}

/** Something of which only `most` may be under way at once, in all processes together. */
export interface Slot {
  readonly name: string;
  readonly most: number;
}

/** What a delivery means, by its GUID. */
export interface Translated {
  readonly id: string;
  readonly signals: readonly AddressedSignal[];
}

export interface Store {
  /** Durable before it resolves. Of several with one GUID only the first is ever handed out. */
  readonly receiveDelivery: (delivery: RawDelivery) => Promise<void>;
  readonly untranslatedDeliveries: (limit: number) => Promise<readonly RawDelivery[]>;
  /** One transaction for all: the signals, and the deliveries, which were handed out before, marked done. */
  readonly markTranslated: (translated: readonly Translated[]) => Promise<void>;
  readonly markUntranslatable: (id: string, error: string) => Promise<void>;
  readonly addSignals: (signals: readonly AddressedSignal[]) => Promise<void>;

  readonly findOrchestrations: (query: {
    readonly owner?: string;
    readonly name?: string;
    readonly issue?: number;
    readonly live?: boolean;
  }) => Promise<readonly OrchestrationRow[]>;
  /** False when this issue already has a live orchestration (unique by index). */
  readonly createOrchestration: (row: OrchestrationRow, initial: Step) => Promise<boolean>;
  readonly loadState: (key: string) => Promise<Orchestration | null>;
  /** In order; with `after` only those behind that number. */
  readonly loadEvents: (key: string, after?: number) => Promise<readonly RecordedEvent[]>;
  /**
   * Locks the orchestration, loads its state, hands it with its waiting signals to `step` (pure, synchronous) and
   * writes the answer: events at the expected version, snapshot, signals done, commands (new ones inserted; waiting
   * ones that are no longer wanted superseded; a running attempt that is no longer wanted cancelled), projections.
   * Returns the keys of due commands, or null when there is no such orchestration. `step` returning null writes only
   * that the signals are done.
   */
  readonly advance: (
    key: string,
    step: (state: Orchestration, signals: readonly Signal[]) => Step | null,
  ) => Promise<readonly string[] | null>;

  /** Claims this command when it is due, plus up to `peers` due commands of the same kind and orchestration. */
  readonly claim: (
    key: string,
    request: {
      readonly owner: string;
      readonly now: number;
      readonly leaseMs: (command: StoredCommand) => number;
      readonly peers: number;
      /** Kinds that peers may be of; default: its own. */
      readonly kinds?: readonly string[];
      /** What a command occupies while it is under way; null: it is not for this process. Absent: nothing. */
      readonly slots?: (command: StoredCommand, orchestration: string) => readonly Slot[] | null;
    },
  ) => Promise<readonly Claim[]>;
  /** Extends a lease; false when the claim was lost or the command cancelled (then stop working on it). */
  readonly extendLease: (claim: Claim, leaseUntil: number) => Promise<boolean>;
  /** Fenced by (owner, attempts); false when the fence failed: somebody else has it now. Signals in the same transaction. */
  readonly complete: (
    claim: Claim,
    result: unknown,
    signals: readonly AddressedSignal[],
    now: number,
    followUps: readonly NewCommand[],
  ) => Promise<boolean>;
  /** Not carried out, because nobody wants it by now; wanted once more, it waits again. */
  readonly setAside: (claim: Claim, now: number) => Promise<boolean>;
  readonly retryLater: (claim: Claim, runAt: number, error: string) => Promise<boolean>;
  readonly giveUp: (claim: Claim, error: string, signals: readonly AddressedSignal[], now: number) => Promise<boolean>;
  /** Keys that are due: pending with run_at <= now, or in flight with an expired lease. */
  readonly dueCommands: (now: number, limit: number) => Promise<readonly string[]>;
  /** True when one of these orchestrations was given a signal of this source, looked at or not. */
  readonly wasTold: (orchestrations: readonly string[], source: string) => Promise<boolean>;
  /**
   * Work that one of several processes does for all. No turn begins sooner than `everyMs` after the last one that ended
   * well began; `work` is told when that was (null: never). Null when somebody else has the turn, or it is too soon. One
   * that dies in its turn keeps the others waiting for `leaseMs`. Rejects with what `work` rejects with.
   */
  readonly inTurn: <T>(
    name: string,
    request: { readonly everyMs: number; readonly leaseMs: number },
    work: (since: number | null) => Promise<T>,
  ) => Promise<T | null>;
  /** Orchestrations with signals nobody has looked at. */
  readonly orchestrationsWithSignals: (limit: number) => Promise<readonly string[]>;
  /** Run attempts in flight with a valid lease, over all orchestrations: for the global cap. */
  readonly runningAttempts: (now: number) => Promise<number>;
  /**
   * Called once at boot by a store that only one process can open: whoever held a lease is dead. Attempts may be taken
   * again at once, everything else after `graceMs`, because a request already sent may still land.
   */
  readonly releaseDeadLeases: (now: number, graceMs: number) => Promise<number>;
  readonly commandRows: (orchestration: string) => Promise<readonly CommandRow[]>;
  /** Oldest due command's age in ms, counts by status: for health. */
  readonly health: (now: number) => Promise<StoreHealth>;
  readonly close: () => Promise<void>;
}

export interface StoreHealth {
  readonly database: string;
  readonly commands: Readonly<Record<string, number>>;
  readonly oldestDueMs: number;
  readonly inbox: { readonly waiting: number; readonly failed: number };
  readonly liveOrchestrations: number;
}
