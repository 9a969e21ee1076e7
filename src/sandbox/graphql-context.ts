import type { Actor, World } from './context.ts';
import type { CheckRunRow, CommentRow, IssueRow, LabelRow, PullRow, RepositoryRow, ReviewRow } from './state.ts';

/**
 * One GraphQL object: its members are values, or functions of the field's arguments. A field of the schema that is
 * no member is one the local GitHub does not have, and asking for it is an error.
 */
export interface Node {
  readonly __typename: string;
  readonly [field: string]: unknown;
}

/** Makes the nodes of one request; nodes reach each other through it. */
export interface Nodes {
  /** A user, bot or organisation. */
  account(id: number): Node;
  repository(row: RepositoryRow): Node;
  label(row: LabelRow): Node;
  issue(row: IssueRow): Node;
  comment(row: CommentRow): Node;
  pull(row: PullRow): Node;
  review(row: ReviewRow): Node;
  /** `ref` is the full name. */
  ref(repo: RepositoryRow, ref: string, sha: string): Node;
  commit(repo: RepositoryRow, sha: string): Promise<Node>;
  checkRun(row: CheckRunRow): Node;
}

export interface GraphqlContext {
  readonly world: World;
  readonly actor: Actor;
  readonly nodes: Nodes;
}
