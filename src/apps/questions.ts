/** What people ask a Muster from the command line, answered from the stored state alone. */
import type { Orchestration } from '../core/model.ts';
import { pullOf, subIssueOf } from '../core/tasks.ts';
import type { Why } from '../core/why.ts';
import { why } from '../core/why.ts';
import type { Store, StoreHealth } from '../engine/ports.ts';
import { allStates, isIn, isPartOf, type Where } from './where.ts';

export type Question =
  /** `where`: only what it is or belongs to. */
  | { readonly kind: 'status'; readonly where?: Where }
  /** `number`: a sub-issue's, or a pull request's; a master issue's means all its tasks that have not landed. */
  | { readonly kind: 'why'; readonly where: Where & { readonly number: number } }
  | { readonly kind: 'health' };

export type Answer =
  | { readonly kind: 'status'; readonly orchestrations: readonly Orchestration[] }
  | {
      readonly kind: 'why';
      readonly found: readonly { readonly state: Orchestration; readonly why: Why }[];
      readonly now: number;
    }
  | { readonly kind: 'health'; readonly health: StoreHealth };

export async function answerQuestion(store: Store, question: Question, now: number): Promise<Answer> {
  switch (question.kind) {
    case 'health':
      return { kind: 'health', health: await store.health(now) };
    case 'status': {
      const { where = {} } = question;
      const states = (await allStates(store)).filter((state) => isIn(state, where));
      const { number } = where;
      const meant = states.filter(
        (state) => number === undefined || state.issue.number === number || isPartOf(state, number),
      );
      return { kind: 'status', orchestrations: meant };
    }
    case 'why': {
      const states = (await allStates(store)).filter((state) => isIn(state, question.where));
      const found = states.flatMap((state) =>
        tasksAt(state, question.where.number).flatMap((task) => {
          const reasons = why(state, task.plan.id, now);
          return reasons === null ? [] : [{ state, why: reasons }];
        }),
      );
      return { kind: 'why', found, now };
    }
  }
}

function tasksAt(state: Orchestration, number: number): Orchestration['tasks'] {
  if (state.issue.number === number && state.phase !== 'cancelled')
    return state.tasks.filter(({ status }) => status !== 'merged' && status !== 'cancelled');
  return state.tasks.filter((task) => subIssueOf(task)?.number === number || pullOf(task)?.number === number);
}
