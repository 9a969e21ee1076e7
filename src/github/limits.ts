/** Reading GitHub's wishes to be left alone out of a response: primary limits, secondary limits, creation limits. */

export interface ResponseFacts {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}

/** docs.github.com, REST "Rate limits": without `retry-after` wait at least one minute. */
const WITHOUT_ADVICE_MS = 60_000;
/** The creation limiter names no time; its authors advise minutes. */
const CREATION_LIMIT_MS = 120_000;

// GitHub gives these limits no code of their own: the words are the only sign (DESIGN research 1.3).
const CREATION_LIMIT_WORDS = /was submitted too quickly/i;
const LIMIT_WORDS = /secondary rate limit|rate limit exceeded|abuse detection/i;

/** Milliseconds GitHub wants us to wait before any further request, or null when the response is not about limits. */
export function limitWaitMs(response: ResponseFacts, now: number): number | null {
  const words = wordsOf(response.data);
  if (CREATION_LIMIT_WORDS.test(words)) return advisedWaitMs(response.headers, now) ?? CREATION_LIMIT_MS;
  if (response.status === 429) return advisedWaitMs(response.headers, now) ?? WITHOUT_ADVICE_MS;
  if (response.status === 403) {
    const advised = advisedWaitMs(response.headers, now);
    return advised ?? (LIMIT_WORDS.test(words) ? WITHOUT_ADVICE_MS : null);
  }
  if (response.status === 200 && isRateLimited(response.data)) {
    return advisedWaitMs(response.headers, now) ?? WITHOUT_ADVICE_MS;
  }
  return null;
}

/** `retry-after` in seconds, else the reset time when nothing remains (x-ratelimit-reset, epoch seconds). */
function advisedWaitMs(headers: ResponseFacts['headers'], now: number): number | null {
  const retryAfter = headers['retry-after'];
  if (retryAfter !== undefined) {
    const seconds = Number(retryAfter);
    if (Number.isFinite(seconds)) return seconds * 1000;
    // HTTP allows a date as well
    const date = Date.parse(String(retryAfter));
    if (!Number.isNaN(date)) return Math.max(1000, date - now);
  }
  const reset = Number(headers['x-ratelimit-reset']);
  if (String(headers['x-ratelimit-remaining']) !== '0' || !Number.isFinite(reset)) return null;
  return Math.max(1000, reset * 1000 - now);
}

function isRateLimited(data: unknown): boolean {
  return graphqlErrors(data).some((error) => error.type === 'RATE_LIMITED');
}

function wordsOf(data: unknown): string {
  const message = isRecord(data) && typeof data.message === 'string' ? data.message : '';
  return [message, ...graphqlErrors(data).map((error) => error.message)].join('\n');
}

/** One entry of a GraphQL answer's `errors`, or of a REST 422's. */
export interface GraphqlError {
  readonly type: string | null;
  /** `extensions.code`: the document itself was wrong (unknown field, wrong argument). */
  readonly code: string | null;
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/** The `errors` of a GraphQL answer; empty when there are none. */
export function graphqlErrors(data: unknown): readonly GraphqlError[] {
  if (!isRecord(data) || !Array.isArray(data.errors)) return [];
  return data.errors.filter(isRecord).map((error) => ({
    type: typeof error.type === 'string' ? error.type : null,
    code: isRecord(error.extensions) ? String(error.extensions.code ?? '') || null : null,
    message: typeof error.message === 'string' ? error.message : 'unknown GraphQL error',
    path: Array.isArray(error.path) ? error.path.filter(isPathPart) : [],
  }));
}

function isPathPart(part: unknown): part is string | number {
  return typeof part === 'string' || typeof part === 'number';
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
