const MARK = '::muster ';
const LONGEST_STAGE = 60;

export interface Progress {
  /** Whole number, 0..100. */
  readonly percent: number;
  readonly stage: string;
}

/** Reads `::muster {"percent":35,"stage":"implementation"}`. Null for every other line and for one that cannot be read. */
export function parseProgress(line: string): Progress | null {
  if (!line.startsWith(MARK)) return null;
  const said = parseJson(line.slice(MARK.length));
  if (typeof said !== 'object' || said === null || !('percent' in said)) return null;
  const { percent } = said;
  if (typeof percent !== 'number' || !Number.isFinite(percent)) return null;
  const stage = 'stage' in said && typeof said.stage === 'string' ? said.stage : '';
  return { percent: Math.round(Math.min(100, Math.max(0, percent))), stage: oneLine(stage) };
}

export function isProgressLine(line: string): boolean {
  return line.startsWith(MARK);
}

const BURST = 20;
const REFILL_MS = 1_000;

/**
 * Lets news through: nothing twice in a row, twenty at once, then one per second. Each becomes a row in the database,
 * and an agent may print as many as it likes. `now` is in milliseconds.
 */
export function createProgressGate(now: () => number): (progress: Progress) => boolean {
  let left = BURST;
  let refilledAt = now();
  let last: Progress | null = null;
  return (progress) => {
    if (last !== null && last.percent === progress.percent && last.stage === progress.stage) return false;
    const refill = Math.floor((now() - refilledAt) / REFILL_MS);
    left = Math.min(BURST, left + refill);
    refilledAt += refill * REFILL_MS;
    if (left === 0) return false;
    left -= 1;
    last = progress;
    return true;
  };
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_STAGE);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
