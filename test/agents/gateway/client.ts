/** A plain client of each dialect, to see every byte. */
import { once } from 'node:events';
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http';
import type { Dialect } from '../../../src/agents/gateway/dialects.ts';

export const dialects: readonly Dialect[] = ['anthropic', 'openai-responses', 'openai-chat', 'gemini'];

export interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** False when the connection broke before the answer's end. */
  readonly whole: boolean;
}

export interface Call {
  /** The base URL as the dialect's own clients take it. */
  readonly base: string;
  readonly socketPath?: string;
  readonly dialect: Dialect;
  readonly key: string | null;
  readonly stream?: boolean;
  /** Instead of the dialect's usual one, below the base. */
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: OutgoingHttpHeaders;
  /** Sent without saying how long it is. */
  readonly chunked?: boolean;
}

const models: Readonly<Record<Dialect, string>> = {
  anthropic: 'claude-sonnet-4-5',
  'openai-responses': 'gpt-5.1-codex',
  'openai-chat': 'gpt-5.1',
  gemini: 'gemini-2.5-pro',
};

export function modelOf(dialect: Dialect): string {
  return models[dialect];
}

function pathOf(dialect: Dialect, stream: boolean): string {
  switch (dialect) {
    case 'anthropic':
      return '/v1/messages';
    case 'openai-responses':
      return '/responses';
    case 'openai-chat':
      return '/chat/completions';
    case 'gemini':
      return `/v1beta/models/${models.gemini}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
  }
}

export function bodyOf(dialect: Dialect, stream: boolean): string {
  const model = models[dialect];
  switch (dialect) {
    case 'anthropic':
      return JSON.stringify({ model, max_tokens: 100, stream, messages: [{ role: 'user', content: 'Hello' }] });
    case 'openai-responses':
      return JSON.stringify({ model, stream, input: 'Hello' });
    case 'openai-chat': {
      const options = stream ? { stream_options: { include_usage: true } } : {};
      return JSON.stringify({ model, stream, ...options, messages: [{ role: 'user', content: 'Hello' }] });
    }
    case 'gemini':
      return JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] });
  }
}

function keyHeader(dialect: Dialect, key: string): OutgoingHttpHeaders {
  switch (dialect) {
    case 'anthropic':
      return { 'x-api-key': key };
    case 'openai-responses':
    case 'openai-chat':
      return { authorization: `Bearer ${key}` };
    case 'gemini':
      return { 'x-goog-api-key': key };
  }
}

/** With its body sent; what comes back is up to the caller. */
export function begin(call: Call): ClientRequest {
  const { base, dialect, key, stream = false, path = pathOf(dialect, stream), method = 'POST', socketPath } = call;
  const body = call.body ?? (method === 'POST' ? bodyOf(dialect, stream) : '');
  const url = new URL(base);
  const outgoing = httpRequest({
    ...(socketPath === undefined ? { host: url.hostname, port: url.port } : { socketPath }),
    // as it stands: a URL would tidy up what a test means to be untidy
    path: `${url.pathname === '/' ? '' : url.pathname}${path}`,
    method,
    agent: false,
    headers: {
      'content-type': 'application/json',
      ...(method === 'POST' && !call.chunked ? { 'content-length': Buffer.byteLength(body) } : {}),
      ...(key === null ? {} : keyHeader(dialect, key)),
      ...call.headers,
    },
  });
  outgoing.end(body);
  return outgoing;
}

export function ask(call: Call): Promise<Heard> {
  return hear(begin(call));
}

/** Rejects when nothing was answered at all. */
async function hear(outgoing: ClientRequest): Promise<Heard> {
  const [answer] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.on('error', () => {});
  await new Promise<void>((resolve) => answer.once('close', resolve));
  const bytes = Buffer.concat(chunks);
  return {
    status: answer.statusCode,
    headers: answer.headers,
    bytes,
    text: bytes.toString('utf8'),
    whole: answer.complete,
  };
}
