import type { Effect, EffectOutcome } from '../engine/ports.ts';
import { markIssue } from '../text/entry-marks.ts';
import { classifyFailure, classifyGraphqlError, type Failure, responseOf } from './classify.ts';
import { readBodies } from './documents.ts';
import { editIn } from './editor.ts';
import { optionalTextAt } from './fields.ts';
import { type Installation, issueKey } from './installation.ts';
import { graphqlErrors, isRecord } from './limits.ts';
import { hasGraphqlWorked, learnFromGraphql } from './missing.ts';
import type { Mutation } from './mutations.ts';
import { getIn, sendIn } from './rest.ts';
import { inTurn } from './server.ts';

type MarkBody = Extract<Effect, { kind: 'mark-body' }>;

type EditComment = Extract<Effect, { kind: 'edit-comment' }>;

export function editCommentMutation(installation: Installation, effect: EditComment, deadline: AbortSignal): Mutation {
  return {
    field: 'updateIssueComment',
    inputType: 'UpdateIssueCommentInput',
    selection: 'issueComment { id }',
    input: { id: effect.comment.nodeId, body: effect.body },
    repetition: 'repeat',
    read: () => ({ kind: 'done' }),
    byRest: () => editCommentByRest(installation, effect, deadline),
  };
}

async function editCommentByRest(
  installation: Installation,
  effect: EditComment,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const { comment, body } = effect;
  const route = '/issues/comments/{comment_id}';
  try {
    await sendIn(installation, effect.repo, 'PATCH', route, { comment_id: comment.id, body }, deadline);
    return { status: 'done', result: { kind: 'done' } };
  } catch (error) {
    return classifyFailure(error, 'repeat');
  }
}

/** Reads one body and edits it, both over REST. */
export async function markBodyByRest(
  installation: Installation,
  effect: MarkBody,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const where = { issue_number: effect.issue.number };
  return inTurn(installation.server, issueKey(effect.repo, effect.issue.number), async () => {
    try {
      const issue = await getIn(installation, effect.repo, '/issues/{issue_number}', where, deadline);
      const before = optionalTextAt(issue, 'body') ?? '';
      const { body } = markIssue(before, effect.marks);
      if (body !== before)
        await sendIn(installation, effect.repo, 'PATCH', '/issues/{issue_number}', { ...where, body }, deadline);
      return { status: 'done', result: { kind: 'done' } };
    } catch (error) {
      return classifyFailure(error, 'repeat');
    }
  });
}

/**
 * Reads the bodies as they are now and works out the edit of each: a mutation, `unchanged`, why it cannot be read, or
 * that it goes over REST.
 * GitHub has no compare-and-swap for bodies; reading right before writing keeps the window for a human's edit small.
 */
export async function markBodyMutations(
  installation: Installation,
  effects: readonly MarkBody[],
  deadline: AbortSignal,
): Promise<readonly MarkPlan[]> {
  if (effects.length === 0) return [];
  const { server } = installation;
  const byGraphql = server.speaks('readBodies') && server.speaks('updateIssue');
  if (!byGraphql || effects.some(({ issue }) => issue.nodeId === '')) return effects.map(() => 'by-rest');
  const variables = Object.fromEntries(effects.map(({ issue }, index) => [`id${index}`, issue.nodeId]));
  try {
    const data = await installation.graphql<unknown>(readBodies(effects.length), variables, deadline);
    return effects.map((effect, index) => editOf(installation, effect, data, index, deadline));
  } catch (error) {
    const verdict = learnFromGraphql(server, 'readBodies', error);
    const byRest = verdict === 'missing' || verdict === 'document' || verdict === 'odd';
    if (byRest || (verdict === 'refused' && !hasGraphqlWorked(server))) return effects.map(() => 'by-rest');
    const partial = error instanceof Error ? Reflect.get(error, 'data') : null;
    const errors = graphqlErrors(responseOf(error)?.data);
    return effects.map((effect, index) => {
      if (bodyOf(partial, index) !== null) return editOf(installation, effect, partial, index, deadline);
      const own = errors.find(({ path }) => path[0] === `b${index}`);
      return own ? classifyGraphqlError(own, 'read') : classifyFailure(error, 'read');
    });
  }
}

export type MarkPlan = Mutation | 'unchanged' | 'by-rest' | Failure;

function editOf(
  installation: Installation,
  effect: MarkBody,
  data: unknown,
  index: number,
  deadline: AbortSignal,
): Mutation | 'unchanged' | Failure {
  const body = bodyOf(data, index);
  if (body === null) return { status: 'refused', message: `issue #${effect.issue.number} is gone`, merge: null };
  const marked = markIssue(body, effect.marks);
  if (marked.body === body) return 'unchanged';
  const edit = editIn(installation.server, nodeOf(data, index));
  return {
    field: 'updateIssue',
    inputType: 'UpdateIssueInput',
    selection: 'issue { id }',
    input: { id: effect.issue.nodeId, body: marked.body },
    repetition: 'repeat',
    // our edit covers whose edit was the last one
    read: () => ({ kind: 'done', ...(edit === null ? {} : { edited: edit }) }),
    byRest: () => markBodyByRest(installation, effect, deadline),
  };
}

function nodeOf(data: unknown, index: number): unknown {
  return isRecord(data) ? data[`b${index}`] : null;
}

function bodyOf(data: unknown, index: number): string | null {
  const node = nodeOf(data, index);
  return isRecord(node) && typeof node.body === 'string' ? node.body : null;
}
