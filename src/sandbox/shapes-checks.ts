import type { World } from './context.ts';
import type { CommitInfo } from './git-objects.ts';
import { nodeId } from './node-ids.ts';
import { apiUrl, fullName, htmlUrl, integration, type Shape, stamp } from './shapes-common.ts';
import { plainAddress } from './shapes-git.ts';
import { minimalPullShape } from './shapes-pulls.ts';
import type { CheckRunRow, CheckSuiteRow, RepositoryRow } from './state.ts';

/** check-run: REST answers, which name no more of the suite than its id. */
export function checkRunShape(world: World, run: CheckRunRow): Shape {
  const repo = world.state.repositories.need(run.repoId);
  const url = `${apiUrl(world, repo)}/check-runs/${run.id}`;
  const page = checkRunPage(world, repo, run.id);
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CheckRun', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: page,
    details_url: run.detailsUrl ?? page,
    status: run.status,
    conclusion: run.conclusion,
    started_at: stamp(run.startedAt),
    completed_at: stamp(run.completedAt),
    output: { ...run.output, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: { id: run.suiteId },
    app: integration(world, world.state.apps.need(run.appId)),
    pull_requests: pullsAt(world, repo, run.headSha),
  };
}

/** check-run-with-simple-check-suite: the `check_run` of webhooks. */
export function webhookCheckRun(world: World, run: CheckRunRow): Shape {
  const suite = simpleSuite(world, world.state.checkSuites.need(run.suiteId));
  return { ...checkRunShape(world, run), check_suite: suite };
}

/** Where people read a run's log. */
export function checkRunPage(world: World, repo: RepositoryRow, id: number): string {
  return `${htmlUrl(world, repo)}/checks/${id}`;
}

/** check_suite as its own webhook carries it. */
export function checkSuiteShape(world: World, suite: CheckSuiteRow, commit: CommitInfo, runs: number): Shape {
  const repo = world.state.repositories.need(suite.repoId);
  // The schema lists the events an App may name here and does not know the newest; they are optional.
  const { events: _, ...app } = integration(world, world.state.apps.need(suite.appId));
  return {
    ...simpleSuite(world, suite),
    app,
    check_runs_url: `${apiUrl(world, repo)}/check-suites/${suite.id}/check-runs`,
    latest_check_runs_count: runs,
    rerequestable: true,
    runs_rerequestable: true,
    head_commit: {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: commit.committer.date,
      author: { name: commit.author.name, email: plainAddress(commit.author.email) },
      committer: { name: commit.committer.name, email: plainAddress(commit.committer.email) },
    },
  };
}

/** The suite inside a check run. */
function simpleSuite(world: World, suite: CheckSuiteRow): Shape {
  const repo = world.state.repositories.need(suite.repoId);
  return {
    id: suite.id,
    node_id: nodeId('CheckSuite', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status: suite.status,
    conclusion: suite.conclusion,
    url: `${apiUrl(world, repo)}/check-suites/${suite.id}`,
    before: suite.beforeSha,
    after: suite.headSha,
    pull_requests: pullsAt(world, repo, suite.headSha),
    app: integration(world, world.state.apps.need(suite.appId)),
    created_at: stamp(suite.createdAt),
    updated_at: stamp(suite.updatedAt),
  };
}

function pullsAt(world: World, repo: RepositoryRow, sha: string): Shape[] {
  return world.state.pulls
    .where('repo', repo.id)
    .filter((pull) => pull.headSha === sha && world.state.issues.need(pull.issueId).state === 'open')
    .map((pull) => minimalPullShape(world, pull));
}

/** `combined-commit-status`: this model has no commit statuses, so it is GitHub's answer for a commit without any. */
export function combinedStatusShape(world: World, repo: RepositoryRow, repository: Shape, sha: string): Shape {
  const commit = `${apiUrl(world, repo)}/commits/${sha}`;
  return {
    state: 'pending',
    statuses: [],
    sha,
    total_count: 0,
    repository,
    commit_url: commit,
    url: `${commit}/status`,
  };
}

/** The rules of a branch as `GET rules/branches/{branch}` lists them. */
export function branchRules(world: World, repo: RepositoryRow, required: readonly string[]): Shape[] {
  if (required.length === 0) return [];
  return [
    {
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: false,
        do_not_enforce_on_create: true,
        required_status_checks: required.map((context) => ({ context })),
      },
      ruleset_source_type: 'Repository',
      ruleset_source: fullName(world, repo),
      ruleset_id: repo.id,
    },
  ];
}
