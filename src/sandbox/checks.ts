// Checks: suites, runs, their webhooks, and what they add up to.
// Promise: one suite per (repository, commit, App); a suite's status always follows from its runs.
// May import: state, shapes. Invariant: every change of a run announces itself in the same transaction.
import type { World } from './context.ts';
import type { CommitInfo } from './git-objects.ts';
import { checkSuiteShape, webhookCheckRun } from './shapes-checks.ts';
import type {
  AppRow,
  CheckConclusion,
  CheckRunRow,
  CheckStatus,
  CheckSuiteRow,
  RepositoryRow,
  UserRow,
} from './state.ts';

export interface CheckRunFields {
  readonly status?: CheckStatus;
  readonly conclusion?: CheckConclusion | null;
  readonly startedAt?: string;
  readonly completedAt?: string | null;
  readonly detailsUrl?: string | null;
  readonly externalId?: string;
  readonly output?: Partial<CheckRunRow['output']>;
}

export interface NewCheckRun extends CheckRunFields {
  readonly name: string;
  readonly app: AppRow;
  readonly commit: CommitInfo;
  readonly branch: string | null;
  readonly beforeSha?: string | null;
}

const NO_OUTPUT: CheckRunRow['output'] = { title: null, summary: null, text: null };

/** A new run in the suite of its App and commit. A conclusion makes it completed. */
export function createCheckRun(world: World, sender: UserRow, repo: RepositoryRow, fields: NewCheckRun): CheckRunRow {
  return world.state.transaction(() => {
    const suite = ensureSuite(world, repo, fields);
    const run = world.state.checkRuns.insert({
      repoId: repo.id,
      suiteId: suite.id,
      appId: fields.app.id,
      headSha: fields.commit.sha,
      name: fields.name,
      status: 'queued',
      conclusion: null,
      startedAt: world.instant(),
      completedAt: null,
      detailsUrl: null,
      externalId: '',
      output: NO_OUTPUT,
    });
    const written = world.state.checkRuns.update(run.id, runPatch(world, run, fields));
    emitRun(world, repo, sender, written, 'created');
    if (written.status === 'completed') emitRun(world, repo, sender, written, 'completed');
    settleSuite(world, repo, sender, written.suiteId, fields.commit);
    return written;
  });
}

export function updateCheckRun(
  world: World,
  sender: UserRow,
  run: CheckRunRow,
  fields: CheckRunFields & { readonly name?: string },
  commit: CommitInfo,
): CheckRunRow {
  return world.state.transaction(() => {
    const repo = world.state.repositories.need(run.repoId);
    const patch = runPatch(world, run, fields);
    const written = world.state.checkRuns.update(run.id, { ...patch, name: fields.name ?? run.name });
    if (written.status === 'completed' && run.status !== 'completed')
      emitRun(world, repo, sender, written, 'completed');
    settleSuite(world, repo, sender, run.suiteId, commit);
    return written;
  });
}

function runPatch(world: World, run: CheckRunRow, fields: CheckRunFields): Partial<CheckRunRow> {
  const concluded = fields.conclusion !== undefined && fields.conclusion !== null;
  const status = concluded ? 'completed' : (fields.status ?? run.status);
  const completed = status === 'completed';
  return {
    status,
    conclusion: completed ? (fields.conclusion ?? run.conclusion) : null,
    startedAt: fields.startedAt ?? run.startedAt,
    completedAt: completed ? (fields.completedAt ?? run.completedAt ?? world.instant()) : null,
    detailsUrl: fields.detailsUrl === undefined ? run.detailsUrl : fields.detailsUrl,
    externalId: fields.externalId ?? run.externalId,
    output: { ...run.output, ...fields.output },
  };
}

function ensureSuite(world: World, repo: RepositoryRow, fields: NewCheckRun): CheckSuiteRow {
  const suites = world.state.checkSuites.where('sha', `${repo.id}/${fields.commit.sha}`);
  const existing = suites.find((suite) => suite.appId === fields.app.id);
  if (existing !== undefined) return existing;
  const now = world.instant();
  return world.state.checkSuites.insert({
    repoId: repo.id,
    appId: fields.app.id,
    headSha: fields.commit.sha,
    headBranch: fields.branch,
    beforeSha: fields.beforeSha ?? null,
    status: 'queued',
    conclusion: null,
    createdAt: now,
    updatedAt: now,
  });
}

/** Derives a suite's status from its runs and announces that it is complete when it has just become so. */
function settleSuite(world: World, repo: RepositoryRow, sender: UserRow, suiteId: number, commit: CommitInfo): void {
  const suite = world.state.checkSuites.need(suiteId);
  const runs = latestOf(world.state.checkRuns.where('suite', suiteId));
  const status = statusOf(runs);
  const conclusion = status === 'completed' ? worstConclusion(runs) : null;
  if (status === suite.status && conclusion === suite.conclusion) return;
  const written = world.state.checkSuites.update(suiteId, { status, conclusion, updatedAt: world.instant() });
  if (status !== 'completed') return;
  world.emit('check_suite', repo, sender, {
    action: 'completed',
    check_suite: checkSuiteShape(world, written, commit, runs.length),
  });
}

function statusOf(runs: readonly CheckRunRow[]): CheckStatus {
  if (runs.every((run) => run.status === 'completed')) return 'completed';
  return runs.every((run) => run.status === 'queued') ? 'queued' : 'in_progress';
}

const FROM_WORST: readonly CheckConclusion[] = [
  'action_required',
  'timed_out',
  'cancelled',
  'failure',
  'stale',
  'success',
  'neutral',
  'skipped',
];

function worstConclusion(runs: readonly CheckRunRow[]): CheckConclusion {
  return FROM_WORST.find((conclusion) => runs.some((run) => run.conclusion === conclusion)) ?? 'neutral';
}

function emitRun(
  world: World,
  repo: RepositoryRow,
  sender: UserRow,
  run: CheckRunRow,
  action: 'created' | 'completed',
): void {
  world.emit('check_run', repo, sender, { action, check_run: webhookCheckRun(world, run) });
}

/** The newest run of each (App, name): what counts. In order of id. */
export function latestOf(runs: readonly CheckRunRow[]): CheckRunRow[] {
  const latest = new Map<string, CheckRunRow>();
  for (const run of runs) latest.set(`${run.appId}/${run.name}`, run);
  return [...latest.values()].sort((a, b) => a.id - b.id);
}

export function latestRuns(world: World, repo: RepositoryRow, sha: string): CheckRunRow[] {
  return latestOf(world.state.checkRuns.where('sha', `${repo.id}/${sha}`));
}

export type RollupState = 'SUCCESS' | 'FAILURE' | 'PENDING';

/** What all checks of a commit add up to; null when it has none. One failure outweighs what still runs. */
export function statusRollup(
  world: World,
  repo: RepositoryRow,
  sha: string,
): { readonly state: RollupState; readonly runs: readonly CheckRunRow[] } | null {
  const runs = latestRuns(world, repo, sha);
  if (runs.length === 0) return null;
  if (runs.some((run) => run.status === 'completed' && !isPassing(run))) return { state: 'FAILURE', runs };
  return { state: runs.some((run) => run.status !== 'completed') ? 'PENDING' : 'SUCCESS', runs };
}

export function isPassing(run: CheckRunRow): boolean {
  return run.conclusion === 'success' || run.conclusion === 'neutral' || run.conclusion === 'skipped';
}

/** Names of the checks that must pass before something may be merged into this branch. */
export function requiredChecks(repo: RepositoryRow, branch: string): readonly string[] {
  return branch === repo.defaultBranch ? repo.requiredChecks : [];
}

/** One sentence, in GitHub's words, for each required check that has not passed on this commit. */
export function unmetChecks(world: World, repo: RepositoryRow, branch: string, sha: string): string[] {
  const runs = latestRuns(world, repo, sha);
  return requiredChecks(repo, branch).flatMap((name) => {
    const named = runs.filter((run) => run.name === name);
    if (named.length === 0) return [`Required status check "${name}" is expected.`];
    if (named.some((run) => run.status !== 'completed')) return [`Required status check "${name}" is in progress.`];
    return named.every(isPassing) ? [] : [`Required status check "${name}" is failing.`];
  });
}
