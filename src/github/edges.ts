/** Dependencies between issues: native ones, else a line in the dependent issue. */
import type { Effect, EffectOutcome } from '../engine/ports.ts';
import { hasNeed, withNeed } from '../text/needs-line.ts';
import { classifyFailure, messageOf, statusOf } from './classify.ts';
import { numberAt, optionalTextAt } from './fields.ts';
import { type Installation, issueKey } from './installation.ts';
import { listAll } from './listing.ts';
import { isOutForWriting, isUnasked } from './missing.ts';
import type { Mutation } from './mutations.ts';
import { getIn, isIssueThere, sendIn } from './rest.ts';
import { inTurn } from './server.ts';

type AddEdge = Extract<Effect, { kind: 'add-edge' }>;

export function addEdgeMutation(installation: Installation, effect: AddEdge, deadline: AbortSignal): Mutation {
  return {
    field: 'addBlockedBy',
    inputType: 'AddBlockedByInput',
    selection: 'issue { number }',
    input: { issueId: effect.blocked.nodeId, blockingIssueId: effect.blocking.nodeId },
    // A second edge is refused, and the refusal would hide that the first one landed.
    repetition: 'once',
    read: () => ({ kind: 'done' }),
    byRest: () => addEdgeByRest(installation, effect, deadline),
  };
}

async function addEdgeByRest(
  installation: Installation,
  effect: AddEdge,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const { server } = installation;
  if (server.lacks('dependencies')) return writeNeed(installation, effect, deadline);
  try {
    await sendIn(
      installation,
      effect.repo,
      'POST',
      '/issues/{issue_number}/dependencies/blocked_by',
      { issue_number: effect.blocked.number, issue_id: effect.blocking.id },
      deadline,
    );
    server.routes.set('dependencies-write', 'there');
    return { status: 'done', result: { kind: 'done' } };
  } catch (error) {
    try {
      if (!isOutForWriting(server, 'dependencies-write', error) || !(await areThere(installation, effect, deadline)))
        return classifyFailure(error, 'once');
    } catch (unreadable) {
      return classifyFailure(unreadable, 'read');
    }
    server.learn('dependencies', `${statusOf(error)} ${messageOf(error)}`);
    return writeNeed(installation, effect, deadline);
  }
}

async function areThere(installation: Installation, effect: AddEdge, deadline: AbortSignal): Promise<boolean> {
  const { repo, blocked, blocking } = effect;
  return (
    (await isIssueThere(installation, repo, blocked.number, deadline)) &&
    (await isIssueThere(installation, repo, blocking.number, deadline))
  );
}

/** Several edges may begin at one issue, and each edit builds on the last. */
function writeNeed(installation: Installation, effect: AddEdge, deadline: AbortSignal): Promise<EffectOutcome> {
  const { repo, blocked, blocking } = effect;
  const where = { issue_number: blocked.number };
  return inTurn(installation.server, issueKey(repo, blocked.number), async () => {
    try {
      const issue = await getIn(installation, repo, '/issues/{issue_number}', where, deadline);
      const before = optionalTextAt(issue, 'body') ?? '';
      const body = withNeed(before, blocking.number);
      if (body !== before)
        await sendIn(installation, repo, 'PATCH', '/issues/{issue_number}', { ...where, body }, deadline);
      return { status: 'done', result: { kind: 'done' } };
    } catch (error) {
      return classifyFailure(error, 'repeat');
    }
  });
}

/** Whether the edge is there, in whichever way this server keeps it. */
export async function hasEdge(installation: Installation, effect: AddEdge, deadline: AbortSignal): Promise<boolean> {
  const { server } = installation;
  const { repo, blocked, blocking } = effect;
  if (!server.lacks('dependencies')) {
    try {
      const blockers = await listAll(
        installation.octokit,
        '/repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by',
        { owner: repo.owner, repo: repo.name, issue_number: blocked.number },
        deadline,
      );
      return blockers.some((issue) => numberAt(issue, 'id') === blocking.id);
    } catch (error) {
      if (!isUnasked(error) || !(await isIssueThere(installation, repo, blocked.number, deadline))) throw error;
      server.learn('dependencies', `${statusOf(error)} ${messageOf(error)}`);
    }
  }
  const issue = await getIn(installation, repo, '/issues/{issue_number}', { issue_number: blocked.number }, deadline);
  return hasNeed(optionalTextAt(issue, 'body') ?? '', blocking.number);
}
