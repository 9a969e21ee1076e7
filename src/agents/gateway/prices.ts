import type { Usage } from './record.ts';

/** US dollars for a million tokens, as the operator wrote them down. What is left out costs as much as `input`. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly cacheWrite?: number;
}

/** By the model's name; a name that ends in `*` stands for all that begin so. */
export type Prices = Readonly<Record<string, Price>>;

/** The exact name first, then the longest beginning. */
export function priceOf(prices: Prices, model: string): Price | null {
  const exact = Object.hasOwn(prices, model) ? prices[model] : undefined;
  if (exact !== undefined) return exact;
  const names = Object.keys(prices).filter((name) => name.endsWith('*') && model.startsWith(name.slice(0, -1)));
  const longest = names.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? null : (prices[longest] ?? null);
}

/** Null for a model without a price: a cost is never made up. */
export function costOf(prices: Prices, model: string | null, usage: Usage): number | null {
  const price = model === null ? null : priceOf(prices, model);
  if (price === null) return null;
  const { input, output, cached = input, cacheWrite = input } = price;
  const perMillion =
    usage.inputTokens * input +
    usage.cachedTokens * cached +
    usage.cacheWriteTokens * cacheWrite +
    usage.outputTokens * output;
  return perMillion / 1_000_000;
}
