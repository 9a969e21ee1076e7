/** Columns for terminals. Text of others loses control characters first, so no title can move the cursor. */
import { clip, oneLine } from './markdown.ts';

/** Rows padded to equal columns, two spaces apart; numbers are aligned right where `right` names the column. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): readonly string[] {
  const plain = rows.map((row) => row.map((text) => plainText(text)));
  const widths: number[] = [];
  for (const row of plain)
    for (const [index, text] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, lengthOf(text));
  return plain.map((row) =>
    row
      .map((text, index) => {
        const gap = ' '.repeat((widths[index] ?? 0) - lengthOf(text));
        return right.includes(index) ? gap + text : text + gap;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** One line that a terminal prints as it is. */
export function plainText(text: string, most = 200): string {
  return clip(oneLine(text), most);
}

function lengthOf(text: string): number {
  return [...text].length;
}
