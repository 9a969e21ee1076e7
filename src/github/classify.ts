/**
 * The one place where HTTP statuses, GraphQL errors and broken connections become an outcome the engine acts on.
 * Invariant: `refused` and `transient` are given only when the effect certainly did not happen.
 */
import type { EffectOutcome } from '../engine/ports.ts';
import {
  CredentialsRefusedError,
  NoInstallationError,
  NotSentError,
  PausedError,
  UnexpectedAnswerError,
} from './errors.ts';
import { type GraphqlError, graphqlErrors, isRecord, limitWaitMs, type ResponseFacts } from './limits.ts';

/**
 * What doing it twice would mean. `read`: nothing. `repeat`: the same end state (edits, merge with `sha`, the one pull
 * request per head). `once`: a twin, or a refusal that hides that the first try landed.
 */
export type Repetition = 'read' | 'repeat' | 'once';

export type Failure = Exclude<EffectOutcome, { status: 'done' }>;

/** Connection never stood, so nothing was sent (libuv and undici codes). */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

// github-mcp-server#1842: two writers gave two children of one parent the same place in the list; nothing was linked.
const PLACE_TAKEN_WORDS = /priority has already been taken/i;

export function classifyFailure(error: unknown, repetition: Repetition, now: number = Date.now()): Failure {
  if (error instanceof PausedError) return transient(error.message, error.retryAfterMs);
  if (error instanceof NotSentError) return transient(error.message, null);
  if (error instanceof NoInstallationError || error instanceof CredentialsRefusedError) {
    return { status: 'broken', message: error.message };
  }
  if (error instanceof UnexpectedAnswerError) return unknownFate(error.message, repetition);
  const response = responseOf(error);
  if (response) return classifyResponse(response, messageOf(error), repetition, now);
  if (isNetworkError(error)) return classifyNetwork(error, repetition);
  return { status: 'broken', message: messageOf(error) };
}

function classifyResponse(response: ResponseFacts, message: string, repetition: Repetition, now: number): Failure {
  const wait = limitWaitMs(response, now);
  if (wait !== null) return transient(message, wait);
  const errors = graphqlErrors(response.data);
  if (response.status < 400) {
    const first = errors[0];
    return first ? classifyGraphqlError(first, repetition) : unknownFate(message, repetition);
  }
  if (response.status >= 500) return unknownFate(message, repetition);
  switch (response.status) {
    case 401:
      return transient(message, 0);
    case 404:
    case 410:
    case 451:
      return refused(message);
    case 409:
      return transient(message, null);
    case 422:
      return PLACE_TAKEN_WORDS.test(message) ? transient(message, null) : refused(message);
    default:
      return { status: 'broken', message };
  }
}

/** One alias of a GraphQL answer that failed, or a whole query. Error types: docs.github.com, GraphQL "Troubleshooting". */
export function classifyGraphqlError(error: GraphqlError, repetition: Repetition): Failure {
  const wait = limitWaitMs({ status: 200, headers: {}, data: { errors: [error] } }, 0);
  if (wait !== null) return transient(error.message, wait);
  if (PLACE_TAKEN_WORDS.test(error.message)) return transient(error.message, null);
  switch (error.type) {
    case 'NOT_FOUND':
    case 'UNPROCESSABLE':
      return refused(error.message);
    case 'FORBIDDEN':
    case 'INSUFFICIENT_SCOPES':
      return { status: 'broken', message: error.message };
    default:
      if (error.type === null && error.code !== null) return { status: 'broken', message: error.message };
      // "Something went wrong while executing your query" has no type: the server gave up at an unknown point.
      return unknownFate(error.message, repetition);
  }
}

function classifyNetwork(error: unknown, repetition: Repetition): Failure {
  const message = messageOf(error);
  if (causesOf(error).some((cause) => NEVER_CONNECTED.has(codeOf(cause)))) return transient(message, null);
  return repetition === 'read' ? transient(message, null) : { status: 'ambiguous', message };
}

/** Sent, but what became of it is unknown; harmless where a second try leads to the same end state. */
function unknownFate(message: string, repetition: Repetition): Failure {
  return repetition === 'once' ? { status: 'ambiguous', message } : transient(message, null);
}

function transient(message: string, retryAfterMs: number | null): Failure {
  return { status: 'transient', message, retryAfterMs };
}

function refused(message: string): Failure {
  return { status: 'refused', message, merge: null };
}

/** HTTP status of the failed request, or null when there was no answer. GraphQL errors count as 200. */
export function statusOf(error: unknown): number | null {
  return responseOf(error)?.status ?? null;
}

/** What GitHub answered, from an octokit RequestError or GraphqlResponseError; null when it did not answer. */
export function responseOf(error: unknown): ResponseFacts | null {
  if (!isRecordLike(error)) return null;
  if (Array.isArray(error.errors) && isRecord(error.headers)) {
    return { status: 200, headers: error.headers, data: { errors: error.errors } };
  }
  const response = error.response;
  if (!isRecord(response) || typeof response.status !== 'number') return null;
  const headers = isRecord(response.headers) ? response.headers : {};
  return { status: response.status, headers, data: response.data };
}

function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const names = causesOf(error).map((cause) => (cause instanceof Error ? cause.name : ''));
  return names.includes('HttpError') || names.includes('AbortError') || names.includes('TimeoutError');
}

function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (
    let cause = error;
    cause !== undefined && chain.length < 8;
    cause = isRecordLike(cause) ? cause.cause : undefined
  ) {
    chain.push(cause);
    if (cause instanceof AggregateError) chain.push(...cause.errors);
  }
  return chain;
}

function codeOf(error: unknown): string {
  return isRecordLike(error) && typeof error.code === 'string' ? error.code : '';
}

function isRecordLike(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Words for people and logs: octokit puts only method, status and GitHub's own message into it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
