import { readFileSync } from 'node:fs';
import type { RecordedEvent } from '../../src/core/events.ts';

export type StoredEvent = RecordedEvent & { readonly story: string };

/**
 * Histories as that version wrote them, one event per line; recorded once and never again. What is stored in somebody's
 * database looks like this, so a change of the rules may add to them and must go on folding them to the same facts.
 */
export function storedEvents(version: 1 | 2): readonly StoredEvent[] {
  return readFileSync(new URL(`./histories/v${version}.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StoredEvent);
}

export function storedStory(events: readonly StoredEvent[], story: string): readonly RecordedEvent[] {
  return events.filter((one) => one.story === story);
}
