/** What somebody probably meant to type. */

/** The closest of `known` by edit distance, or null when nothing is close enough to be a typo. */
export function nearest(word: string, known: readonly string[]): string | null {
  const typed = word.toLowerCase().slice(0, 40);
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const one of known) {
    const distance = editDistance(typed, one.toLowerCase());
    const most = Math.max(1, Math.floor(Math.max(typed.length, one.length) / 3));
    if (distance <= most && distance < least) {
      best = one;
      least = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours, each counted once. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      const swap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1] ? (before[column - 2] ?? 99) + 1 : 99;
      next[column] = Math.min(
        (last[column] ?? 99) + 1,
        (next[column - 1] ?? 99) + 1,
        (last[column - 1] ?? 99) + same,
        swap,
      );
    }
    before = last;
    last = next;
  }
  return last[b.length] ?? 99;
}
