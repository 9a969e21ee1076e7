/**
 * What tasks wait for that is none of the plan: issues and pull requests of this repository or others, and whatever
 * blocks the master issue itself. Met only by what was closed as completed or merged; what nobody has seen yet is not met.
 */
import type { Event } from './events.ts';
import type { Orchestration, Task } from './model.ts';
import type { EdgeKind, OutsideIssue, OutsideName, OutsideNeed, OutsideState, TaskId } from './plan.ts';
import type { Signal } from './signals.ts';
import { subIssueOf } from './tasks.ts';

export interface OpenOutside extends OutsideName {
  /** Null: not looked at yet. */
  readonly state: OutsideState | null;
  /** Every task waits for it. */
  readonly whole: boolean;
}

/** Repositories' names have no case. */
export function isSameIssue(a: OutsideName, b: OutsideName): boolean {
  return (
    a.number === b.number &&
    a.owner.toLowerCase() === b.owner.toLowerCase() &&
    a.name.toLowerCase() === b.name.toLowerCase()
  );
}

/** What is outside and keeps this task from starting (`needs`) or from landing (`lands-after`). */
export function openOutside(state: Orchestration, task: Task, kind: EdgeKind): readonly OpenOutside[] {
  const own = subIssueOf(task)?.number;
  const needs = (state.plan?.outside ?? []).filter(
    (need) =>
      need.kind === kind &&
      (need.from === null || need.from === task.plan.id) &&
      // a number that did not exist when the list was written may be the one its own sub-issue got
      !(own !== undefined && isSameIssue(need, { ...state.repo, number: own })),
  );
  return needs.flatMap(({ owner, name, number, from }) => {
    const seen = outsideState(state, { owner, name, number });
    return seen === 'done' ? [] : [{ owner, name, number, state: seen, whole: from === null }];
  });
}

function outsideState(state: Orchestration, issue: OutsideName): OutsideState | null {
  return state.outside?.find((one) => isSameIssue(one, issue))?.state ?? null;
}

/** What a sweep has to look at: each once, and only while a task may still have to wait for it. */
export function watchedOutside(state: Orchestration): readonly OutsideName[] {
  const waiting = state.tasks.filter((task) => task.status !== 'merged' && task.status !== 'cancelled');
  const found: OutsideName[] = [];
  for (const { from, owner, name, number } of state.plan?.outside ?? []) {
    const matters = from === null ? waiting.length > 0 : waiting.some((task) => task.plan.id === from);
    const issue = { owner, name, number };
    if (matters && !found.some((one) => isSameIssue(one, issue))) found.push(issue);
  }
  return found;
}

export function outsideSeen(state: Orchestration, seen: OutsideIssue): readonly Event[] {
  const asked = (state.plan?.outside ?? []).some((need) => isSameIssue(need, seen));
  return asked && outsideState(state, seen) !== seen.state ? [{ type: 'outside-seen', issue: seen }] : [];
}

/** The same from a webhook of this repository. */
export function outsideHeard(
  state: Orchestration,
  signal: Extract<Signal, { type: 'issue-seen' | 'pull-seen' }>,
): readonly Event[] {
  const { owner, name } = state.repo;
  if (signal.type === 'issue-seen') {
    const closed = signal.notPlanned ? 'dropped' : 'done';
    return outsideSeen(state, { owner, name, number: signal.number, state: signal.state === 'open' ? 'open' : closed });
  }
  const { number, merged, state: at } = signal.pull;
  const closed = merged ? 'done' : 'dropped';
  return outsideSeen(state, { owner, name, number, state: at === 'open' && !merged ? 'open' : closed });
}

/** `of`: the task whose sub-issue waits; null: the master issue does. */
export function blockersSeen(
  state: Orchestration,
  blockers: readonly OutsideName[],
  of: TaskId | null = null,
): readonly Event[] {
  if (state.plan === null) return [];
  const known = (state.plan.outside ?? []).filter(({ basis, from }) => basis === 'native' && from === of);
  const same =
    known.length === blockers.length && blockers.every((one) => known.some((other) => isSameIssue(one, other)));
  return same ? [] : [{ type: 'blockers-seen', ...(of === null ? {} : { of }), blockers }];
}

export function withOutside(state: Orchestration, issue: OutsideIssue): Orchestration {
  const others = (state.outside ?? []).filter((one) => !isSameIssue(one, issue));
  return { ...state, outside: [...others, issue] };
}

export function withBlockers(
  state: Orchestration,
  { blockers, of }: Extract<Event, { type: 'blockers-seen' }>,
): Orchestration {
  if (state.plan === null) return state;
  const who = of ?? null;
  const others = (state.plan.outside ?? []).filter(({ basis, from }) => basis !== 'native' || from !== who);
  const outside = [...others, ...blockers.map((blocker) => nativeNeed(blocker, who))];
  return { ...state, plan: { ...state.plan, outside } };
}

export function nativeNeed({ owner, name, number }: OutsideName, from: TaskId | null): OutsideNeed {
  return { from, owner, name, number, kind: 'needs', basis: 'native', source: 'blocked by', line: 0 };
}
