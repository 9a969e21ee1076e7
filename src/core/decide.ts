/**
 * decide(state, signal, now) -> Event[]. Turns one hint from outside into facts, or into nothing: a hint that is late,
 * doubled or about something else changes nothing. `tick` (nothing happened but time) asks for the next facts that
 * follow from the state itself; the loop repeats it until there are none, so each task moves one state at a time.
 */
import { editSeen, lateEdit, planReread, subIssueEdited } from './decide-edits.ts';
import { edgesSeen, edgeTold } from './decide-native.ts';
import { decidePermission, hear } from './decide-requests.ts';
import { gaveUp } from './decide-stuck.ts';
import { attemptFailed, cancelAll, checkSeen, issueSeen, mergeRefused, pullSeen } from './decide-work.ts';
import type { Event } from './events.ts';
import { groupedPlan } from './grouping.ts';
import { subIssueSeen } from './hands.ts';
import type { Orchestration, Task } from './model.ts';
import { blockersSeen, outsideHeard, outsideSeen } from './outside.ts';
import { makeFailure } from './retry.ts';
import { settle } from './settle.ts';
import type { Signal } from './signals.ts';
import { branchNames } from './slugs.ts';
import { deliveryOf, edgeName, findTask, lastAttempt, occupiesSlot, pullOf, subIssueOf } from './tasks.ts';

export function decide(state: Orchestration, signal: Signal, now: number): readonly Event[] {
  switch (signal.type) {
    case 'tick':
      return settle(state, now);
    case 'asked':
      return hear(state, signal);
    case 'permission-known':
      return decidePermission(state, signal.source, signal.permission);
    case 'issue-edited':
      return editSeen(state, signal);
    case 'plan-read':
    case 'plan-digested':
    case 'sub-issue-created':
    case 'edge-added':
    case 'edge-removed':
    case 'edge-refused':
      return planning(state, signal);
    case 'group-issue-created':
    case 'group-issue-closed':
      return groupIssue(state, signal);
    case 'edge-told':
      return edgeTold(state, signal);
    case 'edges-seen':
      return edgesSeen(state, signal, now);
    case 'sub-issue-edited':
      return subIssueEdited(state, signal);
    case 'status-posted':
      return state.report.comment === null
        ? [{ type: 'status-posted', comment: signal.comment, shown: signal.shown }]
        : [];
    case 'status-edited':
      return signal.shown > state.report.shown ? [{ type: 'status-edited', shown: signal.shown }] : [];
    case 'body-marked':
      return signal.shown > state.report.bodyShown ? [{ type: 'body-marked', shown: signal.shown }] : [];
    case 'status-kept':
      return state.report.comment === null || state.report.comment.id === signal.comment.id
        ? []
        : [{ type: 'status-replaced', comment: signal.comment }];
    case 'sub-issue-kept': {
      const task = findTask(state, signal.task);
      const known = task === undefined ? null : subIssueOf(task);
      return known === null || known.number === signal.issue.number
        ? []
        : [{ type: 'sub-issue-replaced', task: signal.task, issue: signal.issue }];
    }
    case 'reply-posted':
      return state.replies.some((reply) => reply.source === signal.source && !reply.posted)
        ? [{ type: 'reply-posted', source: signal.source }]
        : [];
    case 'comment-reacted':
      return reacted(state, signal);
    case 'summary-posted':
      return state.report.summaries.some((summary) => summary.round === signal.round)
        ? []
        : [{ type: 'summary-posted', round: signal.round }];
    case 'master-closed':
      return state.masterClosed ? [] : [{ type: 'master-closed' }];
    case 'command-gave-up':
      return gaveUp(state, signal);
    case 'repository-gone':
      return cancelAll(state, signal.by);
    case 'issue-seen':
      return [...outsideHeard(state, signal), ...issueSeen(state, signal), ...subIssueSeen(state, signal)];
    case 'pull-seen':
      return [...outsideHeard(state, signal), ...pullSeen(state, signal.pull)];
    case 'outside-seen':
      return outsideSeen(state, signal.issue);
    case 'blockers-seen':
      return blockersSeen(state, signal.blockers);
    case 'check-seen':
      return checkSeen(state, signal.check);
    case 'attempt-started':
    case 'attempt-progressed':
    case 'attempt-delivered':
    case 'attempt-failed':
    case 'pull-opened':
    case 'sub-issue-closed':
    case 'merged':
    case 'merge-refused':
    case 'diagnostic-told':
    case 'diagnostic-closed':
      return working(state, signal, now);
  }
}

function reacted(
  state: Orchestration,
  { comment, reaction }: Extract<Signal, { type: 'comment-reacted' }>,
): readonly Event[] {
  const shown = state.requests.find((request) => request.comment?.id === comment);
  return shown === undefined || shown.reacted === reaction ? [] : [{ type: 'comment-reacted', comment, reaction }];
}

function groupIssue(
  state: Orchestration,
  signal: Extract<Signal, { type: 'group-issue-created' | 'group-issue-closed' }>,
): readonly Event[] {
  const { group } = signal;
  const known = state.groups?.find(({ id }) => id === group);
  if (signal.type === 'group-issue-closed')
    return known === undefined || known.closed === true ? [] : [{ type: 'group-issue-closed', group }];
  const isNews = known === undefined || (signal.kept === true && known.issue.number !== signal.issue.number);
  return isNews ? [{ type: 'group-issue-linked', group, issue: signal.issue }] : [];
}

type PlanningSignal = Extract<
  Signal,
  { type: 'plan-read' | 'plan-digested' | 'sub-issue-created' | 'edge-added' | 'edge-removed' | 'edge-refused' }
>;

function planning(state: Orchestration, signal: PlanningSignal): readonly Event[] {
  switch (signal.type) {
    case 'plan-read': {
      if (!isCurrentReading(state, signal)) return [];
      if (state.phase !== 'reading') return planReread(state, signal);
      if (!signal.plan.ok) {
        const source = `plan-${state.seq}`;
        return [
          { type: 'plan-refused', problems: signal.plan.problems },
          {
            type: 'reply-owed',
            source,
            issue: signal.issue.number,
            say: { kind: 'plan-problem', problems: signal.plan.problems },
          },
        ];
      }
      const { repo, issue, requiredChecks, baseChecks } = signal;
      const plan = state.flags.grouped === true ? groupedPlan(signal.plan.plan) : signal.plan.plan;
      return [
        {
          type: 'plan-proposed',
          repo,
          issue,
          plan,
          requiredChecks,
          baseChecks,
          branches: branchNames(issue.number, plan.tasks),
          readAt: signal.edited?.at ?? 0,
          ...lateEdit(state, signal),
        },
      ];
    }
    case 'plan-digested':
      return state.phase === 'proposed' && state.digest === null && isCurrentReading(state, signal)
        ? [{ type: 'plan-digested', digest: signal.digest }]
        : [];
    case 'sub-issue-created':
      return findTask(state, signal.task)?.status === 'nlp_parsing'
        ? [{ type: 'sub-issue-linked', task: signal.task, issue: signal.issue }]
        : [];
    case 'edge-added':
      return state.edgesLinked.includes(edgeName(signal))
        ? []
        : [{ type: 'edge-linked', from: signal.from, to: signal.to }];
    case 'edge-removed':
      return state.edgesLinked.includes(edgeName(signal))
        ? [{ type: 'edge-unlinked', from: signal.from, to: signal.to }]
        : [];
    case 'edge-refused':
      return state.edgesRefused.includes(edgeName(signal))
        ? []
        : [{ type: 'edge-refused', from: signal.from, to: signal.to, message: signal.message }];
  }
}

/** The answer to an earlier reading may come late. */
function isCurrentReading(state: Orchestration, signal: { readonly round?: number }): boolean {
  return (signal.round ?? 1) === Math.max(1, state.readings);
}

type WorkingSignal = Extract<
  Signal,
  {
    type:
      | 'attempt-started'
      | 'attempt-progressed'
      | 'attempt-delivered'
      | 'attempt-failed'
      | 'pull-opened'
      | 'sub-issue-closed'
      | 'merged'
      | 'merge-refused'
      | 'diagnostic-told'
      | 'diagnostic-closed';
  }
>;

function working(state: Orchestration, signal: WorkingSignal, now: number): readonly Event[] {
  const task = findTask(state, signal.task);
  if (task === undefined) return [];
  const attempt = lastAttempt(task);
  // an attempt's news counts only while that attempt is the current one and undecided
  const current = 'attempt' in signal && occupiesSlot(task) && attempt?.number === signal.attempt;
  switch (signal.type) {
    case 'attempt-started':
      return current
        ? [{ type: 'attempt-started', task: signal.task, attempt: signal.attempt, confinement: signal.confinement }]
        : [];
    case 'attempt-progressed':
      return current && task.status === 'processing'
        ? [
            {
              type: 'attempt-progressed',
              task: signal.task,
              attempt: signal.attempt,
              percent: signal.percent,
              stage: signal.stage,
            },
          ]
        : [];
    case 'attempt-delivered':
      if (!current) return [];
      // an adopted delivery may arrive for an attempt whose start was never seen
      return [
        ...(task.status === 'agent_assignment'
          ? [{ type: 'attempt-started' as const, task: signal.task, attempt: signal.attempt, confinement: 'unknown' }]
          : []),
        { type: 'attempt-delivered', task: signal.task, attempt: signal.attempt, delivery: signal.delivery },
      ];
    case 'attempt-failed':
      return current ? attemptFailed(state, task, makeFailure(signal.class, signal.message, signal.evidence), now) : [];
    case 'pull-opened':
      return task.status === 'processing' && deliveryOf(task) !== null && task.plan.role === 'work'
        ? [
            {
              type: 'pull-opened',
              task: signal.task,
              pull: { number: signal.number, url: signal.url, headSha: signal.headSha },
            },
          ]
        : [];
    case 'sub-issue-closed':
      return task.subClosed === true ? [] : [{ type: 'sub-issue-closed', task: signal.task }];
    case 'merged':
      return task.status === 'merged' || pullOf(task) === null
        ? []
        : [{ type: 'landed', task: signal.task, sha: signal.sha }];
    case 'merge-refused':
      return mergeRefused(state, task, signal, now);
    case 'diagnostic-told':
      return diagnosticTold(task, signal);
    case 'diagnostic-closed':
      return task.diagnostic?.state === 'closing' ? [{ type: 'diagnostic-closed', task: signal.task }] : [];
  }
}

function diagnosticTold(task: Task, signal: Extract<Signal, { type: 'diagnostic-told' }>): readonly Event[] {
  const known = task.diagnostic;
  if (known === null || (known.issue?.number === signal.issue.number && known.told >= signal.told)) return [];
  return [{ type: 'diagnostic-told', task: signal.task, issue: signal.issue, told: signal.told }];
}
