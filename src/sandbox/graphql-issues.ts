import type { World } from './context.ts';
import { connection, type PageArguments } from './graphql-connection.ts';
import type { Node, Nodes } from './graphql-context.ts';
import { nodeId } from './node-ids.ts';
import { blockedBy, blockersOf, subIssuesOf } from './relations.ts';
import { apiUrl, stamp } from './shapes-common.ts';
import { associationOf, commentPage, issueNodeId, issuePage } from './shapes-issues.ts';
import type { CommentRow, IssueRow, LabelRow } from './state.ts';

/** Users, labels, issues and comments as GraphQL objects. */
export function issueNodes(world: World, nodes: () => Nodes): Pick<Nodes, 'account' | 'label' | 'issue' | 'comment'> {
  return {
    account: (id) => accountNode(world, id),
    label: (row) => labelNode(world, row, nodes),
    issue: (row) => issueNode(world, row, nodes),
    comment: (row) => commentNode(world, row, nodes),
  };
}

function accountNode(world: World, id: number): Node {
  const user = world.state.users.need(id);
  // GraphQL names a bot without the [bot] that REST appends.
  const login = user.type === 'Bot' ? user.login.replace(/\[bot\]$/, '') : user.login;
  const path = user.type === 'Bot' ? `/apps/${login}` : `/${login}`;
  return {
    __typename: user.type,
    id: nodeId(user.type, user.id),
    databaseId: user.id,
    login,
    name: user.name,
    url: `${world.url()}${path}`,
    resourcePath: path,
    avatarUrl: `${world.url()}/_sandbox/avatars/${user.id}`,
    createdAt: stamp(user.createdAt),
  };
}

function labelNode(world: World, row: LabelRow, nodes: () => Nodes): Node {
  const repo = world.state.repositories.need(row.repoId);
  return {
    __typename: 'Label',
    id: nodeId('Label', row.id),
    name: row.name,
    color: row.color,
    description: row.description,
    isDefault: row.isDefault,
    url: `${apiUrl(world, repo)}/labels/${encodeURIComponent(row.name)}`,
    repository: () => nodes().repository(repo),
  };
}

/** Members that issues and pull requests share. */
export function conversation(world: World, row: IssueRow, nodes: () => Nodes): Readonly<Record<string, unknown>> {
  const comments = (): CommentRow[] =>
    world.state.comments.where('issue', row.id).filter((comment) => world.listed(comment.createdAt));
  return {
    id: issueNodeId(world, row),
    number: row.number,
    title: row.title,
    body: row.body ?? '',
    bodyText: row.body ?? '',
    url: issuePage(world, row),
    resourcePath: new URL(issuePage(world, row)).pathname,
    locked: row.locked,
    closed: row.state === 'closed',
    createdAt: stamp(row.createdAt),
    updatedAt: stamp(row.updatedAt),
    closedAt: stamp(row.closedAt),
    lastEditedAt: stamp(row.lastEditedAt),
    author: () => nodes().account(row.userId),
    authorAssociation: () => associationOf(world, world.state.repositories.need(row.repoId), row.userId),
    editor: () => (row.editorId === null ? null : nodes().account(row.editorId)),
    repository: () => nodes().repository(world.state.repositories.need(row.repoId)),
    labels: (page: PageArguments) =>
      connection(
        'labels',
        row.labelIds.map((id) => world.state.labels.need(id)),
        page,
        (label) => nodes().label(label),
      ),
    assignees: (page: PageArguments) =>
      connection(
        'assignees',
        row.assigneeIds.map((id) => world.state.users.need(id)),
        page,
        (user) => nodes().account(user.id),
      ),
    comments: (page: PageArguments) => connection('comments', comments(), page, (comment) => nodes().comment(comment)),
  };
}

function issueNode(world: World, row: IssueRow, nodes: () => Nodes): Node {
  const issues = (name: string, of: (world: World, row: IssueRow) => IssueRow[]) => (page: PageArguments) =>
    connection(
      name,
      of(world, row).filter((other) => world.listed(other.createdAt)),
      page,
      (other) => nodes().issue(other),
    );
  return {
    __typename: 'Issue',
    ...conversation(world, row, nodes),
    databaseId: row.id,
    fullDatabaseId: String(row.id),
    state: row.state.toUpperCase(),
    stateReason: ({ enableDuplicate }: { enableDuplicate?: boolean }) => stateReason(row, enableDuplicate === true),
    parent: () => (row.parentId === null ? null : nodes().issue(world.state.issues.need(row.parentId))),
    subIssues: issues('subIssues', subIssuesOf),
    blockedBy: issues('blockedBy', blockersOf),
    blocking: issues('blocking', blockedBy),
    subIssuesSummary: () => {
      const children = subIssuesOf(world, row);
      const completed = children.filter((child) => child.state === 'closed').length;
      const percentCompleted = children.length === 0 ? 0 : Math.floor((completed * 100) / children.length);
      return { total: children.length, completed, percentCompleted };
    },
  };
}

function stateReason(row: IssueRow, enableDuplicate: boolean): string | null {
  if (row.stateReason === 'duplicate' && !enableDuplicate) return 'NOT_PLANNED';
  return row.stateReason === null ? null : row.stateReason.toUpperCase();
}

function commentNode(world: World, row: CommentRow, nodes: () => Nodes): Node {
  const issue = world.state.issues.need(row.issueId);
  const page = commentPage(world, row);
  return {
    __typename: 'IssueComment',
    id: nodeId('IssueComment', row.id),
    databaseId: row.id,
    fullDatabaseId: String(row.id),
    body: row.body,
    bodyText: row.body,
    url: page,
    resourcePath: page.slice(world.url().length),
    createdAt: stamp(row.createdAt),
    updatedAt: stamp(row.updatedAt),
    lastEditedAt: stamp(row.lastEditedAt),
    isMinimized: false,
    author: () => nodes().account(row.userId),
    authorAssociation: () => associationOf(world, world.state.repositories.need(row.repoId), row.userId),
    editor: () => (row.editorId === null ? null : nodes().account(row.editorId)),
    // The schema makes this an Issue also for comments on pull requests, whose Issue has the same text and number.
    issue: () => nodes().issue(issue),
    repository: () => nodes().repository(world.state.repositories.need(row.repoId)),
  };
}
