/**
 * engine: the loop. Read -> decide -> append -> dispatch. This file is what the engine needs from the outside, and the
 * only engine file that adapters (github, store, queue, agents) may import. Engine imports core and text, nothing else.
 * Invariant: every side effect is a row of `commands`, committed before the call; the outside answers with values.
 */
import type { CoreCommand } from '../core/commands.ts';
import type { RecordedEvent } from '../core/events.ts';
import type { CommentRef, Delivery, FailureClass, IssueRef, Orchestration, Repository } from '../core/model.ts';
import type { MergeRefusal, Signal } from '../core/signals.ts';
import type { Projection } from './projection.ts';

export type { Projection };

/** Milliseconds since the epoch. */
export type Clock = () => number;

// ---------------------------------------------------------------- GitHub

export interface RepoName {
  readonly owner: string;
  readonly name: string;
}

/** One request to GitHub as it should look on the wire. `marker` is a hidden HTML comment that proves authorship. */
export type Effect =
  | { readonly kind: 'check-permission'; readonly repo: RepoName; readonly user: string }
  | { readonly kind: 'read-plan'; readonly repo: RepoName; readonly issue: number }
  | {
      readonly kind: 'create-sub-issue';
      readonly repo: RepoName;
      readonly repoNodeId: string;
      readonly parent: { readonly number: number; readonly nodeId: string };
      readonly title: string;
      readonly body: string;
      readonly labels: readonly string[];
      readonly marker: string;
    }
  | { readonly kind: 'add-edge'; readonly repo: RepoName; readonly blocked: IssueRef; readonly blocking: IssueRef }
  | {
      readonly kind: 'create-comment';
      readonly repo: RepoName;
      readonly issue: number;
      readonly body: string;
      readonly marker: string;
    }
  | { readonly kind: 'edit-comment'; readonly repo: RepoName; readonly comment: CommentRef; readonly body: string }
  | {
      readonly kind: 'mark-body';
      readonly repo: RepoName;
      readonly issue: { readonly number: number; readonly nodeId: string };
      readonly marks: readonly BodyMark[];
    }
  | {
      readonly kind: 'create-issue';
      readonly repo: RepoName;
      readonly title: string;
      readonly body: string;
      readonly labels: readonly string[];
      readonly marker: string;
    }
  | {
      readonly kind: 'edit-issue';
      readonly repo: RepoName;
      readonly issue: number;
      readonly body: string | null;
      readonly close: 'completed' | 'not_planned' | null;
    }
  | {
      readonly kind: 'open-pull';
      readonly repo: RepoName;
      readonly head: string;
      readonly base: string;
      readonly title: string;
      readonly body: string;
    }
  | { readonly kind: 'merge-pull'; readonly repo: RepoName; readonly number: number; readonly sha: string };

/** One item of the master issue's checklist: link it and, when landed, tick it. `title` finds it, `line` breaks ties. */
export interface BodyMark {
  readonly title: string;
  readonly line: number;
  readonly issue: number;
  readonly ticked: boolean;
}

/** What the planning read found, before compiling. `settings` is `.github/muster.yml` of the default branch, or null. */
export interface PlanSource {
  readonly repo: Repository;
  readonly issue: {
    readonly number: number;
    readonly nodeId: string;
    readonly title: string;
    readonly url: string;
    readonly body: string;
  };
  readonly settings: string | null;
  readonly subIssues: readonly (IssueRef & { readonly title: string; readonly body: string; readonly open: boolean })[];
  readonly requiredChecks: readonly string[];
  readonly baseChecks: readonly string[];
}

/** What became of one effect, by its kind. */
export type EffectResult =
  | { readonly kind: 'permission'; readonly permission: 'admin' | 'write' | 'read' | 'none' }
  | { readonly kind: 'plan-source'; readonly source: PlanSource }
  | { readonly kind: 'issue'; readonly issue: IssueRef }
  | { readonly kind: 'comment'; readonly comment: CommentRef }
  | { readonly kind: 'pull'; readonly number: number; readonly url: string; readonly headSha: string }
  | { readonly kind: 'merged'; readonly sha: string }
  | { readonly kind: 'done' };

/**
 * Classified once, here. `refused`: a definite no, and asking again changes nothing (merge refusals say why).
 * `transient`: definitely not done, try again after `retryAfterMs`. `ambiguous`: it may have happened; look before
 * trying again, and not before GRACE. `broken`: configuration or our bug; a human has to look.
 */
export type EffectOutcome =
  | { readonly status: 'done'; readonly result: EffectResult }
  | {
      readonly status: 'refused';
      readonly message: string;
      readonly merge: { readonly why: MergeRefusal; readonly paths: readonly string[] } | null;
    }
  | { readonly status: 'transient'; readonly message: string; readonly retryAfterMs: number | null }
  | { readonly status: 'ambiguous'; readonly message: string }
  | { readonly status: 'broken'; readonly message: string };

/** What a sweep should look at, for one orchestration. Times are ISO 8601. */
export interface SweepTarget {
  readonly repo: RepoName;
  readonly issue: number;
  readonly baseBranch: string;
  /** Branches whose pull requests and checks matter now. */
  readonly branches: readonly string[];
  readonly pulls: readonly number[];
  readonly subIssues: readonly number[];
  readonly commentsSince: string;
}

export interface GitHubPort {
  /** One outcome per effect, in order; effects of one kind share a request where GitHub allows it. Never rejects. */
  readonly perform: (effects: readonly Effect[], deadline: AbortSignal) => Promise<readonly EffectOutcome[]>;
  /** Looks whether an earlier try of this effect landed: its `done` outcome, or null when GitHub shows nothing of it. */
  readonly reconcile: (effect: Effect, deadline: AbortSignal) => Promise<EffectOutcome | null>;
  /** Keeps the oldest of several twins that carry the marker and closes or deletes the others; returns how many. */
  readonly removeTwins: (effect: Effect, deadline: AbortSignal) => Promise<number>;
  /** Reads back what lost webhooks would have said. Rejects when GitHub cannot be read; the next tick tries again. */
  readonly sweep: (target: SweepTarget) => Promise<readonly Signal[]>;
  /**
   * Asks since the given time in every installed repository: commands and labels whose webhook was lost. Where there are
   * many, a few per call, in turn.
   */
  readonly sweepRequests: (since: string) => Promise<readonly HeardSignal[]>;
}

/** A signal and the repository it is about. */
export interface HeardSignal {
  readonly repo: Repository;
  readonly signal: Signal;
}

/** GitHub payload -> signals; unknown events give none. Throws only on payloads that are not what GitHub sends. */
export type TranslateDelivery = (event: string, payload: unknown) => readonly HeardSignal[];

// ---------------------------------------------------------------- store

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

export interface Store {
  /** True when the delivery is new; false when its GUID was seen before. Durable before it resolves. */
  readonly receiveDelivery: (delivery: RawDelivery) => Promise<boolean>;
  readonly untranslatedDeliveries: (limit: number) => Promise<readonly RawDelivery[]>;
  /** One transaction: the signals, and the delivery marked done. */
  readonly markTranslated: (id: string, signals: readonly AddressedSignal[]) => Promise<void>;
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
  readonly retryLater: (claim: Claim, runAt: number, error: string) => Promise<boolean>;
  readonly giveUp: (claim: Claim, error: string, signals: readonly AddressedSignal[], now: number) => Promise<boolean>;
  /** Keys that are due: pending with run_at <= now, or in flight with an expired lease. */
  readonly dueCommands: (now: number, limit: number) => Promise<readonly string[]>;
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

// ---------------------------------------------------------------- queue

/**
 * Carries keys (`advance.<orchestration>` or a command key), nothing else. It may lose, double or reorder them, never
 * rejects, runs a bounded number at once, never the same key twice at once in one process, and forgets no key that
 * arrives while that key runs. `close` waits for running handlers.
 */
export interface CommandQueue {
  readonly enqueue: (keys: readonly string[]) => void;
  readonly start: (handler: (key: string) => Promise<void>) => void;
  readonly close: () => Promise<void>;
}

// ---------------------------------------------------------------- agents

/** Everything a worker needs for one attempt; plain JSON, so that it can cross a machine boundary later. */
export interface AttemptSpec {
  readonly key: string;
  readonly orchestration: string;
  readonly repo: Repository;
  readonly issue: number;
  readonly task: string;
  readonly title: string;
  readonly body: string;
  readonly section: string | null;
  readonly attempt: number;
  readonly agent: string;
  readonly branch: string;
  /** Name of the base branch; the attempt starts from its head at that moment. */
  readonly base: string;
  /** The head that the branch has now by our knowledge, or null when it should not exist yet. */
  readonly expectedHead: string | null;
  readonly prompt: string;
  readonly role: 'work' | 'review' | 'validate' | 'analyze';
  readonly wallMs: number;
  readonly verify: string | null;
}

export type AttemptResult =
  | { readonly status: 'delivered'; readonly delivery: Delivery }
  | {
      readonly status: 'failed';
      readonly class: FailureClass;
      readonly message: string;
      readonly evidence: readonly string[];
    }
  /** The attempt could not be judged (push or network trouble, shutdown); it does not count. */
  | { readonly status: 'undecided'; readonly message: string };

export interface AttemptHooks {
  readonly onStarted: (confinement: string) => void;
  readonly onProgress: (percent: number, stage: string) => void;
  readonly signal: AbortSignal;
}

export interface AttemptRunner {
  /** Runs one attempt to its verdict and pushes what it delivered. Never rejects. */
  readonly run: (spec: AttemptSpec, hooks: AttemptHooks) => Promise<AttemptResult>;
  /** What an earlier run of this very attempt already pushed (by its commit trailer), or null. */
  readonly adopt: (spec: AttemptSpec) => Promise<Delivery | null>;
  readonly agentNames: () => readonly string[];
}

// ---------------------------------------------------------------- everything the loop is given

export interface Ports {
  readonly store: Store;
  readonly queue: CommandQueue;
  readonly github: GitHubPort;
  readonly agents: AttemptRunner;
  readonly translate: TranslateDelivery;
  readonly now: Clock;
  /** SHA-256 HMAC key for hidden markers. */
  readonly markerSecret: string;
  readonly log: (
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ) => void;
}
