/** Values that people write in commands and settings: counts, times, choices, names. One reading for both. */
import { nearest } from './nearest.ts';

export type ReadValue<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: string };

/** Limits, inclusive. More than 20 agents at once is the server's to allow, not an issue's. */
export const limits = {
  maxWorkers: { least: 1, most: 20 },
  batchSize: { least: 1, most: 100 },
  timeoutSeconds: { least: 1, most: 86_400 },
  attempts: { least: 1, most: 10 },
  option: { least: 1, most: 9 },
} as const;

export const priorities = ['critical', 'high', 'medium', 'low'] as const;
export const strategies = ['adaptive', 'parallel', 'sequential'] as const;
export const mergePolicies = ['manual', 'on-approval', 'auto'] as const;
export const satisfactions = ['merged', 'approved', 'pr-green'] as const;
export const approvals = ['run', 'required'] as const;

export function readCount(text: string, limit: { readonly least: number; readonly most: number }): ReadValue<number> {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= limit.least && number <= limit.most) return { ok: true, value: number };
  return { ok: false, problem: `needs a whole number from ${limit.least} to ${limit.most}, not "${text}"` };
}

/** Seconds, or a number with s, m, min or h: `1800`, `90s`, `30m`, `1.5h`. */
export function readTime(text: string): ReadValue<number> {
  const { least, most } = limits.timeoutSeconds;
  const match = /^(\d{1,9}(?:\.\d{1,3})?)\s?(s|sec|seconds?|m|min|minutes?|h|hours?)?$/i.exec(text.trim());
  const unit = match?.[2]?.charAt(0).toLowerCase() ?? 's';
  const seconds = Math.round(Number(match?.[1] ?? Number.NaN) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1));
  if (seconds >= least && seconds <= most) return { ok: true, value: seconds };
  return { ok: false, problem: `needs a time in seconds (or such as 30m, 1.5h) of at most 24 hours, not "${text}"` };
}

/** `p1,p3` or `all`; a bare number counts as the proposal of that number. */
export function readProposals(text: string): ReadValue<readonly string[]> {
  const ids = text
    .toLowerCase()
    .split(',')
    .filter((id) => id !== '');
  const wrong = ids.find((id) => !/^(?:p?[1-9]\d{0,2}|all)$/.test(id));
  if (ids.length === 0 || wrong !== undefined)
    return { ok: false, problem: `needs proposals such as p1 or p1,p3, or all, not "${(wrong ?? text).slice(0, 60)}"` };
  return { ok: true, value: [...new Set(ids.map((id) => (/^\d/.test(id) ? `p${id}` : id)))] };
}

export function readChoice<Choice extends string>(text: string, choices: readonly Choice[]): ReadValue<Choice> {
  const value = choices.find((choice) => choice === text.toLowerCase());
  if (value !== undefined) return { ok: true, value };
  const meant = nearest(text, choices);
  const list = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
  return { ok: false, problem: `needs ${list}, not "${text}"${meant === null ? '' : ` (did you mean ${meant}?)`}` };
}

/** The name of an agent. Whether there is such an agent is not known here. */
export function readName(text: string): ReadValue<string> {
  if (/^[A-Za-z0-9][\w.-]{0,63}$/.test(text)) return { ok: true, value: text };
  return { ok: false, problem: `needs a name of letters, digits, "-", "_" and ".", not "${text.slice(0, 64)}"` };
}
