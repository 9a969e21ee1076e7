/** Rows for people's own SQL, from what one step changed: one workflow per pass of a task, one history row per move. */
import { orchestrationKey } from '../core/commands.ts';
import type { RecordedEvent } from '../core/events.ts';
import type { Orchestration, Task } from '../core/model.ts';
import { edgesFrom, findTask, pullOf, subIssueOf } from '../core/tasks.ts';
import type { Projection } from './projection.ts';

export interface Move {
  readonly before: Orchestration;
  readonly after: Orchestration;
  readonly recorded: RecordedEvent;
}

export function project(moves: readonly Move[], state: Orchestration): Projection {
  const edited = new Set<string>();
  const history = moves.flatMap(({ before, after, recorded }) => {
    return after.tasks.flatMap((task, index) => {
      // what did not change is the same object in the same place, as nearly all are
      if (before.tasks[index] === task) return [];
      const earlier = findTask(before, task.plan.id);
      if (earlier !== undefined && earlier.plan !== task.plan) edited.add(workflowId(after, task));
      const samePass = earlier !== undefined && earlier.pass === task.pass;
      if (samePass && earlier.status === task.status) return [];
      return [
        {
          workflowId: workflowId(after, task),
          from: samePass ? earlier.status : null,
          to: task.status,
          at: recorded.at,
          metadata: { why: recorded.event.type, seq: recorded.seq },
        },
      ];
    });
  });
  const changed = new Set([...edited, ...history.map((row) => row.workflowId)]);
  const tasks = state.tasks.filter((task) => changed.has(workflowId(state, task)));
  return {
    history,
    tasks: tasks.map((task) => taskRow(state, task)),
    workflows: tasks.map((task) => workflowRow(state, task)),
  };
}

function taskId(state: Orchestration, task: Task): string {
  return `${orchestrationKey(state)}/${task.plan.id}`;
}

function workflowId(state: Orchestration, task: Task): string {
  return `${taskId(state, task)}/${task.pass}`;
}

function taskRow(state: Orchestration, task: Task): Projection['tasks'][number] {
  return {
    id: taskId(state, task),
    title: task.plan.title,
    description: task.plan.text,
    status: task.status,
    priority: state.plan?.policy.priority ?? 'medium',
    dependencies: edgesFrom(state, task.plan.id, 'needs').map((edge) => `${orchestrationKey(state)}/${edge.to}`),
    metadata: {
      orchestration: state.id,
      issue: subIssueOf(task)?.number ?? null,
      branch: task.branch,
      section: task.plan.section,
    },
  };
}

function workflowRow(state: Orchestration, task: Task): Projection['workflows'][number] {
  const attempts = task.attempts.filter((attempt) => attempt.round === task.round);
  const last = attempts.at(-1);
  const over = task.status === 'merged' || task.status === 'failed' || task.status === 'cancelled';
  return {
    id: workflowId(state, task),
    taskId: taskId(state, task),
    status: task.status,
    startTime: last?.startedAt ?? null,
    endTime: over ? (task.status === 'merged' ? task.at : (last?.endedAt ?? null)) : null,
    result: over
      ? { pull: pullOf(task)?.number ?? null, failure: task.status === 'failed' ? task.failure.class : null }
      : null,
    metadata: { orchestration: state.id, pass: task.pass, agent: last?.agent ?? null },
  };
}
