/** What tasks that a pattern makes are called, and what they say. */
import type { PatternStep } from './pattern-model.ts';

/** `users_module` -> `Users module`. */
export function humanTitle(name: string): string {
  const words = name.replace(/[\s_-]+/g, ' ').trim();
  return /\s|_|-/.test(name.trim()) || /^[a-z]/.test(name) ? words.charAt(0).toUpperCase() + words.slice(1) : words;
}

/** `fastapi-backend-expert` -> `fastapi backend expert`. */
export function humanName(name: string): string {
  return name
    .replace(/[\s_-]+/g, ' ')
    .trim()
    .slice(0, 80);
}

/** Markdown of a step: what is to be done, of what parts, from what, and what it has to leave. */
export function stepText(title: string, step: PatternStep): string {
  const part = (name: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', `${name}:`, ...lines.map((line) => `- ${line}`)];
  return [
    title,
    ...part('Parts', step.subtasks),
    ...part('Look at', step.focus),
    ...part('Builds on', step.inputs),
    ...part('What it has to leave', step.deliverables),
  ].join('\n');
}
