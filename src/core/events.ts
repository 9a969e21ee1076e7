/**
 * Events: what happened, in the past tense; the only truth. Stored for ever, so a type is never renamed or narrowed:
 * `version` is the version of the event vocabulary, old ones fold, unknown ones are skipped (`evolve.ts`).
 */
import type { Delivery, Failure } from './attempt.ts';
import type {
  CheckState,
  CommentRef,
  HandFate,
  IssueRef,
  Landing,
  OpenChange,
  Orchestration,
  PlanProblem,
  PullRef,
  Reaction,
  ReplyWords,
  Repository,
  Request,
  ValidationBasis,
} from './model.ts';
import type { OutsideIssue, OutsideName, Plan, PlannedEdge, TaskId } from './plan.ts';

/** 2: tasks with roles, verdicts and outputs; needs that are met before the landing. */
export const eventVersion = 2;

export type Event =
  | {
      readonly type: 'orchestration-requested';
      readonly id: string;
      readonly repo: Repository;
      readonly issue: number;
      readonly by: string;
    }
  | { readonly type: 'command-heard'; readonly request: Request }
  | { readonly type: 'command-accepted'; readonly source: string }
  | { readonly type: 'command-refused'; readonly source: string; readonly reason: string }
  | { readonly type: 'reply-owed'; readonly source: string; readonly issue: number; readonly say: ReplyWords }
  | { readonly type: 'reply-posted'; readonly source: string }
  /** `comment` is the id of the comment that one or more requests stand in. */
  | { readonly type: 'comment-reacted'; readonly comment: number; readonly reaction: Reaction }
  | { readonly type: 'run-accepted'; readonly by: string; readonly flags: Orchestration['flags'] }
  | { readonly type: 'closed-unstarted'; readonly reason: string }
  | {
      readonly type: 'plan-proposed';
      readonly repo: Repository;
      readonly issue: Orchestration['issue'];
      readonly plan: Plan;
      readonly requiredChecks: readonly string[];
      readonly baseChecks: readonly string[];
      readonly branches: readonly string[];
      /** The last edit that was in the text. */
      readonly readAt?: number;
      /** Who edited it after the run was asked for. */
      readonly late?: { readonly by: string | null };
    }
  | { readonly type: 'plan-refused'; readonly problems: readonly PlanProblem[] }
  | { readonly type: 'plan-digested'; readonly digest: string }
  | { readonly type: 'plan-approved'; readonly by: string; readonly digest: string }
  | { readonly type: 'plan-rejected'; readonly by: string }
  /** The plan that was shown, its groups made single tasks, as `by` approved it. */
  | {
      readonly type: 'plan-grouped';
      readonly by: string;
      readonly plan: Plan;
      readonly branches: readonly string[];
    }
  | { readonly type: 'sub-issue-linked'; readonly task: TaskId; readonly issue: IssueRef }
  | { readonly type: 'sub-issue-replaced'; readonly task: TaskId; readonly issue: IssueRef }
  /** Also when another one than the recorded one was kept. */
  | { readonly type: 'group-issue-linked'; readonly group: string; readonly issue: IssueRef }
  | { readonly type: 'group-issue-closed'; readonly group: string }
  | { readonly type: 'status-replaced'; readonly comment: CommentRef }
  | { readonly type: 'edge-linked'; readonly from: TaskId; readonly to: TaskId }
  | { readonly type: 'edge-refused'; readonly from: TaskId; readonly to: TaskId; readonly message: string }
  /** Not there any more: the list does not say it and we took it out, or people took out what people had set. */
  | { readonly type: 'edge-unlinked'; readonly from: TaskId; readonly to: TaskId }
  /** Somebody else set it on GitHub. */
  | { readonly type: 'edge-found'; readonly from: TaskId; readonly to: TaskId; readonly by: string | null }
  /** The text says it, and somebody took it out on GitHub: it is gone for good. */
  | { readonly type: 'edge-buried'; readonly from: TaskId; readonly to: TaskId; readonly by: string | null }
  | { readonly type: 'edge-set-aside'; readonly from: TaskId; readonly to: TaskId; readonly why: 'cycle' | 'kept' }
  /** A sweep saw them on GitHub as we believed them to be. */
  | { readonly type: 'edges-confirmed'; readonly edges: readonly string[] }
  | { readonly type: 'planning-finished' }
  | { readonly type: 'task-queued'; readonly task: TaskId }
  | {
      readonly type: 'agent-assigned';
      readonly task: TaskId;
      readonly attempt: number;
      readonly agent: string;
      readonly reason: string;
    }
  | { readonly type: 'attempt-started'; readonly task: TaskId; readonly attempt: number; readonly confinement: string }
  | {
      readonly type: 'attempt-progressed';
      readonly task: TaskId;
      readonly attempt: number;
      readonly percent: number;
      readonly stage: string;
    }
  | { readonly type: 'attempt-delivered'; readonly task: TaskId; readonly attempt: number; readonly delivery: Delivery }
  /** `retryAt` null: final until a human asks for a retry. */
  | {
      readonly type: 'attempt-failed';
      readonly task: TaskId;
      readonly attempt: number;
      readonly failure: Failure;
      readonly retryAt: number | null;
    }
  | { readonly type: 'task-requeued'; readonly task: TaskId; readonly round: number; readonly by: string | null }
  | {
      readonly type: 'task-cancelled';
      readonly task: TaskId;
      readonly dropped?: true;
      readonly reason: string;
      readonly notChosen?: true;
      readonly because?: HandFate;
    }
  /** How a sub-issue stands by now, whoever made it so. */
  | { readonly type: 'sub-issue-seen'; readonly task: TaskId; readonly fate: HandFate | 'open'; readonly placed?: true }
  /** A person opened its sub-issue again, or put it back; after a landing, somebody also asked for it. */
  | { readonly type: 'task-reopened'; readonly task: TaskId; readonly round: number; readonly branch?: string }
  | { readonly type: 'task-released'; readonly task: TaskId }
  | { readonly type: 'outside-seen'; readonly issue: OutsideIssue }
  /** What GitHub says blocks the master issue: these, and nothing else. */
  /** What GitHub's own edges say that the master issue waits for, or the task `of`, beside tasks of the plan. */
  | { readonly type: 'blockers-seen'; readonly of?: TaskId; readonly blockers: readonly OutsideName[] }
  /** A role that lands nothing has done what it is for. */
  | { readonly type: 'task-concluded'; readonly task: TaskId }
  | { readonly type: 'sub-issue-closed'; readonly task: TaskId }
  /** It says by now what its item says; where a person wrote something of their own, that was kept. */
  | { readonly type: 'sub-issue-edited'; readonly task: TaskId; readonly title: string; readonly text: string }
  | { readonly type: 'pull-opened'; readonly task: TaskId; readonly pull: PullRef }
  | { readonly type: 'head-moved'; readonly task: TaskId; readonly pull: PullRef }
  /** Closed unmerged while nothing waited for it: the next attempt opens a new one. */
  | { readonly type: 'pull-closed'; readonly number: number }
  | { readonly type: 'review-seen'; readonly task: TaskId; readonly approved: boolean }
  | { readonly type: 'check-seen'; readonly check: CheckState }
  | { readonly type: 'validation-started'; readonly task: TaskId }
  | { readonly type: 'validation-passed'; readonly task: TaskId; readonly basis: ValidationBasis }
  | { readonly type: 'validation-failed'; readonly task: TaskId; readonly red: readonly string[] }
  /** Without `tasks`: all of them. */
  | { readonly type: 'merge-allowed'; readonly by: string; readonly tasks?: readonly TaskId[] }
  | { readonly type: 'edit-seen'; readonly by: string | null; readonly at: number }
  | { readonly type: 'plan-reread' }
  /** It asks for what was approved (or rejected), or cannot be understood: then `problems` say why. */
  | { readonly type: 'plan-unchanged'; readonly readAt: number; readonly problems?: readonly PlanProblem[] }
  | { readonly type: 'plan-changed'; readonly readAt: number; readonly change: OpenChange }
  | { readonly type: 'editor-known'; readonly mayWrite: boolean }
  | { readonly type: 'change-approved'; readonly by: string }
  | { readonly type: 'change-rejected'; readonly by: string }
  /** Proposed dependencies that join the plan; `ids` are those of the plan that was shown. */
  | {
      readonly type: 'proposals-accepted';
      readonly by: string;
      readonly ids: readonly string[];
      readonly edges: readonly PlannedEdge[];
    }
  | { readonly type: 'task-held'; readonly task: TaskId; readonly reason: string }
  /** Nothing new starts or lands; what runs goes on. */
  | { readonly type: 'paused'; readonly by: string }
  | { readonly type: 'resumed'; readonly by: string }
  | { readonly type: 'landing-chosen'; readonly task: TaskId; readonly round: number; readonly reason: string }
  | {
      readonly type: 'landing-refused';
      readonly task: TaskId;
      readonly landing: Extract<Landing, { state: 'refused' }>;
    }
  | { readonly type: 'landed'; readonly task: TaskId; readonly sha: string }
  | { readonly type: 'diagnostic-told'; readonly task: TaskId; readonly issue: IssueRef; readonly told: number }
  | { readonly type: 'diagnostic-closed'; readonly task: TaskId }
  | { readonly type: 'status-posted'; readonly comment: CommentRef; readonly shown: number }
  | { readonly type: 'status-edited'; readonly shown: number }
  | { readonly type: 'body-marked'; readonly shown: number }
  | {
      readonly type: 'retry-requested';
      readonly by: string;
      readonly tasks: readonly TaskId[];
      readonly flags: Orchestration['flags'];
    }
  | { readonly type: 'orchestration-finished'; readonly done: number; readonly total: number }
  | { readonly type: 'orchestration-cancelled'; readonly by: string }
  | { readonly type: 'summary-posted'; readonly round: number }
  | { readonly type: 'master-closed' }
  | { readonly type: 'command-gave-up'; readonly key: string; readonly message: string };

/** An event as stored: `seq` starts at 1 within its orchestration, `at` is milliseconds since the epoch. */
export interface RecordedEvent {
  readonly seq: number;
  readonly at: number;
  readonly version: number;
  readonly event: Event;
}
