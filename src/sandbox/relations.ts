// Sub-issues and dependencies. Shared by REST and GraphQL.
// Invariant: a child has one parent, both graphs have no cycle, and both ends of an edge are issues of one owner.
import type { SignedIn, World } from './context.ts';
import { Refusal } from './refusal.ts';
import { issueShape } from './shapes-issues.ts';
import { repositoryShape } from './shapes-repository.ts';
import type { DependencyRow, IssueRow } from './state.ts';

const mostSubIssues = 100;
const deepestLevel = 8;

const addFailed = 'An error occured while adding the sub-issue to the parent issue.';

/** Puts child last under parent. Closed children count towards the hundred. Throws Refusal 422. */
export function addSubIssue(
  world: World,
  actor: SignedIn,
  parent: IssueRow,
  child: IssueRow,
  replaceParent: boolean,
): { readonly parent: IssueRow; readonly child: IssueRow } {
  checkEnds(world, parent, child, addFailed);
  if (parent.subIssueIds.includes(child.id)) {
    throw refused('Issue may not contain duplicate sub-issues and Sub issue may only have one parent');
  }
  if (child.parentId !== null && !replaceParent) throw refused('Sub issue may only have one parent');
  const ancestors = ancestorIds(world, parent);
  if (child.id === parent.id || ancestors.includes(child.id)) {
    throw refused('Sub-issue cannot be the parent issue or one of its ancestors');
  }
  if (parent.subIssueIds.length >= mostSubIssues)
    throw refused(`Parent cannot have more than ${mostSubIssues} sub-issues`);
  if (ancestors.length + 1 + heightOf(world, child) > deepestLevel) {
    throw refused(`Parent cannot have more than ${deepestLevel} layers of sub-issues`);
  }
  return world.state.transaction(() => {
    if (child.parentId !== null) removeSubIssue(world, actor, world.state.issues.need(child.parentId), child);
    const now = world.instant();
    const subIssueIds = [...world.state.issues.need(parent.id).subIssueIds, child.id];
    const after = {
      parent: world.state.issues.update(parent.id, { subIssueIds, updatedAt: now }),
      child: world.state.issues.update(child.id, { parentId: parent.id, updatedAt: now }),
    };
    announceSubIssue(world, actor, after.parent, after.child, 'added');
    return after;
  });
}

/** Throws Refusal 404 when child is not a sub-issue of parent. */
export function removeSubIssue(
  world: World,
  actor: SignedIn,
  parent: IssueRow,
  child: IssueRow,
): { readonly parent: IssueRow; readonly child: IssueRow } {
  if (child.parentId !== parent.id) throw new Refusal(404, 'The provided sub-issue does not exist');
  return world.state.transaction(() => {
    const now = world.instant();
    const subIssueIds = parent.subIssueIds.filter((id) => id !== child.id);
    const after = {
      parent: world.state.issues.update(parent.id, { subIssueIds, updatedAt: now }),
      child: world.state.issues.update(child.id, { parentId: null, updatedAt: now }),
    };
    announceSubIssue(world, actor, after.parent, after.child, 'removed');
    return after;
  });
}

/** From now on `issue` waits for `blocker`. Throws Refusal 422 for a cycle or an edge that exists. */
export function addBlockedBy(world: World, actor: SignedIn, issue: IssueRow, blocker: IssueRow): DependencyRow {
  checkEnds(world, issue, blocker, 'An error occured while adding the dependency to the issue.');
  if (issue.id === blocker.id) throw validation('An issue cannot be blocked by itself');
  if (world.state.dependencies.one('pair', `${issue.id}/${blocker.id}`) !== undefined) {
    throw validation('Target issue has already been taken');
  }
  if (waitsFor(world, blocker.id, issue.id)) throw validation('Adding this dependency would create a cycle');
  return world.state.transaction(() => {
    const now = world.instant();
    const row = world.state.dependencies.insert({ issueId: issue.id, blockerId: blocker.id, createdAt: now });
    world.state.issues.update(issue.id, { updatedAt: now });
    announceDependency(world, actor, issue.id, blocker.id, 'added');
    return row;
  });
}

/** Throws Refusal 404 when there is no such edge. */
export function removeBlockedBy(world: World, actor: SignedIn, issue: IssueRow, blocker: IssueRow): void {
  const row = world.state.dependencies.one('pair', `${issue.id}/${blocker.id}`);
  if (row === undefined) throw new Refusal(404, 'The provided dependency does not exist');
  world.state.transaction(() => {
    world.state.dependencies.delete(row.id);
    world.state.issues.update(issue.id, { updatedAt: world.instant() });
    announceDependency(world, actor, issue.id, blocker.id, 'removed');
  });
}

export function subIssuesOf(world: World, issue: IssueRow): IssueRow[] {
  return issue.subIssueIds.map((id) => world.state.issues.need(id));
}

export function blockersOf(world: World, issue: IssueRow): IssueRow[] {
  return world.state.dependencies.where('issue', issue.id).map((row) => world.state.issues.need(row.blockerId));
}

export function blockedBy(world: World, issue: IssueRow): IssueRow[] {
  return world.state.dependencies.where('blocker', issue.id).map((row) => world.state.issues.need(row.issueId));
}

function checkEnds(world: World, one: IssueRow, other: IssueRow, failed: string): void {
  if (one.isPull || other.isPull) throw new Refusal(422, `${failed} Pull requests cannot take part`);
  const owner = (issue: IssueRow): number => world.state.repositories.need(issue.repoId).ownerId;
  if (owner(one) !== owner(other)) throw new Refusal(422, `${failed} Both issues must have the same owner`);
}

function refused(reason: string): Refusal {
  return new Refusal(422, `${addFailed} ${reason}`);
}

function validation(reason: string): Refusal {
  return new Refusal(422, `Validation failed: ${reason}`);
}

function ancestorIds(world: World, issue: IssueRow): number[] {
  const ids: number[] = [];
  let parentId = issue.parentId;
  while (parentId !== null) {
    ids.push(parentId);
    parentId = world.state.issues.need(parentId).parentId;
  }
  return ids;
}

function heightOf(world: World, issue: IssueRow): number {
  return 1 + Math.max(-1, ...subIssuesOf(world, issue).map((child) => heightOf(world, child)));
}

/** True when `from` waits, directly or through others, for `target`. */
function waitsFor(world: World, from: number, target: number): boolean {
  const seen = new Set<number>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === target) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...world.state.dependencies.where('issue', id).map((row) => row.blockerId));
  }
  return false;
}

/** GitHub tells both ends: the parent's repository that it got a child, and the child's that it got a parent. */
function announceSubIssue(
  world: World,
  actor: SignedIn,
  parent: IssueRow,
  child: IssueRow,
  what: 'added' | 'removed',
): void {
  const parentRepo = world.state.repositories.need(parent.repoId);
  const childRepo = world.state.repositories.need(child.repoId);
  const both = {
    sub_issue_id: child.id,
    sub_issue: issueShape(world, child),
    parent_issue_id: parent.id,
    parent_issue: issueShape(world, parent),
  };
  world.emit('sub_issues', childRepo, actor.user, {
    action: `parent_issue_${what}`,
    ...both,
    parent_issue_repo: repositoryShape(world, parentRepo, actor),
  });
  world.emit('sub_issues', parentRepo, actor.user, {
    action: `sub_issue_${what}`,
    ...both,
    sub_issue_repo: repositoryShape(world, childRepo, actor),
  });
}

function announceDependency(
  world: World,
  actor: SignedIn,
  issueId: number,
  blockerId: number,
  what: 'added' | 'removed',
): void {
  const blocked = world.state.issues.need(issueId);
  const blocking = world.state.issues.need(blockerId);
  const blockedRepo = world.state.repositories.need(blocked.repoId);
  const blockingRepo = world.state.repositories.need(blocking.repoId);
  const both = {
    blocked_issue_id: blocked.id,
    blocked_issue: issueShape(world, blocked),
    blocking_issue_id: blocking.id,
    blocking_issue: issueShape(world, blocking),
  };
  world.emit('issue_dependencies', blockedRepo, actor.user, {
    action: `blocked_by_${what}`,
    ...both,
    blocking_issue_repo: repositoryShape(world, blockingRepo, actor),
  });
  world.emit('issue_dependencies', blockingRepo, actor.user, {
    action: `blocking_${what}`,
    ...both,
    blocked_issue_repo: repositoryShape(world, blockedRepo, actor),
  });
}
