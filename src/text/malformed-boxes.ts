/** Boxes that their author plainly meant and GitHub does not render: `- []`, `- [ ]text`, `- [ x ]`, `- [✓]`, `- ［ ］ text`. */

export interface BrokenBox {
  readonly checked: boolean;
  /** The mark says neither done nor open. */
  readonly unclear: boolean;
  /** Between the brackets, relative to the text it was found in. */
  readonly box: { readonly start: number; readonly end: number };
  /** Characters before the words. */
  readonly skip: number;
}

/** What a list item's text starts with, if it is such a box. `among`: real checkboxes stand in the same list. */
export function brokenBox(text: string, among: boolean): BrokenBox | null {
  const match =
    /^(?:\\?\[|［|【)([ \t\u00a0\u3000]{0,4})([a-zA-ZｘＸ✓✔√☑✅✗✘❌\-_~/.*?!>]?)([ \t\u00a0\u3000]{0,4})(?:\\?\]|］|】)(?!\(|\[|:)/.exec(
      text,
    );
  if (match === null) return null;
  const [whole, before = '', mark = '', after = ''] = match;
  const rest = text.slice(whole.length);
  if (rest.trim() === '') return null;
  const spaced = /^\s/.test(rest);
  // "[v]ersion" and "[-1]" are words; an empty or x-marked box is meant even without the space
  if (!spaced && !/^[xXｘＸ]?$/.test(mark)) return null;
  if (/^[a-wyzA-WYZ.*?!>/~_-]$/.test(mark) && !among) return null;
  const start = whole.search(/[[［【]/) + 1;
  return {
    checked: /^[xXｘＸ✓✔√☑✅vV]$/.test(mark),
    unclear: /^[a-uwyzA-UWYZ✗✘❌~/.*?!>-]$/.test(mark),
    box: { start, end: start + before.length + mark.length + after.length },
    skip: whole.length,
  };
}
