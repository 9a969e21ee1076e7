/** Who a name in a pattern is: an agent of this server, or a persona on the default one; and what its name says of its role. */
import type { PlannedTask, TaskRole } from '../core/plan.ts';
import { humanName } from './pattern-words.ts';

const roleWords: readonly (readonly [RegExp, TaskRole])[] = [
  [/(?:^|[\s_-])(?:review(?:er)?|audit(?:or)?|guardian)$/i, 'review'],
  [/(?:^|[\s_-])validat(?:e|or)$/i, 'validate'],
  [/(?:^|[\s_-])anal(?:y[sz]er?|yst)$/i, 'analyze'],
];

/** `code-reviewer` reviews; a name that says nothing of the kind works. */
export function roleOfAgent(name: string | null): TaskRole {
  return roleWords.find(([words]) => name !== null && words.test(name))?.[1] ?? 'work';
}

/** What the name changes about a task; nothing where it already has an agent or persona. */
export function asAgent(
  name: string | null,
  agents: readonly string[],
  task: PlannedTask | undefined,
): Partial<PlannedTask> {
  if (name === null || task === undefined || task.agent !== null || task.persona !== undefined) return {};
  return agents.includes(name) ? { agent: name } : { persona: humanName(name) };
}
