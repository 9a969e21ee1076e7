/**
 * The link ` (#n)` that Muster appended to an item. It stands behind the item's first paragraph, and at the end of an
 * earlier line of that paragraph where somebody wrote on below it.
 */
import type { ChecklistItem } from './checklist-model.ts';
import { withoutLinks } from './plain-text.ts';

type Item = Pick<ChecklistItem, 'title' | 'text'>;

/** Numbers in the place of a link inside the item's first paragraph, first to last. Whether they are links is not said. */
export function innerLinks({ title, text }: Item): readonly number[] {
  // most titles hold none, and are not looked into further
  if (!/\s\(#\d{1,10}\)\s/.test(title)) return [];
  const found: number[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.trim() === '' || /^\s{0,9}(?:[-*+>]|\d{1,9}[.)])\s/.test(line)) break;
    const number = /\s\(#(\d{1,10})\)\s*$/.exec(line.slice(-60))?.[1];
    if (number !== undefined && title.includes(` (#${number}) `)) found.push(Number(number));
  }
  return found;
}

/** At the end of one of the lines of the title, or of the text. */
export function withoutLink(words: string, link: number | null): string {
  if (link === null) return words;
  const mark = ` (#${link})`;
  if (words.endsWith(mark)) return words.slice(0, -mark.length);
  return words.includes('\n')
    ? words.replace(new RegExp(` \\(#${link}\\)(?=[ \\t]*(?:\\r?\\n|$))`), '')
    : words.replace(`${mark} `, ' ');
}

/** The title without the links in it, whichever of `links` they are. */
export function unlinkedTitle(item: Item, links: ReadonlySet<number>): string {
  const inner = innerLinks(item).find((number) => links.has(number));
  return inner === undefined || endsLinked(item.title) ? item.title : withoutLink(item.title, inner);
}

export function endsLinked(title: string): boolean {
  return withoutLinks(title) !== title.trimEnd();
}
