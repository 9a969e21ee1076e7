/** What one attempt has used and how its last call ended; grows call by call. */
import type { Spent } from './budget.ts';
import { classifyCall, type ProviderFailure } from './classify.ts';
import { addUsage, type CallRecord, noUsage, totalTokens, type Usage } from './record.ts';

export interface Report {
  /** Calls that ask a model for something, with those that were not passed on. */
  readonly requests: number;
  readonly usage: Usage;
  /** Guessed from sizes, for answers that did not say what they used; not in `usage`. */
  readonly estimatedTokens: number;
  /** Null as soon as one call's cost is not known. */
  readonly costUsd: number | null;
  /** Of the last call; null before the first. */
  readonly last: CallRecord | null;
  /** By the last call: what went wrong before was overcome. */
  readonly failure: ProviderFailure | null;
  /** Of the first call that was answered. */
  readonly firstByteMs: number | null;
  readonly bytes: { readonly fromAgent: number; readonly toAgent: number };
  /** Requests at the door: a wrong key, another attempt's address, a path that is not passed on. */
  readonly turnedAway: number;
}

export interface Tally {
  /** Counts this many tokens as spent until the call is over; what it gives back is called then. */
  readonly reserve: (tokens: number) => () => void;
  readonly add: (call: CallRecord) => void;
  readonly turnAway: () => void;
  readonly spent: () => Spent;
  readonly report: () => Report;
}

export function createTally(): Tally {
  let requests = 0;
  let usage = noUsage;
  let estimatedTokens = 0;
  let costUsd = 0;
  let costKnown = true;
  let unpriced: string | null = null;
  let last: CallRecord | null = null;
  let firstByteMs: number | null = null;
  let turnedAway = 0;
  let reserved = 0;
  const bytes = { fromAgent: 0, toAgent: 0 };
  return {
    reserve(tokens) {
      reserved += tokens;
      return () => {
        reserved -= tokens;
      };
    },
    add(call) {
      requests += 1;
      bytes.fromAgent += call.bytes.fromAgent;
      bytes.toAgent += call.bytes.toAgent;
      firstByteMs ??= call.firstByteMs;
      usage = call.usage === null ? usage : addUsage(usage, call.usage);
      estimatedTokens += call.estimatedTokens;
      costUsd += call.costUsd ?? 0;
      if (call.costUsd === null) {
        costKnown = false;
        unpriced = call.model ?? unpriced ?? 'a model that was not named';
      }
      // an agent that hangs up says nothing about its provider
      if (call.kind !== 'aborted' || last === null) last = call;
    },
    turnAway() {
      turnedAway += 1;
    },
    spent: () => ({ tokens: totalTokens(usage) + estimatedTokens + reserved, costUsd, unpriced }),
    report: () => ({
      requests,
      usage,
      estimatedTokens,
      costUsd: costKnown ? costUsd : null,
      last,
      failure: last === null ? null : classifyCall(last),
      firstByteMs,
      bytes: { ...bytes },
      turnedAway,
    }),
  };
}
