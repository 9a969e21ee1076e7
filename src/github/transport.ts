/** What every HTTP request of ours has in common: the API version, a deadline, a turn, and one line in the log. */
import type { ProbotOctokit } from 'probot';
import { responseOf, statusOf } from './classify.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { graphqlErrors, limitWaitMs, type ResponseFacts } from './limits.ts';
import type { Pace } from './pace.ts';
import { askingOf, isTokenRoute } from './published-limits.ts';
import type { Spending } from './spending.ts';

/** Called once per request sent to the API (not for token minting); `operation` names a GraphQL operation. */
export type OnRequest = (method: string, route: string, operation: string | null) => void;

/** Hears of every answer to an HTTP request of ours, token minting included; `status` null: there was none. */
export type OnAnswer = (status: number | null, headers: Headers) => void;

/** Takes any pino logger. Only method, route, status and time are ever written. */
export interface RequestLog {
  readonly debug: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/**
 * `fetch` with `X-GitHub-Api-Version` (without it GitHub picks the shapes for us) and a deadline; for octokit's
 * `request.fetch`, which token minting goes through too.
 * Looks `globalThis.fetch` up at each call, so that nock can stand in its place.
 */
export function createFetch(deadlineMs: number, apiVersion: string, onAnswer: OnAnswer = () => {}): typeof fetch {
  return async (input, init) => {
    const timeout = AbortSignal.timeout(deadlineMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    const headers = new Headers(init?.headers);
    headers.set('x-github-api-version', apiVersion);
    try {
      const response = await globalThis.fetch(input, { ...init, headers, signal });
      onAnswer(response.status, response.headers);
      return response;
    } catch (error) {
      // who gave up waiting has learned nothing about GitHub
      if (!init?.signal?.aborted) onAnswer(null, new Headers());
      throw error;
    }
  };
}

/** What octokit tells a hook about a request; `query` is there for GraphQL. */
interface SendOptions {
  readonly method: string;
  readonly url: string;
  readonly query?: unknown;
}

/** What one octokit's requests share. */
export interface Traffic {
  readonly pace: Pace;
  readonly spending: Spending;
  /** Pays for tokens, which only the App itself can ask for. */
  readonly spendingOfApp: Spending;
  readonly log: RequestLog;
  readonly onRequest: OnRequest;
  /** How often the token was renewed so far. */
  readonly renewals: () => number;
  /** Hears of every answer's status, and what `renewals` said when it was asked for; 401 is where tokens are renewed. */
  readonly onStatus: (status: number, error: unknown, renewals: number) => Promise<void>;
  /** Hears why a token could not be had; may throw something that says more. */
  readonly onNoToken: (error: unknown) => void;
}

/** Gives every request of this octokit its turn, and lets the pace learn from every answer. */
export function governRequests(octokit: ProbotOctokit, traffic: Traffic): void {
  octokit.hook.wrap('request', async (request, options) => {
    const { method, route, operation } = nameOf(options);
    const signal = options.request?.signal ?? undefined;
    const asking = askingOf(method, route, operation === null ? null : String(options.query));
    // Octokit mints the token of a request inside that request: taking another turn for it would wait for itself.
    if (isTokenRoute(route))
      return traffic.spendingOfApp.spend(asking, signal, () => mint(() => request(options), traffic));
    const send = async (): Promise<Awaited<ReturnType<typeof request>>> => {
      traffic.onRequest(method, route, operation?.name ?? null);
      const startedAt = Date.now();
      const renewals = traffic.renewals();
      try {
        const response = await request(options);
        refusePages(response.headers['content-type'], response.data);
        await learn(traffic, { status: response.status, headers: { ...response.headers }, data: response.data });
        await traffic.onStatus(response.status, null, renewals);
        log(traffic.log, { method, route, operation, status: response.status, startedAt });
        return response;
      } catch (error) {
        const answer = responseOf(error);
        if (answer) await learn(traffic, answer);
        log(traffic.log, { method, route, operation, status: statusOf(error), startedAt });
        await traffic.onStatus(answer?.status ?? 0, error, renewals);
        throw error;
      }
    };
    const kind = asking.kind === 'write' ? 'write' : 'read';
    return traffic.pace.take(kind, signal, () => traffic.spending.spend(asking, signal, send));
  });
}

/** Some servers answer what they do not know with a page of theirs, and 200. */
function refusePages(type: string | undefined, data: unknown): void {
  if (typeof data === 'string' && data !== '' && /html/i.test(type ?? ''))
    throw new UnexpectedAnswerError('the server answered with a web page');
}

async function mint<T>(send: () => T | Promise<T>, traffic: Traffic): Promise<T> {
  try {
    return await send();
  } catch (error) {
    traffic.onNoToken(error);
    throw error;
  }
}

async function learn({ pace, spending }: Traffic, response: ResponseFacts): Promise<void> {
  const failed = response.status >= 400 || graphqlErrors(response.data).length > 0;
  const wait = failed ? limitWaitMs(response, Date.now()) : null;
  if (wait !== null) {
    pace.pauseFor(wait);
    await spending.block(wait);
  }
  await spending.learn(response);
}

interface Operation {
  readonly name: string;
}

function nameOf(options: SendOptions): { method: string; route: string; operation: Operation | null } {
  const found = typeof options.query === 'string' ? /^\s*(?:query|mutation)\s+(\w+)/.exec(options.query) : null;
  const operation = found ? { name: found[1] ?? '' } : null;
  return { method: options.method, route: operation ? '/graphql' : options.url, operation };
}

function log(
  out: RequestLog,
  facts: { method: string; route: string; operation: Operation | null; status: number | null; startedAt: number },
): void {
  const { method, route, operation, status, startedAt } = facts;
  out.debug({ method, route, operation: operation?.name, status, ms: Date.now() - startedAt }, 'github request');
}
