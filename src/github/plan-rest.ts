/** The planning read without GraphQL: the same answer as `readPlan`, put together from REST. */
import type { RepoName } from '../engine/ports.ts';
import type { AppIdentity } from './app.ts';
import { blockedByOverRest } from './blockers.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { numberAt, optionalTextAt, textAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { ensureLabels } from './labels.ts';
import { listAll } from './listing.ts';
import { isOurs } from './marked.ts';
import { unlessMissing } from './missing.ts';
import { mainBlockersOverRest } from './outside.ts';
import type { PlanAnswer, SubIssueNode } from './plan-answer.ts';
import { rollupOf } from './progress-rest.ts';
import { getIn, headOf, probeIssueRoutes, unlessGone } from './rest.ts';
import { isPullRequest } from './shapes.ts';
import { someAtOnce } from './some-at-once.ts';

export async function readPlanByRest(
  installation: Installation,
  identity: () => Promise<AppIdentity>,
  effect: { readonly repo: RepoName; readonly issue: number },
  deadline: AbortSignal,
): Promise<PlanAnswer> {
  const { repo } = effect;
  const home = await unlessGone(getIn(installation, repo, '', {}, deadline));
  if (home === null) return { repository: null };
  const issue = await unlessGone(
    getIn(installation, repo, '/issues/{issue_number}', { issue_number: effect.issue }, deadline),
  );
  if (issue !== null) await probeIssueRoutes(installation, repo, effect.issue, deadline);
  const branch = optionalTextAt(home, 'default_branch') ?? 'main';
  const head = await headOf(installation, repo, branch, deadline);
  const rollup = head === null ? null : await rollupOf(installation, repo, head);
  // over REST an issue takes its labels by name; where they cannot be made it goes without them
  await ensureLabels(installation, repo, deadline).catch(() => undefined);
  return {
    repository: {
      id: optionalTextAt(home, 'node_id') ?? '',
      name: optionalTextAt(home, 'name') ?? repo.name,
      url: (optionalTextAt(home, 'clone_url') ?? optionalTextAt(home, 'html_url') ?? '').replace(/\.git$/, ''),
      owner: { login: optionalTextAt(home, 'owner.login') ?? repo.owner },
      defaultBranchRef:
        head === null
          ? null
          : {
              name: branch,
              target: { statusCheckRollup: rollup as { contexts: { nodes: readonly object[] } } | null },
            },
      issue:
        issue === null || isPullRequest(issue)
          ? null
          : {
              ...issueNode(issue),
              blockedBy: await mainBlockersOverRest(installation, { ...repo, number: effect.issue }, issue, deadline),
              subIssues: { nodes: await subIssueNodes(installation, identity, repo, effect.issue, deadline) },
            },
      object: await readSettings(installation, repo, deadline),
      task: null,
      diagnostic: null,
    },
  };
}

function issueNode(issue: unknown) {
  return {
    id: optionalTextAt(issue, 'node_id') ?? '',
    fullDatabaseId: String(numberAt(issue, 'id')),
    number: numberAt(issue, 'number'),
    title: textAt(issue, 'title'),
    body: optionalTextAt(issue, 'body') ?? '',
    url: optionalTextAt(issue, 'html_url') ?? '',
    state: textAt(issue, 'state') === 'open' ? ('OPEN' as const) : ('CLOSED' as const),
    labels: { nodes: labelsOf(issue) },
  };
}

/** Those of the issue, and those one level below. */
async function subIssueNodes(
  installation: Installation,
  identity: () => Promise<AppIdentity>,
  repo: RepoName,
  parent: number,
  deadline: AbortSignal,
): Promise<readonly SubIssueNode[]> {
  const direct = await subIssuesOf(installation, identity, repo, parent, deadline);
  const nodes: SubIssueNode[] = [...(await withBlockers(installation, repo, direct, deadline))];
  for (const issue of direct) {
    const total = valueAt(issue, 'sub_issues_summary.total');
    if (typeof total !== 'number' || total === 0 || installation.server.lacks('sub-issues')) continue;
    const under = numberAt(issue, 'number');
    const children = await subIssuesOf(installation, identity, repo, under, deadline);
    const seen = await withBlockers(installation, repo, children, deadline);
    nodes.push(...seen.map((child) => ({ ...child, under })));
  }
  return nodes;
}

async function withBlockers(
  installation: Installation,
  repo: RepoName,
  issues: readonly unknown[],
  deadline: AbortSignal,
): Promise<readonly SubIssueNode[]> {
  return someAtOnce(issues, async (issue) => ({
    ...issueNode(issue),
    blockedBy: await blockedByOverRest(installation, repo, issue, deadline),
  }));
}

/** Labels come as objects, or as their names alone; some servers leave them out. */
function labelsOf(issue: unknown): readonly { readonly name: string }[] {
  const labels = valueAt(issue, 'labels');
  const names = (Array.isArray(labels) ? labels : []).map((label: unknown) => valueAt(label, 'name') ?? label);
  return names.flatMap((name) => (typeof name === 'string' ? [{ name }] : []));
}

/** Native ones, else the issues of ours that say at their beginning that they are part of this one. */
async function subIssuesOf(
  installation: Installation,
  identity: () => Promise<AppIdentity>,
  repo: RepoName,
  parent: number,
  deadline: AbortSignal,
): Promise<readonly unknown[]> {
  const where = { owner: repo.owner, repo: repo.name };
  if (!installation.server.lacks('sub-issues'))
    return listAll(
      installation.octokit,
      '/repos/{owner}/{repo}/issues/{issue_number}/sub_issues',
      { ...where, issue_number: parent },
      deadline,
    );
  const all = await listAll(installation.octokit, '/repos/{owner}/{repo}/issues', { ...where, state: 'all' }, deadline);
  const own = await identity();
  return all
    .filter((issue) => !isPullRequest(issue) && isOurs(installation.server, own, issue) && isPartOf(issue, parent))
    .sort((a, b) => numberAt(a, 'number') - numberAt(b, 'number'));
}

/** The first words of what `renderSubIssue` writes. */
function isPartOf(issue: unknown, parent: number): boolean {
  return new RegExp(`^Part of #${parent}\\b`).test(optionalTextAt(issue, 'body') ?? '');
}

/** `.github/muster.yml` of the default branch; null where there is none. */
async function readSettings(
  installation: Installation,
  repo: RepoName,
  deadline: AbortSignal,
): Promise<{ readonly text: string } | null> {
  const path = '.github/muster.yml';
  const file = await unlessMissing(installation.server, 'contents', () =>
    getIn(installation, repo, `/contents/${path}`, {}, deadline),
  );
  if (file === null) return null;
  const content = optionalTextAt(file, 'content');
  if (content === null) throw new UnexpectedAnswerError(`the server gave ${path} without its content`);
  const encoded = (optionalTextAt(file, 'encoding') ?? 'base64') === 'base64';
  return { text: encoded ? Buffer.from(content, 'base64').toString('utf8') : content };
}
