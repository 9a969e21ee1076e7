/** The outcome of one orchestration as the JSON that `--json` prints: measured facts only, times in milliseconds. */
import type { Orchestration } from '../../core/model.ts';
import { pullOf, subIssueOf } from '../../core/tasks.ts';
import { figuresOf } from '../../text/figures.ts';

export function summaryJson(state: Orchestration): Readonly<Record<string, unknown>> {
  return {
    orchestration: state.id,
    repository: `${state.repo.owner}/${state.repo.name}`,
    issue: state.issue.number,
    title: state.issue.title,
    phase: state.phase,
    problems: state.problems,
    figures: figuresOf(state),
    tasks: state.tasks.map((task) => ({
      id: task.plan.id,
      title: task.plan.title,
      status: task.status,
      issue: subIssueOf(task)?.number ?? null,
      pull: pullOf(task)?.number ?? null,
      branch: task.branch,
      attempts: task.attempts.length,
      agent: task.attempts.at(-1)?.agent ?? null,
      sha: task.status === 'merged' && task.pull !== null ? task.sha : null,
      failure: task.status === 'failed' ? task.failure : null,
      diagnostic: task.diagnostic?.issue?.number ?? null,
    })),
  };
}
