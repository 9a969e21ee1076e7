/** What the operator is told in the terminal: the answer that a comment would get, as plain lines. */
import type { Orchestration, ReplyWords, Request } from '../core/model.ts';
import { nextSteps } from './next-steps.ts';
import { renderReply } from './reply.ts';

export interface OperatorAnswer {
  readonly obeyed: boolean;
  readonly text: string;
}

const refusals: ReadonlySet<ReplyWords['kind']> = new Set<ReplyWords['kind']>([
  'no-permission',
  'unknown-command',
  'nothing-to-do',
  'nothing-here',
]);

/** `request` has been decided. `now`: milliseconds since the epoch. */
export function answerOperator(state: Orchestration, request: Request, now: number): OperatorAnswer {
  const { say } = state.replies.find(({ source }) => source === request.source) ?? {};
  if (say !== undefined) return { obeyed: !refusals.has(say.kind), text: asPlainLines(renderReply(state, say, now)) };
  const steps = nextSteps(state, now).map(({ label, text }) => (label === null ? text : `${label}: ${text}`));
  return { obeyed: request.state === 'accepted', text: steps.join('\n') };
}

/** Our own Markdown without its signs: links become words with their address, escapes the signs they stand for. */
export function asPlainLines(markdown: string): string {
  return markdown
    .replace(/(?<!\\)\[([^[\]]*)\]\((https?:[^\s()]+)\)/g, '$1 ($2)')
    .replace(/(?<!\\)\*\*([^*\n]+)\*\*/g, '$1')
    .replace(
      /\\([!-/:-@[-`{-~])|&(lt|gt|amp|#124);/g,
      (_, sign?: string, name?: string) => sign ?? entities[name ?? ''] ?? '',
    )
    .replaceAll('\u200b', '');
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', '#124': '|' };
