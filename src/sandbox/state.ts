// The rows of the local GitHub and the one place that holds them.
// Promise: whatever a request was answered for survives kill -9, and a transaction is seen whole or not at all.
// May import: node:, rows.ts, table.ts, journal.ts, dir-lock.ts.
// Invariant: rows are never mutated in place; every write happens inside `transaction` and reaches the journal as one
// line before `transaction` returns.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { claimDirectory } from './dir-lock.ts';
import { openJournal } from './journal.ts';
import type {
  AppRow,
  CheckRunRow,
  CheckSuiteRow,
  CollaboratorRow,
  CommentRow,
  DeliveryRow,
  DependencyRow,
  InstallationRow,
  IssueRow,
  LabelEventRow,
  LabelRow,
  ManifestCodeRow,
  PullRow,
  ReactionRow,
  RefRow,
  RepositoryRow,
  ReviewRow,
  TokenRow,
  UserRow,
} from './rows.ts';
import { createTable, type Mutation, type Table } from './table.ts';

export type * from './rows.ts';

/** Lookup keys: `state.issues.where('number', `${repoId}/${number}`)`. Built from rows, kept up to date by every write. */
const indexes = {
  users: { login: (row: UserRow) => row.login.toLowerCase() },
  apps: { role: (row: AppRow) => row.role, slug: (row: AppRow) => row.slug },
  installations: { app: (row: InstallationRow) => row.appId, account: (row: InstallationRow) => String(row.accountId) },
  tokens: { token: (row: TokenRow) => row.token, user: (row: TokenRow) => row.userId },
  repositories: {
    owner: (row: RepositoryRow) => row.ownerId,
    name: (row: RepositoryRow) => `${row.ownerId}/${row.name.toLowerCase()}`,
  },
  collaborators: {
    repo: (row: CollaboratorRow) => row.repoId,
    pair: (row: CollaboratorRow) => `${row.repoId}/${row.userId}`,
  },
  labels: { repo: (row: LabelRow) => row.repoId, name: (row: LabelRow) => `${row.repoId}/${row.name.toLowerCase()}` },
  issues: { repo: (row: IssueRow) => row.repoId, number: (row: IssueRow) => `${row.repoId}/${row.number}` },
  labelEvents: { issue: (row: LabelEventRow) => row.issueId },
  dependencies: {
    issue: (row: DependencyRow) => row.issueId,
    blocker: (row: DependencyRow) => row.blockerId,
    pair: (row: DependencyRow) => `${row.issueId}/${row.blockerId}`,
  },
  comments: { repo: (row: CommentRow) => row.repoId, issue: (row: CommentRow) => row.issueId },
  reactions: { subject: (row: ReactionRow) => `${row.subject}/${row.subjectId}` },
  pulls: {
    repo: (row: PullRow) => row.repoId,
    number: (row: PullRow) => `${row.repoId}/${row.number}`,
    issue: (row: PullRow) => row.issueId,
    head: (row: PullRow) => `${row.repoId}/${row.headRef}`,
    base: (row: PullRow) => `${row.repoId}/${row.baseRef}`,
  },
  reviews: { repo: (row: ReviewRow) => row.repoId, pull: (row: ReviewRow) => row.pullId },
  checkSuites: {
    repo: (row: CheckSuiteRow) => row.repoId,
    sha: (row: CheckSuiteRow) => `${row.repoId}/${row.headSha}`,
  },
  checkRuns: {
    repo: (row: CheckRunRow) => row.repoId,
    sha: (row: CheckRunRow) => `${row.repoId}/${row.headSha}`,
    suite: (row: CheckRunRow) => row.suiteId,
  },
  refs: { repo: (row: RefRow) => row.repoId, name: (row: RefRow) => `${row.repoId}/${row.ref}` },
  deliveries: { status: (row: DeliveryRow) => row.status, app: (row: DeliveryRow) => row.appId },
  manifestCodes: { code: (row: ManifestCodeRow) => row.code },
} as const;

export interface State {
  readonly users: Table<UserRow, keyof typeof indexes.users>;
  readonly apps: Table<AppRow, keyof typeof indexes.apps>;
  readonly installations: Table<InstallationRow, keyof typeof indexes.installations>;
  readonly tokens: Table<TokenRow, keyof typeof indexes.tokens>;
  readonly repositories: Table<RepositoryRow, keyof typeof indexes.repositories>;
  readonly collaborators: Table<CollaboratorRow, keyof typeof indexes.collaborators>;
  readonly labels: Table<LabelRow, keyof typeof indexes.labels>;
  readonly issues: Table<IssueRow, keyof typeof indexes.issues>;
  readonly labelEvents: Table<LabelEventRow, keyof typeof indexes.labelEvents>;
  readonly dependencies: Table<DependencyRow, keyof typeof indexes.dependencies>;
  readonly comments: Table<CommentRow, keyof typeof indexes.comments>;
  readonly reactions: Table<ReactionRow, keyof typeof indexes.reactions>;
  readonly pulls: Table<PullRow, keyof typeof indexes.pulls>;
  readonly reviews: Table<ReviewRow, keyof typeof indexes.reviews>;
  readonly checkSuites: Table<CheckSuiteRow, keyof typeof indexes.checkSuites>;
  readonly checkRuns: Table<CheckRunRow, keyof typeof indexes.checkRuns>;
  readonly refs: Table<RefRow, keyof typeof indexes.refs>;
  readonly deliveries: Table<DeliveryRow, keyof typeof indexes.deliveries>;
  readonly manifestCodes: Table<ManifestCodeRow, keyof typeof indexes.manifestCodes>;
  /**
   * Runs a synchronous function whose writes become one journal line. A throw undoes them all and writes nothing.
   * A transaction inside a transaction joins the outer one. Do asynchronous work (git) before, never inside.
   */
  transaction<T>(work: () => T): T;
  /** Runs after the outermost transaction is in the journal (at once when none is open); dropped on rollback. */
  afterCommit(callback: () => void): void;
  /** Closes the journal file. Nothing is lost without it. */
  close(): void;
}

/** Opens (or creates) `dir/journal.ndjson`, replays it, ignores a torn last line, and compacts it. One process at a time. */
export function openState(dir: string): State {
  mkdirSync(dir, { recursive: true });
  const claim = claimDirectory(dir);
  const pending: { mutations: Mutation[] | null; undo: Array<() => void>; after: Array<() => void> } = {
    mutations: null,
    undo: [],
    after: [],
  };
  let sequence = 1000;
  const nextId = (): number => {
    sequence += 1;
    return sequence;
  };
  const write = (mutation: Mutation, undo: () => void): void => {
    if (pending.mutations === null) throw new Error(`write to ${mutation[0]} outside a transaction`);
    pending.mutations.push(mutation);
    pending.undo.push(undo);
  };
  const tables = {
    users: createTable('users', indexes.users, nextId, write),
    apps: createTable('apps', indexes.apps, nextId, write),
    installations: createTable('installations', indexes.installations, nextId, write),
    tokens: createTable('tokens', indexes.tokens, nextId, write),
    repositories: createTable('repositories', indexes.repositories, nextId, write),
    collaborators: createTable('collaborators', indexes.collaborators, nextId, write),
    labels: createTable('labels', indexes.labels, nextId, write),
    issues: createTable('issues', indexes.issues, nextId, write),
    labelEvents: createTable('labelEvents', indexes.labelEvents, nextId, write),
    dependencies: createTable('dependencies', indexes.dependencies, nextId, write),
    comments: createTable('comments', indexes.comments, nextId, write),
    reactions: createTable('reactions', indexes.reactions, nextId, write),
    pulls: createTable('pulls', indexes.pulls, nextId, write),
    reviews: createTable('reviews', indexes.reviews, nextId, write),
    checkSuites: createTable('checkSuites', indexes.checkSuites, nextId, write),
    checkRuns: createTable('checkRuns', indexes.checkRuns, nextId, write),
    refs: createTable('refs', indexes.refs, nextId, write),
    deliveries: createTable('deliveries', indexes.deliveries, nextId, write),
    manifestCodes: createTable('manifestCodes', indexes.manifestCodes, nextId, write),
  };
  const journal = openJournal(join(dir, 'journal.ndjson'), Object.values(tables));
  sequence = Math.max(sequence, journal.sequence);

  const transaction = <T>(work: () => T): T => {
    if (pending.mutations !== null) return work();
    pending.mutations = [];
    let result: T;
    try {
      result = work();
      if (pending.mutations.length > 0) journal.append(sequence, pending.mutations);
    } catch (error) {
      for (const undo of pending.undo.reverse()) undo();
      pending.mutations = null;
      pending.undo = [];
      pending.after = [];
      throw error;
    }
    const callbacks = pending.after;
    pending.mutations = null;
    pending.undo = [];
    pending.after = [];
    for (const callback of callbacks) callback();
    return result;
  };

  return {
    ...tables,
    transaction,
    afterCommit: (callback) => {
      if (pending.mutations === null) callback();
      else pending.after.push(callback);
    },
    close: () => {
      journal.close();
      claim.release();
    },
  };
}
