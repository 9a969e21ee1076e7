/**
 * Links in an issue whose tasks are the entries of a list without boxes. They stand behind the entries as they would
 * behind items; nothing is ticked, because there is nothing to tick, and tables stay as they are.
 */
import { applyEdits, type ItemMark, type MarkedBody, markBody, markEdits } from './body-marks.ts';
import { parseChecklist } from './checklist.ts';
import { clip } from './markdown.ts';
import { offerFrom } from './offered-list.ts';

/** For all issues. Doing it twice changes nothing more. */
export function markIssue(body: string, marks: readonly ItemMark[]): MarkedBody {
  const entries = marks.some(({ entry }) => entry === true);
  const offer = entries ? offerFrom(body, parseChecklist(body), 1) : null;
  // its author has put boxes there by now
  if (offer === null) return markBody(body, marks);
  if (offer.basis === 'table')
    return { body, skipped: marks.map(({ title }) => `"${clip(title, 80)}" stands in a table, which stays as it is`) };
  const untick = marks.map((mark) => ({ ...mark, ticked: false }));
  const { edits, skipped } = markEdits(offer.body, untick);
  const inBody = (offset: number): number => {
    let shift = 0;
    for (const { at, text } of offer.insertions) if (at + shift < offset) shift += text.length;
    return offset - shift;
  };
  const moved = edits.map(({ start, end, text }) => ({ start: inBody(start), end: inBody(end), text }));
  return { body: applyEdits(body, moved), skipped };
}
