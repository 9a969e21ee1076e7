/** Dependencies between issues: native ones, else a line in the dependent issue. */
import type { Effect, EffectOutcome } from '../engine/ports.ts';
import { hasNeed, withNeed, withoutNeed } from '../text/needs-line.ts';
import { classifyFailure, type Failure, messageOf, statusOf } from './classify.ts';
import { numberAt, optionalTextAt } from './fields.ts';
import { type Installation, issueKey } from './installation.ts';
import { listAll } from './listing.ts';
import { isOutForWriting, isUnasked } from './missing.ts';
import type { Mutation } from './mutations.ts';
import { getIn, isIssueThere, sendIn } from './rest.ts';
import { inTurn } from './server.ts';

type AddEdge = Extract<Effect, { kind: 'add-edge' }>;
type RemoveEdge = Extract<Effect, { kind: 'remove-edge' }>;

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

export function removeEdgeMutation(installation: Installation, effect: RemoveEdge, deadline: AbortSignal): Mutation {
  return {
    field: 'removeBlockedBy',
    inputType: 'RemoveBlockedByInput',
    selection: 'issue { number }',
    input: { issueId: effect.blocked.nodeId, blockingIssueId: effect.blocking.nodeId },
    repetition: 'repeat',
    read: () => ({ kind: 'done' }),
    byRest: () => removeEdgeByRest(installation, effect, deadline),
    onRefused: (refusal) => unlessGoneAlready(installation, effect, refusal, deadline),
  };
}

async function removeEdgeByRest(
  installation: Installation,
  effect: RemoveEdge,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const { repo, blocked, blocking } = effect;
  if (installation.server.lacks('dependencies')) {
    return changeNeeds(installation, effect, (body) => withoutNeed(body, blocking.number), deadline);
  }
  try {
    const where = { issue_number: blocked.number, issue_id: blocking.id };
    await sendIn(
      installation,
      repo,
      'DELETE',
      '/issues/{issue_number}/dependencies/blocked_by/{issue_id}',
      where,
      deadline,
    );
    return { status: 'done', result: { kind: 'done' } };
  } catch (error) {
    const failure = classifyFailure(error, 'repeat');
    return failure.status === 'refused' ? unlessGoneAlready(installation, effect, failure, deadline) : failure;
  }
}

/** What is refused may be so already: taken out by an earlier try, or by a person. */
async function unlessGoneAlready(
  installation: Installation,
  effect: RemoveEdge,
  refusal: Failure,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  try {
    const isThere =
      (await isIssueThere(installation, effect.repo, effect.blocked.number, deadline)) &&
      (await hasEdge(installation, effect, deadline));
    return isThere ? refusal : { status: 'done', result: { kind: 'done' } };
  } catch (unreadable) {
    return classifyFailure(unreadable, 'read');
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
  return changeNeeds(installation, effect, (body) => withNeed(body, effect.blocking.number), deadline);
}

function changeNeeds(
  installation: Installation,
  { repo, blocked }: AddEdge | RemoveEdge,
  change: (body: string) => string,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const where = { issue_number: blocked.number };
  return inTurn(installation.server, issueKey(repo, blocked.number), async () => {
    try {
      const issue = await getIn(installation, repo, '/issues/{issue_number}', where, deadline);
      const before = optionalTextAt(issue, 'body') ?? '';
      const body = change(before);
      if (body !== before)
        await sendIn(installation, repo, 'PATCH', '/issues/{issue_number}', { ...where, body }, deadline);
      return { status: 'done', result: { kind: 'done' } };
    } catch (error) {
      return classifyFailure(error, 'repeat');
    }
  });
}

/** Whether the edge is there, in whichever way this server keeps it. */
export async function hasEdge(
  installation: Installation,
  effect: AddEdge | RemoveEdge,
  deadline: AbortSignal,
): Promise<boolean> {
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
