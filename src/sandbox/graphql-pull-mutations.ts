import { checkAccess, type Needs, signedIn } from './access.ts';
import type { GraphqlContext } from './graphql-context.ts';
import { answer, keyOf, type Mutation, optionalText, repositoryOf } from './graphql-mutations.ts';
import { unresolvable } from './graphql-queries.ts';
import { createPull, updatePull } from './pulls.ts';
import { mergePull } from './pulls-merge.ts';
import { Refusal } from './refusal.ts';
import type { PullRow } from './state.ts';

export const pullMutations: Readonly<Record<string, Mutation>> = {
  createPullRequest: async ({ input }, context) => {
    const { repo, actor } = repositoryOf(context, input.repositoryId, { app: 'pull_requests:write', user: 'read' });
    const pull = await createPull(context.world, actor, repo, {
      title: String(input.title),
      body: optionalText(input.body),
      head: String(input.headRefName),
      base: String(input.baseRefName),
      draft: input.draft === true,
    });
    return answer(input, { pullRequest: context.nodes.pull(pull) });
  },

  updatePullRequest: async ({ input }, context) => {
    const pull = pullOf(context, input.pullRequestId, { app: 'pull_requests:write', user: 'write' });
    const state = input.state === 'OPEN' ? 'open' : 'closed';
    const updated = await updatePull(context.world, signedIn(context.actor), pull, {
      ...(input.title == null ? {} : { title: String(input.title) }),
      ...(input.body === undefined ? {} : { body: optionalText(input.body) }),
      ...(input.baseRefName == null ? {} : { base: String(input.baseRefName) }),
      ...(input.state == null ? {} : { state }),
    });
    return answer(input, { pullRequest: context.nodes.pull(updated) });
  },

  mergePullRequest: async ({ input }, context) => {
    const { world, nodes, actor } = context;
    const pull = pullOf(context, input.pullRequestId, { app: 'contents:write', user: 'write' });
    if (input.mergeMethod === 'REBASE') throw new Refusal(405, 'Rebase merges are not allowed on this repository.');
    await mergePull(world, signedIn(actor), pull, {
      sha: optionalText(input.expectedHeadOid),
      method: input.mergeMethod === 'SQUASH' ? 'squash' : 'merge',
      title: optionalText(input.commitHeadline),
      message: optionalText(input.commitBody),
    });
    return answer(input, {
      pullRequest: nodes.pull(world.state.pulls.need(pull.id)),
      actor: nodes.account(signedIn(actor).user.id),
    });
  },
};

function pullOf({ world, actor }: GraphqlContext, id: unknown, needs: Needs): PullRow {
  const pull = world.state.pulls.get(keyOf(id, ['PullRequest']));
  if (pull === undefined) throw unresolvable(String(id));
  checkAccess(world, actor, world.state.repositories.need(pull.repoId), needs);
  return pull;
}
