/** A command ended for good without success: what hung on it fails, in words; everything else goes on. */
import { commandKey } from './commands.ts';
import { isUnstarted } from './decide-requests.ts';
import type { Event } from './events.ts';
import type { Orchestration } from './model.ts';
import { reactionsDue } from './reactions.ts';
import { makeFailure } from './retry.ts';
import { missingGroups, tasksOf } from './shards.ts';
import type { Signal } from './signals.ts';
import { edgeName, findTask, lastAttempt } from './tasks.ts';

type GaveUp = Extract<Signal, { type: 'command-gave-up' }>;

export function gaveUp(state: Orchestration, signal: GaveUp): readonly Event[] {
  if (state.stuck.some((stuck) => stuck.key === signal.key)) return [];
  // a comment without our reaction is nothing that anybody has to mend
  if (signal.kind === 'react-to-comment') return unreacted(state, signal);
  return [
    { type: 'command-gave-up', key: signal.key, message: signal.message },
    ...unasked(state, signal),
    ...unread(state, signal),
    ...unlinked(state, signal),
    ...ungrouped(state, signal),
    ...undone(state, signal),
  ];
}

function unreacted(state: Orchestration, signal: GaveUp): readonly Event[] {
  const due = reactionsDue(state).find((one) => commandKey(state, { kind: 'react-to-comment', ...one }) === signal.key);
  return due === undefined ? [] : [{ type: 'comment-reacted', ...due }];
}

/** Somebody whose permission nobody could tell is not obeyed; what already runs goes on. */
function unasked(state: Orchestration, signal: GaveUp): readonly Event[] {
  const request = state.requests.find(
    ({ source, by, state: at }) =>
      at === 'checking' && commandKey(state, { kind: 'check-permission', source, user: by }) === signal.key,
  );
  const { change } = state.edits;
  const editor =
    change?.editor === 'unknown'
      ? { kind: 'check-permission' as const, source: change.source, user: change.by ?? '' }
      : null;
  if (editor !== null && commandKey(state, editor) === signal.key) return [{ type: 'editor-known', mayWrite: false }];
  if (request === undefined) return [];
  const { source } = request;
  return [
    { type: 'command-refused', source, reason: signal.message },
    ...(isUnstarted(state, source) ? [{ type: 'closed-unstarted' as const, reason: signal.message }] : []),
  ];
}

function unread(state: Orchestration, signal: GaveUp): readonly Event[] {
  if (signal.kind !== 'read-plan') return [];
  if (state.edits.reading) return [{ type: 'plan-unchanged', readAt: state.edits.seenAt }];
  if (state.phase !== 'reading') return [];
  const problem = { code: 'unreadable', line: 0, message: `It could not be read: ${signal.message}`, remedy: '' };
  return [
    { type: 'closed-unstarted', reason: signal.message },
    {
      type: 'reply-owed',
      source: `plan-${state.seq}`,
      issue: state.issue.number,
      say: { kind: 'plan-problem', problems: [problem] },
    },
  ];
}

/** An edge that GitHub will not have is still kept by us; a task must not wait for its writing for ever. */
function unlinked(state: Orchestration, signal: GaveUp): readonly Event[] {
  if (signal.kind !== 'add-edge') return [];
  const edge = (state.plan?.edges ?? []).find(
    ({ from, to }) => commandKey(state, { kind: 'add-edge', from, to }) === signal.key,
  );
  if (edge === undefined || state.edgesLinked.includes(edgeName(edge)) || state.edgesRefused.includes(edgeName(edge)))
    return [];
  return [{ type: 'edge-refused', from: edge.from, to: edge.to, message: signal.message }];
}

/** Without the group issue its tasks have no place; a retry asks for both again. */
function ungrouped(state: Orchestration, signal: GaveUp): readonly Event[] {
  if (signal.kind !== 'create-group-issue') return [];
  const missing = missingGroups(state).find(
    (one) => commandKey(state, { kind: 'create-group-issue', ...one }) === signal.key,
  );
  const shard = state.plan?.shards?.find(({ id }) => id === missing?.group);
  const failure = makeFailure('github_refused', signal.message, []);
  return (shard === undefined ? [] : tasksOf(state, shard))
    .filter(({ status, plan }) => status === 'nlp_parsing' && plan.adopts === null)
    .map(({ plan }): Event => ({ type: 'attempt-failed', task: plan.id, attempt: 0, failure, retryAt: null }));
}

function undone(state: Orchestration, signal: GaveUp): readonly Event[] {
  const task = signal.task === null ? undefined : findTask(state, signal.task);
  const fatal = ['create-sub-issue', 'run-attempt', 'open-pull', 'merge-pull'].includes(signal.kind);
  const over = task?.status === 'merged' || task?.status === 'cancelled' || task?.status === 'failed';
  if (task === undefined || !fatal || over) return [];
  const failure = makeFailure('github_refused', signal.message, []);
  const attempt = lastAttempt(task)?.number ?? 0;
  return [{ type: 'attempt-failed', task: task.plan.id, attempt, failure, retryAt: null }];
}
