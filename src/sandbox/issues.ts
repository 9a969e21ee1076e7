// Issues: creating, editing, closing. Shared by REST, GraphQL and the merge of pull requests.
// Promise: each function is one transaction with its webhooks in it; a refusal changes nothing.
// May import: state, shapes, labels. Pull requests use insertIssue and setIssueState and announce themselves.
import { appOf } from './access.ts';
import type { SignedIn, World } from './context.ts';
import { checkBodyLength, checkTitleLength } from './fields.ts';
import { announceLabel } from './labels.ts';
import { invalid, notFound } from './refusal.ts';
import { webhookIssue } from './shapes-issues.ts';
import type { IssueRow, RepositoryRow, UserRow } from './state.ts';

export interface NewIssue {
  readonly title: string;
  readonly body: string | null;
  readonly labelIds: readonly number[];
  readonly assigneeIds: readonly number[];
}

export type CloseReason = 'completed' | 'not_planned' | 'duplicate';

/** The issue or pull request with this number. Throws Refusal 404. */
export function findIssue(world: World, repo: RepositoryRow, number: number): IssueRow {
  const issue = world.state.issues.one('number', `${repo.id}/${number}`);
  if (issue === undefined) throw notFound();
  return issue;
}

/** Checks title and body and adds the row under the repository's next number. No webhook: see createIssue. */
export function insertIssue(
  world: World,
  actor: SignedIn,
  repo: RepositoryRow,
  fields: NewIssue & { readonly isPull: boolean },
): IssueRow {
  const resource = fields.isPull ? 'PullRequest' : 'Issue';
  if (fields.title.trim() === '') throw invalid({ resource, code: 'missing_field', field: 'title' });
  checkTitleLength(fields.title, resource);
  checkBodyLength(fields.body ?? '', resource);
  return world.state.transaction(() => {
    const { nextNumber } = world.state.repositories.need(repo.id);
    world.state.repositories.update(repo.id, { nextNumber: nextNumber + 1 });
    const now = world.instant();
    return world.state.issues.insert({
      repoId: repo.id,
      number: nextNumber,
      isPull: fields.isPull,
      title: fields.title,
      body: fields.body,
      userId: actor.user.id,
      editorId: null,
      lastEditedAt: null,
      viaAppId: appOf(actor),
      state: 'open',
      stateReason: null,
      locked: false,
      labelIds: [...new Set(fields.labelIds)],
      assigneeIds: [...new Set(fields.assigneeIds)],
      parentId: null,
      subIssueIds: [],
      createdAt: now,
      updatedAt: now,
      closedAt: null,
      closedById: null,
    });
  });
}

/** A new issue with its webhooks: opened, then one labeled for each label. */
export function createIssue(world: World, actor: SignedIn, repo: RepositoryRow, fields: NewIssue): IssueRow {
  return world.state.transaction(() => {
    const issue = insertIssue(world, actor, repo, { ...fields, isPull: false });
    announce(world, actor.user, issue, { action: 'opened' });
    for (const id of issue.labelIds) announceLabel(world, actor, issue, world.state.labels.need(id), 'labeled');
    return issue;
  });
}

/** Changes title and/or body. An edit that changes nothing is no edit: no webhook, no editor. */
export function editIssue(
  world: World,
  actor: SignedIn,
  issue: IssueRow,
  fields: { readonly title?: string; readonly body?: string | null },
): IssueRow {
  const resource = issue.isPull ? 'PullRequest' : 'Issue';
  const title = fields.title ?? issue.title;
  const body = fields.body === undefined ? issue.body : fields.body;
  if (title.trim() === '') throw invalid({ resource, code: 'missing_field', field: 'title' });
  checkTitleLength(title, resource);
  checkBodyLength(body ?? '', resource);
  if (title === issue.title && body === issue.body) return issue;
  return world.state.transaction(() => {
    const now = world.instant();
    const edited = world.state.issues.update(issue.id, {
      title,
      body,
      updatedAt: now,
      ...(body === issue.body ? {} : { editorId: actor.user.id, lastEditedAt: now }),
    });
    const changes = {
      ...(title === issue.title ? {} : { title: { from: issue.title } }),
      ...(body === issue.body ? {} : { body: { from: issue.body ?? '' } }),
    };
    announce(world, actor.user, edited, { action: 'edited', changes });
    return edited;
  });
}

export function setAssignees(world: World, issue: IssueRow, assigneeIds: readonly number[]): IssueRow {
  return world.state.transaction(() =>
    world.state.issues.update(issue.id, { assigneeIds: [...new Set(assigneeIds)], updatedAt: world.instant() }),
  );
}

/** Closes an open issue; closing a closed one again only changes the reason, silently. */
export function closeIssue(world: World, user: UserRow, issue: IssueRow, reason: CloseReason = 'completed'): IssueRow {
  if (issue.state === 'closed' && issue.stateReason === reason) return issue;
  return world.state.transaction(() => {
    const closed = setIssueState(world, user, issue, 'closed', reason);
    if (issue.state === 'open') announce(world, user, closed, { action: 'closed' });
    return closed;
  });
}

export function reopenIssue(world: World, user: UserRow, issue: IssueRow): IssueRow {
  if (issue.state === 'open') return issue;
  return world.state.transaction(() => {
    const open = setIssueState(world, user, issue, 'open', 'reopened');
    announce(world, user, open, { action: 'reopened' });
    return open;
  });
}

/** Only the row; for pull requests, which have their own webhooks (and null as reason). */
export function setIssueState(
  world: World,
  user: UserRow,
  issue: IssueRow,
  state: IssueRow['state'],
  reason: IssueRow['stateReason'],
): IssueRow {
  const now = world.instant();
  const closed = state === 'closed';
  return world.state.transaction(() =>
    world.state.issues.update(issue.id, {
      state,
      stateReason: reason,
      updatedAt: now,
      closedAt: closed ? (issue.closedAt ?? now) : null,
      closedById: closed ? user.id : null,
    }),
  );
}

function announce(world: World, sender: UserRow, issue: IssueRow, payload: Readonly<Record<string, unknown>>): void {
  if (issue.isPull) return;
  world.emit('issues', world.state.repositories.need(issue.repoId), sender, {
    ...payload,
    issue: webhookIssue(world, issue),
  });
}
