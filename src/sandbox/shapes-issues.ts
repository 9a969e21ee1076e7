import { permissionOf } from './accounts.ts';
import type { World } from './context.ts';
import { nodeId } from './node-ids.ts';
import { apiUrl, htmlUrl, integration, type Shape, simpleUser, stamp, userOrNull } from './shapes-common.ts';
import type { CommentRow, IssueRow, LabelEventRow, LabelRow, ReactionRow, RepositoryRow } from './state.ts';

export function labelShape(world: World, label: LabelRow): Shape {
  return {
    id: label.id,
    node_id: nodeId('Label', label.id),
    url: `${apiUrl(world, world.state.repositories.need(label.repoId))}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: label.isDefault,
    description: label.description,
  };
}

/** The global id of the thing with this number: an Issue or a PullRequest. */
export function issueNodeId(world: World, issue: IssueRow): string {
  const pull = issue.isPull ? world.state.pulls.one('issue', issue.id) : undefined;
  return pull === undefined ? nodeId('Issue', issue.id) : nodeId('PullRequest', pull.id);
}

export function issueUrl(world: World, issue: IssueRow): string {
  return `${apiUrl(world, world.state.repositories.need(issue.repoId))}/issues/${issue.number}`;
}

/** The page for people. */
export function issuePage(world: World, issue: IssueRow): string {
  const kind = issue.isPull ? 'pull' : 'issues';
  return `${htmlUrl(world, world.state.repositories.need(issue.repoId))}/${kind}/${issue.number}`;
}

/** issue: REST answers, and the `issue` of webhooks. Pull requests have it too, with `pull_request` in it. */
export function issueShape(world: World, issue: IssueRow): Shape {
  const repo = world.state.repositories.need(issue.repoId);
  const url = issueUrl(world, issue);
  const assignees = issue.assigneeIds.map((id) => simpleUser(world, world.state.users.need(id)));
  return {
    url,
    repository_url: apiUrl(world, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: issuePage(world, issue),
    id: issue.id,
    node_id: issueNodeId(world, issue),
    number: issue.number,
    title: issue.title,
    user: userOrNull(world, issue.userId),
    labels: issue.labelIds.map((id) => labelShape(world, world.state.labels.need(id))),
    state: issue.state,
    state_reason: issue.stateReason,
    locked: issue.locked,
    active_lock_reason: null,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: world.state.comments.where('issue', issue.id).length,
    created_at: stamp(issue.createdAt),
    updated_at: stamp(issue.updatedAt),
    closed_at: stamp(issue.closedAt),
    closed_by: userOrNull(world, issue.closedById),
    author_association: associationOf(world, repo, issue.userId),
    body: issue.body,
    performed_via_github_app: viaApp(world, issue.viaAppId),
    reactions: reactionRollup(world, 'issue', issue.id, `${url}/reactions`),
    ...(issue.isPull ? pullPart(world, issue, repo) : issuePart(world, issue)),
  };
}

/** issue-comment: REST answers, and the `comment` of webhooks. */
export function commentShape(world: World, comment: CommentRow): Shape {
  const repo = world.state.repositories.need(comment.repoId);
  const issue = world.state.issues.need(comment.issueId);
  const url = `${apiUrl(world, repo)}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: commentPage(world, comment),
    issue_url: issueUrl(world, issue),
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: userOrNull(world, comment.userId),
    created_at: stamp(comment.createdAt),
    updated_at: stamp(comment.updatedAt),
    author_association: associationOf(world, repo, comment.userId),
    body: comment.body,
    performed_via_github_app: viaApp(world, comment.viaAppId),
    reactions: reactionRollup(world, 'comment', comment.id, `${url}/reactions`),
  };
}

export function commentPage(world: World, comment: CommentRow): string {
  return `${issuePage(world, world.state.issues.need(comment.issueId))}#issuecomment-${comment.id}`;
}

export function labelEventShape(world: World, event: LabelEventRow): Shape {
  const repo = world.state.repositories.need(world.state.issues.need(event.issueId).repoId);
  return {
    id: event.id,
    node_id: nodeId(event.event === 'labeled' ? 'LabeledEvent' : 'UnlabeledEvent', event.id),
    url: `${apiUrl(world, repo)}/issues/events/${event.id}`,
    actor: userOrNull(world, event.userId),
    event: event.event,
    commit_id: null,
    commit_url: null,
    created_at: stamp(event.createdAt),
    label: event.label,
    performed_via_github_app: viaApp(world, event.viaAppId),
  };
}

export function reactionShape(world: World, reaction: ReactionRow): Shape {
  return {
    id: reaction.id,
    node_id: nodeId('Reaction', reaction.id),
    user: simpleUser(world, world.state.users.need(reaction.userId)),
    content: reaction.content,
    created_at: stamp(reaction.createdAt),
  };
}

/**
 * issueShape for the webhooks of issues and comments, which know neither who closed an issue nor its parent. Their
 * schema lists the events an App may name and lacks sub_issues and issue_dependencies, so the App of
 * `performed_via_github_app` comes without its (optional) events and client id.
 */
export function webhookIssue(world: World, issue: IssueRow): Shape {
  const { closed_by: _closer, parent_issue_url: _parent, ...shape } = issueShape(world, issue);
  if (issue.viaAppId === null) return shape;
  const { events: _events, client_id: _id, ...app } = integration(world, world.state.apps.need(issue.viaAppId));
  return { ...shape, performed_via_github_app: app };
}

/** How an account relates to a repository, for author_association. */
export function associationOf(world: World, repo: RepositoryRow, userId: number): string {
  const user = world.state.users.need(userId);
  if (user.id === repo.ownerId) return 'OWNER';
  if (user.type === 'Bot') return 'NONE';
  const permission = permissionOf(world, repo, user);
  if (permission === 'admin') return 'MEMBER';
  return permission === 'write' ? 'COLLABORATOR' : 'NONE';
}

function viaApp(world: World, appId: number | null): Shape | null {
  return appId === null ? null : integration(world, world.state.apps.need(appId));
}

function issuePart(world: World, issue: IssueRow): Shape {
  const children = issue.subIssueIds.map((id) => world.state.issues.need(id));
  const completed = children.filter((child) => child.state === 'closed').length;
  const blockers = world.state.dependencies.where('issue', issue.id);
  const blocked = world.state.dependencies.where('blocker', issue.id);
  const isOpen = (id: number): boolean => world.state.issues.need(id).state === 'open';
  return {
    sub_issues_summary: {
      total: children.length,
      completed,
      percent_completed: children.length === 0 ? 0 : Math.floor((completed * 100) / children.length),
    },
    issue_dependencies_summary: {
      blocked_by: blockers.filter((row) => isOpen(row.blockerId)).length,
      total_blocked_by: blockers.length,
      blocking: blocked.filter((row) => isOpen(row.issueId)).length,
      total_blocking: blocked.length,
    },
    ...(issue.parentId === null ? {} : { parent_issue_url: issueUrl(world, world.state.issues.need(issue.parentId)) }),
  };
}

function pullPart(world: World, issue: IssueRow, repo: RepositoryRow): Shape {
  const pull = world.state.pulls.one('issue', issue.id);
  const page = `${htmlUrl(world, repo)}/pull/${issue.number}`;
  return {
    draft: pull?.draft ?? false,
    pull_request: {
      url: `${apiUrl(world, repo)}/pulls/${issue.number}`,
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      merged_at: stamp(pull?.mergedAt ?? null),
    },
  };
}

function reactionRollup(world: World, subject: ReactionRow['subject'], id: number, url: string): Shape {
  const rows = world.state.reactions.where('subject', `${subject}/${id}`);
  const count = (content: string): number => rows.filter((row) => row.content === content).length;
  return {
    url,
    total_count: rows.length,
    '+1': count('+1'),
    '-1': count('-1'),
    laugh: count('laugh'),
    hooray: count('hooray'),
    confused: count('confused'),
    heart: count('heart'),
    rocket: count('rocket'),
    eyes: count('eyes'),
  };
}
