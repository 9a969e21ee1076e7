/** What the planning read answers, in GraphQL's shape; REST is put into the same. */
export interface IssueNode {
  readonly id: string;
  readonly fullDatabaseId: string;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly state: 'OPEN' | 'CLOSED';
  /** GitHub gives null where it would not say. */
  readonly labels?: { readonly nodes: readonly { readonly name: string }[] } | null;
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
    readonly issue: (IssueNode & { readonly subIssues: { readonly nodes: readonly IssueNode[] } }) | null;
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
