/** Waiting for what the engine makes of things, by looking into its database. */
import type { Orchestration } from '../../src/core/model.ts';
import type { OpenStore } from '../../src/store/open-store.ts';

export interface Watch {
  readonly states: () => Promise<readonly Orchestration[]>;
  /** Waits until the newest orchestration of an issue satisfies this; fails with its state after `ms`. */
  readonly until: (
    issue: number,
    what: string,
    holds: (state: Orchestration) => boolean,
    ms?: number,
  ) => Promise<Orchestration>;
  /** Over, and everything told on GitHub. */
  readonly untilTold: (issue: number, ms?: number) => Promise<Orchestration>;
}

export function watchStore(store: OpenStore): Watch {
  const states: Watch['states'] = async () => {
    const rows = await store.findOrchestrations({});
    const all = await Promise.all(rows.map((row) => store.loadState(row.key)));
    return all.filter((state): state is Orchestration => state !== null);
  };
  const until: Watch['until'] = async (issue, what, holds, ms = 60_000) => {
    const end = Date.now() + ms;
    for (;;) {
      const state = (await states()).filter((one) => one.issue.number === issue).at(-1);
      if (state !== undefined && holds(state)) return state;
      if (Date.now() > end) throw new Error(`not ${what} after ${ms} ms: ${describe(state)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return {
    states,
    until,
    untilTold: async (issue, ms = 60_000) => {
      const end = Date.now() + ms;
      for (;;) {
        const state = await until(
          issue,
          'over',
          (one) => ['finished', 'cancelled', 'refused'].includes(one.phase),
          end - Date.now(),
        );
        const { owner, name } = state.repo;
        const rows = await store.commandRows(`${owner}/${name}/${state.id}`);
        if (rows.every((row) => row.kind === 'wake' || (row.status !== 'pending' && row.status !== 'in_flight')))
          return state;
        if (Date.now() > end)
          throw new Error(`not told after ${ms} ms: ${JSON.stringify(rows.filter((row) => row.status !== 'done'))}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

function describe(state: Orchestration | undefined): string {
  if (state === undefined) return 'no orchestration';
  const tasks = state.tasks.map(
    (task) => `${task.plan.id} ${task.status}${task.status === 'failed' ? ` (${task.failure.message})` : ''}`,
  );
  return `${state.phase}; ${tasks.join(', ')}; stuck: ${JSON.stringify(state.stuck)}; problems: ${JSON.stringify(state.problems)}`;
}
