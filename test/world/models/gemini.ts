/** Gemini's generateContent, as documented in 2026. */
import {
  type Answer,
  type Asked,
  array,
  type Event,
  type HttpError,
  type Part,
  type RefusedFault,
  record,
  type Speech,
  schemaIn,
  string,
  words,
} from './script.ts';

function read(body: unknown, url: URL): Asked {
  const tools = array(record(body).tools).flatMap((tool) =>
    array(record(tool).functionDeclarations).map((declaration) => {
      const { name, parameters, parametersJsonSchema } = record(declaration);
      const schema = record(parametersJsonSchema ?? parameters);
      return { name: string(name), kind: 'function' as const, schema };
    }),
  );
  const config = record(record(body).generationConfig);
  const wanted = schemaIn(config.responseJsonSchema ?? config.responseSchema);
  const [, model = '', method] = /\/models\/([^/:]+):(\w+)$/.exec(url.pathname) ?? [];
  return { model, stream: method === 'streamGenerateContent', tools, usageInStream: true, wanted };
}

function partOf(part: Part): object {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { text: part.text };
    case 'call':
      return { functionCall: { id: part.id, name: part.name, args: part.input } };
    case 'custom':
      return { functionCall: { id: part.id, name: part.name, args: { input: part.input } } };
  }
}

function chunk(answer: Answer, parts: readonly object[], finishReason: string | null, output: number): object {
  const { usage, model, id } = answer;
  const content = { parts, role: 'model' };
  const prompt = usage.input + usage.cached;
  return {
    candidates: [{ content, ...(finishReason === null ? {} : { finishReason }), index: 0 }],
    usageMetadata: {
      promptTokenCount: prompt,
      candidatesTokenCount: output,
      totalTokenCount: prompt + output,
      cachedContentTokenCount: usage.cached,
    },
    modelVersion: model,
    responseId: id,
  };
}

function finishOf(parts: readonly Part[]): string {
  return parts.some(({ type }) => type === 'refusal') ? 'SAFETY' : 'STOP';
}

function whole(answer: Answer): object {
  return chunk(answer, answer.parts.map(partOf), finishOf(answer.parts), answer.usage.output);
}

function events(answer: Answer): readonly Event[] {
  const pieces = answer.parts.flatMap((part) =>
    part.type === 'text' || part.type === 'refusal' ? words(part.text).map((text) => ({ text })) : [partOf(part)],
  );
  return pieces.map((piece, index) => {
    const last = index === pieces.length - 1;
    const output = last ? answer.usage.output : Math.min(index, answer.usage.output);
    return { name: null, data: JSON.stringify(chunk(answer, [piece], last ? finishOf(answer.parts) : null, output)) };
  });
}

const google = 'type.googleapis.com/google.rpc';

function error(fault: RefusedFault, retryAfter = 34): HttpError {
  const say = (code: number, status: string, message: string, details: readonly object[] = []): HttpError => ({
    status: code,
    body: { error: { code, message, status, ...(details.length > 0 ? { details } : {}) } },
  });
  const limit = (quotaId: string): object => ({
    '@type': `${google}.QuotaFailure`,
    violations: [{ quotaMetric: 'generativelanguage.googleapis.com/generate_content_requests', quotaId }],
  });
  const exceeded = 'You exceeded your current quota, please check your plan and billing details.';
  switch (fault) {
    case 'unauthorized':
      // not 401: so it is
      return say(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
        {
          '@type': `${google}.ErrorInfo`,
          reason: 'API_KEY_INVALID',
          domain: 'googleapis.com',
          metadata: { service: 'generativelanguage.googleapis.com' },
        },
      ]);
    case 'forbidden':
      return say(403, 'PERMISSION_DENIED', 'The caller does not have permission');
    case 'rate_limited':
      return say(429, 'RESOURCE_EXHAUSTED', `${exceeded}\nPlease retry in ${retryAfter}s.`, [
        limit('GenerateRequestsPerMinutePerProjectPerModel'),
        { '@type': `${google}.RetryInfo`, retryDelay: `${retryAfter}s` },
      ]);
    case 'no_credit':
      return say(429, 'RESOURCE_EXHAUSTED', exceeded, [
        limit('GenerateRequestsPerDayPerProjectPerModel-FreeTier'),
        { '@type': `${google}.RetryInfo`, retryDelay: '34s' },
      ]);
    case 'context_overflow':
      return say(
        400,
        'INVALID_ARGUMENT',
        'The input token count (1203000) exceeds the maximum number of tokens allowed (1048576).',
      );
    case 'server_error':
      return say(
        500,
        'INTERNAL',
        'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
      );
    case 'overloaded':
      return say(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.');
  }
}

export const gemini: Speech = {
  read,
  whole,
  events,
  error,
  streamError: {
    name: null,
    data: JSON.stringify({
      error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' },
    }),
  },
  models: {
    models: [
      {
        name: 'models/gemini-2.5-pro',
        version: '2.5',
        displayName: 'Gemini 2.5 Pro',
        inputTokenLimit: 1_048_576,
        outputTokenLimit: 65_536,
        supportedGenerationMethods: ['generateContent', 'countTokens'],
      },
    ],
  },
  counted: (tokens) => ({ totalTokens: tokens }),
};
