/** What a model is to do, said once for all the ways of asking it. */

export type Dialect = 'anthropic' | 'openai-responses' | 'openai-chat' | 'gemini';

/** In tokens; OpenAI's and Google's own figures for input include the cached ones. */
export interface ScriptedUsage {
  readonly input: number;
  readonly cached: number;
  /** Only Anthropic tells it. */
  readonly cacheWrite: number;
  readonly output: number;
}

export type FaultName =
  | 'unauthorized'
  | 'forbidden'
  | 'rate_limited'
  | 'no_credit'
  | 'context_overflow'
  | 'server_error'
  | 'overloaded'
  /** Takes the request and never answers. */
  | 'hang'
  | 'hang_midway'
  /** Closes the connection without an answer. */
  | 'drop'
  | 'drop_midway'
  /** Ends in good order, but before the answer does. */
  | 'cut_short'
  /** Events, or a body, that no parser takes. */
  | 'malformed'
  /** A stream that begins well and then tells of an error. */
  | 'stream_error'
  /** Echoes the key it was sent, in a header and in an answer's text. */
  | 'echo_key';

export type Turn = {
  readonly usage?: ScriptedUsage;
} & (
  | { readonly say: string }
  | { readonly write: { readonly path: string; readonly text: string } }
  | { readonly shell: string }
  /** A call of a tool by its own name, offered or not. */
  | { readonly tool: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly refuse: string }
  /** `times`: for how many requests; without it, for all that follow. `retryAfter` in seconds. */
  | { readonly fault: FaultName; readonly times?: number; readonly retryAfter?: number }
);

export interface Script {
  readonly turns: readonly Turn[];
  /** Streams are written in pieces of so many bytes, wherever that cuts them. */
  readonly pieces?: number;
}

export const usualUsage: ScriptedUsage = { input: 900, cached: 100, cacheWrite: 50, output: 30 };

/** One thing in a model's answer. `custom` tools take text instead of JSON. */
export type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'refusal'; readonly text: string }
  | {
      readonly type: 'call';
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
    }
  | { readonly type: 'custom'; readonly id: string; readonly name: string; readonly input: string };

export interface Answer {
  readonly id: string;
  readonly model: string;
  readonly parts: readonly Part[];
  readonly usage: ScriptedUsage;
}

/** A tool as a request offers it. */
export interface OfferedTool {
  readonly name: string;
  readonly kind: 'function' | 'custom';
  /** JSON schema of its input, where it has one. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface Asked {
  readonly model: string;
  readonly stream: boolean;
  readonly tools: readonly OfferedTool[];
  /** OpenAI Chat tells what a stream used only where it is asked to. */
  readonly usageInStream: boolean;
  /** JSON schema that the answer has to fit; null where it is free. */
  readonly wanted: Readonly<Record<string, unknown>> | null;
}

export interface Event {
  readonly name: string | null;
  readonly data: string;
}

export interface HttpError {
  readonly status: number;
  readonly body: unknown;
}

export type RefusedFault = Extract<
  FaultName,
  'unauthorized' | 'forbidden' | 'rate_limited' | 'no_credit' | 'context_overflow' | 'server_error' | 'overloaded'
>;

/** What one way of asking looks like on the wire. */
export interface Speech {
  readonly read: (body: unknown, url: URL) => Asked;
  /** A whole answer that is not streamed. */
  readonly whole: (answer: Answer) => unknown;
  readonly events: (answer: Answer, asked: Asked) => readonly Event[];
  readonly error: (fault: RefusedFault, retryAfter: number | undefined) => HttpError;
  /** What a stream says when it fails on its way. */
  readonly streamError: Event;
  readonly models: unknown;
  /** The answer to a request that only counts. */
  readonly counted: (tokens: number) => unknown;
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** In words, with the spaces, as models stream them. */
export function words(text: string): readonly string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? [text];
}

/** Null for what is no object with anything in it. */
export function schemaIn(value: unknown): Readonly<Record<string, unknown>> | null {
  const schema = record(value);
  return Object.keys(schema).length === 0 ? null : schema;
}
