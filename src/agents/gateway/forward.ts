/**
 * Passes one request on and its answer back, byte for byte and as it comes, with a meter that reads along behind.
 * Invariant: `onEnd` is called exactly once, whatever either side does.
 */
import {
  type ClientRequest,
  type Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { modelInPath, type Provider } from './dialects.ts';
import { retryAfter, towardsAgent, towardsProvider } from './headers.ts';
import { createMeter, type Meter, type Metered } from './meter.ts';
import type { Ending, Seen } from './outcome.ts';
import type { ProviderError } from './record.ts';
import { createWithhold } from './withhold.ts';

/** Milliseconds. */
export interface Patience {
  readonly connectMs: number;
  /** From the end of the request to the first byte of its answer: a model may think for long. */
  readonly firstByteMs: number;
  /** Between two bytes of an answer. */
  readonly idleMs: number;
  /** An agent that hangs up after so long without a byte has given its provider up. */
  readonly silenceMs: number;
}

export interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly provider: Provider;
  readonly target: URL;
  readonly connections: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly patience: Patience;
  readonly mostRequestBytes: number;
  readonly now: () => number;
  readonly onActivity: () => void;
  /** Answers in the dialect's own shape, where nothing was answered yet. */
  readonly refuse: (why: 'unreachable' | 'timed_out' | 'too_large') => void;
  /** Ends it from outside: the attempt is over. */
  readonly signal: AbortSignal;
  readonly onEnd: (seen: Seen) => void;
}

/** How much of a request is looked at for the model it asks for. Bytes. */
const HEAD_OF_REQUEST = 4_096;

/** One call while it lasts. */
interface Call {
  readonly passage: Passage;
  readonly out: ClientRequest;
  readonly startedAt: number;
  /** When a byte last passed, in either direction. */
  heardAt: number;
  readonly bytes: { fromAgent: number; toAgent: number };
  readonly abort: () => void;
  /** Beginning of the request's body. */
  head: string;
  connected: boolean;
  status: number | null;
  retryAfterMs: number | null;
  /** What the network said. */
  trouble: ProviderError | null;
  firstByteMs: number | null;
  meter: Meter | null;
  /** Passed on, and not yet seen by the meter. */
  readonly unread: Buffer[];
  timer: NodeJS.Timeout | undefined;
  over: boolean;
}

export function forward(passage: Passage): void {
  const { request, response, patience, now, signal } = passage;
  const call: Call = {
    passage,
    out: open(passage),
    startedAt: now(),
    heardAt: now(),
    bytes: { fromAgent: 0, toAgent: 0 },
    abort() {
      stop(call, 'aborted');
      response.destroy();
    },
    head: '',
    connected: false,
    status: null,
    retryAfterMs: null,
    trouble: null,
    firstByteMs: null,
    meter: null,
    unread: [],
    timer: undefined,
    over: false,
  };
  signal.addEventListener('abort', call.abort);
  const hungUp = (): void => stop(call, now() - call.heardAt >= patience.silenceMs ? 'gave_up' : 'aborted');
  response.on('close', () => {
    if (!response.writableFinished) hungUp();
  });
  response.on('error', hungUp);
  request.on('error', hungUp);
  wait(call, patience.connectMs);
  passRequest(call);
  awaitAnswer(call);
}

function wait(call: Call, ms: number): void {
  clearTimeout(call.timer);
  call.timer = setTimeout(() => stop(call, 'timed_out'), ms);
}

function heard(call: Call): void {
  call.heardAt = call.passage.now();
  call.passage.onActivity();
}

/** The end by any way but the good one: both sides are let go of. */
function stop(call: Call, ending: Exclude<Ending, 'whole'>): void {
  if (call.over) return;
  const { response, refuse } = call.passage;
  finish(call, ending);
  call.out.destroy();
  // a half answer must not look like a whole one
  if (response.headersSent) response.destroy();
  else if (ending === 'timed_out' || ending === 'too_large') refuse(ending);
  else if (ending === 'dropped' || ending === 'unreachable') refuse('unreachable');
}

function finish(call: Call, ending: Ending): void {
  call.over = true;
  clearTimeout(call.timer);
  const { passage, meter, status, retryAfterMs, trouble, firstByteMs, bytes } = call;
  passage.signal.removeEventListener('abort', call.abort);
  const { dialect } = passage.provider;
  const inBody = /"model"\s*:\s*"([^"\\]{1,200})"/.exec(call.head)?.[1];
  const askedFor = modelInPath(passage.target.pathname) ?? inBody ?? null;
  readAlong(call);
  const tell = (metered: Metered | null): void =>
    passage.onEnd({ dialect, ending, status, retryAfterMs, trouble, metered, askedFor, firstByteMs, bytes });
  const metered = meter?.end() ?? null;
  if (metered instanceof Promise) void metered.then(tell);
  else tell(metered);
}

/** The meter reads once what it reads is on its way. */
function readAlong(call: Call): void {
  for (const chunk of call.unread.splice(0)) call.meter?.push(chunk);
}

function passRequest(call: Call): void {
  const { passage, out, bytes } = call;
  const { request } = passage;
  request.on('data', (chunk: Buffer) => {
    if (call.over) return;
    bytes.fromAgent += chunk.length;
    heard(call);
    if (bytes.fromAgent > passage.mostRequestBytes) {
      stop(call, 'too_large');
      return;
    }
    if (call.head.length < HEAD_OF_REQUEST)
      call.head += chunk.toString('latin1', 0, HEAD_OF_REQUEST - call.head.length);
    if (call.connected && call.status === null) wait(call, passage.patience.firstByteMs);
    if (!out.write(chunk)) request.pause();
  });
  out.on('drain', () => request.resume());
  request.on('end', () => {
    if (!call.over) out.end();
  });
}

function awaitAnswer(call: Call): void {
  const { passage, out } = call;
  const { response, provider, patience } = passage;
  out.on('socket', (socket) => {
    const connected = (): void => {
      call.connected = true;
      if (!call.over && call.status === null) wait(call, patience.firstByteMs);
    };
    if (socket.connecting) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
    else connected();
  });
  out.on('error', (error: NodeJS.ErrnoException) => {
    call.trouble ??= { code: error.code ?? null, message: error.message };
    // what came back tells more than that the rest of the request was not wanted
    if (call.status === null) stop(call, call.connected ? 'dropped' : 'unreachable');
  });
  // such as an answer that changes the protocol
  out.on('close', () => {
    if (call.status === null) stop(call, 'dropped');
  });
  out.on('response', (answer) => {
    if (call.over || !isStatus(answer.statusCode)) {
      answer.destroy();
      stop(call, 'dropped');
      return;
    }
    call.status = answer.statusCode;
    call.retryAfterMs = retryAfter(answer.headers, passage.now());
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = answer.headers;
    call.meter = createMeter(provider.dialect, type, encoding);
    response.writeHead(answer.statusCode, towardsAgent(answer.headers, provider.key));
    response.flushHeaders();
    wait(call, patience.idleMs);
    passAnswer(call, answer);
  });
}

/** Node takes three digits from a provider, and throws when they are to go out again below 100. */
function isStatus(status: number | undefined): status is number {
  return status !== undefined && status >= 200 && status <= 999;
}

function passAnswer(call: Call, answer: IncomingMessage): void {
  const { passage, out, bytes, startedAt } = call;
  const { response, patience } = passage;
  const withhold = createWithhold(passage.provider.key);
  answer.on('data', (chunk: Buffer) => {
    heard(call);
    call.firstByteMs ??= call.heardAt - startedAt;
    bytes.toAgent += chunk.length;
    const shown = withhold.push(chunk);
    if (shown.length > 0 && !response.write(shown)) {
      // a slow reader is not a slow provider
      clearTimeout(call.timer);
      answer.pause();
    } else wait(call, patience.idleMs);
    if (call.unread.push(chunk) === 1) setImmediate(readAlong, call);
  });
  response.on('drain', () => {
    if (call.over) return;
    wait(call, patience.idleMs);
    answer.resume();
  });
  answer.on('end', () => {
    if (call.over || !answer.complete) {
      stop(call, 'dropped');
      return;
    }
    // told before the end is: the next request may ask for the budget at once
    finish(call, 'whole');
    response.end(withhold.end());
    // answered before all was said
    if (!out.writableFinished) out.destroy();
  });
  answer.on('error', () => stop(call, 'dropped'));
  answer.on('close', () => stop(call, 'dropped'));
}

function open({ request, provider, target, connections }: Passage): ClientRequest {
  const headers = towardsProvider(request.headers, provider, target.host);
  const { method = 'GET' } = request;
  return target.protocol === 'https:'
    ? httpsRequest(target, { method, headers, agent: connections.https })
    : httpRequest(target, { method, headers, agent: connections.http });
}
