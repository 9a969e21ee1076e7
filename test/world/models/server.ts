/**
 * A stand-in for the providers of models, on loopback: it speaks as four of them do, plain and streaming, and does what
 * a script says, so that real agent programs do real work without a key and without the internet.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { anthropic } from './anthropic.ts';
import { chat } from './chat.ts';
import { gemini } from './gemini.ts';
import { responses } from './responses.ts';
import { type Answer, type Asked, type Dialect, type Script, type Speech, type Turn, usualUsage } from './script.ts';
import { fitting, partFor, wantsTool, workingDirectory } from './tools.ts';
import { refuse, sendEvents, sendJson, sendWrong } from './wire.ts';

const speeches: Readonly<Record<Dialect, Speech>> = {
  anthropic,
  'openai-responses': responses,
  'openai-chat': chat,
  gemini,
};

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Null for a path that no provider has. */
  readonly dialect: Dialect | null;
  readonly use: 'generate' | 'count' | 'models' | 'alive' | 'unknown';
  /** Of the key's value, beginning of its SHA-256 in hex; null without one. */
  readonly keyHash: string | null;
  /** With every value that could be a key taken out. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: string;
  /** Which turn of its script it got; null when it took none. */
  turn: number | null;
  /** The other side hung up before it was answered. */
  hungUp: boolean;
}

export interface ModelServer {
  readonly port: number;
  /** Without a path: what a provider's own address is before `/v1`. */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Requests with this key follow the script from its beginning. */
  readonly script: (key: string, script: Script | readonly Turn[]) => void;
  /** Requests below `/s/<name>` do, whatever their key. Gives that address. */
  readonly scriptAt: (name: string, script: Script | readonly Turn[]) => string;
  /** Resolves as soon as a request is there that fits, also one that hung up later. */
  readonly seen: (fits: (request: SeenRequest) => boolean) => Promise<SeenRequest>;
  readonly close: () => Promise<void>;
}

interface Running {
  readonly script: Script;
  next: number;
  answers: number;
  /** How often the fault that is on was given. */
  given: number;
}

export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

/** On a free port. A key without a script gets what a wrong key gets. */
export async function openModelServer(): Promise<ModelServer> {
  const byKey = new Map<string, Running>();
  const byPath = new Map<string, Running>();
  const requests: SeenRequest[] = [];
  let waiting: (() => void)[] = [];
  const news = (): void => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await buffer(request)).toString('utf8');
    const url = new URL(request.url ?? '/', 'http://models');
    const [, name, below] = /^\/s\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const path = name === undefined ? url.pathname : (below ?? '/');
    const key = keyOf(request.headers, url);
    const { dialect, use } = whatFor(request.method ?? '', path);
    const keyHash = key === null ? null : hashOfKey(key);
    const headers = withoutKeys(request.headers);
    const { method = '' } = request;
    url.searchParams.delete('key');
    const seen: SeenRequest = {
      method,
      path,
      query: url.search,
      dialect,
      use,
      keyHash,
      headers,
      body,
      turn: null,
      hungUp: false,
    };
    requests.push(seen);
    response.on('close', () => {
      seen.hungUp = !response.writableFinished;
      news();
    });
    news();
    const running = name === undefined ? byKey.get(key ?? '') : byPath.get(name);
    answer(response, url, seen, running, key ?? '');
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const start = (script: Script | readonly Turn[]): Running => ({
    script: 'turns' in script ? script : { turns: script },
    next: 0,
    answers: 0,
    given: 0,
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    script: (key, script) => void byKey.set(key, start(script)),
    scriptAt(name, script) {
      byPath.set(name, start(script));
      return `http://127.0.0.1:${port}/s/${name}`;
    },
    async seen(fits) {
      for (;;) {
        const found = requests.find(fits);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  response: ServerResponse,
  url: URL,
  seen: SeenRequest,
  running: Running | undefined,
  key: string,
): void {
  if (seen.use === 'alive') {
    response.writeHead(200).end();
    return;
  }
  if (seen.dialect === null || seen.use === 'unknown') {
    sendJson(response, 404, { type: 'error', error: { type: 'not_found_error', message: `No ${seen.path} here` } });
    return;
  }
  const speech = speeches[seen.dialect];
  if (running === undefined) {
    refuse(response, speech, 'unauthorized', undefined);
    return;
  }
  if (seen.use === 'models') sendJson(response, 200, speech.models);
  else if (seen.use === 'count') sendJson(response, 200, speech.counted(Math.ceil(seen.body.length / 4)));
  else generate(response, url, seen, running, speech, key);
}

function generate(
  response: ServerResponse,
  url: URL,
  seen: SeenRequest,
  running: Running,
  speech: Speech,
  key: string,
): void {
  const asked = speech.read(parse(seen.body), url);
  const asEvents = asked.stream && (seen.dialect !== 'gemini' || url.searchParams.get('alt') === 'sse');
  const { pieces } = running.script;
  const turn = takeTurn(running, seen, asked);
  running.answers += 1;
  const id = `scripted${running.answers}`;
  if ('fault' in turn) {
    const usual = answerOf(asked, { type: 'text', text: 'Something that is never said to its end.' }, turn, id);
    sendWrong(response, { turn, speech, asked, asEvents, answer: usual, key });
    return;
  }
  const part = partFor(turn, asked.tools, workingDirectory(seen.body), `call_${id}`);
  const spoken = part ?? { type: 'text' as const, text: `No tool is offered for ${JSON.stringify(turn)}` };
  const said = answerOf(asked, spoken, turn, id);
  if (asEvents) sendEvents(response, speech.events(said, asked), pieces);
  else if (asked.stream)
    sendJson(
      response,
      200,
      speech.events(said, asked).map(({ data }) => JSON.parse(data)),
    );
  else sendJson(response, 200, speech.whole(said));
}

function answerOf(asked: Asked, part: Answer['parts'][number], turn: Turn, id: string): Answer {
  return { id, model: asked.model, parts: [part], usage: turn.usage ?? usualUsage };
}

/** Clients ask for titles and the like beside their work, without tools: that takes no turn of a script that works. */
function takeTurn(running: Running, seen: SeenRequest, asked: Asked): Turn {
  const { turns } = running.script;
  const turn = turns[running.next];
  if (asked.tools.length === 0 && asked.wanted !== null && turns.some(wantsTool)) return aside(asked);
  if (turn === undefined) return { say: 'Done.' };
  if ('fault' in turn) {
    seen.turn = running.next;
    running.given += 1;
    if (running.given >= (turn.times ?? Number.POSITIVE_INFINITY)) {
      running.next += 1;
      running.given = 0;
    }
    return turn;
  }
  if (asked.tools.length === 0 && turns.some(wantsTool)) return aside(asked);
  seen.turn = running.next;
  running.next += 1;
  return turn;
}

function aside({ wanted }: Asked): Turn {
  return { say: wanted === null ? 'An aside.' : JSON.stringify(fitting(wanted)) };
}

function whatFor(method: string, path: string): Pick<SeenRequest, 'dialect' | 'use'> {
  if (path === '/' && (method === 'GET' || method === 'HEAD')) return { dialect: null, use: 'alive' };
  if (method === 'GET' && /^\/v1beta\/models(?:\/[^/]+)?$/.test(path)) return { dialect: 'gemini', use: 'models' };
  if (method === 'GET' && /^\/v1\/models(?:\/[^/]+)?$/.test(path)) return { dialect: 'openai-chat', use: 'models' };
  if (method !== 'POST') return { dialect: null, use: 'unknown' };
  if (path === '/v1/messages') return { dialect: 'anthropic', use: 'generate' };
  if (path === '/v1/messages/count_tokens') return { dialect: 'anthropic', use: 'count' };
  if (path === '/v1/responses') return { dialect: 'openai-responses', use: 'generate' };
  if (path === '/v1/responses/input_tokens') return { dialect: 'openai-responses', use: 'count' };
  if (path === '/v1/chat/completions') return { dialect: 'openai-chat', use: 'generate' };
  if (/^\/v1(?:beta)?\/models\/[^/]+:(?:generateContent|streamGenerateContent)$/.test(path))
    return { dialect: 'gemini', use: 'generate' };
  if (/^\/v1(?:beta)?\/models\/[^/]+:countTokens$/.test(path)) return { dialect: 'gemini', use: 'count' };
  return { dialect: null, use: 'unknown' };
}

const keyHeaders = ['x-api-key', 'x-goog-api-key', 'api-key', 'authorization', 'cookie'];

function keyOf(headers: IncomingHttpHeaders, url: URL): string | null {
  const bearer = headers.authorization?.replace(/^bearer /i, '');
  const shown = headers['x-api-key'] ?? headers['x-goog-api-key'] ?? bearer ?? url.searchParams.get('key');
  return typeof shown === 'string' ? shown : null;
}

function withoutKeys(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, keyHeaders.includes(name) ? '[redacted]' : value]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
