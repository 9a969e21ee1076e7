import type { CommentRef } from '../core/model.ts';
import type { Effect, EffectOutcome } from '../engine/ports.ts';
import { classifyFailure } from './classify.ts';
import { type Installation, issueKey } from './installation.ts';
import { isRecord } from './limits.ts';
import type { Mutation } from './mutations.ts';
import { rememberOwnName } from './own-name.ts';
import { commentRef } from './shapes.ts';

type CreateComment = Extract<Effect, { kind: 'create-comment' }>;

/** As part of a shared request, where the issue's node id is known; null where it is not. */
export function createCommentMutation(
  installation: Installation,
  effect: CreateComment,
  deadline: AbortSignal,
): Mutation | null {
  const subjectId = installation.known.issues.get(issueKey(effect.repo, effect.issue));
  if (subjectId === undefined) return null;
  return {
    field: 'addComment',
    inputType: 'AddCommentInput',
    selection: 'commentEdge { node { id url } }',
    input: { subjectId, body: effect.body },
    repetition: 'once',
    read(data) {
      const edge = isRecord(data) ? data.commentEdge : null;
      const comment = isRecord(edge) ? commentOfNode(edge.node) : null;
      return comment && { kind: 'comment', comment };
    },
    byRest: () => createComment(installation, effect, deadline),
  };
}

export async function createComment(
  installation: Installation,
  effect: CreateComment,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  try {
    const { data } = await installation.octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      owner: effect.repo.owner,
      repo: effect.repo.name,
      issue_number: effect.issue,
      body: effect.body,
      request: { signal: deadline },
    });
    rememberOwnName(installation, data);
    return { status: 'done', result: { kind: 'comment', comment: commentRef(data) } };
  } catch (error) {
    return classifyFailure(error, 'once');
  }
}

/** Comment ids have outgrown GraphQL's 32-bit `databaseId`; the address always ends in the whole id. */
function commentOfNode(node: unknown): CommentRef | null {
  if (!isRecord(node)) return null;
  const { id: nodeId, url } = node;
  const id = typeof url === 'string' ? /#issuecomment-(\d+)$/.exec(url)?.[1] : undefined;
  if (typeof nodeId !== 'string' || typeof url !== 'string' || id === undefined) return null;
  return { id: Number(id), nodeId, url };
}
