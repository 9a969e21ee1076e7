/** Why an agent could not go on, from what its provider answered: the one witness that neither forgets nor embellishes. */
import type { CallRecord } from './record.ts';

export type ProviderFailure =
  | 'auth'
  | 'quota'
  | 'rate_limited'
  | 'context_overflow'
  | 'provider_error'
  | 'budget'
  | 'refused';

/** What of a call the class depends on. */
export type Judged = Pick<CallRecord, 'kind' | 'status' | 'error'>;

const quotaCodes =
  /^(?:insufficient_quota|billing_error|billing_hard_limit_reached|billing_not_active|usage_limit_reached|usage_not_included|quota_exceeded|daily_quota_exceeded|insufficient_credits|payment_required)$/i;
const quotaWords =
  /credit balance|out of credits|insufficient (?:credit|balance|funds|quota)|credits? (?:are|is) depleted|usage limit|spend(?:ing)? limit|billing (?:hard )?limit|exceeded your current quota|plan and billing|enable billing|billing (?:is )?(?:not active|disabled)|payment required|workspace api usage limits/i;

const contextCodes = /^(?:context_length_exceeded|context_window_exceeded|request_too_large|string_above_max_length)$/i;
const contextWords =
  /prompt is too long|maximum context length|context window|context limit|context length|input token count[^.]{0,40}exceeds|too many (?:input )?tokens|exceeds the (?:model's )?maximum (?:number of )?(?:input )?tokens|input is too long/i;

const authCodes =
  /^(?:authentication_error|permission_error|invalid_api_key|API_KEY_INVALID|API_KEY_SERVICE_BLOCKED|ACCESS_TOKEN_EXPIRED|UNAUTHENTICATED|account_deactivated)$/;
const rateCodes = /^(?:rate_limit_error|rate_limit_exceeded|overloaded_error|RESOURCE_EXHAUSTED|slow_down)$/;
/** Answered to the request itself: sending it again unchanged gives the same. */
const requestCodes =
  /^(?:invalid_request_error|invalid_prompt|invalid_value|INVALID_ARGUMENT|not_found_error|model_not_found|NOT_FOUND)$/;

/** Null: nothing went wrong, or nothing that lies with the provider. */
export function classifyCall(call: Judged): ProviderFailure | null {
  switch (call.kind) {
    case 'ok':
    case 'aborted':
      return null;
    case 'refused':
      return 'refused';
    case 'over_budget':
      return 'budget';
    case 'too_large':
      return 'context_overflow';
    case 'malformed':
    case 'dropped':
    case 'timed_out':
    case 'unreachable':
    case 'gave_up':
    case 'ledger_failed':
      return 'provider_error';
    case 'http_error':
    case 'stream_error':
      return classifyError(call);
  }
}

function classifyError({ kind, status, error }: Judged): ProviderFailure | null {
  const code = error?.code ?? '';
  const message = error?.message ?? '';
  // inside a stream the status says 200 and only the words tell
  const http = kind === 'http_error' ? status : null;
  if (http === 402 || quotaCodes.test(code)) return 'quota';
  if (http === 413 || contextCodes.test(code)) return 'context_overflow';
  // a server that is down may say anything; above 500 only its own quota would be worth a word
  if (http !== null && http >= 500 && http !== 529) return 'provider_error';
  if (http === 529) return 'rate_limited';
  // Google names every limit a quota; what ends within the minute comes with its own code
  if (code === 'RATE_LIMIT_PER_MINUTE') return 'rate_limited';
  if (quotaWords.test(message)) return 'quota';
  if (http === 429) return 'rate_limited';
  if (contextWords.test(message)) return 'context_overflow';
  if (http === 401 || http === 403 || authCodes.test(code)) return 'auth';
  if (rateCodes.test(code)) return 'rate_limited';
  if (http === 408) return 'provider_error';
  if (http !== null) return null;
  return requestCodes.test(code) ? null : 'provider_error';
}
