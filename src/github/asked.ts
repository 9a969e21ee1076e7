/**
 * What people ask for: slash commands in comments, and the label. Webhooks and sweeps see the same comment or label;
 * `source` is the same both times, so that the second one is dropped.
 */
import type { AskedSignal } from '../core/signals.ts';
import { parseSlashCommands, spokenLines } from '../text/slash.ts';
import { issueNumberAt, numberAt, optionalTextAt, optionalTimeAt, textAt, timeAt, valueAt } from './fields.ts';
import { isHuman, isPullRequest } from './shapes.ts';

/** Putting this label on an issue asks for `run`. */
export const START_LABEL = 'muster';

/** Labels come as objects, or as their names alone. */
export function hasStartLabel(issue: unknown): boolean {
  const labels = valueAt(issue, 'labels');
  return Array.isArray(labels) && labels.some((label) => (valueAt(label, 'name') ?? label) === START_LABEL);
}

/** The shape of the hidden marker that everything we write ends with. */
const OUR_MARKER = /<!-- muster:\S+:[0-9a-f]{8} -->\s*$/;

function commentSource(id: number): string {
  return `comment-${id}-`;
}

/**
 * Commands in a comment, in order, as `comment-<id>-<position>`. None from bots. The comment's issue is given, because
 * a webhook says it beside the comment and a list says it in the comment.
 */
export function askedByComment(comment: unknown, issue: number): readonly AskedSignal[] {
  const body = optionalTextAt(comment, 'body') ?? '';
  // ours, on a server that does not mark it as a bot's
  if (!isHuman(valueAt(comment, 'user')) || OUR_MARKER.test(body)) return [];
  const by = textAt(comment, 'user.login');
  const at = timeAt(comment, 'created_at');
  const id = numberAt(comment, 'id');
  const nodeId = optionalTextAt(comment, 'node_id') ?? '';
  return parseSlashCommands(body).map((command, position) => ({
    type: 'asked',
    source: `${commentSource(id)}${position}`,
    issue,
    by,
    at,
    command,
    comment: { id, nodeId, ...((optionalTimeAt(comment, 'updated_at') ?? at) > at ? { edited: true } : {}) },
  }));
}

/**
 * Commands that an edit brought into a comment, as one request that is answered and not obeyed; none where the server
 * does not say how the comment read before.
 */
export function askedByEdit(payload: unknown, issue: number): readonly AskedSignal[] {
  const before = valueAt(payload, 'changes.body.from');
  const comment = valueAt(payload, 'comment');
  if (typeof before !== 'string' || !isHuman(valueAt(payload, 'sender'))) return [];
  const known = new Set(spokenLines(before));
  const text = spokenLines(optionalTextAt(comment, 'body') ?? '').find((line) => !known.has(line));
  return askedByComment(comment, issue)
    .slice(0, text === undefined ? 0 : 1)
    .map((asked) => ({
      ...asked,
      source: `${commentSource(numberAt(comment, 'id'))}edited`,
      by: textAt(payload, 'sender.login'),
      at: optionalTimeAt(comment, 'updated_at') ?? asked.at,
      command: { kind: 'edited', text: text ?? '' },
    }));
}

/**
 * The label on an open issue, as `label-<issue id>`: one request per issue for good. A label that simply stays on must
 * not ask again; another run is asked by a comment. `labelledAt`: milliseconds since the epoch, where that is known.
 */
export function askedByLabel(issue: unknown, by: string, labelledAt: number | null = null): AskedSignal | null {
  if (isPullRequest(issue) || textAt(issue, 'state') !== 'open') return null;
  return {
    type: 'asked',
    source: `label-${numberAt(issue, 'id')}`,
    issue: issueNumberAt(issue, 'number'),
    by,
    at: labelledAt ?? optionalTimeAt(issue, 'updated_at') ?? timeAt(issue, 'created_at'),
    command: { kind: 'command', verb: 'run', flags: {}, target: null },
  };
}
