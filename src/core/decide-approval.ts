/** `/muster approve` and `reject`: of a plan, of an edited list, of proposed dependencies, and answers to check-ins. */
import { nothing, reply } from './answers.ts';
import { openCheckIns } from './check-ins.ts';
import { approveChange } from './decide-edits.ts';
import type { Event } from './events.ts';
import { findCycle } from './graph.ts';
import { groupedPlan } from './grouping.ts';
import type { Flags, OpenChange, Orchestration, Request, Task } from './model.ts';
import type { PlannedEdge } from './plan.ts';
import { chooseProposals, withAccepted } from './proposals.ts';
import { branchNames } from './slugs.ts';

/** `aimed`: the tasks that the command names, or on whose issue it stands; all of them where it names none. */
export function approve(
  state: Orchestration,
  request: Request,
  flags: Flags,
  aimed: readonly Task[],
): readonly Event[] {
  if (flags.option !== undefined) return answerCheckIn(state, request, flags.option, aimed);
  if (flags.with !== undefined) return acceptProposals(state, request, flags.with, flags.grouped === true);
  if (flags.grouped === true) return approveGrouped(state, request);
  if (state.edits.change !== null) return takeOver(state, request, state.edits.change);
  return approvePlan(state, request);
}

export function reject(state: Orchestration, request: Request): readonly Event[] {
  if (state.edits.change !== null)
    return [{ type: 'change-rejected', by: request.by }, reply(request, { kind: 'change-rejected' })];
  return state.phase === 'proposed'
    ? [{ type: 'plan-rejected', by: request.by }]
    : [nothing(request, 'No plan is waiting for approval here.')];
}

function approvePlan(state: Orchestration, request: Request): readonly Event[] {
  return state.phase === 'proposed' && state.digest !== null
    ? [{ type: 'plan-approved', by: request.by, digest: state.digest }]
    : [nothing(request, 'No plan is waiting for approval here.')];
}

/** With a plan that waits, it starts with them; with one that runs, they join it. An edited list is another question. */
function acceptProposals(
  state: Orchestration,
  request: Request,
  wanted: readonly string[],
  grouped: boolean,
): readonly Event[] {
  const waits = state.phase === 'proposed' && state.digest !== null;
  if (!waits && state.phase !== 'running')
    return [nothing(request, 'No plan with proposed dependencies is waiting or running here.')];
  const chosen = chooseProposals(state, wanted);
  if (!chosen.ok) return [reply(request, { kind: 'proposals-refused', troubles: chosen.troubles })];
  const { ids, edges } = chosen;
  const accepted: readonly Event[] =
    edges.length === 0 ? [] : [{ type: 'proposals-accepted', by: request.by, ids, edges }];
  if (waits && grouped) return approveGrouped(state, request, accepted, edges);
  if (waits) return [...accepted, ...approvePlan(state, request)];
  return accepted.length === 0
    ? [nothing(request, 'No proposed dependency is open here.')]
    : [...accepted, reply(request, { kind: 'proposals-accepted', ids, edges })];
}

/** What was shown, with its groups as single tasks: nothing is read again in between. */
function approveGrouped(
  state: Orchestration,
  request: Request,
  accepted: readonly Event[] = [],
  edges: readonly PlannedEdge[] = [],
): readonly Event[] {
  const { plan, digest } = state;
  if (state.phase !== 'proposed' || plan === null || digest === null || state.groupedBy !== undefined)
    return [nothing(request, 'No plan is waiting for approval here; `--grouped` is said before the work starts.')];
  if ((plan.grouping ?? []).length === 0)
    return plan.tasks.some(({ items }) => items !== undefined)
      ? [...accepted, ...approvePlan(state, request)]
      : [nothing(request, 'This plan proposes no groups; `/muster approve` starts it as it is.')];
  const grouped = groupedPlan(withAccepted(plan, edges));
  const ids = grouped.tasks.map(({ id }) => id);
  if (findCycle(ids, grouped.edges) !== null)
    return [nothing(request, 'With these proposals, groups would wait for each other: take one or the other.')];
  const branches = branchNames(state.issue.number, grouped.tasks);
  return [...accepted, { type: 'plan-grouped', by: request.by, plan: grouped, branches }];
}

function answerCheckIn(
  state: Orchestration,
  request: Request,
  number: number,
  aimed: readonly Task[],
): readonly Event[] {
  const open = openCheckIns(state).filter(({ task }) => aimed.some((one) => one.plan.id === task.plan.id));
  const [question, ...more] = open;
  if (question === undefined)
    return [nothing(request, aimed === state.tasks ? 'No question is open here.' : 'No question is open about that.')];
  const id = question.task.plan.id;
  const option = question.options[number - 1];
  if (more.length > 0 || option === undefined)
    return [
      reply(request, {
        kind: 'option-unclear',
        option: number,
        tasks: open.map(({ task }) => task.plan.id),
        options: question.options.length,
      }),
    ];
  switch (option) {
    case 'stop':
      return [
        { type: 'task-cancelled', task: id, reason: `stopped by ${request.by}` },
        reply(request, { kind: 'cancelled', tasks: [id] }),
      ];
    case 'land':
      return [{ type: 'merge-allowed', by: request.by, tasks: [id] }, reply(request, { kind: 'merging', tasks: [id] })];
  }
}

function takeOver(state: Orchestration, request: Request, change: OpenChange): readonly Event[] {
  const tasks = [...change.added.map(({ task }) => task), ...change.reworded];
  return [...approveChange(state, change, request.by), reply(request, { kind: 'change-approved', tasks })];
}
