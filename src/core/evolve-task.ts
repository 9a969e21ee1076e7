/** evolve for one task: which event moves which state where. An event that does not fit leaves the task as it is. */

import type { Attempt, Failure } from './attempt.ts';
import type { Event } from './events.ts';
import type { Diagnostic, PullRef, Task } from './model.ts';
import { deliveryOf, lastAttempt, moveTask, pullOf, subIssueOf } from './tasks.ts';

export function evolveTask(task: Task, event: Event, at: number): Task {
  switch (event.type) {
    case 'plan-approved':
      return task.status === 'pending' ? moveTask(task, { status: 'nlp_parsing' }) : task;
    case 'sub-issue-linked':
      return task.status === 'nlp_parsing' ? moveTask(task, { status: 'task_decomposition', sub: event.issue }) : task;
    case 'sub-issue-replaced':
      return 'sub' in task && task.sub !== null ? { ...task, sub: event.issue } : task;
    case 'task-queued':
      return task.status === 'task_decomposition'
        ? moveTask(task, { status: 'dependency_resolution', sub: task.sub })
        : task;
    case 'agent-assigned':
      return assigned(task, event, at);
    case 'attempt-started':
      return started(task, event, at);
    case 'attempt-progressed':
      return task.status === 'processing'
        ? withAttempt(task, { progress: { percent: event.percent, stage: event.stage } })
        : task;
    case 'attempt-delivered':
      return task.status === 'processing' ? withAttempt(task, { delivery: event.delivery, endedAt: at }) : task;
    case 'attempt-failed':
      return failed(task, event.failure, event.retryAt, at);
    case 'task-requeued':
      return requeued(task, event.round);
    case 'task-cancelled':
      return cancelled(task, event, at);
    case 'task-held':
      return moveTask(task, task, { held: event.reason });
    case 'task-released': {
      const { held: _, ...free } = task;
      return free;
    }
    case 'sub-issue-seen':
      return subIssueSeen(task, event);
    case 'task-reopened':
      return reopened(task, event);
    case 'task-concluded':
      return concluded(task, at);
    case 'sub-issue-closed':
      return moveTask(task, task, { subClosed: true });
    case 'sub-issue-edited': {
      const { title, text } = event;
      return moveTask(task, task, { written: { title, text, edits: (task.written?.edits ?? 0) + 1 } });
    }
    case 'diagnostic-told':
      return withDiagnostic(task, { issue: event.issue, told: event.told });
    case 'diagnostic-closed':
      return withDiagnostic(task, { state: 'closed' });
    case 'review-seen':
      return moveTask(task, task, { approvedByReview: event.approved });
    default:
      return evolvePull(task, event, at);
  }
}

function evolvePull(task: Task, event: Event, at: number): Task {
  switch (event.type) {
    case 'pull-opened':
      return task.status === 'processing'
        ? moveTask(task, { status: 'pr_created', sub: task.sub, pull: event.pull }, { openPull: event.pull })
        : task;
    case 'head-moved':
      return headMoved(task, event.pull);
    case 'validation-started':
      return task.status === 'pr_created'
        ? moveTask(task, { status: 'validation_running', sub: task.sub, pull: task.pull })
        : task;
    case 'validation-passed':
      if (task.status !== 'validation_running') return task;
      return moveTask(task, {
        status: 'validation_passed',
        sub: task.sub,
        pull: task.pull,
        basis: event.basis,
        landing: { state: 'waiting' },
      });
    case 'validation-failed':
      return task.status === 'validation_running'
        ? moveTask(task, { status: 'validation_failed', sub: task.sub, pull: task.pull, red: event.red })
        : task;
    case 'landing-chosen':
      return task.status === 'validation_passed'
        ? moveTask(task, { ...task, landing: { state: 'sent', round: event.round, reason: event.reason } })
        : task;
    case 'landing-refused':
      return task.status === 'validation_passed' ? moveTask(task, { ...task, landing: event.landing }) : task;
    case 'landed': {
      const sub = subIssueOf(task);
      const pull = pullOf(task);
      if (sub === null || pull === null || task.status === 'merged') return task;
      const diagnostic: Diagnostic | null = task.diagnostic === null ? null : { ...task.diagnostic, state: 'closing' };
      return moveTask(task, { status: 'merged', sub, pull, sha: event.sha, at }, { openPull: null, diagnostic });
    }
    default:
      return task;
  }
}

function assigned(task: Task, event: Extract<Event, { type: 'agent-assigned' }>, at: number): Task {
  if (task.status !== 'dependency_resolution') return task;
  const attempt: Attempt = {
    number: event.attempt,
    round: task.round,
    agent: event.agent,
    reason: event.reason,
    assignedAt: at,
    startedAt: null,
    endedAt: null,
    progress: null,
    confinement: null,
    delivery: null,
    failure: null,
  };
  return moveTask(task, { status: 'agent_assignment', sub: task.sub }, { attempts: [...task.attempts, attempt] });
}

function started(task: Task, event: Extract<Event, { type: 'attempt-started' }>, at: number): Task {
  if (task.status !== 'agent_assignment' && task.status !== 'processing') return task;
  // started again after the orchestrator died under it: the same attempt, from the beginning
  const again = withAttempt(task, { startedAt: at, progress: null, confinement: event.confinement });
  return moveTask(again, { status: 'processing', sub: task.sub });
}

function failed(task: Task, failure: Failure, retryAt: number | null, at: number): Task {
  if (task.status === 'merged' || task.status === 'cancelled') return task;
  const open = lastAttempt(task)?.failure === null;
  const ended = open ? withAttempt(task, { failure, endedAt: lastAttempt(task)?.endedAt ?? at }) : task;
  const diagnostic = retryAt === null ? diagnosed(task.diagnostic, failure) : task.diagnostic;
  // a pull request that somebody closed is not used again
  const openPull = failure.class === 'pull_closed' ? null : task.openPull;
  return moveTask(
    ended,
    { status: 'failed', sub: subIssueOf(task), pull: pullOf(task), failure, retryAt },
    { diagnostic, openPull },
  );
}

function diagnosed(earlier: Diagnostic | null, failure: Failure): Diagnostic {
  if (earlier === null || earlier.state !== 'open')
    return { fingerprint: failure.fingerprint, count: 1, issue: null, told: 0, state: 'open' };
  return { ...earlier, fingerprint: failure.fingerprint, count: earlier.count + 1 };
}

function requeued(task: Task, round: number): Task {
  if (task.status !== 'failed') return task;
  const facts = { round, pass: task.pass + 1 };
  if (task.sub === null) return moveTask(task, { status: 'nlp_parsing' }, facts);
  return moveTask(task, { status: 'dependency_resolution', sub: task.sub }, facts);
}

function cancelled(task: Task, event: Extract<Event, { type: 'task-cancelled' }>, at: number): Task {
  if (task.status === 'merged' || task.status === 'cancelled') return task;
  const ended = lastAttempt(task)?.endedAt === null ? withAttempt(task, { endedAt: at }) : task;
  const fate = {
    ...(event.notChosen === true ? { notChosen: true as const } : {}),
    ...(event.because === undefined ? {} : { because: event.because }),
  };
  const { reason } = event;
  const facts = event.dropped === true ? { dropped: true as const } : {};
  return moveTask(ended, { status: 'cancelled', sub: subIssueOf(task), pull: pullOf(task), reason, ...fate }, facts);
}

function subIssueSeen(task: Task, { fate, placed }: Extract<Event, { type: 'sub-issue-seen' }>): Task {
  const { subFate: before, reopened: _, ...rest } = task;
  const isNews = before !== undefined || task.reopened === true || placed === undefined;
  const again = fate === 'open' && task.status === 'merged' && isNews;
  return {
    ...rest,
    ...(fate === 'open' ? {} : { subFate: fate }),
    ...(placed === true ? { placed: true as const } : {}),
    ...(again ? { reopened: true as const } : {}),
  };
}

/** From the beginning, in a new round: on the pull request that is still open, else on a new one. */
function reopened(task: Task, { round, branch }: Extract<Event, { type: 'task-reopened' }>): Task {
  if ((task.status !== 'cancelled' && task.status !== 'merged') || task.sub === null) return task;
  const { subClosed: _, dropped: __, reopened: ___, held: ____, ...rest } = task;
  const landed = task.status === 'merged' ? { again: true as const, openPull: null } : {};
  return moveTask(
    rest,
    { status: 'dependency_resolution', sub: task.sub },
    {
      ...landed,
      round,
      pass: task.pass + 1,
      approvedByReview: false,
      mergeAllowedBy: null,
      ...(branch === undefined ? {} : { branch }),
    },
  );
}

function concluded(task: Task, at: number): Task {
  const delivery = deliveryOf(task);
  if (task.status !== 'processing' || delivery === null) return task;
  const diagnostic: Diagnostic | null = task.diagnostic === null ? null : { ...task.diagnostic, state: 'closing' };
  return moveTask(task, { status: 'merged', sub: task.sub, pull: null, sha: delivery.sha, at }, { diagnostic });
}

function headMoved(before: Task, pull: PullRef): Task {
  // people approve commits, not branches
  const task = pullOf(before)?.headSha === pull.headSha ? before : { ...before, approvedByReview: false };
  switch (task.status) {
    case 'pr_created':
      return moveTask(task, { ...task, pull }, { openPull: pull });
    case 'validation_running':
    case 'validation_failed':
    case 'validation_passed':
      return moveTask(task, { status: 'validation_running', sub: task.sub, pull }, { openPull: pull });
    case 'failed':
      return moveTask(task, { ...task, pull }, { openPull: pull });
    case 'pending':
    case 'nlp_parsing':
    case 'task_decomposition':
    case 'dependency_resolution':
    case 'agent_assignment':
    case 'processing':
      return task.openPull === null ? task : moveTask(task, task, { openPull: pull });
    case 'merged':
    case 'cancelled':
      return task;
  }
}

function withAttempt(task: Task, change: Partial<Attempt>): Task {
  return moveTask(task, task, {
    attempts: task.attempts.map((attempt, i, all) => (i === all.length - 1 ? { ...attempt, ...change } : attempt)),
  });
}

function withDiagnostic(task: Task, change: Partial<Diagnostic>): Task {
  return task.diagnostic === null ? task : moveTask(task, task, { diagnostic: { ...task.diagnostic, ...change } });
}
