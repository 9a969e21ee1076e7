/** What the tasks of a plan wait for outside of it: the author's words, and GitHub's own edges of the master issue. */
import type { PlanProblem } from '../core/model.ts';
import { isSameIssue, nativeNeed } from '../core/outside.ts';
import type { OutsideName, OutsideNeed, PlannedTask, TaskId } from '../core/plan.ts';
import type { Checklist } from './checklist-model.ts';
import type { SubIssue } from './item-fates.ts';
import { leavesOf } from './item-graph.ts';
import { partsOf } from './references.ts';

/** More would be asked for with every look at GitHub. */
const mostOutside = 100;

/** GitHub counts in 32 bits. */
const lastIssue = 2 ** 31 - 1;

/** Where the list stands: a number without a repository is of that one, and nothing waits for the issue it stands in. */
export interface Place extends OutsideName {
  /** What blocks the issue by GitHub's own edges. */
  readonly blockedBy: readonly OutsideName[];
}

/** Each once for each task. `ids`: the task of each item that is one. */
export function outsideNeeds(
  checklist: Checklist,
  ids: ReadonlyMap<number, TaskId>,
  place: Place,
): readonly OutsideNeed[] {
  const leaves = leavesOf(checklist);
  const found = new Map<string, OutsideNeed>();
  const add = (need: OutsideNeed): void => {
    if (isSameIssue(need, place) || need.number < 1 || need.number > lastIssue) return;
    const key = `${need.from} ${need.owner}/${need.name}#${need.number}`.toLowerCase();
    if (!found.has(key)) found.set(key, need);
  };
  for (const { from, reference, kind, source, line } of checklist.outside) {
    const { owner, name, number } = partsOf(reference);
    const need = { owner: owner ?? place.owner, name: name ?? place.name, number, kind, source, line };
    const who = from === null ? [null] : leaves(from).flatMap((index) => ids.get(index) ?? []);
    for (const id of who) add({ from: id, ...need, basis: 'ref' });
  }
  for (const blocker of place.blockedBy) add(nativeNeed(blocker, null));
  return [...found.values()];
}

/** What GitHub's own edges say that sub-issues wait for, beside each other. */
export function nativeOutside(tasks: readonly PlannedTask[], subIssues: readonly SubIssue[]): readonly OutsideNeed[] {
  const adopted = new Map(tasks.flatMap(({ id, adopts }) => (adopts === null ? [] : [[adopts.id, id] as const])));
  return subIssues.flatMap(({ id, blockedBy = [], blockerNames = [] }) => {
    const task = adopted.get(id);
    if (task === undefined) return [];
    return blockerNames.flatMap((name, at) => (adopted.has(blockedBy[at] ?? 0) ? [] : [nativeNeed(name, task)]));
  });
}

export function outsideProblems(needs: readonly OutsideNeed[]): readonly PlanProblem[] {
  const distinct = new Set(needs.map(({ owner, name, number }) => `${owner}/${name}#${number}`.toLowerCase()));
  if (distinct.size <= mostOutside) return [];
  return [
    {
      code: 'too-many-outside',
      line: needs[mostOutside]?.line ?? 0,
      message: `The list waits for ${distinct.size} issues outside of it; Muster watches at most ${mostOutside}.`,
      remedy: 'Gather them under one issue, and wait for that.',
    },
  ];
}
