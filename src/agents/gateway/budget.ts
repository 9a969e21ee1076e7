import type { CallRecord } from './record.ts';

/** What one attempt may use. Nothing named: no limit. */
export interface Budget {
  readonly tokens?: number;
  readonly costUsd?: number;
}

/** `unpriced` is a model that answered and has no price. */
export interface Spent {
  readonly tokens: number;
  readonly costUsd: number;
  readonly unpriced: string | null;
}

/** `which` names the limit in words that may be shown: `tokens`, `cost`, or a wider one of the ledger's own. */
export type MayGoOn =
  | { readonly ok: true }
  | { readonly ok: false; readonly which: string; readonly limit: number; readonly spent: number };

/** Limits wider than one attempt: of the task, the orchestration, the day. Asked before a call, told after it. */
export interface Ledger {
  readonly mayGoOn: (attempt: string) => MayGoOn | Promise<MayGoOn>;
  readonly record: (attempt: string, call: CallRecord) => void | Promise<void>;
}

/**
 * Whether another call may begin. A call that has begun is not cut off, so the last ones may go past the limit; what they
 * sent counts from their beginning. Where a
 * cost is limited and a model has no price, the limit could not be kept: it counts as reached.
 */
export function withinBudget(budget: Budget, spent: Spent): MayGoOn {
  if (budget.tokens !== undefined && spent.tokens >= budget.tokens)
    return { ok: false, which: 'tokens', limit: budget.tokens, spent: spent.tokens };
  if (budget.costUsd === undefined) return { ok: true };
  const which = spent.unpriced === null ? 'cost' : `cost (no price is known for ${spent.unpriced})`;
  if (spent.unpriced !== null || spent.costUsd >= budget.costUsd)
    return { ok: false, which, limit: budget.costUsd, spent: spent.costUsd };
  return { ok: true };
}
