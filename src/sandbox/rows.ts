// Row types of every table of the local GitHub: plain values, never mutated in place.
/** All instants in rows are ISO strings with milliseconds (UTC); shapes cut them to GitHub's whole seconds. */
export type Instant = string;

export type Permission = 'admin' | 'write' | 'read' | 'none';

/** People, bots and organisations share one table because logins share one namespace. */
export interface UserRow {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
  readonly name: string | null;
  readonly email: string | null;
  /** For a bot: the App it belongs to. */
  readonly appId: number | null;
  readonly createdAt: Instant;
}

/** Two Apps exist from the start: the one under development (role main) and the CI stand-in (role ci); more by manifest. */
export interface AppRow {
  readonly id: number;
  readonly role: 'main' | 'ci' | 'registered';
  readonly slug: string;
  readonly name: string;
  readonly ownerId: number;
  readonly botId: number;
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
  readonly webhookSecret: string;
  readonly webhookUrl: string | null;
  readonly hookId: number;
  readonly clientId: string;
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly events: readonly string[];
  readonly createdAt: Instant;
}

/** The App installed on one account, on all of its repositories. accountId is null until the first organisation exists. */
export interface InstallationRow {
  readonly id: number;
  readonly appId: number;
  readonly accountId: number | null;
  readonly createdAt: Instant;
}

export interface TokenRow {
  readonly id: number;
  readonly token: string;
  readonly kind: 'installation' | 'user';
  /** The human, or the App's bot. */
  readonly userId: number;
  readonly installationId: number | null;
  /** null = everything the App may do / the human may do. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>> | null;
  /** null = all repositories of the installation. */
  readonly repositoryIds: readonly number[] | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
}

export interface RepositoryRow {
  readonly id: number;
  readonly ownerId: number;
  readonly name: string;
  readonly private: boolean;
  readonly description: string | null;
  readonly defaultBranch: string;
  readonly deleteBranchOnMerge: boolean;
  /** Names of the checks that must succeed before a pull request may be merged into the default branch. */
  readonly requiredChecks: readonly string[];
  /** The number the next issue or pull request gets; shared by both. */
  readonly nextNumber: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly pushedAt: Instant;
}

export interface CollaboratorRow {
  readonly id: number;
  readonly repoId: number;
  readonly userId: number;
  readonly permission: Permission;
}

export interface LabelRow {
  readonly id: number;
  readonly repoId: number;
  readonly name: string;
  /** Six hex digits without '#'. */
  readonly color: string;
  readonly description: string | null;
  readonly isDefault: boolean;
}

/** An issue, or the issue half of a pull request (isPull). */
export interface IssueRow {
  readonly id: number;
  readonly repoId: number;
  readonly number: number;
  readonly isPull: boolean;
  readonly title: string;
  readonly body: string | null;
  readonly userId: number;
  /** Who last edited title or body; null when never edited. */
  readonly editorId: number | null;
  readonly lastEditedAt: Instant | null;
  /** The App through which the author acted, if any (performed_via_github_app). */
  readonly viaAppId: number | null;
  readonly state: 'open' | 'closed';
  readonly stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null;
  readonly locked: boolean;
  readonly labelIds: readonly number[];
  readonly assigneeIds: readonly number[];
  readonly parentId: number | null;
  /** Database ids of the sub-issues in their order. */
  readonly subIssueIds: readonly number[];
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly closedAt: Instant | null;
  readonly closedById: number | null;
}

/** A label was put on an issue or taken off it. The label is as it was then. */
export interface LabelEventRow {
  readonly id: number;
  readonly issueId: number;
  readonly userId: number;
  readonly viaAppId: number | null;
  readonly event: 'labeled' | 'unlabeled';
  readonly label: { readonly name: string; readonly color: string };
  readonly createdAt: Instant;
}

/** issueId waits for blockerId. */
export interface DependencyRow {
  readonly id: number;
  readonly issueId: number;
  readonly blockerId: number;
  readonly createdAt: Instant;
}

export interface CommentRow {
  readonly id: number;
  readonly repoId: number;
  readonly issueId: number;
  readonly userId: number;
  readonly body: string;
  readonly editorId: number | null;
  readonly lastEditedAt: Instant | null;
  readonly viaAppId: number | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export type ReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';

export interface ReactionRow {
  readonly id: number;
  readonly subject: 'issue' | 'comment';
  readonly subjectId: number;
  readonly userId: number;
  readonly content: ReactionContent;
  readonly createdAt: Instant;
}

/** The git half of a pull request; its title, body, state, labels and number are those of `issues` row issueId. */
export interface PullRow {
  readonly id: number;
  readonly issueId: number;
  readonly repoId: number;
  readonly number: number;
  readonly headRef: string;
  readonly headSha: string;
  readonly baseRef: string;
  /** Tip of the base branch when last looked at; frozen at merge or close. */
  readonly baseSha: string;
  readonly draft: boolean;
  readonly merged: boolean;
  readonly mergedAt: Instant | null;
  readonly mergedById: number | null;
  readonly mergeCommitSha: string | null;
  /** Result of the last `git merge-tree`, valid for exactly these two commits. */
  readonly mergeability: {
    readonly baseSha: string;
    readonly headSha: string;
    readonly mergeable: boolean;
    readonly conflicts: readonly string[];
  } | null;
  /** The `mergeableNullFirst` fault has already answered null for this "baseSha..headSha". */
  readonly nullReadFor: string | null;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
  readonly commits: number;
}

export interface ReviewRow {
  readonly id: number;
  readonly repoId: number;
  readonly pullId: number;
  readonly userId: number;
  readonly body: string;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  readonly commitSha: string;
  readonly submittedAt: Instant;
}

export type CheckStatus = 'queued' | 'in_progress' | 'completed';
export type CheckConclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required'
  | 'stale';

/** One suite per (repository, head sha, App). */
export interface CheckSuiteRow {
  readonly id: number;
  readonly repoId: number;
  readonly appId: number;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly beforeSha: string | null;
  readonly status: CheckStatus;
  readonly conclusion: CheckConclusion | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface CheckRunRow {
  readonly id: number;
  readonly repoId: number;
  readonly suiteId: number;
  readonly appId: number;
  readonly headSha: string;
  readonly name: string;
  readonly status: CheckStatus;
  readonly conclusion: CheckConclusion | null;
  readonly startedAt: Instant;
  readonly completedAt: Instant | null;
  readonly detailsUrl: string | null;
  readonly externalId: string;
  readonly output: { readonly title: string | null; readonly summary: string | null; readonly text: string | null };
}

/** A branch as it was when its last move was announced; the git repository itself is the truth about where it is. */
export interface RefRow {
  readonly id: number;
  readonly repoId: number;
  /** Full name, `refs/heads/main`. */
  readonly ref: string;
  readonly sha: string;
  /** The sha for which the CI stand-in has decided (made a check run, or found nothing to run). */
  readonly ciSha: string | null;
}

/** One webhook to send. `body` is the exact bytes that are signed. A redelivery is a row of its own with the same GUID. */
export interface DeliveryRow {
  readonly id: number;
  readonly appId: number;
  readonly installationId: number | null;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly repoId: number | null;
  readonly body: string;
  readonly redelivery: boolean;
  readonly status: 'pending' | 'delivered' | 'failed' | 'dropped';
  readonly statusCode: number | null;
  readonly error: string | null;
  /** Milliseconds the receiver took; null while it is pending. */
  readonly durationMs: number | null;
  /** What the receiver answered, cut off. */
  readonly answer: string | null;
  readonly createdAt: Instant;
  readonly settledAt: Instant | null;
}

/** A code that was handed to who registered an App by manifest: good once, for an hour. */
export interface ManifestCodeRow {
  readonly id: number;
  readonly code: string;
  readonly appId: number;
  readonly createdAt: Instant;
}
