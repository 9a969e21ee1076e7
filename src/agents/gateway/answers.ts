/** What the gateway itself says to an agent, in the shape that the agent's client reads errors in. */
import type { MayGoOn } from './budget.ts';
import type { Dialect } from './dialects.ts';

export type Refusal =
  | { readonly why: 'no_key' | 'not_yours' | 'not_found' | 'bad_target' | 'too_large' | 'ledger' }
  | { readonly why: 'unreachable' | 'timed_out' }
  | { readonly why: 'budget'; readonly verdict: Extract<MayGoOn, { ok: false }> };

interface Words {
  readonly status: number;
  readonly message: string;
  readonly anthropic: string;
  readonly openai: string;
  readonly gemini: string;
}

function wordsOf(refusal: Refusal): Words {
  switch (refusal.why) {
    case 'no_key':
      return words(
        401,
        'This key is not, or no longer, known here.',
        'authentication_error',
        'invalid_api_key',
        'UNAUTHENTICATED',
      );
    case 'not_yours':
      return words(
        403,
        'This address belongs to another attempt.',
        'permission_error',
        'permission_denied',
        'PERMISSION_DENIED',
      );
    case 'not_found':
      return words(404, 'The gateway does not pass this path on.', 'not_found_error', 'not_found', 'NOT_FOUND');
    case 'bad_target':
      return words(
        400,
        'The gateway cannot read this address.',
        'invalid_request_error',
        'invalid_request',
        'INVALID_ARGUMENT',
      );
    case 'too_large':
      return words(
        413,
        'The request is larger than the gateway passes on.',
        'request_too_large',
        'request_too_large',
        'INVALID_ARGUMENT',
      );
    case 'ledger':
      return words(
        503,
        'Whether there is budget left cannot be told just now.',
        'api_error',
        'server_error',
        'UNAVAILABLE',
      );
    case 'unreachable':
      return words(502, 'The provider cannot be reached.', 'api_error', 'server_error', 'UNAVAILABLE');
    case 'timed_out':
      return words(504, 'The provider did not answer in time.', 'timeout_error', 'server_error', 'DEADLINE_EXCEEDED');
    case 'budget': {
      const { which, limit, spent } = refusal.verdict;
      const message = `The budget is used up: ${which}, ${figure(spent)} of ${figure(limit)}. A human decides how it goes on.`;
      // 402, because clients try again after 429 and 5xx
      return words(402, message, 'billing_error', 'insufficient_quota', 'RESOURCE_EXHAUSTED');
    }
  }
}

function words(status: number, message: string, anthropic: string, openai: string, gemini: string): Words {
  return { status, message, anthropic, openai, gemini };
}

function figure(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}

/** Status and JSON body. */
export function answerTo(dialect: Dialect, refusal: Refusal): { readonly status: number; readonly body: string } {
  const { status, message, anthropic, openai, gemini } = wordsOf(refusal);
  switch (dialect) {
    case 'anthropic':
      return { status, body: JSON.stringify({ type: 'error', error: { type: anthropic, message } }) };
    case 'openai-responses':
    case 'openai-chat':
      return { status, body: JSON.stringify({ error: { message, type: openai, param: null, code: openai } }) };
    case 'gemini':
      return { status, body: JSON.stringify({ error: { code: status, message, status: gemini } }) };
  }
}
