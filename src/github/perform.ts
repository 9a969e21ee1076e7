/** Effects become requests: those that GraphQL can write together share one, the others go one by one. */
import type { Effect, EffectOutcome, RepoName } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { checkPermission } from './check-permission.ts';
import { classifyFailure, type Failure } from './classify.ts';
import { createComment, createCommentMutation } from './create-comment.ts';
import { addEdgeMutation } from './edges.ts';
import { editCommentMutation, type MarkPlan, markBodyByRest, markBodyMutations } from './edits.ts';
import { type Installation, repoKey } from './installation.ts';
import { createIssue, editIssue } from './issues.ts';
import { labelIds } from './labels.ts';
import { mergePull } from './merge-pull.ts';
import { type Mutation, performMutations } from './mutations.ts';
import { openPull } from './open-pull.ts';
import { reactionMutation } from './reactions.ts';
import { readPlan } from './read-plan.ts';
import { createSubIssueByRest, createSubIssueMutation, unlessFull } from './sub-issues.ts';

/** One outcome per effect, in order. Never rejects. */
export async function performEffects(
  app: GitHubApp,
  effects: readonly Effect[],
  deadline: AbortSignal,
): Promise<readonly EffectOutcome[]> {
  const groups = new Map<string, { repo: RepoName; effects: Effect[] }>();
  for (const effect of effects) {
    const group = groups.get(repoKey(effect.repo)) ?? { repo: effect.repo, effects: [] };
    group.effects.push(effect);
    groups.set(repoKey(effect.repo), group);
  }
  const outcomes = new Map<Effect, EffectOutcome>();
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const done = await performInRepo(app, group.repo, group.effects, deadline);
      group.effects.forEach((effect, index) => {
        outcomes.set(effect, done[index] ?? NOT_PERFORMED);
      });
    }),
  );
  return effects.map((effect) => outcomes.get(effect) ?? NOT_PERFORMED);
}

const NOT_PERFORMED: EffectOutcome = { status: 'broken', message: 'this effect was never performed' };

async function performInRepo(
  app: GitHubApp,
  repo: RepoName,
  effects: readonly Effect[],
  deadline: AbortSignal,
): Promise<readonly EffectOutcome[]> {
  try {
    const installation = await app.installationFor(repo);
    const plans = await prepare(app, installation, repo, effects, deadline);
    const mutations = plans.flatMap((plan) => (plan.way === 'shared' ? [plan.mutation] : []));
    const shared = performMutations(installation, mutations, deadline);
    return await Promise.all(
      plans.map(async (plan, index) => {
        if (plan.way === 'settled') return plan.outcome;
        if (plan.way === 'alone') return plan.send();
        const outcome = (await shared)[mutations.indexOf(plan.mutation)] ?? NOT_PERFORMED;
        const effect = effects[index];
        return effect?.kind === 'create-sub-issue'
          ? unlessFull(installation, app.identity, effect, outcome, deadline)
          : outcome;
      }),
    );
  } catch (error) {
    // Nothing that writes is outside the functions above, and those give outcomes.
    return effects.map(() => classifyFailure(error, 'read'));
  }
}

/** How one effect will be performed. */
type Plan =
  | { readonly way: 'shared'; readonly mutation: Mutation }
  | { readonly way: 'alone'; readonly send: () => Promise<EffectOutcome> }
  | { readonly way: 'settled'; readonly outcome: EffectOutcome };

/** Everything that has to be read before the shared request can be written. */
async function prepare(
  app: GitHubApp,
  installation: Installation,
  repo: RepoName,
  effects: readonly Effect[],
  deadline: AbortSignal,
): Promise<readonly Plan[]> {
  const marks = effects.filter((effect) => effect.kind === 'mark-body');
  const [edits, labels] = await Promise.all([
    markBodyMutations(installation, marks, deadline),
    readLabelIds(installation, repo, effects, deadline),
  ]);
  return effects.map((effect) => {
    if (effect.kind === 'mark-body')
      return planEdit(edits[marks.indexOf(effect)], () => markBodyByRest(installation, effect, deadline));
    if (effect.kind !== 'create-sub-issue') return planOf(app, installation, effect, deadline);
    if (!sharesCreation(installation, effect))
      return { way: 'alone', send: () => createSubIssueByRest(installation, effect, deadline) };
    if ('status' in labels) return { way: 'settled', outcome: labels };
    const ids = idsOf(labels, effect.labels);
    return { way: 'shared', mutation: createSubIssueMutation(installation, effect, ids, deadline) };
  });
}

/** Whether it can be created and linked by one mutation here. */
function sharesCreation({ server }: Installation, effect: Extract<Effect, { kind: 'create-sub-issue' }>): boolean {
  const named = effect.repoNodeId !== '' && effect.parent.nodeId !== '';
  return named && server.speaks('createIssue') && !server.lacks('sub-issues');
}

/** The mutation where this server understands it and its things have node ids, else the same effect alone. */
function planMutation({ server }: Installation, mutation: Mutation, nodeIds: readonly string[]): Plan {
  if (server.speaks(mutation.field) && !nodeIds.includes('')) return { way: 'shared', mutation };
  return { way: 'alone', send: mutation.byRest };
}

/** Effects that need nothing read first. */
function planOf(
  app: GitHubApp,
  installation: Installation,
  effect: Exclude<Effect, { kind: 'mark-body' | 'create-sub-issue' }>,
  deadline: AbortSignal,
): Plan {
  switch (effect.kind) {
    case 'edit-comment':
      return planMutation(installation, editCommentMutation(installation, effect, deadline), [effect.comment.nodeId]);
    case 'add-edge': {
      const { blocked, blocking } = effect;
      const nodeIds = installation.server.lacks('dependencies') ? [''] : [blocked.nodeId, blocking.nodeId];
      return planMutation(installation, addEdgeMutation(installation, effect, deadline), nodeIds);
    }
    case 'create-comment': {
      const mutation = createCommentMutation(installation, effect, deadline);
      if (mutation) return planMutation(installation, mutation, []);
      return { way: 'alone', send: () => createComment(installation, effect, deadline) };
    }
    case 'react':
      return installation.server.routes.get('reactions') === 'missing'
        ? { way: 'settled', outcome: { status: 'done', result: { kind: 'done' } } }
        : planMutation(installation, reactionMutation(installation, effect, deadline), [effect.comment.nodeId]);
    case 'check-permission':
      return { way: 'alone', send: () => checkPermission(installation, effect, deadline) };
    case 'read-plan':
      return { way: 'alone', send: () => readPlan(installation, app.identity, effect, deadline) };
    case 'create-issue':
      return { way: 'alone', send: () => createIssue(installation, effect, deadline) };
    case 'edit-issue':
      return { way: 'alone', send: () => editIssue(installation, effect, deadline) };
    case 'open-pull':
      return { way: 'alone', send: () => openPull(installation, effect, deadline) };
    case 'merge-pull':
      return { way: 'alone', send: () => mergePull(installation, effect, deadline) };
  }
}

function planEdit(edit: MarkPlan | undefined, byRest: () => Promise<EffectOutcome>): Plan {
  if (edit === undefined) return { way: 'settled', outcome: NOT_PERFORMED };
  if (edit === 'by-rest') return { way: 'alone', send: byRest };
  if (edit === 'unchanged') return { way: 'settled', outcome: { status: 'done', result: { kind: 'done' } } };
  return 'status' in edit ? { way: 'settled', outcome: edit } : { way: 'shared', mutation: edit };
}

async function readLabelIds(
  installation: Installation,
  repo: RepoName,
  effects: readonly Effect[],
  deadline: AbortSignal,
): Promise<ReadonlyMap<string, string> | Failure> {
  const names = effects.flatMap((effect) =>
    effect.kind === 'create-sub-issue' && sharesCreation(installation, effect) ? effect.labels : [],
  );
  if (names.length === 0) return new Map();
  try {
    return await labelIds(installation, repo, names, deadline);
  } catch (error) {
    return classifyFailure(error, 'read');
  }
}

function idsOf(labels: ReadonlyMap<string, string>, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => labels.get(name) ?? []);
}
