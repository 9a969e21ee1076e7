/** What people set and took out on GitHub, in words: for `why` and for the status comment. */
import { endsOf, nativeOf } from '../core/edges.ts';
import type { Orchestration } from '../core/model.ts';
import type { TaskId } from '../core/plan.ts';
import { findTask } from '../core/tasks.ts';
import { bullets, details, inline } from './markdown.ts';
import { nameOfId } from './task-words.ts';

/** About one task that has not landed; plain text. */
export function nativeWords(state: Orchestration, id: TaskId): readonly string[] {
  if (findTask(state, id)?.status === 'merged') return [];
  const { found, buried, aside } = nativeOf(state);
  const to = (names: readonly string[]): readonly string[] =>
    names.map(endsOf).flatMap((ends) => (ends.from === id ? [nameOfId(state, ends.to)] : []));
  return [
    ...to(found).map((name) => `That it needs ${name} is set on GitHub.`),
    ...to(buried).map((name) => `It does not wait for ${name} any more: somebody took that dependency out on GitHub.`),
    ...to(notCounted(state, aside)).map(
      (name) =>
        `GitHub shows it as blocked by ${name}; that is not waited for, because the two would wait for each other.`,
    ),
  ];
}

const mostShown = 40;

/** Null where nobody set or took out anything. */
export function nativeDetails(state: Orchestration): string | null {
  const { found, buried, aside } = nativeOf(state);
  const line = (name: string, words: string): string => {
    const { from, to } = endsOf(name);
    return `${inline(nameOfId(state, from))} ${words} ${inline(nameOfId(state, to))}`;
  };
  const lines = [
    ...found.map((name) => line(name, 'waits for')),
    ...buried.map((name) => `${line(name, 'does not wait for')} any more: taken out on GitHub`),
    ...notCounted(state, aside).map((name) => `${line(name, 'does not wait for')}: it would close a circle`),
  ];
  if (lines.length === 0) return null;
  const more = lines.length - mostShown;
  const shown = more > 0 ? [...lines.slice(0, mostShown), `and ${more} more`] : lines;
  return details(`Dependencies set and taken out on GitHub: ${lines.length}`, bullets(shown));
}

/** What GitHub would not take out for us is told among what was given up. */
function notCounted(state: Orchestration, aside: readonly string[]): readonly string[] {
  return aside.filter((name) => !state.edgesLinked.includes(name));
}
