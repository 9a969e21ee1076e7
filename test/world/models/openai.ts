/** What both of OpenAI's ways have in common. */
import type { HttpError, RefusedFault } from './script.ts';

export const openaiModels = {
  object: 'list',
  data: [{ id: 'gpt-5.1-codex', object: 'model', created: 1_760_000_000, owned_by: 'openai' }],
};

export function openaiError(fault: RefusedFault): HttpError {
  const say = (
    status: number,
    message: string,
    type: string | null,
    code: string | null,
    param: string | null = null,
  ) => ({
    status,
    body: { error: { message, type, param, code } },
  });
  switch (fault) {
    case 'unauthorized':
      return say(
        401,
        'Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.',
        'invalid_request_error',
        'invalid_api_key',
      );
    case 'forbidden':
      return say(
        403,
        'Country, region, or territory not supported',
        'request_forbidden',
        'unsupported_country_region_territory',
      );
    case 'rate_limited':
      return say(
        429,
        'Rate limit reached for gpt-5.1-codex in organization org-scripted on tokens per min (TPM): Limit 30000, Used 29000, Requested 2400. Please try again in 2.8s. Visit https://platform.openai.com/account/rate-limits to learn more.',
        'tokens',
        'rate_limit_exceeded',
      );
    case 'no_credit':
      return say(
        429,
        'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
        'insufficient_quota',
        'insufficient_quota',
      );
    case 'context_overflow':
      return say(
        400,
        'Your input exceeds the context window of this model. Please adjust your input and try again.',
        'invalid_request_error',
        'context_length_exceeded',
        'input',
      );
    case 'server_error':
      return say(500, 'The server had an error while processing your request. Sorry about that!', 'server_error', null);
    case 'overloaded':
      return say(503, 'The engine is currently overloaded, please try again later', 'server_error', null);
  }
}
