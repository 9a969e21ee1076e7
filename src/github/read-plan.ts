import type { EffectOutcome, PlanSource, RepoName } from '../engine/ports.ts';
import type { AppIdentity } from './app.ts';
import { askWithBlockers, blockersIn } from './blockers.ts';
import { classifyFailure } from './classify.ts';
import { READ_PLAN, readChildren } from './documents.ts';
import { editIn } from './editor.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { type Installation, issueKey, repoKey } from './installation.ts';
import { askEitherWay } from './missing.ts';
import { mainBlockersIn } from './outside.ts';
import type { Context, IssueNode, Label, PlanAnswer, SubIssueNode } from './plan-answer.ts';
import { readPlanByRest } from './plan-rest.ts';
import { readRequiredChecks, unique } from './required-checks.ts';

async function readPlanByGraphql(
  installation: Installation,
  effect: { readonly repo: RepoName; readonly issue: number },
  deadline: AbortSignal,
): Promise<PlanAnswer> {
  const { owner, name } = effect.repo;
  const variables = { owner, name, number: effect.issue };
  const answer = await askWithBlockers(installation.server, READ_PLAN, (document) =>
    installation.graphql<PlanAnswer>(document, variables, deadline),
  );
  if (answer.repository === undefined || answer.repository?.issue?.subIssues === null)
    throw new UnexpectedAnswerError('GraphQL answered something other than the plan');
  const { repository } = answer;
  if (!repository?.issue) return answer;
  const direct = repository.issue.subIssues.nodes;
  const nodes = [...direct, ...(await childrenOf(installation, direct, deadline))];
  return { repository: { ...repository, issue: { ...repository.issue, subIssues: { nodes } } } };
}

/** Their sub-issues are read together. A hundred of each are a thousand issues with their texts. */
const PARENTS_AT_ONCE = 10;

/** One level below: what stands under a group issue belongs to the plan too. No request where there is none. */
async function childrenOf(
  installation: Installation,
  direct: readonly SubIssueNode[],
  deadline: AbortSignal,
): Promise<readonly SubIssueNode[]> {
  const parents = direct.filter(({ subIssuesSummary }) => (subIssuesSummary?.total ?? 0) > 0);
  const found: SubIssueNode[] = [];
  for (let start = 0; start < parents.length; start += PARENTS_AT_ONCE) {
    const some = parents.slice(start, start + PARENTS_AT_ONCE);
    const variables = Object.fromEntries(some.map(({ id }, index) => [`id${index}`, id]));
    const answer = await askWithBlockers(installation.server, readChildren(some.length), (document) =>
      installation.graphql<ChildrenAnswer>(document, variables, deadline),
    );
    for (const [index, { number: under }] of some.entries())
      found.push(...(answer[`c${index}`]?.subIssues?.nodes ?? []).map((node) => ({ ...node, under })));
  }
  return found;
}

type ChildrenAnswer = Readonly<
  Record<string, { readonly subIssues?: { readonly nodes: readonly SubIssueNode[] } } | null>
>;

/** Two requests by GraphQL: the plan, and the checks that the base branch requires. Remembers node ids for the writes to come. */
export async function readPlan(
  installation: Installation,
  identity: () => Promise<AppIdentity>,
  effect: { readonly repo: RepoName; readonly issue: number },
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const { owner, name } = effect.repo;
  try {
    const { repository } = await askEitherWay(
      installation.server,
      'readPlan',
      () => readPlanByGraphql(installation, effect, deadline),
      () => readPlanByRest(installation, identity, effect, deadline),
    );
    if (!repository?.issue) return refused(`there is no issue #${effect.issue} in ${owner}/${name}`);
    const base = repository.defaultBranchRef;
    if (!base) return refused(`${owner}/${name} has no commit on its default branch yet`);
    const { issue } = repository;
    rememberLabels(installation, effect.repo, [repository.task, repository.diagnostic]);
    if (issue.id !== '') installation.known.issues.set(issueKey(effect.repo, issue.number), issue.id);
    const source: PlanSource = {
      repo: {
        owner: repository.owner.login,
        name: repository.name,
        nodeId: repository.id,
        defaultBranch: base.name,
        cloneUrl: repository.url === '' ? '' : `${repository.url}.git`,
      },
      issue: {
        number: issue.number,
        nodeId: issue.id,
        title: issue.title,
        url: issue.url,
        body: issue.body,
        labels: namesIn(issue),
      },
      edited: editIn(installation.server, issue),
      settings: repository.object?.text ?? null,
      subIssues: issue.subIssues.nodes.map((sub) => ({
        number: sub.number,
        id: Number(sub.fullDatabaseId),
        nodeId: sub.id,
        url: sub.url,
        title: sub.title,
        body: sub.body,
        open: sub.state === 'OPEN',
        ...(sub.under === undefined ? {} : { under: sub.under }),
        ...blockedBy(sub),
        edited: editIn(installation.server, sub),
        labels: namesIn(sub),
      })),
      blockedBy: mainBlockersIn(issue) ?? [],
      requiredChecks: await readRequiredChecks(installation, effect.repo, base.name, deadline),
      baseChecks: namesOf(base.target.statusCheckRollup?.contexts.nodes ?? []),
    };
    return { status: 'done', result: { kind: 'plan-source', source } };
  } catch (error) {
    return classifyFailure(error, 'read');
  }
}

function blockedBy(sub: unknown): Pick<PlanSource['subIssues'][number], 'blockedBy' | 'blockerNames'> {
  const seen = blockersIn(sub);
  return seen === null ? {} : { blockedBy: seen.blockers, blockerNames: seen.names ?? [] };
}

/** Forgets them where one is missing: then they are looked up, and made, before they are needed. */
function rememberLabels(installation: Installation, repo: RepoName, labels: readonly (Label | null)[]): void {
  const found = labels.flatMap((label) => label ?? []);
  if (found.length < labels.length) installation.known.labels.delete(repoKey(repo));
  else installation.known.labels.set(repoKey(repo), new Map(found.map(({ name, id }) => [name, id])));
}

function namesIn({ labels }: Pick<IssueNode, 'labels'>): readonly string[] {
  return (labels?.nodes ?? []).map(({ name }) => name);
}

function namesOf(contexts: readonly Context[]): readonly string[] {
  return unique(contexts.flatMap((each) => each.name ?? each.context ?? []));
}

function refused(message: string): EffectOutcome {
  return { status: 'refused', message, merge: null };
}
