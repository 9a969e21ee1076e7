import { findRepo, type Needs, signedIn } from './access.ts';
import type { Reply, RouteRequest, Routes, World } from './context.ts';
import { booleanOf, choiceOf, pathNumber, requiredText, textOf } from './fields.ts';
import { diffFiles } from './git-diff.ts';
import { commonAncestor, readCommits } from './git-objects.ts';
import { paged } from './paging.ts';
import { createPull, findPull, type PullEdit, submitReview, updatePull } from './pulls.ts';
import { mergePull, pullMergeability } from './pulls-merge.ts';
import { invalid, Refusal } from './refusal.ts';
import type { PullRow, RepositoryRow, ReviewRow } from './rows.ts';
import { commitShape, fileShape } from './shapes-git.ts';
import { pullShape, reviewShape, simplePullShape } from './shapes-pulls.ts';

const READ: Needs = { app: 'pull_requests:read', user: 'read' };
const WRITE: Needs = { app: 'pull_requests:write', user: 'write' };
// Anybody who can read may propose, edit their own and review.
const TAKE_PART: Needs = { app: 'pull_requests:write', user: 'read' };
const MERGE: Needs = { app: 'contents:write', user: 'write' };

export function registerPulls(routes: Routes, world: World): void {
  const one = '/repos/{owner}/{repo}/pulls/{pull_number}';
  routes.add('GET', '/repos/{owner}/{repo}/pulls', (request) => listPulls(world, request));
  routes.add('POST', '/repos/{owner}/{repo}/pulls', (request) => postPull(world, request));
  routes.add('GET', one, (request) => getPull(world, request));
  routes.add('PATCH', one, (request) => patchPull(world, request));
  routes.add('PUT', `${one}/merge`, (request) => putMerge(world, request));
  routes.add('GET', `${one}/files`, (request) => listFiles(world, request));
  routes.add('GET', `${one}/commits`, (request) => listCommits(world, request));
  routes.add('GET', `${one}/reviews`, (request) => listReviews(world, request));
  routes.add('POST', `${one}/reviews`, (request) => postReview(world, request));
}

function repoOf(world: World, request: RouteRequest, needs: Needs): RepositoryRow {
  return findRepo(world, request.actor, request.params.owner ?? '', request.params.repo ?? '', needs);
}

function pullOf(world: World, request: RouteRequest, needs: Needs): { repo: RepositoryRow; pull: PullRow } {
  const repo = repoOf(world, request, needs);
  return { repo, pull: findPull(world, repo, pathNumber(request.params.pull_number)) };
}

function listPulls(world: World, request: RouteRequest): Reply {
  const repo = repoOf(world, request, READ);
  const { query } = request;
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const owner = world.state.users.need(repo.ownerId).login;
  const issueOf = (pull: PullRow): { createdAt: string; updatedAt: string; state: string } =>
    world.state.issues.need(pull.issueId);
  const pulls = world.state.pulls
    .where('repo', repo.id)
    .filter((pull) => state === 'all' || issueOf(pull).state === state)
    // GitHub ignores a head that is not written as owner:branch.
    .filter((pull) => head === null || !head.includes(':') || `${owner}:${pull.headRef}` === head)
    .filter((pull) => base === null || pull.baseRef === base)
    .filter((pull) => world.listed(issueOf(pull).createdAt));
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const descending = (query.get('direction') ?? (query.has('sort') ? 'asc' : 'desc')) === 'desc';
  pulls.sort((a, b) => (issueOf(a)[key] < issueOf(b)[key] ? -1 : 1) * (descending ? -1 : 1));
  return paged(world, request, pulls, (pull) => simplePullShape(world, pull, request.actor));
}

async function postPull(world: World, request: RouteRequest): Promise<Reply> {
  const repo = repoOf(world, request, TAKE_PART);
  const { body } = request;
  const pull = await createPull(world, signedIn(request.actor), repo, {
    title: requiredText(body, 'title', 'PullRequest'),
    body: textOf(body, 'body'),
    head: requiredText(body, 'head', 'PullRequest'),
    base: requiredText(body, 'base', 'PullRequest'),
    draft: booleanOf(body, 'draft') ?? false,
  });
  const shape = pullShape(world, pull, request.actor);
  return { status: 201, body: shape, headers: { location: String(shape.url) } };
}

async function getPull(world: World, request: RouteRequest): Promise<Reply> {
  const { pull } = pullOf(world, request, READ);
  const shown = await pullMergeability(world, pull);
  return { status: 200, body: pullShape(world, world.state.pulls.need(pull.id), request.actor, shown) };
}

async function patchPull(world: World, request: RouteRequest): Promise<Reply> {
  const { repo, pull } = pullOf(world, request, TAKE_PART);
  const actor = signedIn(request.actor);
  const author = world.state.issues.need(pull.issueId).userId;
  if (actor.user.id !== author) repoOf(world, request, WRITE);
  const { body } = request;
  const title = textOf(body, 'title');
  const state = choiceOf(body, 'state', ['open', 'closed']);
  const base = textOf(body, 'base');
  const edit: PullEdit = {
    ...(title === null ? {} : { title }),
    ...(body.body === undefined ? {} : { body: textOf(body, 'body') }),
    ...(state === null ? {} : { state }),
    ...(base === null ? {} : { base }),
  };
  const edited = await updatePull(world, actor, findPull(world, repo, pull.number), edit);
  const shown = await pullMergeability(world, edited);
  return { status: 200, body: pullShape(world, world.state.pulls.need(pull.id), request.actor, shown) };
}

async function putMerge(world: World, request: RouteRequest): Promise<Reply> {
  const { pull } = pullOf(world, request, MERGE);
  const { body } = request;
  const method = choiceOf(body, 'merge_method', ['merge', 'squash', 'rebase']) ?? 'merge';
  if (method === 'rebase') throw new Refusal(405, 'Rebase merges are not allowed on this repository.');
  const sha = await mergePull(world, signedIn(request.actor), pull, {
    sha: textOf(body, 'sha'),
    method,
    title: textOf(body, 'commit_title'),
    message: textOf(body, 'commit_message'),
  });
  return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } };
}

async function listFiles(world: World, request: RouteRequest): Promise<Reply> {
  const { repo, pull } = pullOf(world, request, READ);
  const gitDir = world.gitDir(repo);
  const from = (await commonAncestor(gitDir, pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const files = await diffFiles(gitDir, from, pull.headSha);
  return paged(world, request, files, (file) => fileShape(world, repo, pull.headSha, file));
}

async function listCommits(world: World, request: RouteRequest): Promise<Reply> {
  const { repo, pull } = pullOf(world, request, READ);
  const commits = await readCommits(world.gitDir(repo), ['--reverse', `${pull.baseSha}..${pull.headSha}`]);
  return paged(world, request, commits, (commit) => commitShape(world, repo, commit));
}

function listReviews(world: World, request: RouteRequest): Reply {
  const { pull } = pullOf(world, request, READ);
  return paged(world, request, world.state.reviews.where('pull', pull.id), (review) => reviewShape(world, review));
}

const EVENTS: Readonly<Record<'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT', ReviewRow['state']>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

function postReview(world: World, request: RouteRequest): Reply {
  const { pull } = pullOf(world, request, TAKE_PART);
  const event = choiceOf(request.body, 'event', ['APPROVE', 'REQUEST_CHANGES', 'COMMENT']);
  // Without an event GitHub keeps a private draft, which this model does not have.
  if (event === null) throw invalid({ resource: 'PullRequestReview', code: 'missing_field', field: 'event' });
  const body = textOf(request.body, 'body') ?? '';
  if (event !== 'APPROVE' && body.trim() === '') {
    throw new Refusal(422, 'Unprocessable Entity', ['Review body cannot be blank']);
  }
  const review = submitReview(world, signedIn(request.actor), pull, { state: EVENTS[event], body });
  return { status: 200, body: reviewShape(world, review) };
}
