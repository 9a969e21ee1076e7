/** Reading untyped JSON from GitHub: a field is what it should be, or an error names it. Paths are dotted. */
import { UnreadablePayloadError } from './errors.ts';
import { isRecord } from './limits.ts';

export function valueAt(root: unknown, path: string): unknown {
  let value = root;
  for (const name of path === '' ? [] : path.split('.')) {
    value = isRecord(value) ? value[name] : undefined;
  }
  return value;
}

export function textAt(root: unknown, path: string): string {
  const value = valueAt(root, path);
  if (typeof value !== 'string') throw new UnreadablePayloadError(path, 'text');
  return value;
}

/** Null for null and for what is not there; an error for anything that is neither text nor nothing. */
export function optionalTextAt(root: unknown, path: string): string | null {
  const value = valueAt(root, path);
  return value === null || value === undefined ? null : textAt(root, path);
}

/** GitHub's numbers are whole and not negative: ids, and how the issues of a repository are counted. */
export function numberAt(root: unknown, path: string): number {
  const value = valueAt(root, path);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new UnreadablePayloadError(path, 'a number');
  return value;
}

/** Larger ones no database row of ours would take, and the delivery would be tried for ever. */
const LAST_ISSUE = 2 ** 31 - 1;

export function issueNumberAt(root: unknown, path: string): number {
  const value = numberAt(root, path);
  if (value < 1 || value > LAST_ISSUE) throw new UnreadablePayloadError(path, 'the number of an issue');
  return value;
}

/** GitHub's ISO 8601 time as milliseconds since the epoch. */
export function timeAt(root: unknown, path: string): number {
  const time = Date.parse(textAt(root, path));
  if (Number.isNaN(time)) throw new UnreadablePayloadError(path, 'a time');
  return time;
}

/** The same for what may be missing or null. */
export function optionalTimeAt(root: unknown, path: string): number | null {
  return optionalTextAt(root, path) === null ? null : timeAt(root, path);
}

export function listAt(root: unknown, path: string): readonly unknown[] {
  const value = valueAt(root, path);
  if (!Array.isArray(value)) throw new UnreadablePayloadError(path, 'a list');
  return value;
}
