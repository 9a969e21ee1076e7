/** Reactions to comments. Giving one twice leads to one; a comment that is gone needs none. */
import type { Reaction } from '../core/model.ts';
import type { Effect, EffectOutcome } from '../engine/ports.ts';
import { classifyFailure } from './classify.ts';
import type { Installation } from './installation.ts';
import { isOutForWriting } from './missing.ts';
import type { Mutation } from './mutations.ts';
import { sendIn } from './rest.ts';

type React = Extract<Effect, { kind: 'react' }>;

/** GitHub's names, in GraphQL and in REST. */
const names: Readonly<Record<Reaction, readonly [string, string]>> = {
  eyes: ['EYES', 'eyes'],
  rocket: ['ROCKET', 'rocket'],
  'thumbs-up': ['THUMBS_UP', '+1'],
  confused: ['CONFUSED', 'confused'],
};

export function reactionMutation(installation: Installation, effect: React, deadline: AbortSignal): Mutation {
  return {
    field: 'addReaction',
    inputType: 'AddReactionInput',
    selection: 'reaction { content }',
    input: { subjectId: effect.comment.nodeId, content: names[effect.reaction][0] },
    repetition: 'repeat',
    read: () => ({ kind: 'done' }),
    byRest: () => reactByRest(installation, effect, deadline),
  };
}

/** A server without reactions is asked once more after it has shown that it is no GitHub of today. */
async function reactByRest(installation: Installation, effect: React, deadline: AbortSignal): Promise<EffectOutcome> {
  const { server } = installation;
  const route = '/issues/comments/{comment_id}/reactions';
  const content = names[effect.reaction][1];
  try {
    await sendIn(installation, effect.repo, 'POST', route, { comment_id: effect.comment.id, content }, deadline);
    server.routes.set('reactions', 'there');
    return { status: 'done', result: { kind: 'done' } };
  } catch (error) {
    // where GitHub's other things are missing too; a 404 of GitHub itself is about the comment
    if (server.differs() && isOutForWriting(server, 'reactions', error)) server.routes.set('reactions', 'missing');
    return classifyFailure(error, 'repeat');
  }
}
