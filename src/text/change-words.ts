/** What an edit of the list changes, in words. */
import type { PlanChange } from '../core/plan.ts';
import { count, listOf } from './markdown.ts';

export function changeWords(change: PlanChange): string {
  const parts = [
    change.added.length === 0 ? '' : count(change.added.length, 'new item'),
    change.reworded.length === 0 ? '' : `${count(change.reworded.length, 'item')} reworded`,
    change.dropped.length === 0 ? '' : `${count(change.dropped.length, 'item')} taken out, ticked or struck`,
    change.released.length === 0 ? '' : `${count(change.released.length, 'item')} put back`,
    change.rules ? 'other dependencies or settings' : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'another order' : listOf(parts);
}
