import { appOf, ownsOrWrites } from './access.ts';
import type { SignedIn, World } from './context.ts';
import { checkBodyLength } from './fields.ts';
import { invalid, notFound, Refusal } from './refusal.ts';
import { commentShape, webhookIssue } from './shapes-issues.ts';
import type { CommentRow, IssueRow, ReactionContent, ReactionRow, RepositoryRow } from './state.ts';

export function findComment(world: World, repo: RepositoryRow, id: number): CommentRow {
  const comment = world.state.comments.get(id);
  if (comment === undefined || comment.repoId !== repo.id) throw notFound();
  return comment;
}

export function createComment(world: World, actor: SignedIn, issue: IssueRow, body: string): CommentRow {
  checkBody(body);
  return world.state.transaction(() => {
    const now = world.instant();
    const comment = world.state.comments.insert({
      repoId: issue.repoId,
      issueId: issue.id,
      userId: actor.user.id,
      body,
      editorId: null,
      lastEditedAt: null,
      viaAppId: appOf(actor),
      createdAt: now,
      updatedAt: now,
    });
    world.state.issues.update(issue.id, { updatedAt: now });
    announce(world, actor, comment, { action: 'created' });
    return comment;
  });
}

/** Throws Refusal 403 unless the actor wrote the comment or may write to the repository. */
export function editComment(world: World, actor: SignedIn, comment: CommentRow, body: string): CommentRow {
  checkMayChange(world, actor, comment);
  checkBody(body);
  if (body === comment.body) return comment;
  return world.state.transaction(() => {
    const now = world.instant();
    const edited = world.state.comments.update(comment.id, {
      body,
      editorId: actor.user.id,
      lastEditedAt: now,
      updatedAt: now,
    });
    world.state.issues.update(comment.issueId, { updatedAt: now });
    announce(world, actor, edited, { action: 'edited', changes: { body: { from: comment.body } } });
    return edited;
  });
}

export function deleteComment(world: World, actor: SignedIn, comment: CommentRow): void {
  checkMayChange(world, actor, comment);
  world.state.transaction(() => {
    announce(world, actor, comment, { action: 'deleted' });
    for (const reaction of world.state.reactions.where('subject', `comment/${comment.id}`)) {
      world.state.reactions.delete(reaction.id);
    }
    world.state.comments.delete(comment.id);
    world.state.issues.update(comment.issueId, { updatedAt: world.instant() });
  });
}

/** `created` is false when this user has given this reaction before. */
export function addReaction(
  world: World,
  actor: SignedIn,
  subject: ReactionRow['subject'],
  subjectId: number,
  content: ReactionContent,
): { readonly reaction: ReactionRow; readonly created: boolean } {
  const existing = world.state.reactions
    .where('subject', `${subject}/${subjectId}`)
    .find((row) => row.userId === actor.user.id && row.content === content);
  if (existing !== undefined) return { reaction: existing, created: false };
  const reaction = world.state.transaction(() =>
    world.state.reactions.insert({
      subject,
      subjectId,
      userId: actor.user.id,
      content,
      createdAt: world.instant(),
    }),
  );
  return { reaction, created: true };
}

function checkBody(body: string): void {
  if (body.trim() === '') throw invalid({ resource: 'IssueComment', code: 'missing_field', field: 'body' });
  checkBodyLength(body, 'IssueComment');
}

function checkMayChange(world: World, actor: SignedIn, comment: CommentRow): void {
  const repo = world.state.repositories.need(comment.repoId);
  if (ownsOrWrites(world, actor, repo, comment.userId)) return;
  throw new Refusal(403, 'Must have admin rights to Repository.');
}

function announce(
  world: World,
  actor: SignedIn,
  comment: CommentRow,
  payload: Readonly<Record<string, unknown>>,
): void {
  const issue = world.state.issues.need(comment.issueId);
  world.emit('issue_comment', world.state.repositories.need(comment.repoId), actor.user, {
    ...payload,
    issue: webhookIssue(world, issue),
    comment: commentShape(world, comment),
  });
}
