import { findRepo, ownsOrWrites, signedIn } from './access.ts';
import { findUser } from './accounts.ts';
import type { Reply, RouteRequest, Routes, SignedIn, World } from './context.ts';
import { choiceOf, namesOf, pathNumber, requiredText, textOf } from './fields.ts';
import { closeIssue, createIssue, editIssue, findIssue, reopenIssue, setAssignees } from './issues.ts';
import { addLabels, ensureLabels, removeLabel, setLabels } from './labels.ts';
import { paged } from './paging.ts';
import { findPull, updatePull } from './pulls.ts';
import { invalid, Refusal } from './refusal.ts';
import { issueShape, issueUrl, labelEventShape, labelShape } from './shapes-issues.ts';
import type { IssueRow, RepositoryRow } from './state.ts';

const issues = '/repos/{owner}/{repo}/issues';
const issue = `${issues}/{issue_number}`;

/** Issues (and the issue half of pull requests) with their labels. */
export function registerIssues(routes: Routes, world: World): void {
  routes.add('GET', issues, (request) => {
    const rows = filtered(world, repoFor(world, request, 'read'), request.query);
    return paged(world, request, rows, (row) => issueShape(world, row));
  });

  routes.add('POST', issues, (request) => {
    const actor = signedIn(request.actor);
    const repo = repoFor(world, request, 'create');
    const created = world.state.transaction(() => {
      const mayLabel = ownsOrWrites(world, actor, repo, -1);
      const labels = mayLabel ? ensureLabels(world, repo, namesOf(request.body, 'labels') ?? []) : [];
      return createIssue(world, actor, repo, {
        title: titleOf(request),
        body: textOf(request.body, 'body'),
        labelIds: labels.map((label) => label.id),
        assigneeIds: mayLabel ? (assigneesOf(world, request) ?? []) : [],
      });
    });
    return { status: 201, body: issueShape(world, created), headers: { location: issueUrl(world, created) } };
  });

  routes.add('GET', issue, (request) => ({
    status: 200,
    body: issueShape(world, numbered(world, repoFor(world, request, 'read'), request)),
  }));

  routes.add('PATCH', issue, (request) => {
    const actor = signedIn(request.actor);
    const repo = repoFor(world, request, 'create');
    const row = numbered(world, repo, request);
    if (!ownsOrWrites(world, actor, repo, row.userId)) throw new Refusal(403, 'Must have admin rights to Repository.');
    if (row.isPull) return patchPull(world, actor, repo, row, request);
    world.state.transaction(() => patchIssue(world, actor, repo, row, request));
    return { status: 200, body: issueShape(world, world.state.issues.need(row.id)) };
  });

  routes.add('POST', `${issue}/labels`, (request) => {
    const repo = repoFor(world, request, 'write');
    const row = numbered(world, repo, request);
    const names = namesOf(request.body, 'labels') ?? [];
    const labelled = world.state.transaction(() =>
      addLabels(world, signedIn(request.actor), row, ensureLabels(world, repo, names)),
    );
    return { status: 200, body: labelsOf(world, labelled) };
  });

  // of all that happens to an issue, only its labels
  routes.add('GET', `${issue}/events`, (request) => {
    const row = numbered(world, repoFor(world, request, 'read'), request);
    return paged(world, request, world.state.labelEvents.where('issue', row.id), (one) => labelEventShape(world, one));
  });

  routes.add('DELETE', `${issue}/labels/{name}`, (request) => {
    const row = numbered(world, repoFor(world, request, 'write'), request);
    const left = removeLabel(world, signedIn(request.actor), row, request.params.name ?? '');
    return { status: 200, body: labelsOf(world, left) };
  });
}

function repoFor(world: World, request: RouteRequest, what: 'read' | 'create' | 'write'): RepositoryRow {
  const { owner = '', repo = '' } = request.params;
  const app = what === 'read' ? 'issues:read' : 'issues:write';
  return findRepo(world, request.actor, owner, repo, { app, user: what === 'write' ? 'write' : 'read' });
}

function numbered(world: World, repo: RepositoryRow, request: RouteRequest): IssueRow {
  return findIssue(world, repo, pathNumber(request.params.issue_number));
}

function labelsOf(world: World, row: IssueRow): unknown[] {
  return row.labelIds.map((id) => labelShape(world, world.state.labels.need(id)));
}

/** GitHub takes numbers as titles too. */
function titleOf(request: RouteRequest): string {
  const { title } = request.body;
  return typeof title === 'number' ? String(title) : requiredText(request.body, 'title', 'Issue');
}

function assigneesOf(world: World, request: RouteRequest): number[] | null {
  const logins = namesOf(request.body, 'assignees');
  if (logins === null) return null;
  return logins.map((login) => {
    const user = findUser(world, login);
    if (user === undefined) throw invalid({ resource: 'Issue', code: 'invalid', field: 'assignees', value: login });
    return user.id;
  });
}

function patchIssue(world: World, actor: SignedIn, repo: RepositoryRow, row: IssueRow, request: RouteRequest): void {
  editIssue(world, actor, row, textEdit(request));
  patchPeople(world, actor, repo, row, request);
  const state = choiceOf(request.body, 'state', ['open', 'closed']);
  const reason = choiceOf(request.body, 'state_reason', ['completed', 'not_planned', 'duplicate', 'reopened']);
  if (state === 'open') reopenIssue(world, actor.user, world.state.issues.need(row.id));
  if (state === 'closed') {
    const why = reason === null || reason === 'reopened' ? 'completed' : reason;
    closeIssue(world, actor.user, world.state.issues.need(row.id), why);
  }
}

/** The issue half of a pull request: its text and state follow the rules of pull requests. */
async function patchPull(
  world: World,
  actor: SignedIn,
  repo: RepositoryRow,
  row: IssueRow,
  request: RouteRequest,
): Promise<Reply> {
  const state = choiceOf(request.body, 'state', ['open', 'closed']);
  const pull = findPull(world, repo, row.number);
  await updatePull(world, actor, pull, { ...textEdit(request), ...(state === null ? {} : { state }) });
  world.state.transaction(() => patchPeople(world, actor, repo, row, request));
  return { status: 200, body: issueShape(world, world.state.issues.need(row.id)) };
}

function textEdit({ body }: RouteRequest): { readonly title?: string; readonly body?: string | null } {
  const title = textOf(body, 'title');
  return { ...(title === null ? {} : { title }), ...('body' in body ? { body: textOf(body, 'body') } : {}) };
}

function patchPeople(world: World, actor: SignedIn, repo: RepositoryRow, row: IssueRow, request: RouteRequest): void {
  if (!ownsOrWrites(world, actor, repo, -1)) return;
  const names = namesOf(request.body, 'labels');
  if (names !== null) {
    const ids = ensureLabels(world, repo, names).map((label) => label.id);
    setLabels(world, actor, world.state.issues.need(row.id), ids);
  }
  const assignees = assigneesOf(world, request);
  if (assignees !== null) setAssignees(world, world.state.issues.need(row.id), assignees);
}

function filtered(world: World, repo: RepositoryRow, query: URLSearchParams): IssueRow[] {
  const state = query.get('state') ?? 'open';
  const labels = (query.get('labels') ?? '').split(',').filter((name) => name !== '');
  const creator = query.get('creator')?.toLowerCase();
  const assignee = query.get('assignee')?.toLowerCase();
  const since = sinceOf(query);
  const loginOf = (id: number): string => world.state.users.need(id).login.toLowerCase();
  const isAssigned = (row: IssueRow, login: string): boolean => {
    if (login === 'none') return row.assigneeIds.length === 0;
    return row.assigneeIds.some((id) => login === '*' || loginOf(id) === login);
  };
  const rows = world.state.issues.where('repo', repo.id).filter((row) => {
    if (!world.listed(row.createdAt)) return false;
    if (state !== 'all' && row.state !== state) return false;
    if (since !== null && Date.parse(row.updatedAt) < since) return false;
    if (creator !== undefined && loginOf(row.userId) !== creator) return false;
    if (assignee !== undefined && !isAssigned(row, assignee)) return false;
    const has = new Set(row.labelIds.map((id) => world.state.labels.need(id).name.toLowerCase()));
    return labels.every((name) => has.has(name.toLowerCase()));
  });
  return sorted(world, rows, query);
}

function sorted(world: World, rows: IssueRow[], query: URLSearchParams): IssueRow[] {
  const sort = query.get('sort');
  const key = (row: IssueRow): string | number => {
    if (sort === 'updated') return row.updatedAt;
    if (sort === 'comments') return world.state.comments.where('issue', row.id).length;
    return row.createdAt;
  };
  const sign = query.get('direction') === 'asc' ? 1 : -1;
  return rows.sort((a, b) => {
    const [one, two] = [key(a), key(b)];
    return sign * (one < two ? -1 : one > two ? 1 : a.id - b.id);
  });
}

/** `since` in milliseconds, null when absent. Throws Refusal 422 for anything that is no time. */
export function sinceOf(query: URLSearchParams): number | null {
  const text = query.get('since');
  if (text === null) return null;
  const since = Date.parse(text);
  if (Number.isNaN(since)) throw new Refusal(422, `Invalid request.\n\n"${text}" is not a valid "since".`);
  return since;
}
