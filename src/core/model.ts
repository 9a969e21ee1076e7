/**
 * core: the rules. Values in, values out; imports nothing, not even `node:`.
 * This file holds the nouns: plan, task, edge, policy, orchestration. Everything here is plain JSON (no Map, Set or
 * Date), because a snapshot of it is stored and read back. Times are milliseconds since the epoch, passed in.
 * Invariant: a task carries exactly what its status allows; an impossible combination does not type-check.
 */

import type { ApprovalWords } from './approval.ts';
import type { Attempt, Failure } from './attempt.ts';
import type { NativeEdges, OutsideIssue, Plan, PlanChange, PlannedTask, Policy } from './plan.ts';

/** A repository and what planning learned about it. `nodeId` and `baseSha` are empty until the plan was read. */
export interface Repository {
  readonly owner: string;
  readonly name: string;
  readonly nodeId: string;
  readonly defaultBranch: string;
  readonly cloneUrl: string;
}

/** An issue as GitHub names it: `number` for people, `id` for REST, `nodeId` for GraphQL. */
export interface IssueRef {
  readonly number: number;
  readonly id: number;
  readonly nodeId: string;
  readonly url: string;
}

export interface CommentRef {
  readonly id: number;
  readonly nodeId: string;
  readonly url: string;
}

export interface PullRef {
  readonly number: number;
  readonly url: string;
  /** The head commit last seen on GitHub; checks and merges are about exactly this commit. */
  readonly headSha: string;
}

/** The seed's thirteen states. What each may carry is all it carries. */
export type TaskProgress =
  | { readonly status: 'pending' | 'nlp_parsing' }
  | { readonly status: 'task_decomposition' | 'dependency_resolution'; readonly sub: IssueRef }
  | { readonly status: 'agent_assignment' | 'processing'; readonly sub: IssueRef }
  | { readonly status: 'pr_created' | 'validation_running'; readonly sub: IssueRef; readonly pull: PullRef }
  | {
      readonly status: 'validation_failed';
      readonly sub: IssueRef;
      readonly pull: PullRef;
      readonly red: readonly string[];
    }
  | {
      readonly status: 'validation_passed';
      readonly sub: IssueRef;
      readonly pull: PullRef;
      readonly basis: ValidationBasis;
      readonly landing: Landing;
    }
  | {
      /** The one good end. `pull` null: a verdict was all that was asked for, `sha` is the commit it is about. */
      readonly status: 'merged';
      readonly sub: IssueRef;
      readonly pull: PullRef | null;
      readonly sha: string;
      readonly at: number;
    }
  | {
      readonly status: 'failed';
      readonly sub: IssueRef | null;
      readonly pull: PullRef | null;
      readonly failure: Failure;
      /** When it will be tried again by itself; null: only a human's retry starts it again. */
      readonly retryAt: number | null;
    }
  | {
      readonly status: 'cancelled';
      readonly sub: IssueRef | null;
      readonly pull: PullRef | null;
      readonly reason: string;
      /** An analysis chose another branch: whoever needs it goes on without it. */
      readonly notChosen?: true;
      /** What became of its sub-issue ended it: undone, it lives again. `completed`: whoever needs it goes on. */
      readonly because?: HandFate;
    };

export type TaskStatus = TaskProgress['status'];

/** What people make of a sub-issue: closed as completed or not, or put under another issue. */
export type HandFate = 'completed' | 'not-planned' | 'moved';

/** What made a head good enough to land. `unverified` means: nothing checked it. */
export type ValidationBasis = 'checks' | 'verify' | 'unverified';

export type Landing =
  | { readonly state: 'waiting' }
  | { readonly state: 'sent'; readonly round: number; readonly reason: string }
  | { readonly state: 'refused'; readonly round: number; readonly reason: string; readonly retryAt: number };

export interface TaskFacts {
  readonly plan: PlannedTask;
  readonly branch: string;
  readonly attempts: readonly Attempt[];
  /** Counts up when a human asks for a retry; automatic attempts stay in their round. */
  readonly round: number;
  /** Counts every pass through the states, automatic or asked for; one workflow row each. */
  readonly pass: number;
  readonly diagnostic: Diagnostic | null;
  /** The open pull request of an earlier attempt, which the next attempt goes on using. */
  readonly openPull: PullRef | null;
  readonly approvedByReview: boolean;
  /** Who let this task land although settings ask for more; null when nobody did for it alone. */
  readonly mergeAllowedBy: string | null;
  /** Cancelled because its item was taken out of the list, ticked or struck; put back, it is new work. */
  readonly dropped?: true;
  /** Why it may not land: its item went, or reads otherwise, while an agent worked on it. A person decides. */
  readonly held?: string;
  /** Its sub-issue was closed by us, because no pull request does. */
  readonly subClosed?: true;
  /** How its sub-issue was seen last, whoever made it so; absent: open, and where it belongs. */
  readonly subFate?: HandFate;
  /** Its sub-issue was seen below the master issue. */
  readonly placed?: true;
  /** Its sub-issue was opened again after it had landed: new work, once somebody asks for it. */
  readonly reopened?: true;
  /** It is worked on once more after it had landed; the tick of its item is of the first time. */
  readonly again?: true;
  /** What its sub-issue says since an edit reworded its item; absent: what the plan says. `edits` counts ours of it. */
  readonly written?: { readonly title: string; readonly text: string; readonly edits: number };
}

export type Task = TaskFacts & TaskProgress;

export interface Diagnostic {
  readonly fingerprint: string;
  readonly count: number;
  readonly issue: IssueRef | null;
  /** How many failures the issue on GitHub already tells about. */
  readonly told: number;
  readonly state: 'open' | 'closing' | 'closed';
}

/** The latest known state of one check on one commit. */
export interface CheckState {
  readonly sha: string;
  readonly branch: string;
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly url: string;
  readonly log: string;
}

export interface Flags {
  readonly maxWorkers?: number;
  readonly batchSize?: number;
  readonly timeoutSeconds?: number;
  readonly agent?: string;
  readonly priority?: Policy['priority'];
  readonly strategy?: Policy['strategy'];
  readonly retry?: boolean;
  readonly fresh?: boolean;
  /** Show the plan and wait for approval. */
  readonly dryRun?: boolean;
  /** Approve with these proposals: `p1`, or `all`. */
  readonly with?: readonly string[];
  /** The number of an option of an open check-in. */
  readonly option?: number;
  /** Each group that the plan proposes becomes one task. */
  readonly grouped?: boolean;
  /** Where no box holds work, the entries of the list that is there are the tasks. */
  readonly asList?: boolean;
}

export type Verb =
  | 'run'
  | 'plan'
  | 'status'
  | 'why'
  | 'approve'
  | 'reject'
  | 'retry'
  | 'cancel'
  | 'pause'
  | 'resume'
  | 'merge'
  | 'help';

/** A slash command as understood, or what was wrong with it. `target` is an issue number it names, if any. */
export type SpokenCommand =
  | { readonly kind: 'command'; readonly verb: Verb; readonly flags: Flags; readonly target: number | null }
  | { readonly kind: 'unknown'; readonly text: string; readonly problem: string }
  /** It came into a comment by an edit, and edits are not obeyed. */
  | { readonly kind: 'edited'; readonly text: string };

/** What a comment shows of us: heard, begun, done, or not done. */
export type Reaction = 'eyes' | 'rocket' | 'thumbs-up' | 'confused';

/** Somebody asked for something; `source` is unique (comment id and position, or the label event). */
export interface Request {
  readonly source: string;
  readonly issue: number;
  readonly by: string;
  readonly at: number;
  readonly command: SpokenCommand;
  readonly state: 'checking' | 'accepted' | 'refused';
  /** Was refused on this issue before, and told so. */
  readonly toldBefore?: boolean;
  /** The comment it stands in. `edited`: before it was read. */
  readonly comment?: Pick<CommentRef, 'id' | 'nodeId'> & { readonly edited?: true };
  /** Asked on the machine that Muster runs on, by whoever may do everything there: obeyed and answered there. */
  readonly operator?: true;
  /** Our last reaction to that comment. */
  readonly reacted?: Reaction;
}

/** A short answer we owe on an issue; posted once per `source`. */
export interface Reply {
  readonly source: string;
  readonly issue: number;
  readonly say: ReplyWords;
  readonly posted: boolean;
}

export type ReplyWords =
  | { readonly kind: 'no-permission'; readonly user: string }
  | { readonly kind: 'unknown-command'; readonly text: string; readonly problem: string }
  | { readonly kind: 'edited-comment'; readonly text: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'status' }
  | { readonly kind: 'why'; readonly tasks: readonly string[] }
  | { readonly kind: 'paused' }
  /** A question: the items of these tasks changed while they were worked on. */
  | { readonly kind: 'held'; readonly tasks: readonly string[]; readonly byHand?: true }
  | { readonly kind: 'change-approved'; readonly tasks: readonly string[] }
  | { readonly kind: 'change-rejected' }
  | { readonly kind: 'change-problem'; readonly problems: readonly PlanProblem[] }
  | ApprovalWords
  /** Said on the sub-issue: its item reads otherwise, and a person wrote what stands there. */
  | { readonly kind: 'reworded'; readonly task: string }
  /** A dependency set on GitHub (or an edit of the list) would make these wait for each other, the first again at the end. */
  | { readonly kind: 'native-cycle'; readonly path: readonly string[]; readonly by: 'github' | 'edit' }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'already-running' }
  | { readonly kind: 'nothing-here' }
  | { readonly kind: 'nothing-to-do'; readonly detail: string }
  | { readonly kind: 'retrying'; readonly tasks: readonly string[] }
  | { readonly kind: 'cancelled'; readonly tasks: readonly string[] }
  /** Without `tasks`: all of them. */
  | { readonly kind: 'merging'; readonly tasks?: readonly string[] }
  | { readonly kind: 'plan-problem'; readonly problems: readonly PlanProblem[] };

/** Something wrong with a plan, with its place and its remedy. `line` is 1-based in the issue body; 0 = the whole. */
export interface PlanProblem {
  readonly code: string;
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
}

export type Phase = 'requested' | 'reading' | 'proposed' | 'running' | 'finished' | 'cancelled' | 'refused';

export interface Outcome {
  readonly done: number;
  readonly total: number;
  readonly at: number;
}

/** What GitHub shows of us, and how far it lags behind what we know. */
export interface Report {
  /** Counts changes worth showing; the comment is behind while `shown` < `due`. */
  readonly due: number;
  readonly shown: number;
  readonly edits: number;
  readonly lastEditAt: number;
  readonly comment: CommentRef | null;
  /** The same for links and ticks in the issue body. */
  readonly bodyDue: number;
  readonly bodyShown: number;
  readonly bodyEdits: number;
  readonly lastBodyEditAt: number;
  readonly summaries: readonly { readonly round: number; readonly posted: boolean }[];
}

/** What the text of the master issue asks for by now, where that is not what was approved. */
export interface OpenChange extends PlanChange {
  /** Names the request for the editor's permission. */
  readonly source: string;
  /** Who edited the issue last; null: nobody knows. */
  readonly by: string | null;
  readonly editor: 'unknown' | 'may-write' | 'may-not';
}

/** The master issue's text as it is edited while work goes on. Times are GitHub's, milliseconds since the epoch. */
export interface Edits {
  /** The latest edit heard of. */
  readonly seenAt: number;
  readonly seenBy: string | null;
  /** The latest edit that was in the text when it was read. */
  readonly readAt: number;
  readonly reading: boolean;
  readonly change: OpenChange | null;
  /** The text that a person said no to, as canonical JSON of its plan's approved part. */
  readonly rejected: string | null;
}

/** Stands between the master issue and the sub-issues of one shard of the plan. */
export interface GroupIssue {
  readonly id: string;
  readonly issue: IssueRef;
  readonly closed?: true;
}

export interface Orchestration {
  readonly stateVersion: 2;
  /** Events folded so far; the next event gets this number plus one. */
  readonly seq: number;
  readonly id: string;
  readonly repo: Repository;
  readonly issue: { readonly number: number; readonly nodeId: string; readonly title: string; readonly url: string };
  readonly phase: Phase;
  readonly requestedAt: number;
  readonly requestedBy: string;
  readonly flags: Flags;
  /** How often the plan was asked for; commands and answers about an earlier reading are void. */
  readonly readings: number;
  readonly plan: Plan | null;
  readonly digest: string | null;
  readonly approvedBy: string | null;
  /** Who approved the plan with its groups as single tasks; it starts once that has its digest. */
  readonly groupedBy?: string;
  readonly problems: readonly PlanProblem[];
  readonly requiredChecks: readonly string[];
  /** Names of checks seen on the base branch when the plan was read. */
  readonly baseChecks: readonly string[];
  readonly tasks: readonly Task[];
  /** Edges already written to GitHub, as `from>to`; refused ones are kept by us only. */
  readonly edgesLinked: readonly string[];
  readonly edgesRefused: readonly string[];
  readonly native?: NativeEdges;
  readonly plannedAt: number | null;
  /** Group issues on GitHub, by the id of their shard; absent in states of an earlier version. */
  readonly groups?: readonly GroupIssue[];
  readonly mergeAllowedBy: string | null;
  readonly edits: Edits;
  /** Somebody other than who asked edited the text before it was read; `by` null: nobody knows who. */
  readonly lateEdit?: { readonly by: string | null };
  /** What the plan waits for outside of itself, as far as it was looked at. */
  readonly outside?: readonly OutsideIssue[];
  /** Who said that nothing new may start or land for now. */
  readonly pausedBy: string | null;
  readonly checks: readonly CheckState[];
  readonly requests: readonly Request[];
  readonly replies: readonly Reply[];
  readonly report: Report;
  readonly round: number;
  readonly landings: number;
  readonly outcome: Outcome | null;
  readonly masterClosed: boolean;
  /** Commands that gave up, in words; a human has to look. */
  readonly stuck: readonly { readonly key: string; readonly message: string }[];
}
