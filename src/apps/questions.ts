/** What people ask a Muster from the command line, answered from the stored state alone. */
import type { Orchestration } from '../core/model.ts';
import { pullOf, subIssueOf } from '../core/tasks.ts';
import type { Why } from '../core/why.ts';
import { why } from '../core/why.ts';
import type { Store, StoreHealth } from '../engine/ports.ts';

export type Question =
  | { readonly kind: 'status' }
  /** `issue`: a sub-issue's number, or a pull request's. */
  | { readonly kind: 'why'; readonly issue: number }
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
    case 'status':
      return { kind: 'status', orchestrations: await allStates(store) };
    case 'why': {
      const states = await allStates(store);
      const found = states.flatMap((state) =>
        state.tasks
          .filter((task) => subIssueOf(task)?.number === question.issue || pullOf(task)?.number === question.issue)
          .flatMap((task) => {
            const reasons = why(state, task.plan.id, now);
            return reasons === null ? [] : [{ state, why: reasons }];
          }),
      );
      return { kind: 'why', found, now };
    }
  }
}

async function allStates(store: Store): Promise<readonly Orchestration[]> {
  const rows = await store.findOrchestrations({});
  const states = await Promise.all(rows.map((row) => store.loadState(row.key)));
  return states.filter((state): state is Orchestration => state !== null);
}
