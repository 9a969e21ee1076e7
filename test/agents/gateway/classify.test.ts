import { describe, expect, it } from 'vitest';
import { classifyCall, type ProviderFailure } from '../../../src/agents/gateway/classify.ts';
import type { CallKind } from '../../../src/agents/gateway/record.ts';

type Expected = ProviderFailure | null;

describe('a call that ended without a word of the provider', () => {
  it.each<readonly [CallKind, Expected]>([
    ['ok', null],
    ['aborted', null],
    ['refused', 'refused'],
    ['over_budget', 'budget'],
    ['ledger_failed', 'provider_error'],
    ['too_large', 'context_overflow'],
    ['malformed', 'provider_error'],
    ['dropped', 'provider_error'],
    ['timed_out', 'provider_error'],
    ['unreachable', 'provider_error'],
    ['gave_up', 'provider_error'],
  ])('%s is %s', (kind, expected) => {
    expect(classifyCall({ kind, status: kind === 'ok' ? 200 : null, error: null })).toBe(expected);
  });
});

/** Status, code, message as providers have them. */
const answers: readonly (readonly [number, string | null, string, Expected])[] = [
  [401, 'authentication_error', 'invalid x-api-key', 'auth'],
  [401, null, '', 'auth'],
  [401, 'invalid_api_key', 'Incorrect API key provided: sk-a***b.', 'auth'],
  [403, 'permission_error', 'Your API key does not have permission to use the specified resource.', 'auth'],
  [403, null, '<html>Forbidden</html>', 'auth'],
  [400, 'API_KEY_INVALID', 'API key not valid. Please pass a valid API key.', 'auth'],
  [401, 'account_deactivated', 'The OpenAI account associated with this API key has been deactivated.', 'auth'],
  [402, 'billing_error', 'There is an issue with your billing.', 'quota'],
  [402, null, 'Insufficient credits. Add more using https://openrouter.ai/credits', 'quota'],
  [400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.', 'quota'],
  [
    400,
    'invalid_request_error',
    'You have reached your specified API usage limits. You will regain access on 2026-12-01.',
    'quota',
  ],
  [429, 'insufficient_quota', 'You exceeded your current quota, please check your plan and billing details.', 'quota'],
  [429, 'usage_limit_reached', 'The usage limit has been reached', 'quota'],
  [429, 'rate_limit_error', "You have reached this workspace's spend limit.", 'quota'],
  [
    429,
    'daily_quota_exceeded',
    'You exceeded your current quota, please check your plan and billing details.',
    'quota',
  ],
  [
    429,
    'RATE_LIMIT_PER_MINUTE',
    'You exceeded your current quota, please check your plan and billing details.',
    'rate_limited',
  ],
  [403, 'PERMISSION_DENIED', 'Billing is disabled for this project. Please enable billing.', 'quota'],
  [400, 'billing_hard_limit_reached', 'Billing hard limit has been reached', 'quota'],
  [
    429,
    'rate_limit_error',
    "This request would exceed your organization's rate limit of 30,000 input tokens per minute.",
    'rate_limited',
  ],
  [429, 'rate_limit_exceeded', 'Rate limit reached for gpt-5 on tokens per min (TPM): Limit 30000.', 'rate_limited'],
  [429, null, 'Too Many Requests', 'rate_limited'],
  [529, 'overloaded_error', 'Overloaded', 'rate_limited'],
  [400, 'invalid_request_error', 'prompt is too long: 208310 tokens > 200000 maximum', 'context_overflow'],
  [
    400,
    'invalid_request_error',
    'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000',
    'context_overflow',
  ],
  [400, 'context_length_exceeded', 'Your input exceeds the context window of this model.', 'context_overflow'],
  [400, null, "This model's maximum context length is 128000 tokens.", 'context_overflow'],
  [
    400,
    'INVALID_ARGUMENT',
    'The input token count (1203000) exceeds the maximum number of tokens allowed (1048576).',
    'context_overflow',
  ],
  [413, 'request_too_large', 'Request exceeds the maximum size', 'context_overflow'],
  [500, 'api_error', 'Internal server error', 'provider_error'],
  [503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.', 'provider_error'],
  [502, null, '<html>', 'provider_error'],
  [504, 'timeout_error', 'Request timed out', 'provider_error'],
  [500, 'api_error', 'could not count against usage limit', 'provider_error'],
  [408, null, 'Request Timeout', 'provider_error'],
  [404, 'not_found_error', 'model: claude-nonsense', null],
  [400, 'invalid_request_error', 'messages.0.content: Field required', null],
  [422, null, 'Unprocessable', null],
  [301, null, '', null],
];

describe('an answer with an error', () => {
  it.each(answers)('%i %s "%s" is %s', (status, code, message, expected) => {
    expect(classifyCall({ kind: 'http_error', status, error: { code, message } })).toBe(expected);
  });

  it('without a body is told by its status', () => {
    const of = (status: number): Expected => classifyCall({ kind: 'http_error', status, error: null });
    expect([400, 401, 402, 403, 413, 429, 500, 529].map(of)).toEqual([
      null,
      'auth',
      'quota',
      'auth',
      'context_overflow',
      'rate_limited',
      'provider_error',
      'rate_limited',
    ]);
  });
});

describe('an error in a stream that began well', () => {
  it.each<readonly [string | null, string, Expected]>([
    ['overloaded_error', 'Overloaded', 'rate_limited'],
    ['rate_limit_exceeded', 'Rate limit reached', 'rate_limited'],
    ['insufficient_quota', 'You exceeded your current quota.', 'quota'],
    ['context_length_exceeded', 'Your input exceeds the context window.', 'context_overflow'],
    ['authentication_error', 'OAuth token has expired', 'auth'],
    ['server_error', 'An error occurred while processing your request.', 'provider_error'],
    ['UNAVAILABLE', 'The model is overloaded.', 'provider_error'],
    [null, 'something', 'provider_error'],
    ['invalid_prompt', 'Invalid prompt', null],
  ])('%s "%s" is %s', (code, message, expected) => {
    expect(classifyCall({ kind: 'stream_error', status: 200, error: { code, message } })).toBe(expected);
  });
});
