import type { EffectOutcome, PlanSource, RepoName } from '../engine/ports.ts';
import { classifyFailure, statusOf } from './classify.ts';
import { READ_PLAN } from './documents.ts';
import { type Installation, issueKey, repoKey } from './installation.ts';
import { isRecord } from './limits.ts';

interface IssueNode {
  readonly id: string;
  readonly fullDatabaseId: string;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly state: 'OPEN' | 'CLOSED';
}

interface PlanAnswer {
  readonly repository: {
    readonly id: string;
    readonly name: string;
    readonly url: string;
    readonly owner: { readonly login: string };
    readonly defaultBranchRef: {
      readonly name: string;
      readonly target: {
        readonly statusCheckRollup?: { readonly contexts: { readonly nodes: readonly Context[] } } | null;
      };
    } | null;
    readonly issue: (IssueNode & { readonly subIssues: { readonly nodes: readonly IssueNode[] } }) | null;
    readonly object: { readonly text?: string | null } | null;
    readonly task: Label | null;
    readonly diagnostic: Label | null;
  } | null;
}

interface Label {
  readonly id: string;
  readonly name: string;
}

interface Context {
  readonly name?: string;
  readonly context?: string;
}

/** Two requests: the plan, and the checks that the base branch requires. Remembers node ids for the writes to come. */
export async function readPlan(
  installation: Installation,
  effect: { readonly repo: RepoName; readonly issue: number },
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const { owner, name } = effect.repo;
  try {
    const { repository } = await installation.graphql<PlanAnswer>(
      READ_PLAN,
      { owner, name, number: effect.issue },
      deadline,
    );
    if (!repository?.issue) return refused(`there is no issue #${effect.issue} in ${owner}/${name}`);
    const base = repository.defaultBranchRef;
    if (!base) return refused(`${owner}/${name} has no commit on its default branch yet`);
    const { issue } = repository;
    rememberLabels(installation, effect.repo, [repository.task, repository.diagnostic]);
    installation.known.issues.set(issueKey(effect.repo, issue.number), issue.id);
    const source: PlanSource = {
      repo: {
        owner: repository.owner.login,
        name: repository.name,
        nodeId: repository.id,
        defaultBranch: base.name,
        cloneUrl: `${repository.url}.git`,
      },
      issue: { number: issue.number, nodeId: issue.id, title: issue.title, url: issue.url, body: issue.body },
      settings: repository.object?.text ?? null,
      subIssues: issue.subIssues.nodes.map((sub) => ({
        number: sub.number,
        id: Number(sub.fullDatabaseId),
        nodeId: sub.id,
        url: sub.url,
        title: sub.title,
        body: sub.body,
        open: sub.state === 'OPEN',
      })),
      requiredChecks: await readRequiredChecks(installation, effect.repo, base.name, deadline),
      baseChecks: namesOf(base.target.statusCheckRollup?.contexts.nodes ?? []),
    };
    return { status: 'done', result: { kind: 'plan-source', source } };
  } catch (error) {
    return classifyFailure(error, 'read');
  }
}

/** Forgets them where one is missing: then they are looked up, and made, before they are needed. */
function rememberLabels(installation: Installation, repo: RepoName, labels: readonly (Label | null)[]): void {
  const found = labels.flatMap((label) => label ?? []);
  if (found.length < labels.length) installation.known.labels.delete(repoKey(repo));
  else installation.known.labels.set(repoKey(repo), new Map(found.map(({ name, id }) => [name, id])));
}

/** Names of checks that rules demand on this branch; none where the plan of the account has no rules (404). */
async function readRequiredChecks(
  installation: Installation,
  repo: RepoName,
  branch: string,
  deadline: AbortSignal,
): Promise<readonly string[]> {
  try {
    const { data } = await installation.octokit.request('GET /repos/{owner}/{repo}/rules/branches/{branch}', {
      owner: repo.owner,
      repo: repo.name,
      branch,
      per_page: 100,
      request: { signal: deadline },
    });
    return unique(data.flatMap((rule) => (rule.type === 'required_status_checks' ? contextsOf(rule.parameters) : [])));
  } catch (error) {
    if (statusOf(error) === 404) return [];
    throw error;
  }
}

function contextsOf(parameters: unknown): readonly string[] {
  const checks = isRecord(parameters) ? parameters.required_status_checks : null;
  if (!Array.isArray(checks)) return [];
  return checks.flatMap((check) => (isRecord(check) && typeof check.context === 'string' ? [check.context] : []));
}

function namesOf(contexts: readonly Context[]): readonly string[] {
  return unique(contexts.flatMap((each) => each.name ?? each.context ?? []));
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

function refused(message: string): EffectOutcome {
  return { status: 'refused', message, merge: null };
}
