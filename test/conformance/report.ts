import type { ConformanceError } from './validator.ts';

/** One line per thing that is wrong, with how often, so that a failing test says what to mend. */
export function summarise(errors: readonly ConformanceError[]): string[] {
  const counts = new Map<string, number>();
  for (const { where, at, rule, message } of errors) {
    const line = `${where} at ${at.replaceAll(/\/\d+(?=\/|$)/g, '/*') || '/'}: ${rule}: ${message}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `${count} x ${line}`);
}
