/** From what was seen of a call to its record. */
import { redact } from '../../text/redact.ts';
import type { Dialect } from './dialects.ts';
import type { Metered } from './meter.ts';
import { costOf, type Prices } from './prices.ts';
import type { CallKind, CallRecord, ProviderError } from './record.ts';

const LONGEST_MESSAGE = 600;
const LONGEST_NAME = 200;
/** What a token takes in JSON and in text, roughly. Bytes. */
const BYTES_PER_TOKEN = 4;

/** How the connection ended; what was said over it is in `Metered`. */
export type Ending =
  | 'whole'
  | Extract<CallKind, 'dropped' | 'timed_out' | 'unreachable' | 'aborted' | 'gave_up' | 'too_large'>;

export interface Seen {
  readonly dialect: Dialect;
  readonly ending: Ending;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  /** What the network said, where there was no answer. */
  readonly trouble: ProviderError | null;
  readonly metered: Metered | null;
  /** As the agent asked for it. */
  readonly askedFor: string | null;
  readonly firstByteMs: number | null;
  readonly bytes: { readonly fromAgent: number; readonly toAgent: number };
}

export function recordOf(seen: Seen, prices: Prices, secrets: readonly string[]): CallRecord {
  const { dialect, status, metered, firstByteMs, bytes } = seen;
  const reading = metered?.reading ?? null;
  const model = (reading?.model ?? seen.askedFor)?.slice(0, LONGEST_NAME) ?? null;
  const usage = reading?.usage ?? null;
  const estimatedTokens = usage === null ? guess(seen) : 0;
  const guessed = { inputTokens: estimatedTokens, cachedTokens: 0, cacheWriteTokens: 0, outputTokens: 0 };
  return {
    dialect,
    kind: kindOf(seen),
    status,
    retryAfterMs: seen.retryAfterMs ?? reading?.retryAfterMs ?? null,
    error: errorOf(seen, secrets),
    model,
    usage,
    estimatedTokens,
    costUsd: estimatedTokens === 0 && usage === null ? 0 : costOf(prices, model, usage ?? guessed),
    firstByteMs,
    bytes,
  };
}

/** A call that was refused and never metered, such as one over its budget. */
export function recordOfRefusal(
  dialect: Dialect,
  kind: 'over_budget' | 'ledger_failed' | 'too_large',
  status: number,
): CallRecord {
  const nothing = { retryAfterMs: null, error: null, model: null, usage: null, firstByteMs: null };
  return { dialect, kind, status, ...nothing, estimatedTokens: 0, costUsd: 0, bytes: { fromAgent: 0, toAgent: 0 } };
}

function kindOf({ ending, status, metered }: Seen): CallKind {
  if (ending !== 'whole' && ending !== 'dropped') return ending;
  if (status !== null && (status < 200 || status > 299)) return 'http_error';
  if (metered?.reading.error) return 'stream_error';
  if (ending === 'dropped' || metered === null) return 'dropped';
  if (metered.malformed) return 'malformed';
  if (!metered.reading.complete) return 'dropped';
  return metered.reading.refused ? 'refused' : 'ok';
}

/** How many tokens so many bytes of JSON or text may be. */
export function guessTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** A call without an answer, or with an error for one, costs nothing. */
function guess({ status, metered, bytes }: Seen): number {
  if (status === null || status < 200 || status > 299 || metered?.reading.error) return 0;
  const answer = metered?.shape === 'events' ? metered.events : guessTokens(bytes.toAgent);
  return guessTokens(bytes.fromAgent) + answer;
}

function errorOf({ metered, trouble, ending }: Seen, secrets: readonly string[]): ProviderError | null {
  const said =
    metered?.reading.error ??
    (metered?.sample ? { code: null, message: metered.sample } : null) ??
    (ending === 'whole' ? null : trouble);
  if (said === null) return null;
  const message = redact(said.message, secrets)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  const code = said.code === null ? null : redact(said.code, secrets).slice(0, LONGEST_NAME);
  return { code, message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message };
}
