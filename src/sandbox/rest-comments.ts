import { findRepo, signedIn } from './access.ts';
import { addReaction, createComment, deleteComment, editComment, findComment } from './comments.ts';
import type { Reply, RouteRequest, Routes, World } from './context.ts';
import { choiceOf, pathNumber, requiredText } from './fields.ts';
import { findIssue } from './issues.ts';
import { paged } from './paging.ts';
import { invalid } from './refusal.ts';
import { sinceOf } from './rest-issues.ts';
import { commentShape, reactionShape } from './shapes-issues.ts';
import type { CommentRow, ReactionContent, RepositoryRow } from './state.ts';

const issues = '/repos/{owner}/{repo}/issues';
const onIssue = `${issues}/{issue_number}/comments`;
const comment = `${issues}/comments/{comment_id}`;

const reactionContents: readonly ReactionContent[] = [
  '+1',
  '-1',
  'laugh',
  'confused',
  'heart',
  'hooray',
  'rocket',
  'eyes',
];

/** Comments on issues and pull requests, and reactions to them. */
export function registerComments(routes: Routes, world: World): void {
  routes.add('GET', onIssue, (request) => {
    const issue = findIssue(world, repoFor(world, request, 'read'), pathNumber(request.params.issue_number));
    const rows = world.state.comments.where('issue', issue.id);
    return paged(world, request, filtered(world, rows, request.query), (row) => commentShape(world, row));
  });

  routes.add('POST', onIssue, (request) => {
    const actor = signedIn(request.actor);
    const issue = findIssue(world, repoFor(world, request, 'write'), pathNumber(request.params.issue_number));
    const row = createComment(world, actor, issue, requiredText(request.body, 'body', 'IssueComment'));
    const shape = commentShape(world, row);
    return { status: 201, body: shape, headers: { location: String(shape.url) } };
  });

  routes.add('GET', `${issues}/comments`, (request) => {
    const rows = filtered(world, world.state.comments.where('repo', repoFor(world, request, 'read').id), request.query);
    const key = (row: CommentRow): string => (request.query.get('sort') === 'updated' ? row.updatedAt : row.createdAt);
    const sign = request.query.get('direction') === 'desc' ? -1 : 1;
    rows.sort((a, b) => sign * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.id - b.id));
    return paged(world, request, rows, (row) => commentShape(world, row));
  });

  routes.add('GET', comment, (request) => ({
    status: 200,
    body: commentShape(world, addressed(world, request, 'read')),
  }));

  routes.add('PATCH', comment, (request) => {
    const row = addressed(world, request, 'write');
    const body = requiredText(request.body, 'body', 'IssueComment');
    return { status: 200, body: commentShape(world, editComment(world, signedIn(request.actor), row, body)) };
  });

  routes.add('DELETE', comment, (request) => {
    deleteComment(world, signedIn(request.actor), addressed(world, request, 'write'));
    return { status: 204 };
  });

  routes.add('POST', `${comment}/reactions`, (request) =>
    react(world, request, 'comment', addressed(world, request, 'write').id),
  );

  routes.add('POST', `${issues}/{issue_number}/reactions`, (request) => {
    const issue = findIssue(world, repoFor(world, request, 'write'), pathNumber(request.params.issue_number));
    return react(world, request, 'issue', issue.id);
  });
}

function react(world: World, request: RouteRequest, subject: 'issue' | 'comment', id: number): Reply {
  const content = choiceOf(request.body, 'content', reactionContents);
  if (content === null) throw invalid({ resource: 'Reaction', code: 'missing_field', field: 'content' });
  const { reaction, created } = addReaction(world, signedIn(request.actor), subject, id, content);
  return { status: created ? 201 : 200, body: reactionShape(world, reaction) };
}

/** Everybody who can read may comment; an App needs issues (or pull requests) write. */
function repoFor(world: World, request: RouteRequest, what: 'read' | 'write'): RepositoryRow {
  const { owner = '', repo = '' } = request.params;
  return findRepo(world, request.actor, owner, repo, { app: `issues:${what}`, user: 'read' });
}

function addressed(world: World, request: RouteRequest, what: 'read' | 'write'): CommentRow {
  return findComment(world, repoFor(world, request, what), pathNumber(request.params.comment_id));
}

function filtered(world: World, rows: readonly CommentRow[], query: URLSearchParams): CommentRow[] {
  const since = sinceOf(query);
  return rows.filter((row) => world.listed(row.createdAt) && (since === null || Date.parse(row.updatedAt) >= since));
}
