/** OpenAI Chat Completions, which most other providers speak as well. */
import { openaiError, openaiModels } from './openai.ts';
import {
  type Answer,
  type Asked,
  array,
  type Event,
  type Part,
  record,
  type Speech,
  schemaIn,
  string,
  words,
} from './script.ts';

function read(body: unknown): Asked {
  const request = record(body);
  const tools = array(request.tools).map((tool) => {
    const { name, parameters } = record(record(tool).function);
    return { name: string(name), kind: 'function' as const, schema: record(parameters) };
  });
  const usageInStream = record(request.stream_options).include_usage === true;
  const wanted = schemaIn(record(record(request.response_format).json_schema).schema);
  return { model: string(request.model), stream: request.stream === true, tools, usageInStream, wanted };
}

function callsOf(parts: readonly Part[]): readonly object[] {
  return parts.flatMap((part) =>
    part.type === 'call' || part.type === 'custom'
      ? [{ id: part.id, type: 'function', function: { name: part.name, arguments: JSON.stringify(part.input) } }]
      : [],
  );
}

function textOf(parts: readonly Part[], type: 'text' | 'refusal'): string | null {
  const said = parts.flatMap((part) => (part.type === type ? [part.text] : []));
  return said.length === 0 ? null : said.join('');
}

function finishReason(parts: readonly Part[]): string {
  return callsOf(parts).length > 0 ? 'tool_calls' : 'stop';
}

function usageOf({ usage }: Answer): object {
  const prompt = usage.input + usage.cached;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

function whole(answer: Answer): object {
  const { id, model, parts } = answer;
  const calls = callsOf(parts);
  const message = {
    role: 'assistant',
    content: textOf(parts, 'text'),
    refusal: textOf(parts, 'refusal'),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: finishReason(parts) }];
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: 1_760_000_000,
    model,
    choices,
    usage: usageOf(answer),
  };
}

function events(answer: Answer, asked: Asked): readonly Event[] {
  const { id, model, parts } = answer;
  const base = { id: `chatcmpl-${id}`, object: 'chat.completion.chunk', created: 1_760_000_000, model };
  const nothingYet = asked.usageInStream ? { usage: null } : {};
  const out: Event[] = [];
  const say = (delta: object, finish_reason: string | null = null): void => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason }];
    out.push({ name: null, data: JSON.stringify({ ...base, choices, ...nothingYet }) });
  };
  say({ role: 'assistant', content: '' });
  for (const word of words(textOf(parts, 'text') ?? '')) if (word !== '') say({ content: word });
  const refusal = textOf(parts, 'refusal');
  if (refusal !== null) for (const word of words(refusal)) say({ refusal: word });
  callsOf(parts).forEach((call, index) => {
    const { function: called, ...rest } = call as { function: { name: string; arguments: string } };
    say({ tool_calls: [{ index, ...rest, function: { name: called.name, arguments: '' } }] });
    say({ tool_calls: [{ index, function: { arguments: called.arguments } }] });
  });
  say({}, finishReason(parts));
  if (asked.usageInStream)
    out.push({ name: null, data: JSON.stringify({ ...base, choices: [], usage: usageOf(answer) }) });
  out.push({ name: null, data: '[DONE]' });
  return out;
}

export const chat: Speech = {
  read,
  whole,
  events,
  error: openaiError,
  streamError: {
    name: null,
    data: JSON.stringify({
      error: { message: 'Upstream overloaded', type: 'server_error', param: null, code: 'server_error' },
    }),
  },
  models: openaiModels,
  counted: (tokens) => ({ input_tokens: tokens }),
};
