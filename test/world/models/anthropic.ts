/** Anthropic Messages, as documented in 2026. */
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

function read(body: unknown): Asked {
  const request = record(body);
  const tools = array(request.tools).map((tool) => ({
    name: string(record(tool).name),
    kind: 'function' as const,
    schema: record(record(tool).input_schema),
  }));
  const wanted = schemaIn(record(record(request.output_config).format ?? request.output_format).schema);
  return { model: string(request.model), stream: request.stream === true, tools, usageInStream: true, wanted };
}

function stopReason(parts: readonly Part[]): string {
  if (parts.some(({ type }) => type === 'refusal')) return 'refusal';
  return parts.some(({ type }) => type === 'call') ? 'tool_use' : 'end_turn';
}

function blockOf(part: Part): object {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: part.text };
    case 'call':
      return { type: 'tool_use', id: part.id, name: part.name, input: part.input };
    case 'custom':
      return { type: 'tool_use', id: part.id, name: part.name, input: { input: part.input } };
  }
}

function usageOf({ usage }: Answer, output: number): object {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cached,
    output_tokens: output,
    service_tier: 'standard',
  };
}

function message(answer: Answer, content: readonly object[], stop: string | null, output: number): object {
  const { id, model } = answer;
  const ending = { stop_reason: stop, stop_sequence: null };
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    ...ending,
    usage: usageOf(answer, output),
  };
}

function whole(answer: Answer): object {
  return message(answer, answer.parts.map(blockOf), stopReason(answer.parts), answer.usage.output);
}

function events(answer: Answer): readonly Event[] {
  const out: Event[] = [];
  const say = (type: string, fields: object): void => {
    out.push({ name: type, data: JSON.stringify({ type, ...fields }) });
  };
  say('message_start', { message: message(answer, [], null, 1) });
  answer.parts.forEach((part, index) => {
    const call = part.type === 'call' || part.type === 'custom';
    const empty = call ? { ...blockOf(part), input: {} } : { type: 'text', text: '' };
    say('content_block_start', { index, content_block: empty });
    if (index === 0) say('ping', {});
    if (call) {
      const json = JSON.stringify(part.type === 'call' ? part.input : { input: part.input });
      for (const partial_json of ['', ...slices(json, 40)])
        say('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } });
    } else
      for (const text of words(part.text)) say('content_block_delta', { index, delta: { type: 'text_delta', text } });
    say('content_block_stop', { index });
  });
  const delta = { stop_reason: stopReason(answer.parts), stop_sequence: null };
  say('message_delta', { delta, usage: { output_tokens: answer.usage.output } });
  say('message_stop', {});
  return out;
}

function slices(text: string, length: number): readonly string[] {
  return text.match(new RegExp(`[^]{1,${length}}`, 'g')) ?? [];
}

function error(fault: RefusedFault): HttpError {
  const say = (status: number, type: string, message: string): HttpError => ({
    status,
    body: { type: 'error', error: { type, message }, request_id: 'req_scripted' },
  });
  switch (fault) {
    case 'unauthorized':
      return say(401, 'authentication_error', 'invalid x-api-key');
    case 'forbidden':
      return say(403, 'permission_error', 'Your API key does not have permission to use the specified resource.');
    case 'rate_limited':
      return say(
        429,
        'rate_limit_error',
        "This request would exceed your organization's rate limit of 30,000 input tokens per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
      );
    case 'no_credit':
      return say(
        400,
        'invalid_request_error',
        'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      );
    case 'context_overflow':
      return say(400, 'invalid_request_error', 'prompt is too long: 208310 tokens > 200000 maximum');
    case 'server_error':
      return say(500, 'api_error', 'Internal server error');
    case 'overloaded':
      return say(529, 'overloaded_error', 'Overloaded');
  }
}

const model = {
  type: 'model',
  id: 'claude-sonnet-4-5-20250929',
  display_name: 'Claude Sonnet 4.5',
  created_at: '2025-09-29T00:00:00Z',
};

export const anthropic: Speech = {
  read,
  whole,
  events,
  error,
  streamError: {
    name: 'error',
    data: JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
  },
  models: { data: [model], has_more: false, first_id: model.id, last_id: model.id },
  counted: (tokens) => ({ input_tokens: tokens }),
};
