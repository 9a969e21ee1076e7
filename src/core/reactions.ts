/**
 * What a comment with commands shows of us: 👀 as soon as it is heard, later how it ended. One comment, one ending, for
 * all of its commands together; once shown it stays.
 */
import type { Orchestration, Reaction, ReplyWords, Request } from './model.ts';
import { waitsForApproval } from './tasks.ts';

export interface ReactionDue {
  readonly comment: number;
  readonly reaction: Reaction;
}

/** Reactions that comments should show and do not yet. */
export function reactionsDue(state: Orchestration): readonly ReactionDue[] {
  const byComment = new Map<number, Request[]>();
  for (const request of state.requests) {
    const id = request.comment?.id;
    if (id === undefined || isEnding(request.reacted)) continue;
    const some = byComment.get(id);
    if (some === undefined) byComment.set(id, [request]);
    else some.push(request);
  }
  return [...byComment].flatMap(([comment, requests]) => {
    const reaction = together(requests.map((request) => reactionTo(state, request)));
    return requests.every(({ reacted }) => reacted === reaction) ? [] : [{ comment, reaction }];
  });
}

function isEnding(reaction: Reaction | undefined): boolean {
  return reaction !== undefined && reaction !== 'eyes';
}

/** Worst first: of several commands the one that was not obeyed is what its author should see. */
const order: readonly Reaction[] = ['eyes', 'confused', 'rocket', 'thumbs-up'];

function together(reactions: readonly Reaction[]): Reaction {
  return order.find((one) => reactions.includes(one)) ?? 'eyes';
}

const refusals: ReadonlySet<ReplyWords['kind']> = new Set<ReplyWords['kind']>([
  'no-permission',
  'unknown-command',
  'edited-comment',
  'nothing-to-do',
  'nothing-here',
  'proposals-refused',
  'option-unclear',
]);

function reactionTo(state: Orchestration, request: Request): Reaction {
  if (request.state === 'checking') return 'eyes';
  if (request.state === 'refused' || request.command.kind !== 'command') return 'confused';
  const answer = state.replies.find(({ source }) => source === request.source);
  if (answer !== undefined && refusals.has(answer.say.kind)) return 'confused';
  const { verb } = request.command;
  const starts = verb === 'run' || verb === 'plan';
  if (starts && answer === undefined) return beginning(state);
  return starts || verb === 'approve' || verb === 'retry' || verb === 'resume' ? 'rocket' : 'thumbs-up';
}

/** A run has begun once its sub-issues are there, or once its plan is shown where that waits for approval. */
function beginning(state: Orchestration): Reaction {
  if (state.phase === 'refused') return 'confused';
  return waitsForApproval(state) || state.plannedAt !== null ? 'rocket' : 'eyes';
}
