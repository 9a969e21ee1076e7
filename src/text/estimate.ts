/**
 * Minutes of an agent's work, from a size that the author wrote into the item. Rough by nature; used to start the
 * longest chain first, and shown as an estimate.
 *
 * | written | minutes |
 * | --- | --- |
 * | `(2h)`, `30 min`, `1.5 hours` (alone in brackets, after a dash or after "estimate:") | as written |
 * | `(~1200 LOC)`, `800 lines` | one per 40 lines, at least 5 |
 * | `(15 endpoints)`, `(23 files)` and no lines | 1.2 per endpoint, 1.5 per file, at least 5 |
 * | `size: S`, `(M)`; XS S M L XL | 5 15 30 60 120 |
 */

const sizes: Readonly<Record<string, number>> = { xs: 5, s: 15, m: 30, l: 60, xl: 120 };
const number = String.raw`(\d{1,3}(?:,\d{3}){1,2}|\d{1,6}(?:\.\d{1,2})?)`;
const time = String.raw`[~≈]?\s?${number}\s?(h|hrs?|hours?|m|mins?|minutes?)(?![\p{L}\d])`;
const bracketed = new RegExp(String.raw`[([][^()[\]]{0,40}?(?<![\p{L}\d.])${time}[^()[\]]{0,40}[)\]]`, 'iu');
const labelled = new RegExp(
  String.raw`\b(?:estimate[ds]?|est\.?|effort|duration|expected[_ ]time|time)(?:\s?[:=]|\s)\s?\**\s?${time}`,
  'iu',
);
const trailing = new RegExp(String.raw`\s[—–-]{1,2}\s${time}\s*$`, 'imu');
const lines = new RegExp(
  String.raw`(?<![\p{L}\d.,])[~≈]?${number}\s?(?:loc|sloc|lines(?: of code)?)(?![\p{L}\d])`,
  'iu',
);
const endpoints = new RegExp(String.raw`\([^()]{0,30}?(?<![\p{L}\d.,])${number}\s?endpoints?[^()]{0,40}\)`, 'iu');
const files = new RegExp(String.raw`\([^()]{0,30}?(?<![\p{L}\d.,])${number}\s?files?[^()]{0,40}\)`, 'iu');
const size = /\b(?:size|t-shirt|complexity|effort)\s?[:=]\s?\**\s?(xs|s|m|l|xl)(?![\p{L}\d])|\((XS|S|M|L|XL)\)/iu;

/** Null when the text names no size. At most a week. */
export function estimateMinutes(text: string): number | null {
  // sizes stand near the top; a long description is not searched
  const words = text.slice(0, 2000).replace(/[*_`]/g, '');
  const minutes = timeIn(words) ?? codeIn(words) ?? sizeIn(words);
  return minutes === null ? null : Math.min(Math.max(1, Math.round(minutes)), 7 * 24 * 60);
}

function timeIn(words: string): number | null {
  const match = labelled.exec(words) ?? bracketed.exec(words) ?? trailing.exec(words);
  if (match === null) return null;
  const amount = toNumber(match[1]);
  return match[2]?.toLowerCase().startsWith('h') === true ? amount * 60 : amount;
}

function codeIn(words: string): number | null {
  const loc = lines.exec(words);
  if (loc !== null) return Math.max(5, toNumber(loc[1]) / 40);
  const api = endpoints.exec(words);
  if (api !== null) return Math.max(5, toNumber(api[1]) * 1.2);
  const changed = files.exec(words);
  return changed === null ? null : Math.max(5, toNumber(changed[1]) * 1.5);
}

function sizeIn(words: string): number | null {
  const match = size.exec(words);
  return sizes[(match?.[1] ?? match?.[2] ?? '').toLowerCase()] ?? null;
}

function toNumber(text: string | undefined): number {
  return Number((text ?? '0').replace(/,/g, ''));
}
