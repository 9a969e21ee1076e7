/**
 * The webhook door: signature, then durable storage, then the answer. Nothing else happens before the answer, and
 * nothing is answered 2xx that is not stored: GitHub never redelivers by itself.
 * Probot's own node middleware is not used for this: after nine seconds it answers 202 for deliveries that are not
 * stored, it reads bodies of any size, and it logs forged payloads. Its verification is what we use.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { RawDelivery } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';

export interface WebhookOptions {
  readonly path?: string;
  readonly log?: Pick<Logger, 'warn' | 'error'>;
  readonly now?: () => number;
  /** What all bodies that are being read may hold together, in bytes. */
  readonly heldBytes?: number;
}

/** Resolves to true when the request was for this door and has been answered; false leaves it to others. */
export type WebhookMiddleware = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** GitHub caps payloads at 25 MB. */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

/** Anybody may send a body, and its signature can only be judged once it is there: so many must not fill the memory. */
const HELD_BYTES = 128 * 1024 * 1024;

/** `receive` must not resolve before the delivery is durable; a delivery it has seen before is its business. */
export function createWebhookMiddleware(
  app: Pick<GitHubApp, 'verify'>,
  receive: (delivery: RawDelivery) => Promise<void>,
  options: WebhookOptions = {},
): WebhookMiddleware {
  const path = options.path ?? '/api/github/webhooks';
  const now = options.now ?? Date.now;
  const room = createRoom(options.heldBytes ?? HELD_BYTES);

  async function answer(request: IncomingMessage): Promise<{ status: number; text: string }> {
    if (request.method !== 'POST') return { status: 405, text: 'only POST' };
    const id = headerOf(request, 'x-github-delivery');
    const event = headerOf(request, 'x-github-event');
    const signature = headerOf(request, 'x-hub-signature-256');
    if (!id || !event || !signature) return { status: 400, text: 'a header of GitHub is missing' };
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return TOO_LARGE;
    const held = room.enter();
    try {
      const payload = await readBody(request, held.take);
      if (typeof payload !== 'string') return payload;
      if (!(await app.verify(payload, signature))) {
        options.log?.warn({ delivery: id }, 'a webhook with a wrong signature was refused');
        return { status: 401, text: 'wrong signature' };
      }
      const text = isForm(request) ? new URLSearchParams(payload).get('payload') : payload;
      if (text === null) return WRONG_FORM;
      return await store({ id: deliveryId(id, event, text), event, payload: text, receivedAt: now() });
    } finally {
      held.leave();
    }
  }

  async function store(delivery: RawDelivery): Promise<{ status: number; text: string }> {
    try {
      await receive(delivery);
      return { status: 202, text: 'stored' };
    } catch (error) {
      options.log?.error({ delivery: delivery.id, reason: String(error) }, 'a webhook could not be stored');
      return { status: 500, text: 'not stored' };
    }
  }

  return async (request, response) => {
    if ((request.url ?? '/').split('?', 1)[0] !== path) return false;
    const { status, text } = await answer(request).catch(() => ({ status: 400, text: 'unreadable' }));
    // What is left unread of a refused body would be taken for the next request on this connection.
    const close = request.complete ? {} : { connection: 'close' };
    response.writeHead(status, { 'content-type': 'text/plain', ...close }).end(`${text}\n`);
    return true;
  };
}

/** The other encoding that GitHub offers; its signature is over the form as it was sent. */
function isForm(request: IncomingMessage): boolean {
  return /^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '');
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What a delivery is known by. GitHub's GUIDs say it all; elsewhere the id may be a counter that starts anew, or a time
 * that two deliveries share, so there the content decides too.
 */
function deliveryId(id: string, event: string, payload: string): string {
  if (GUID.test(id)) return id;
  const digest = createHash('sha256').update(`${event}\n${payload}`).digest('hex').slice(0, 32);
  return `${id.slice(0, 100)}.${digest}`;
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

const WRONG_FORM = { status: 415, text: "the form has no payload: set the webhook's content type to application/json" };
const TOO_LARGE = { status: 413, text: 'too large' };
const TOO_BUSY = { status: 503, text: 'too many large deliveries at once' };

/** The exact text GitHub signed, or why it is not read. */
async function readBody(
  request: IncomingMessage,
  take: (bytes: number) => boolean,
): Promise<string | typeof TOO_LARGE | typeof TOO_BUSY> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('the body was already read as text');
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return TOO_LARGE;
    if (!take(chunk.length)) return TOO_BUSY;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Counts the bytes that all requests together hold; `take` is false when there is no more room. */
function createRoom(most: number): { enter: () => { take: (bytes: number) => boolean; leave: () => void } } {
  let held = 0;
  return {
    enter: () => {
      let own = 0;
      return {
        take(bytes) {
          held += bytes;
          own += bytes;
          return held <= most;
        },
        leave() {
          held -= own;
        },
      };
    },
  };
}
