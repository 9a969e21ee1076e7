/** OpenAI Responses, as documented in 2026. */
import { openaiError, openaiModels } from './openai.ts';
import {
  type Answer,
  type Asked,
  array,
  type Event,
  type OfferedTool,
  type Part,
  record,
  type Speech,
  schemaIn,
  string,
  words,
} from './script.ts';

function read(body: unknown): Asked {
  const request = record(body);
  return {
    model: string(request.model),
    stream: request.stream === true,
    tools: array(request.tools).flatMap(toolOf),
    usageInStream: true,
    wanted: schemaIn(record(record(request.text).format).schema),
  };
}

function toolOf(value: unknown): readonly OfferedTool[] {
  const tool = record(value);
  if (tool.type === 'function') return [{ name: string(tool.name), kind: 'function', schema: record(tool.parameters) }];
  return tool.type === 'custom' ? [{ name: string(tool.name), kind: 'custom', schema: {} }] : [];
}

type Item = Readonly<Record<string, unknown>> & { readonly id: string };

function itemOf(answer: Answer, part: Part, index: number, status: 'in_progress' | 'completed'): Item {
  const done = status === 'completed';
  switch (part.type) {
    case 'text':
    case 'refusal': {
      const content = done ? [contentOf(part, part.text)] : [];
      return { id: `msg_${answer.id}_${index}`, type: 'message', status, role: 'assistant', content };
    }
    case 'call': {
      const { id, name, input } = part;
      const text = done ? JSON.stringify(input) : '';
      return { id: `fc_${id}`, type: 'function_call', status, call_id: id, name, arguments: text };
    }
    case 'custom':
      return {
        id: `ctc_${part.id}`,
        type: 'custom_tool_call',
        status,
        call_id: part.id,
        name: part.name,
        input: done ? part.input : '',
      };
  }
}

function contentOf(part: Extract<Part, { text: string }>, text: string): object {
  return part.type === 'refusal'
    ? { type: 'refusal', refusal: text }
    : { type: 'output_text', text, annotations: [], logprobs: [] };
}

function response(answer: Answer, status: 'in_progress' | 'completed'): object {
  const done = status === 'completed';
  const { usage } = answer;
  return {
    id: `resp_${answer.id}`,
    object: 'response',
    created_at: 1_760_000_000,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    model: answer.model,
    output: done ? answer.parts.map((part, index) => itemOf(answer, part, index, 'completed')) : [],
    parallel_tool_calls: false,
    tools: [],
    usage: done
      ? {
          input_tokens: usage.input + usage.cached,
          input_tokens_details: { cached_tokens: usage.cached },
          output_tokens: usage.output,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: usage.input + usage.cached + usage.output,
        }
      : null,
  };
}

function events(answer: Answer): readonly Event[] {
  const out: Event[] = [];
  const say = (type: string, fields: object): void => {
    out.push({ name: type, data: JSON.stringify({ type, sequence_number: out.length, ...fields }) });
  };
  say('response.created', { response: response(answer, 'in_progress') });
  say('response.in_progress', { response: response(answer, 'in_progress') });
  answer.parts.forEach((part, output_index) => {
    const item = itemOf(answer, part, output_index, 'completed');
    const at = { item_id: item.id, output_index };
    say('response.output_item.added', { output_index, item: itemOf(answer, part, output_index, 'in_progress') });
    sayPart(part, at, say);
    say('response.output_item.done', { output_index, item });
  });
  say('response.completed', { response: response(answer, 'completed') });
  return out;
}

function sayPart(part: Part, at: object, say: (type: string, fields: object) => void): void {
  switch (part.type) {
    case 'text':
    case 'refusal': {
      const place = { ...at, content_index: 0 };
      const kind = part.type === 'text' ? 'output_text' : 'refusal';
      say('response.content_part.added', { ...place, part: contentOf(part, '') });
      for (const delta of words(part.text)) say(`response.${kind}.delta`, { ...place, delta });
      say(`response.${kind}.done`, { ...place, [part.type === 'text' ? 'text' : 'refusal']: part.text });
      say('response.content_part.done', { ...place, part: contentOf(part, part.text) });
      break;
    }
    case 'call': {
      const text = JSON.stringify(part.input);
      say('response.function_call_arguments.delta', { ...at, delta: text });
      say('response.function_call_arguments.done', { ...at, name: part.name, arguments: text });
      break;
    }
    case 'custom':
      say('response.custom_tool_call_input.delta', { ...at, delta: part.input });
      say('response.custom_tool_call_input.done', { ...at, input: part.input });
      break;
  }
}

const failed = {
  ...response(
    { id: 'failed', model: 'gpt-5.1-codex', parts: [], usage: { input: 0, cached: 0, cacheWrite: 0, output: 0 } },
    'in_progress',
  ),
  status: 'failed',
  error: { code: 'server_error', message: 'An error occurred while processing your request.' },
};

export const responses: Speech = {
  read,
  whole: (answer) => response(answer, 'completed'),
  events,
  error: openaiError,
  streamError: {
    name: 'response.failed',
    data: JSON.stringify({ type: 'response.failed', sequence_number: 99, response: failed }),
  },
  models: openaiModels,
  counted: (tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }),
};
