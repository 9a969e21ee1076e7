/** What a person who asked is told. */
import type { Event } from './events.ts';
import type { ReplyWords, Request } from './model.ts';

export function reply(request: Request, say: ReplyWords): Event {
  return { type: 'reply-owed', source: request.source, issue: request.issue, say };
}

export function nothing(request: Request, detail: string): Event {
  return reply(request, { kind: 'nothing-to-do', detail });
}
