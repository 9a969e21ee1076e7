import type { BlockedBy } from './blockers.ts';

/** What the planning read answers, in GraphQL's shape; REST is put into the same. */
export interface IssueNode {
  readonly id: string;
  readonly fullDatabaseId: string;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly state: 'OPEN' | 'CLOSED';
  /** Absent where it was not asked for, or the server does not say. */
  readonly blockedBy?: BlockedBy | undefined;
  /** GitHub gives null where it would not say. */
  readonly labels?: { readonly nodes: readonly { readonly name: string }[] } | null;
}

export interface SubIssueNode extends IssueNode {
  /** Absent where the server does not say. */
  readonly subIssuesSummary?: { readonly total: number } | null;
  /** One level deeper: the number of the sub-issue that it stands under. */
  readonly under?: number;
}

export interface PlanAnswer {
  readonly repository: {
    readonly id: string;
    readonly name: string;
    readonly url: string;
    readonly owner: { readonly login: string };
    readonly defaultBranchRef: {
      readonly name: string;
      readonly target: {
        readonly statusCheckRollup?: { readonly contexts: { readonly nodes: readonly Context[] } } | null;
      };
    } | null;
    readonly issue:
      | (Omit<IssueNode, 'blockedBy'> & {
          readonly subIssues: { readonly nodes: readonly SubIssueNode[] };
          /** Read by `mainBlockersIn`; null where the server has no such thing. */
          readonly blockedBy?: unknown;
        })
      | null;
    readonly object: { readonly text?: string | null } | null;
    readonly task: Label | null;
    readonly diagnostic: Label | null;
  } | null;
}

export interface Label {
  readonly id: string;
  readonly name: string;
}

export interface Context {
  readonly name?: string;
  readonly context?: string;
}
