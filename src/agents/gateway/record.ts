import type { Dialect } from './dialects.ts';

/** In tokens. `inputTokens` are the uncached ones; reading from and writing to the provider's cache are apart. */
export interface Usage {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
}

export const noUsage: Usage = { inputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0, outputTokens: 0 };

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

export function totalTokens(usage: Usage): number {
  return usage.inputTokens + usage.cachedTokens + usage.cacheWriteTokens + usage.outputTokens;
}

/** How one call ended, seen from between the agent and the provider. */
export type CallKind =
  | 'ok'
  /** A whole answer in which the model declines. */
  | 'refused'
  /** A status that is not 2xx. */
  | 'http_error'
  /** An error told inside a stream that began with 200. */
  | 'stream_error'
  /** 200, and then no JSON or no events that can be read. */
  | 'malformed'
  /** The answer ended before its end. */
  | 'dropped'
  | 'timed_out'
  | 'unreachable'
  /** The agent hung up, or was ended. */
  | 'aborted'
  /** The agent hung up on a provider that had gone silent. */
  | 'gave_up'
  /** Not passed on: the budget is used up. */
  | 'over_budget'
  /** Not passed on: the ledger could not say whether there is budget left. */
  | 'ledger_failed'
  /** Not passed on: larger than the gateway takes. */
  | 'too_large';

/** What the provider, or the network on the way to it, said about an error. Redacted and cut. */
export interface ProviderError {
  /** Its most exact machine-readable name. */
  readonly code: string | null;
  readonly message: string;
}

export interface CallRecord {
  readonly dialect: Dialect;
  readonly kind: CallKind;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly error: ProviderError | null;
  /** As the provider named it; else as the agent asked for it. */
  readonly model: string | null;
  /** Null when the provider did not say. */
  readonly usage: Usage | null;
  /** Tokens guessed from the size of what went to and fro; 0 where the provider said. */
  readonly estimatedTokens: number;
  /** Null where the model's price or what was used is not known. */
  readonly costUsd: number | null;
  /** From the request's head to the first byte of the answer's body. */
  readonly firstByteMs: number | null;
  readonly bytes: { readonly fromAgent: number; readonly toAgent: number };
}
