/** Titles that mean the same item, or nearly. */

/** Case, white space and the marks of inline Markdown make no difference. */
export function plainTitle(title: string): string {
  return title
    .toLowerCase()
    .replace(/[\s`*_~]+/g, ' ')
    .trim();
}

/** 0..1: how many of the words of both are in the other one as well (Dice). */
export function likeness(a: string, b: string): number {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  if (left.size + right.size === 0) return 0;
  const shared = [...left].filter((word) => right.has(word)).length;
  return (2 * shared) / (left.size + right.size);
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set((text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 100));
}
