/**
 * Signals: hints from outside that something may have changed. They may be lost, doubled, late or out of order;
 * `decide` turns each into facts, or into nothing. Outcomes of our own commands come back as signals too.
 */
import type { Delivery, FailureClass } from './attempt.ts';
import type { CommentRef, IssueRef, PlanProblem, Reaction, Repository, Request, SpokenCommand } from './model.ts';
import type { OutsideIssue, OutsideName, Plan, TaskId } from './plan.ts';

/** What a sweep or a webhook saw of a pull request. `reviewed` is GitHub's review decision, null when it has none. */
export interface PullSeen {
  readonly number: number;
  readonly url: string;
  readonly headRef: string;
  readonly headSha: string;
  readonly state: 'open' | 'closed';
  readonly merged: boolean;
  readonly mergeSha: string | null;
  readonly reviewed: 'approved' | 'changes_requested' | null;
}

export interface CheckSeen {
  readonly sha: string;
  readonly branch: string;
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly url: string;
  readonly log: string;
}

export interface BlockersSeen {
  readonly id: number;
  readonly blockers: readonly number[];
  /** The same by name; absent where the adapter does not say. */
  readonly names?: readonly OutsideName[];
  readonly all: boolean;
}

/** Why GitHub would not merge: `conflict` needs new work, `head-moved` a new look, `checks` patience, `other` a human. */
export type MergeRefusal = 'conflict' | 'head-moved' | 'checks' | 'not-mergeable' | 'other';

export type Signal =
  /** Someone typed a command or put the label on; `source` is unique per command. */
  | {
      readonly type: 'asked';
      readonly source: string;
      readonly issue: number;
      readonly by: string;
      readonly at: number;
      readonly command: SpokenCommand;
      /** This person was refused on this issue before, and told so. */
      readonly toldBefore?: boolean;
      readonly comment?: NonNullable<Request['comment']>;
      /** Never of anything that came over the network. */
      readonly operator?: true;
    }
  | {
      readonly type: 'permission-known';
      readonly source: string;
      readonly permission: 'admin' | 'write' | 'read' | 'none';
    }
  | {
      readonly type: 'plan-read';
      /** Which reading it answers; left out in the first. */
      readonly round?: number;
      readonly repo: Repository;
      readonly issue: {
        readonly number: number;
        readonly nodeId: string;
        readonly title: string;
        readonly url: string;
      };
      readonly requiredChecks: readonly string[];
      readonly baseChecks: readonly string[];
      /** The last edit that is in the text; null: none, or the server does not say. */
      readonly edited?: { readonly by: string | null; readonly at: number } | null;
      /** The last edits of sub-issues whose text is a task's. */
      readonly adopted?: readonly { readonly number: number; readonly by: string | null; readonly at: number }[];
      readonly plan:
        | { readonly ok: true; readonly plan: Plan }
        | { readonly ok: false; readonly problems: readonly PlanProblem[] };
    }
  | { readonly type: 'plan-digested'; readonly round?: number; readonly digest: string }
  | { readonly type: 'sub-issue-created'; readonly task: TaskId; readonly issue: IssueRef }
  /** `kept`: of several twins this one was kept. */
  | { readonly type: 'group-issue-created'; readonly group: string; readonly issue: IssueRef; readonly kept?: true }
  | { readonly type: 'group-issue-closed'; readonly group: string }
  | { readonly type: 'edge-added'; readonly from: TaskId; readonly to: TaskId }
  | { readonly type: 'edge-refused'; readonly from: TaskId; readonly to: TaskId; readonly message: string }
  | { readonly type: 'edge-removed'; readonly from: TaskId; readonly to: TaskId }
  /** Somebody else set or took out a dependency; both by their issues' ids. */
  | {
      readonly type: 'edge-told';
      readonly blocked: number;
      readonly blocking: number;
      readonly there: boolean;
      readonly by: string | null;
    }
  /** What issues wait for on GitHub now. Ids of issues, not numbers; `all` false: there are more. */
  | { readonly type: 'edges-seen'; readonly issues: readonly BlockersSeen[] }
  /** `title` and `text`: of the plan, as the sub-issue says it now. `kept`: but for what a person wrote there. */
  | {
      readonly type: 'sub-issue-edited';
      readonly task: TaskId;
      readonly title: string;
      readonly text: string;
      readonly kept: boolean;
    }
  | { readonly type: 'status-posted'; readonly comment: CommentRef; readonly shown: number }
  | { readonly type: 'status-edited'; readonly shown: number }
  | { readonly type: 'body-marked'; readonly shown: number }
  /** The text of an issue was edited by somebody else than us. */
  | { readonly type: 'issue-edited'; readonly number: number; readonly by: string | null; readonly at: number }
  | { readonly type: 'reply-posted'; readonly source: string }
  | { readonly type: 'comment-reacted'; readonly comment: number; readonly reaction: Reaction }
  | { readonly type: 'summary-posted'; readonly round: number }
  | { readonly type: 'master-closed' }
  | { readonly type: 'attempt-started'; readonly task: TaskId; readonly attempt: number; readonly confinement: string }
  | {
      readonly type: 'attempt-progressed';
      readonly task: TaskId;
      readonly attempt: number;
      readonly percent: number;
      readonly stage: string;
    }
  | { readonly type: 'attempt-delivered'; readonly task: TaskId; readonly attempt: number; readonly delivery: Delivery }
  | {
      readonly type: 'attempt-failed';
      readonly task: TaskId;
      readonly attempt: number;
      readonly class: FailureClass;
      readonly message: string;
      readonly evidence: readonly string[];
    }
  | {
      readonly type: 'pull-opened';
      readonly task: TaskId;
      readonly number: number;
      readonly url: string;
      readonly headSha: string;
    }
  | { readonly type: 'pull-seen'; readonly pull: PullSeen }
  | { readonly type: 'check-seen'; readonly check: CheckSeen }
  | {
      readonly type: 'issue-seen';
      readonly number: number;
      readonly state: 'open' | 'closed';
      readonly notPlanned: boolean;
      /** Milliseconds since the epoch by GitHub's clock; null while it is open. */
      readonly closedAt: number | null;
      /** Whether it is below the master issue; absent: nobody knows. */
      readonly parent?: 'here' | 'elsewhere';
      /** It has just been opened again. */
      readonly reopened?: true;
    }
  | { readonly type: 'outside-seen'; readonly issue: OutsideIssue }
  /** Every issue that blocks the master issue by GitHub's own edges. */
  | { readonly type: 'blockers-seen'; readonly blockers: readonly OutsideName[] }
  | { readonly type: 'sub-issue-closed'; readonly task: TaskId }
  | { readonly type: 'merged'; readonly task: TaskId; readonly sha: string }
  | {
      readonly type: 'merge-refused';
      readonly task: TaskId;
      readonly round: number;
      readonly why: MergeRefusal;
      readonly message: string;
      readonly paths: readonly string[];
    }
  | { readonly type: 'diagnostic-told'; readonly task: TaskId; readonly issue: IssueRef; readonly told: number }
  | { readonly type: 'diagnostic-closed'; readonly task: TaskId }
  /** Of several twins another one than the recorded one was kept. */
  | { readonly type: 'sub-issue-kept'; readonly task: TaskId; readonly issue: IssueRef }
  | { readonly type: 'status-kept'; readonly comment: CommentRef }
  /** A command ended without success and will not be tried again. */
  | {
      readonly type: 'command-gave-up';
      readonly key: string;
      readonly kind: string;
      readonly task: TaskId | null;
      readonly message: string;
    }
  /** Nothing can be done in the repository any more: deleted, archived, the App taken off it. `by` follows "cancelled by". */
  | { readonly type: 'repository-gone'; readonly by: string }
  /** Nothing happened but time. */
  | { readonly type: 'tick' };

/** The signal that may create an orchestration. */
export type AskedSignal = Extract<Signal, { type: 'asked' }>;
