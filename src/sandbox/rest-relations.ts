import { findRepo, signedIn } from './access.ts';
import type { RouteRequest, Routes, World } from './context.ts';
import { booleanOf, pathNumber, requiredInteger } from './fields.ts';
import { findIssue } from './issues.ts';
import { paged } from './paging.ts';
import { notFound, Refusal } from './refusal.ts';
import {
  addBlockedBy,
  addSubIssue,
  blockedBy,
  blockersOf,
  removeBlockedBy,
  removeSubIssue,
  subIssuesOf,
} from './relations.ts';
import { issueShape } from './shapes-issues.ts';
import type { IssueRow } from './state.ts';

const issue = '/repos/{owner}/{repo}/issues/{issue_number}';

/** Sub-issues and dependencies. Bodies name the other issue by database id, not by number. */
export function registerRelations(routes: Routes, world: World): void {
  const { issues } = world.state;
  const answer = (status: number, row: IssueRow): { status: number; body: unknown } => ({
    status,
    body: issueShape(world, issues.need(row.id)),
  });
  const list = (template: string, of: (world: World, row: IssueRow) => IssueRow[]): void =>
    routes.add('GET', template, (request) => {
      const rows = of(world, addressed(world, request, 'read')).filter((row) => world.listed(row.createdAt));
      return paged(world, request, rows, (row) => issueShape(world, row));
    });

  list(`${issue}/sub_issues`, subIssuesOf);
  list(`${issue}/dependencies/blocked_by`, blockersOf);
  list(`${issue}/dependencies/blocking`, blockedBy);

  routes.add('POST', `${issue}/sub_issues`, (request) => {
    const parent = addressed(world, request, 'write');
    const child = byId(world, requiredInteger(request.body, 'sub_issue_id'), 'sub-issue');
    addSubIssue(world, signedIn(request.actor), parent, child, booleanOf(request.body, 'replace_parent') ?? false);
    return answer(201, parent);
  });

  routes.add('DELETE', `${issue}/sub_issue`, (request) => {
    const parent = addressed(world, request, 'write');
    const child = byId(world, requiredInteger(request.body, 'sub_issue_id'), 'sub-issue');
    removeSubIssue(world, signedIn(request.actor), parent, child);
    return answer(200, parent);
  });

  routes.add('GET', `${issue}/parent`, (request) => {
    const { parentId } = addressed(world, request, 'read');
    if (parentId === null) throw notFound();
    return answer(200, issues.need(parentId));
  });

  routes.add('POST', `${issue}/dependencies/blocked_by`, (request) => {
    const blocked = addressed(world, request, 'write');
    const blocker = byId(world, requiredInteger(request.body, 'issue_id'), 'dependency');
    addBlockedBy(world, signedIn(request.actor), blocked, blocker);
    return answer(201, blocked);
  });

  routes.add('DELETE', `${issue}/dependencies/blocked_by/{issue_id}`, (request) => {
    const blocked = addressed(world, request, 'write');
    const blocker = byId(world, pathNumber(request.params.issue_id), 'dependency');
    removeBlockedBy(world, signedIn(request.actor), blocked, blocker);
    return answer(200, blocked);
  });
}

function addressed(world: World, request: RouteRequest, what: 'read' | 'write'): IssueRow {
  const { owner = '', repo: name = '', issue_number: number } = request.params;
  const repo = findRepo(world, request.actor, owner, name, { app: `issues:${what}`, user: what });
  return findIssue(world, repo, pathNumber(number));
}

function byId(world: World, id: number, what: string): IssueRow {
  const row = world.state.issues.get(id);
  if (row === undefined) throw new Refusal(404, `The provided ${what} does not exist`);
  return row;
}
