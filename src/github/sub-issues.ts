import type { Effect, EffectOutcome } from '../engine/ports.ts';
import type { AppIdentity } from './app.ts';
import { classifyFailure, messageOf, statusOf } from './classify.ts';
import type { Installation } from './installation.ts';
import { createIssue } from './issues.ts';
import { isRecord } from './limits.ts';
import { findMarkedIssues } from './marked.ts';
import { isOutForWriting } from './missing.ts';
import type { Mutation } from './mutations.ts';
import { isIssueThere, sendIn } from './rest.ts';

type CreateSubIssue = Extract<Effect, { kind: 'create-sub-issue' }>;

/** Creates and links in one mutation, so that no orphan is left where GitHub does both or neither. */
export function createSubIssueMutation(
  installation: Installation,
  effect: CreateSubIssue,
  labelIds: readonly string[],
  deadline: AbortSignal,
): Mutation {
  return {
    field: 'createIssue',
    inputType: 'CreateIssueInput',
    selection: 'issue { id fullDatabaseId number url }',
    input: {
      repositoryId: effect.repoNodeId,
      parentIssueId: effect.parent.nodeId,
      title: effect.title,
      body: effect.body,
      labelIds: labelIds.filter((id) => id !== ''),
    },
    repetition: 'once',
    read(data) {
      const issue = isRecord(data) ? data.issue : null;
      if (!isRecord(issue)) return null;
      const { id: nodeId, fullDatabaseId, number, url } = issue;
      if (typeof nodeId !== 'string' || typeof number !== 'number' || typeof url !== 'string') return null;
      return { kind: 'issue', issue: { number, id: Number(fullDatabaseId), nodeId, url } };
    },
    byRest: () => createSubIssueByRest(installation, effect, deadline),
  };
}

/**
 * Creates, then links. A link that failed leaves the effect `ambiguous`: the look before the next try finds the issue
 * and links it. A server without sub-issues gives a plain issue, and so does a parent that takes no more of them.
 */
export async function createSubIssueByRest(
  installation: Installation,
  effect: CreateSubIssue,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const created = await createIssue(installation, { ...effect, kind: 'create-issue' }, deadline);
  if (created.status !== 'done' || created.result.kind !== 'issue') return created;
  try {
    await linkSubIssue(installation, effect, created.result.issue.id, deadline);
    return created;
  } catch (error) {
    const failure = classifyFailure(error, 'once');
    if (failure.status === 'refused' || failure.status === 'broken') return created;
    return { status: 'ambiguous', message: failure.message };
  }
}

/** GitHub's words for a parent that has its hundred. */
const FULL_WORDS = /more than \d+ sub-issues/i;

/**
 * A parent that filled up in between costs the link, not the work: its text says what the issue is part of. Whether the
 * refused mutation left an issue behind is GitHub's affair, so it is looked for.
 */
export async function unlessFull(
  installation: Installation,
  identity: () => Promise<AppIdentity>,
  effect: CreateSubIssue,
  outcome: EffectOutcome,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  if (outcome.status !== 'refused' || !FULL_WORDS.test(outcome.message)) return outcome;
  try {
    const [left] = await findMarkedIssues(installation, await identity(), effect, deadline);
    if (left !== undefined) return { status: 'done', result: { kind: 'issue', issue: left.ref } };
    return await createSubIssueByRest(installation, effect, deadline);
  } catch (error) {
    return classifyFailure(error, 'read');
  }
}

/** Puts an issue under its parent, where the server has such a thing. */
export async function linkSubIssue(
  installation: Installation,
  effect: CreateSubIssue,
  id: number,
  deadline: AbortSignal,
): Promise<void> {
  const { server } = installation;
  if (server.lacks('sub-issues')) return;
  try {
    await sendIn(
      installation,
      effect.repo,
      'POST',
      '/issues/{issue_number}/sub_issues',
      { issue_number: effect.parent.number, sub_issue_id: id },
      deadline,
    );
    server.routes.set('sub-issues-write', 'there');
  } catch (error) {
    if (!isOutForWriting(server, 'sub-issues-write', error)) throw error;
    if (!(await isIssueThere(installation, effect.repo, effect.parent.number, deadline))) throw error;
    server.learn('sub-issues', `${statusOf(error)} ${messageOf(error)}`);
  }
}
