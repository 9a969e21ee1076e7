import type { Actor, World } from './context.ts';
import { nodeId } from './node-ids.ts';
import { apiUrl, htmlUrl, type Shape, simpleUser, stamp, userOrNull } from './shapes-common.ts';
import { associationOf, labelShape } from './shapes-issues.ts';
import { repositoryShape } from './shapes-repository.ts';
import type { IssueRow, PullRow, RepositoryRow, ReviewRow } from './state.ts';

/** What a read found out about merging; webhooks and lists do not ask. */
export interface MergeabilityShown {
  /** null = still being computed. */
  readonly mergeable: boolean | null;
  readonly state: 'clean' | 'dirty' | 'blocked' | 'unstable' | 'draft' | 'unknown';
}

const UNKNOWN: MergeabilityShown = { mergeable: null, state: 'unknown' };

/** pull-request-simple: how lists show a pull request. */
export function simplePullShape(world: World, pull: PullRow, actor: Actor): Shape {
  const issue = world.state.issues.need(pull.issueId);
  const repo = world.state.repositories.need(pull.repoId);
  const url = `${apiUrl(world, repo)}/pulls/${pull.number}`;
  const page = `${htmlUrl(world, repo)}/pull/${pull.number}`;
  const issueUrl = `${apiUrl(world, repo)}/issues/${pull.number}`;
  const links = {
    comments_url: `${issueUrl}/comments`,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${apiUrl(world, repo)}/pulls/comments{/number}`,
    statuses_url: `${apiUrl(world, repo)}/statuses/${pull.headSha}`,
  };
  return {
    url,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issueUrl,
    ...links,
    number: pull.number,
    state: issue.state,
    locked: issue.locked,
    title: issue.title,
    user: userOrNull(world, issue.userId),
    body: issue.body,
    labels: issue.labelIds.map((id) => labelShape(world, world.state.labels.need(id))),
    milestone: null,
    active_lock_reason: null,
    created_at: stamp(issue.createdAt),
    updated_at: stamp(issue.updatedAt),
    closed_at: stamp(issue.closedAt),
    merged_at: stamp(pull.mergedAt),
    merge_commit_sha: pull.mergeCommitSha,
    ...people(world, issue),
    head: branchShape(world, repo, pull.headRef, pull.headSha, actor),
    base: branchShape(world, repo, pull.baseRef, pull.baseSha, actor),
    _links: {
      self: { href: url },
      html: { href: page },
      issue: { href: issueUrl },
      comments: { href: links.comments_url },
      review_comments: { href: links.review_comments_url },
      review_comment: { href: links.review_comment_url },
      commits: { href: links.commits_url },
      statuses: { href: links.statuses_url },
    },
    author_association: associationOf(world, repo, issue.userId),
    auto_merge: null,
    draft: pull.draft,
  };
}

/** pull-request: the answer of a direct read, and the `pull_request` of webhooks. */
export function pullShape(world: World, pull: PullRow, actor: Actor, shown: MergeabilityShown = UNKNOWN): Shape {
  return {
    ...simplePullShape(world, pull, actor),
    merged: pull.merged,
    mergeable: pull.merged ? null : shown.mergeable,
    rebaseable: pull.merged ? null : shown.mergeable,
    mergeable_state: pull.merged ? 'unknown' : shown.state,
    merged_by: userOrNull(world, pull.mergedById),
    comments: world.state.comments.where('issue', pull.issueId).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: pull.commits,
    additions: pull.additions,
    deletions: pull.deletions,
    changed_files: pull.changedFiles,
  };
}

/** The `pull_request` of webhooks: nobody in particular is asking. */
export function webhookPull(world: World, pull: PullRow): Shape {
  return pullShape(world, pull, { kind: 'anonymous' });
}

/** `pull-request-minimal`, as check runs and check suites list the pull requests of their commit. */
export function minimalPullShape(world: World, pull: PullRow): Shape {
  const repo = world.state.repositories.need(pull.repoId);
  const where = { id: repo.id, url: apiUrl(world, repo), name: repo.name };
  return {
    id: pull.id,
    number: pull.number,
    url: `${apiUrl(world, repo)}/pulls/${pull.number}`,
    head: { ref: pull.headRef, sha: pull.headSha, repo: where },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo: where },
  };
}

/** pull-request-review. */
export function reviewShape(world: World, review: ReviewRow): Shape {
  const repo = world.state.repositories.need(review.repoId);
  const pull = world.state.pulls.need(review.pullId);
  const page = `${htmlUrl(world, repo)}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const url = `${apiUrl(world, repo)}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: userOrNull(world, review.userId),
    body: review.body,
    state: review.state,
    html_url: page,
    pull_request_url: url,
    _links: { html: { href: page }, pull_request: { href: url } },
    submitted_at: stamp(review.submittedAt),
    commit_id: review.commitSha,
    author_association: associationOf(world, repo, review.userId),
  };
}

function people(world: World, issue: IssueRow): Shape {
  const assignees = issue.assigneeIds.map((id) => simpleUser(world, world.state.users.need(id)));
  return { assignee: assignees[0] ?? null, assignees, requested_reviewers: [], requested_teams: [] };
}

function branchShape(world: World, repo: RepositoryRow, ref: string, sha: string, actor: Actor): Shape {
  const owner = world.state.users.need(repo.ownerId);
  return {
    label: `${owner.login}:${ref}`,
    ref,
    sha,
    user: simpleUser(world, owner),
    repo: repositoryShape(world, repo, actor),
  };
}
