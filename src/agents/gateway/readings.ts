/** What the answers of each dialect say about tokens, errors and endings. Anything else in them is passed over. */
import type { Dialect } from './dialects.ts';
import type { ProviderError, Usage } from './record.ts';

/** Grows while an answer passes. */
export interface Reading {
  model: string | null;
  usage: Usage | null;
  error: ProviderError | null;
  retryAfterMs: number | null;
  refused: boolean;
  /** The answer said that it is whole. */
  complete: boolean;
}

export function newReading(): Reading {
  return { model: null, usage: null, error: null, retryAfterMs: null, refused: false, complete: false };
}

type Json = Readonly<Record<string, unknown>>;

/** One JSON value of an answer: all of it, or the data of one event. */
export function readValue(dialect: Dialect, value: unknown, reading: Reading): void {
  if (Array.isArray(value)) {
    // Gemini's stream without `alt=sse`
    for (const one of value) readValue(dialect, one, reading);
    return;
  }
  if (!isObject(value)) return;
  switch (dialect) {
    case 'anthropic':
      readAnthropic(value, reading);
      break;
    case 'openai-responses':
      readResponses(value, reading);
      break;
    case 'openai-chat':
      readChat(value, reading);
      break;
    case 'gemini':
      readGemini(value, reading);
      break;
  }
}

/** Whether an event has to be looked into at all. Most are a word or two of text, and are many. */
export function tells(dialect: Dialect, name: string, data: string): boolean {
  switch (dialect) {
    case 'anthropic':
      return name === '' || /^(?:message_start|message_delta|message_stop|error)$/.test(name);
    case 'openai-responses':
      return name === '' || !name.endsWith('.delta');
    case 'openai-chat':
    case 'gemini':
      return data !== '';
  }
}

function readAnthropic(value: Json, reading: Reading): void {
  switch (value.type) {
    case 'message':
      readMessage(value, reading);
      reading.complete = true;
      break;
    case 'message_start':
      readMessage(object(value.message), reading);
      break;
    case 'message_delta':
      reading.usage = anthropicUsage(object(value.usage), reading.usage);
      if (object(value.delta).stop_reason === 'refusal') reading.refused = true;
      break;
    case 'message_stop':
      reading.complete = true;
      break;
    case 'error':
      reading.error = errorOf(object(value.error));
      break;
  }
}

function readMessage(message: Json, reading: Reading): void {
  reading.model = text(message.model) ?? reading.model;
  reading.usage = anthropicUsage(object(message.usage), reading.usage);
  if (message.stop_reason === 'refusal') reading.refused = true;
}

/** Every figure is the total so far; one that is not said again still holds. */
function anthropicUsage(said: Json, before: Usage | null): Usage | null {
  if (count(said.input_tokens) === null && count(said.output_tokens) === null) return before;
  return {
    inputTokens: count(said.input_tokens) ?? before?.inputTokens ?? 0,
    cachedTokens: count(said.cache_read_input_tokens) ?? before?.cachedTokens ?? 0,
    cacheWriteTokens: count(said.cache_creation_input_tokens) ?? before?.cacheWriteTokens ?? 0,
    outputTokens: count(said.output_tokens) ?? before?.outputTokens ?? 0,
  };
}

function readResponses(value: Json, reading: Reading): void {
  const type = text(value.type);
  if (type === 'error') {
    reading.error = errorOf(isObject(value.error) ? value.error : value);
    return;
  }
  if (type === 'response.refusal.done') reading.refused = true;
  const response = type === null ? value : object(value.response);
  reading.model = text(response.model) ?? reading.model;
  const usage = object(response.usage);
  reading.usage = openaiUsage(usage.input_tokens, usage.output_tokens, usage.input_tokens_details) ?? reading.usage;
  if (isObject(response.error)) reading.error = errorOf(response.error);
  if (object(response.incomplete_details).reason === 'content_filter') reading.refused = true;
  if (list(response.output).some((item) => list(object(item).content).some((part) => object(part).type === 'refusal')))
    reading.refused = true;
  if (['completed', 'failed', 'incomplete', 'cancelled'].includes(text(response.status) ?? '')) reading.complete = true;
  // a compaction has no status
  else if (type === null && response.object === 'response.compaction') reading.complete = true;
}

function readChat(value: Json, reading: Reading): void {
  reading.model = text(value.model) ?? reading.model;
  const usage = object(value.usage);
  reading.usage =
    openaiUsage(usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens_details) ?? reading.usage;
  if (isObject(value.error)) reading.error = errorOf(value.error);
  else if (typeof value.error === 'string') reading.error = { code: null, message: value.error };
  for (const choice of list(value.choices).map(object)) {
    const reason = text(choice.finish_reason);
    if (reason !== null) reading.complete = true;
    if (reason === 'content_filter') reading.refused = true;
    for (const said of [object(choice.message), object(choice.delta)])
      if ((text(said.refusal) ?? '') !== '') reading.refused = true;
  }
}

/** OpenAI counts what it took from its cache, and what it put there, as part of the input. */
function openaiUsage(input: unknown, output: unknown, details: unknown): Usage | null {
  const [all, out] = [count(input), count(output)];
  if (all === null && out === null) return null;
  const cached = Math.min(count(object(details).cached_tokens) ?? 0, all ?? 0);
  const written = Math.min(count(object(details).cache_write_tokens) ?? 0, (all ?? 0) - cached);
  return {
    inputTokens: (all ?? 0) - cached - written,
    cachedTokens: cached,
    cacheWriteTokens: written,
    outputTokens: out ?? 0,
  };
}

const geminiRefusals = new Set(['SAFETY', 'PROHIBITED_CONTENT', 'BLOCKLIST', 'SPII', 'RECITATION', 'IMAGE_SAFETY']);

function readGemini(value: Json, reading: Reading): void {
  reading.model = text(value.modelVersion) ?? reading.model;
  const said = object(value.usageMetadata);
  if (count(said.promptTokenCount) !== null || count(said.candidatesTokenCount) !== null) {
    const cached = count(said.cachedContentTokenCount) ?? 0;
    const input = (count(said.promptTokenCount) ?? 0) + (count(said.toolUsePromptTokenCount) ?? 0);
    reading.usage = {
      inputTokens: Math.max(0, input - cached),
      cachedTokens: cached,
      cacheWriteTokens: 0,
      outputTokens: (count(said.candidatesTokenCount) ?? 0) + (count(said.thoughtsTokenCount) ?? 0),
    };
  }
  if (isObject(value.error)) {
    reading.error = errorOf(value.error);
    reading.retryAfterMs = retryDelay(value.error);
  }
  if (text(object(value.promptFeedback).blockReason) !== null) {
    reading.refused = true;
    reading.complete = true;
  }
  for (const candidate of list(value.candidates).map(object)) {
    const reason = text(candidate.finishReason);
    if (reason === null || reason === 'FINISH_REASON_UNSPECIFIED') continue;
    reading.complete = true;
    if (geminiRefusals.has(reason)) reading.refused = true;
  }
}

/** The most exact name an error object has. Google's stands in its details. */
function errorOf(error: Json): ProviderError {
  const details = list(error.details).map(object);
  const reason = details.map((one) => text(one.reason)).find((one) => one !== null);
  const code = googleLimit(details) ?? reason ?? text(error.code) ?? text(error.status) ?? text(error.type);
  return { code, message: text(error.message) ?? '' };
}

/** Google says RESOURCE_EXHAUSTED for what is over in a minute and for what is over tomorrow; the violated limit tells. */
function googleLimit(details: readonly Json[]): string | null {
  const ids = details.flatMap((one) => list(one.violations).map((violation) => text(object(violation).quotaId) ?? ''));
  if (ids.some((id) => /PerDay/i.test(id))) return 'daily_quota_exceeded';
  const wait = details.map((one) => text(one.retryDelay)).find((one) => one !== null);
  return ids.some((id) => /PerMinute/i.test(id)) || wait !== undefined ? 'RATE_LIMIT_PER_MINUTE' : null;
}

function retryDelay(error: Json): number | null {
  const said = list(error.details)
    .map((one) => text(object(one).retryDelay))
    .find((one) => one !== null);
  const seconds = Number.parseFloat(said ?? '');
  return Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1_000) : null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function object(value: unknown): Json {
  return isObject(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A number of tokens, or null for anything that is none: providers send nulls, and proxies send worse. */
function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : null;
}
