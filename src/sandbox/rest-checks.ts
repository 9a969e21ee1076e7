import { findRepo, type Needs } from './access.ts';
import type { CheckRunFields } from './checks.ts';
import { createCheckRun, latestOf, requiredChecks, updateCheckRun } from './checks.ts';
import type { Reply, RouteRequest, Routes, SignedIn, World } from './context.ts';
import { choiceOf, pathNumber, requiredText, textOf } from './fields.ts';
import { findCommit, readCommit } from './git-objects.ts';
import { pageOf } from './paging.ts';
import { notFound, Refusal } from './refusal.ts';
import type { CheckRunRow, RepositoryRow } from './rows.ts';
import { branchRules, checkRunShape, combinedStatusShape } from './shapes-checks.ts';
import { repositoryShape } from './shapes-repository.ts';

const READ: Needs = { app: 'checks:read', user: 'read' };
const WRITE: Needs = { app: 'checks:write', user: 'write' };

const CONCLUSIONS = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
  'stale',
] as const;

export function registerChecks(routes: Routes, world: World): void {
  const repo = '/repos/{owner}/{repo}';
  const wide = { wide: ['ref'] };
  routes.add('POST', `${repo}/check-runs`, (request) => postRun(world, request));
  routes.add('GET', `${repo}/check-runs/{check_run_id}`, (request) => getRun(world, request));
  routes.add('PATCH', `${repo}/check-runs/{check_run_id}`, (request) => patchRun(world, request));
  routes.add('GET', `${repo}/commits/{ref}/check-runs`, (request) => listRuns(world, request), wide);
  routes.add('GET', `${repo}/commits/{ref}/status`, (request) => getStatus(world, request), wide);
  routes.add('GET', `${repo}/rules/branches/{branch}`, (request) => listRules(world, request), { wide: ['branch'] });
}

function repoOf(world: World, request: RouteRequest, needs: Needs): RepositoryRow {
  return findRepo(world, request.actor, request.params.owner ?? '', request.params.repo ?? '', needs);
}

async function commitOf(world: World, repo: RepositoryRow, ref: string | undefined): Promise<string> {
  const sha = await findCommit(world.gitDir(repo), ref ?? '');
  if (sha === null) throw new Refusal(422, `No commit found for SHA: ${ref ?? ''}`);
  return sha;
}

/** Only Apps may write check runs. */
function appActor(request: RouteRequest): Extract<SignedIn, { kind: 'installation' }> {
  if (request.actor.kind === 'installation') return request.actor;
  throw new Refusal(403, 'You must authenticate via a GitHub App.');
}

async function postRun(world: World, request: RouteRequest): Promise<Reply> {
  const repo = repoOf(world, request, WRITE);
  const actor = appActor(request);
  const name = requiredText(request.body, 'name', 'CheckRun');
  const sha = await commitOf(world, repo, requiredText(request.body, 'head_sha', 'CheckRun'));
  const gitDir = world.gitDir(repo);
  const commit = await readCommit(gitDir, sha);
  const branch = branchAt(world, repo, sha);
  const fields = { ...runFields(request), name, app: actor.app, commit, branch };
  return { status: 201, body: checkRunShape(world, createCheckRun(world, actor.user, repo, fields)) };
}

function branchAt(world: World, repo: RepositoryRow, sha: string): string | null {
  const row = world.state.refs.where('repo', repo.id).find((ref) => ref.sha === sha);
  return row === undefined ? null : row.ref.replace(/^refs\/heads\//, '');
}

function runFields(request: RouteRequest): CheckRunFields {
  const { body } = request;
  const status = choiceOf(body, 'status', ['queued', 'in_progress', 'completed']);
  const conclusion = choiceOf(body, 'conclusion', CONCLUSIONS);
  if (status === 'completed' && conclusion === null) {
    throw new Refusal(422, 'Invalid request.\n\nA conclusion is needed when status is completed.');
  }
  const startedAt = instantOf(request, 'started_at');
  const completedAt = instantOf(request, 'completed_at');
  const externalId = textOf(body, 'external_id');
  const detailsUrl = textOf(body, 'details_url');
  const output = outputOf(body.output);
  return {
    ...(status === null ? {} : { status }),
    ...(conclusion === null ? {} : { conclusion }),
    ...(startedAt === null ? {} : { startedAt }),
    ...(completedAt === null ? {} : { completedAt }),
    ...(externalId === null ? {} : { externalId }),
    ...(detailsUrl === null ? {} : { detailsUrl }),
    ...(output === null ? {} : { output }),
  };
}

function instantOf(request: RouteRequest, name: string): string | null {
  const text = textOf(request.body, name);
  if (text === null) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new Refusal(422, `Invalid request.\n\n${text} is not a valid date-time.`);
  return new Date(at).toISOString();
}

function outputOf(value: unknown): Partial<CheckRunRow['output']> | null {
  if (typeof value !== 'object' || value === null) return null;
  const body = value as Readonly<Record<string, unknown>>;
  const output: Record<string, string> = {};
  for (const name of ['title', 'summary', 'text']) {
    const text = textOf(body, name);
    if (text !== null) output[name] = text;
  }
  return output;
}

function findRun(world: World, request: RouteRequest, needs: Needs): CheckRunRow {
  const repo = repoOf(world, request, needs);
  const run = world.state.checkRuns.get(pathNumber(request.params.check_run_id));
  if (run === undefined || run.repoId !== repo.id) throw notFound();
  return run;
}

function getRun(world: World, request: RouteRequest): Reply {
  return { status: 200, body: checkRunShape(world, findRun(world, request, READ)) };
}

async function patchRun(world: World, request: RouteRequest): Promise<Reply> {
  const run = findRun(world, request, WRITE);
  const actor = appActor(request);
  if (run.appId !== actor.app.id)
    throw new Refusal(403, 'Invalid app_id - check run can only be modified by the App that made it.');
  const name = textOf(request.body, 'name');
  const fields = { ...runFields(request), ...(name === null ? {} : { name }) };
  const commit = await readCommit(world.gitDir(world.state.repositories.need(run.repoId)), run.headSha);
  const current = world.state.checkRuns.need(run.id);
  return { status: 200, body: checkRunShape(world, updateCheckRun(world, actor.user, current, fields, commit)) };
}

async function listRuns(world: World, request: RouteRequest): Promise<Reply> {
  const repo = repoOf(world, request, READ);
  const sha = await commitOf(world, repo, request.params.ref);
  const { query } = request;
  const all = world.state.checkRuns.where('sha', `${repo.id}/${sha}`);
  const name = query.get('check_name');
  const status = query.get('status');
  const appId = query.get('app_id');
  const runs = (query.get('filter') === 'all' ? all : latestOf(all)).filter(
    (run) =>
      (name === null || run.name === name) &&
      (status === null || run.status === status) &&
      (appId === null || String(run.appId) === appId),
  );
  // The newest first, as GitHub answers.
  runs.sort((a, b) => b.id - a.id);
  const { perPage, page, headers } = pageOf(world, request, runs.length);
  const shown = runs.slice((page - 1) * perPage, page * perPage).map((run) => checkRunShape(world, run));
  return { status: 200, body: { total_count: runs.length, check_runs: shown }, headers };
}

async function getStatus(world: World, request: RouteRequest): Promise<Reply> {
  const repo = repoOf(world, request, { app: 'statuses:read', user: 'read' });
  const sha = await commitOf(world, repo, request.params.ref);
  return { status: 200, body: combinedStatusShape(world, repo, repositoryShape(world, repo, request.actor), sha) };
}

function listRules(world: World, request: RouteRequest): Reply {
  const repo = repoOf(world, request, { app: 'metadata:read', user: 'read' });
  return { status: 200, body: branchRules(world, repo, requiredChecks(repo, request.params.branch ?? '')) };
}
