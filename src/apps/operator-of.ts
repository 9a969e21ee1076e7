/** The operator's means at a running Muster. */
import { repoKey } from '../github/installation.ts';
import { listRepositories } from '../github/sweep-requests.ts';
import { type Obey, obeyOperator } from './operator.ts';
import type { Runtime } from './runtime.ts';

/** How long the answer may take, milliseconds: the engine looks at once, unless it has its hands full. */
const patienceMs = 15_000;

export function operatorOf({ engine, store, app, ports }: Runtime): Obey {
  return (words) =>
    obeyOperator(
      {
        store,
        now: ports.now,
        ask: engine.ask,
        repositoryOf: async (owner, name) => {
          const wanted = repoKey({ owner, name });
          for (const installation of await app.installations())
            for (const repo of await listRepositories(installation)) if (repoKey(repo) === wanted) return repo;
          return null;
        },
        waitMs: patienceMs,
      },
      words,
    );
}
