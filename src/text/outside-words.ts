/** Issues and pull requests outside of the plan, in words. Plain text. */

import type { Orchestration, Task } from '../core/model.ts';
import type { OpenOutside } from '../core/outside.ts';
import { isSameIssue, openOutside } from '../core/outside.ts';
import type { OutsideName } from '../core/plan.ts';
import { subIssueOf } from '../core/tasks.ts';

/** `#12` here, `acme/lib#12` elsewhere. */
export function outsideName({ repo }: Pick<Orchestration, 'repo'>, issue: OutsideName): string {
  const here = isSameIssue(issue, { owner: repo.owner, name: repo.name, number: issue.number });
  return here ? `#${issue.number}` : `${issue.owner}/${issue.name}#${issue.number}`;
}

/** How it stands, behind its name: `is still open`. */
export function outsideStanding({ state }: Pick<OpenOutside, 'state'>): string {
  switch (state) {
    case null:
      return 'is looked at soon';
    case 'open':
      return 'is still open';
    case 'dropped':
      return 'was closed without being done';
    case 'unreadable':
      return 'is not there, or not for Muster to see';
    case 'done':
      return 'is done';
  }
}

/** The whole sentence for one task. */
export function outsideNeedWords(state: Orchestration, task: Task, issue: OpenOutside): string {
  const name = outsideName(state, issue);
  const what = issue.whole ? `Everything here waits for ${name}` : `It waits for ${name}`;
  const passing = issue.state === null || issue.state === 'open';
  const until = ' Closed as completed, or merged, it is met.';
  return `${what}, which ${outsideStanding(issue)}.${passing ? until : ` ${outsideRemedy(state, task, issue)}`}`;
}

function outsideRemedy(state: Orchestration, task: Task, issue: OpenOutside): string {
  const sub = subIssueOf(task);
  const drop = issue.whole || sub === null ? '' : `, or drop the task: \`/muster cancel #${sub.number}\``;
  return `Take it out of #${state.issue.number}${drop}.`;
}

/** What is outside and waited for now, each once, with the tasks that wait for it. */
export function outsideWaits(
  state: Orchestration,
): readonly { readonly issue: OpenOutside; readonly tasks: readonly Task[] }[] {
  const found: { issue: OpenOutside; tasks: Task[] }[] = [];
  for (const task of state.tasks) {
    const kind = task.status === 'dependency_resolution' ? 'needs' : 'lands-after';
    if (kind === 'lands-after' && task.status !== 'validation_passed') continue;
    for (const issue of openOutside(state, task, kind)) {
      const known = found.find((one) => isSameIssue(one.issue, issue));
      if (known === undefined) found.push({ issue, tasks: [task] });
      else known.tasks.push(task);
    }
  }
  return found;
}
