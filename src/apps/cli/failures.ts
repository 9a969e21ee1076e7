/** After a run with failures: what each agent said last, and what a person can do about it from this terminal. */
import type { Orchestration } from '../../core/model.ts';
import { plainText } from '../../text/columns.ts';
import { fullName } from '../../text/task-words.ts';

const mostTasks = 10;
const mostLines = 6;

/** Empty when nothing failed. Output of agents loses everything that could move the cursor. */
export function sayFailures(state: Orchestration, failedDir: string): string {
  const failed = state.tasks.filter((task) => task.status === 'failed');
  if (failed.length === 0) return '';
  const blocks = failed.slice(0, mostTasks).flatMap((task) => [
    `${fullName(task, 60)}: ${plainText(task.failure.message, 300)}`,
    ...task.failure.evidence
      .flatMap((text) => text.split('\n'))
      .filter((line) => line.trim() !== '')
      .slice(-mostLines)
      .map((line) => `  | ${plainText(line, 160)}`),
  ]);
  const more = failed.length > mostTasks ? [`... and ${failed.length - mostTasks} more`] : [];
  return [
    ...blocks,
    ...more,
    '',
    'Try again what failed: the same command with --retry. Read the diagnostic issues: the same command with --serve.',
    `What the failed agents left, with their logs: ${failedDir}`,
  ].join('\n');
}
