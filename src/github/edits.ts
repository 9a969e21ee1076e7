import type { Effect } from '../engine/ports.ts';
import { markBody } from '../text/body-marks.ts';
import { classifyFailure, classifyGraphqlError, type Failure, responseOf } from './classify.ts';
import { readBodies } from './documents.ts';
import type { Installation } from './installation.ts';
import { graphqlErrors, isRecord } from './limits.ts';
import type { Mutation } from './mutations.ts';

type MarkBody = Extract<Effect, { kind: 'mark-body' }>;

export function editCommentMutation(effect: Extract<Effect, { kind: 'edit-comment' }>): Mutation {
  return {
    field: 'updateIssueComment',
    inputType: 'UpdateIssueCommentInput',
    selection: 'issueComment { id }',
    input: { id: effect.comment.nodeId, body: effect.body },
    repetition: 'repeat',
    read: () => ({ kind: 'done' }),
  };
}

/**
 * Reads the bodies as they are now and works out the edit of each: a mutation, `unchanged`, or why it cannot be read.
 * GitHub has no compare-and-swap for bodies; reading right before writing keeps the window for a human's edit small.
 */
export async function markBodyMutations(
  installation: Installation,
  effects: readonly MarkBody[],
  deadline: AbortSignal,
): Promise<readonly (Mutation | 'unchanged' | Failure)[]> {
  if (effects.length === 0) return [];
  const variables = Object.fromEntries(effects.map(({ issue }, index) => [`id${index}`, issue.nodeId]));
  try {
    const data = await installation.graphql<unknown>(readBodies(effects.length), variables, deadline);
    return effects.map((effect, index) => editOf(effect, bodyOf(data, index)));
  } catch (error) {
    const partial = error instanceof Error ? Reflect.get(error, 'data') : null;
    const errors = graphqlErrors(responseOf(error)?.data);
    return effects.map((effect, index) => {
      const body = bodyOf(partial, index);
      if (body !== null) return editOf(effect, body);
      const own = errors.find(({ path }) => path[0] === `b${index}`);
      return own ? classifyGraphqlError(own, 'read') : classifyFailure(error, 'read');
    });
  }
}

function editOf(effect: MarkBody, body: string | null): Mutation | 'unchanged' | Failure {
  if (body === null) return { status: 'refused', message: `issue #${effect.issue.number} is gone`, merge: null };
  const marked = markBody(body, effect.marks);
  if (marked.body === body) return 'unchanged';
  return {
    field: 'updateIssue',
    inputType: 'UpdateIssueInput',
    selection: 'issue { id }',
    input: { id: effect.issue.nodeId, body: marked.body },
    repetition: 'repeat',
    read: () => ({ kind: 'done' }),
  };
}

function bodyOf(data: unknown, index: number): string | null {
  const node = isRecord(data) ? data[`b${index}`] : null;
  return isRecord(node) && typeof node.body === 'string' ? node.body : null;
}
