/** Later than any date PostgreSQL and JavaScript both read as a four-digit year. */
const farFuture = Date.UTC(9999, 0, 1);

/**
 * JSON text that a jsonb column takes. jsonb refuses NUL and lone surrogates, and cut-off agent output holds both; they
 * become U+FFFD here, or one bad character would stop its orchestration for ever.
 */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  if (!text.includes('\\u')) return text;
  // An escaped backslash is matched as a pair, so that the four letters after it are not taken for an escape.
  return text.replace(/\\(\\|u0000|ud[89a-f][0-9a-f]{2})/g, (all, letters: string) =>
    letters === '\\' ? all : '\\ufffd',
  );
}

/** Text that a text column takes: PostgreSQL stores no NUL. */
export function toText(value: string): string {
  return value.replaceAll('\0', '\ufffd');
}

/** Milliseconds since the epoch -> timestamptz. */
export function toTime(ms: number): Date {
  return new Date(Math.min(ms, farFuture));
}

/** Milliseconds since the epoch -> `timestamp` columns of the seed: UTC, whatever the session's time zone is. */
export function toUtcText(ms: number): string {
  return toTime(ms).toISOString().slice(0, -1);
}
