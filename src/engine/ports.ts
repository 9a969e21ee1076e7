/**
 * engine: the loop. Read -> decide -> append -> dispatch. This file is what the engine needs from the outside, and the
 * only engine file that adapters (github, store, queue, agents) may import. Engine imports core and text, nothing else.
 * Invariant: every side effect is a row of `commands`, committed before the call; the outside answers with values.
 */
import type { Delivery, FailureClass } from '../core/attempt.ts';
import type { CommentRef, IssueRef, Reaction, Repository, Request } from '../core/model.ts';
import type { DeclaredOutput, OutsideName } from '../core/plan.ts';
import type { MergeRefusal, Signal } from '../core/signals.ts';
import type { ItemWords } from '../text/reword.ts';
import type { ServerGap } from '../text/server-gaps.ts';
import type { Projection } from './projection.ts';
import type { Store } from './store-port.ts';

export type * from './store-port.ts';
export type { Projection };

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** A few small values by name that outlive a process, shared by all processes on one database. */
export interface Notes {
  readonly write: (key: string, value: unknown) => Promise<void>;
  readonly erase: (key: string) => Promise<void>;
  /** Those whose name begins so; `ageMs` since they were written. `value` is JSON as it was written. */
  readonly read: (
    prefix: string,
  ) => Promise<readonly { readonly key: string; readonly value: unknown; readonly ageMs: number }[]>;
}

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
  | { readonly kind: 'remove-edge'; readonly repo: RepoName; readonly blocked: IssueRef; readonly blocking: IssueRef }
  /** `before`: what we wrote; where something else stands, that stays. */
  | {
      readonly kind: 'reword-issue';
      readonly repo: RepoName;
      readonly issue: { readonly number: number; readonly nodeId: string };
      readonly before: ItemWords;
      readonly after: ItemWords;
    }
  | {
      readonly kind: 'create-comment';
      readonly repo: RepoName;
      readonly issue: number;
      readonly body: string;
      readonly marker: string;
    }
  | { readonly kind: 'edit-comment'; readonly repo: RepoName; readonly comment: CommentRef; readonly body: string }
  | {
      readonly kind: 'react';
      readonly repo: RepoName;
      readonly comment: NonNullable<Request['comment']>;
      readonly reaction: Reaction;
    }
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
  /** It is an entry of a list without boxes. */
  readonly entry?: true;
}

/** What the planning read found, before compiling. `settings` is `.github/muster.yml` of the default branch, or null. */
/** An edit of an issue's text. `by` null: nobody knows. `at`: milliseconds since the epoch by GitHub's clock. */
export interface Edit {
  readonly by: string | null;
  readonly at: number;
}

export interface PlanSource {
  readonly repo: Repository;
  readonly issue: {
    readonly number: number;
    readonly nodeId: string;
    readonly title: string;
    readonly url: string;
    readonly body: string;
    /** Names; absent where the adapter did not read them. */
    readonly labels?: readonly string[];
  };
  /** The last edit that is in the body; null: none, ours, or the server does not say. */
  readonly edited: Edit | null;
  readonly settings: string | null;
  /**
   * Also those one level deeper; `under` is the sub-issue that such a one stands under. `blockedBy`: ids of the issues that
   * it waits for on GitHub; absent where the server does not say.
   */
  readonly subIssues: readonly (IssueRef & {
    readonly title: string;
    readonly body: string;
    readonly open: boolean;
    readonly blockedBy?: readonly number[];
    /** The same by name. */
    readonly blockerNames?: readonly OutsideName[];
    readonly under?: number;
    /** Names; absent where the adapter did not read them. */
    readonly labels?: readonly string[];
    /** Its last edit, like that of the issue; absent where the adapter did not read it. */
    readonly edited?: Edit | null;
  })[];
  /** What blocks the issue by GitHub's own edges; absent: none, or the server has no such thing. */
  readonly blockedBy?: readonly OutsideName[];
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
  /** `edited`: an edit by somebody else that was found in what was edited now. `kept`: what a person wrote there stays. */
  | { readonly kind: 'done'; readonly edited?: Edit; readonly kept?: boolean };

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
  /** Issues and pull requests of any repository that the plan waits for; absent: none. */
  readonly outside?: readonly OutsideName[];
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
  /** What the server turned out to lack so far, for the status comment. */
  readonly gaps: () => readonly ServerGap[];
}

/** A signal and the repository it is about. */
export interface HeardSignal {
  readonly repo: Repository;
  readonly signal: Signal;
}

/** GitHub payload -> signals; unknown events give none. Throws only on payloads that are not what GitHub sends. */
export type TranslateDelivery = (event: string, payload: unknown) => readonly HeardSignal[];

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
  /** A branch whose head the attempt starts from instead of the base branch's; gone: it has landed meanwhile. */
  readonly startBranch: string | null;
  /** Goes on on top of what the task's own branch holds: it was sent back, not begun anew. */
  readonly resumes: boolean;
  /** What must be found afterwards; the harvest looks for each. */
  readonly outputs: readonly DeclaredOutput[];
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
