/** What a pattern made of a task, in a few plain words. */
import type { PlannedTask, TaskId, TaskRole } from '../core/plan.ts';

const doing: Readonly<Record<TaskRole, string>> = {
  work: '',
  review: 'reviews',
  validate: 'validates',
  analyze: 'analyses',
};

/** `reviews 1, as code reviewer`; empty for plain work by the default agent. */
export function roleWords(task: PlannedTask, names: (ids: readonly TaskId[]) => string): string {
  const judged = task.judges ?? [];
  const outputs = (task.outputs ?? []).map(({ name }) => name);
  return [
    `${doing[task.role]}${judged.length === 0 ? '' : ` ${names(judged)} before it lands`}`,
    task.persona === undefined ? '' : `as ${task.persona}`,
    task.agent === null ? '' : `by ${task.agent}${task.agentReason === undefined ? '' : ` (${task.agentReason})`}`,
    task.chosenBy === undefined ? '' : `if ${names([task.chosenBy.task])} finds "${task.chosenBy.outcome}"`,
    outputs.length === 0 ? '' : `hands on ${outputs.join(', ')}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}
