/** How answers, and things that are none, get onto the wire. */
import type { ServerResponse } from 'node:http';
import type { Answer, Asked, Event, RefusedFault, Speech, Turn } from './script.ts';

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = JSON.stringify(value);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers })
    .end(body);
}

function textOf(events: readonly Event[]): string {
  return events.map(({ name, data }) => `${name === null ? '' : `event: ${name}\n`}data: ${data}\n\n`).join('');
}

function beginEvents(response: ServerResponse, headers: Record<string, string> = {}): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...headers,
  });
}

/** Each event on its own, or, with `pieces`, in so many bytes at once, each its own packet. */
export function sendEvents(response: ServerResponse, events: readonly Event[], pieces: number | undefined): void {
  beginEvents(response);
  const bytes = Buffer.from(textOf(events));
  const cuts =
    pieces === undefined
      ? events.map((event) => Buffer.from(textOf([event])))
      : Array.from({ length: Math.ceil(bytes.length / pieces) }, (_, index) =>
          bytes.subarray(index * pieces, (index + 1) * pieces),
        );
  const next = (index: number): void => {
    const cut = cuts[index];
    if (cut === undefined) response.end();
    else if (!response.destroyed) response.write(cut, () => next(index + 1));
  };
  next(0);
}

export function refuse(
  response: ServerResponse,
  speech: Speech,
  fault: RefusedFault,
  retryAfter: number | undefined,
): void {
  const { status, body } = speech.error(fault, retryAfter);
  sendJson(response, status, body, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
}

export interface Wrong {
  readonly turn: Extract<Turn, { fault: string }>;
  readonly speech: Speech;
  readonly asked: Asked;
  readonly asEvents: boolean;
  /** What would have been said. */
  readonly answer: Answer;
  readonly key: string;
}

export function sendWrong(response: ServerResponse, wrong: Wrong): void {
  const { turn, speech } = wrong;
  switch (turn.fault) {
    case 'unauthorized':
    case 'forbidden':
    case 'rate_limited':
    case 'no_credit':
    case 'context_overflow':
    case 'server_error':
    case 'overloaded':
      refuse(response, speech, turn.fault, turn.retryAfter);
      break;
    case 'hang':
      break;
    case 'drop':
      response.socket?.destroy();
      break;
    case 'hang_midway':
      sendHalf(response, wrong, () => {});
      break;
    case 'drop_midway':
      sendHalf(response, wrong, () => response.socket?.destroy());
      break;
    case 'cut_short':
      sendHalf(response, wrong, () => response.end());
      break;
    case 'malformed':
      sendMalformed(response, wrong);
      break;
    case 'stream_error':
      if (wrong.asEvents) sendHalf(response, wrong, () => response.end(textOf([speech.streamError])));
      else refuse(response, speech, 'overloaded', turn.retryAfter);
      break;
    case 'echo_key':
      echo(response, wrong);
      break;
  }
}

/** Half of the events, or half of a body of unsaid length. */
function sendHalf(response: ServerResponse, { speech, answer, asked, asEvents }: Wrong, then: () => void): void {
  if (asEvents) {
    const events = speech.events(answer, asked);
    beginEvents(response);
    response.write(textOf(events.slice(0, Math.ceil(events.length / 2))), then);
    return;
  }
  const body = JSON.stringify(speech.whole(answer));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(body.slice(0, body.length / 2), then);
}

function sendMalformed(response: ServerResponse, wrong: Wrong): void {
  const { speech, answer, asked, asEvents } = wrong;
  if (asEvents) {
    const [first, ...rest] = speech.events(answer, asked);
    const torn = { name: first?.name ?? null, data: `${first?.data.slice(0, -9) ?? ''}<html>` };
    sendEvents(response, [torn, ...rest], undefined);
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end('<html><body>502 Bad Gateway</body></html>');
}

function echo(response: ServerResponse, { speech, answer, asked, asEvents, key }: Wrong): void {
  const said = { ...answer, parts: [{ type: 'text' as const, text: `You sent ${key} and ${key}.` }] };
  const headers = { 'x-echo': `key=${key}` };
  if (!asEvents) {
    sendJson(response, 200, speech.whole(said), headers);
    return;
  }
  beginEvents(response, headers);
  const bytes = Buffer.from(textOf(speech.events(said, asked)));
  const cut = bytes.indexOf(key) + Math.floor(key.length / 2);
  // its halves in packets of their own
  response.write(bytes.subarray(0, cut), () => response.end(bytes.subarray(cut)));
}
