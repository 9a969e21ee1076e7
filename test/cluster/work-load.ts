/** Many orchestrations at once on a cluster, and what became of them. */
import { sql } from 'kysely';
import type { Orchestration } from '../../src/core/model.ts';
import { openPostgres } from '../../src/store/open-postgres.ts';
import type { Cluster } from './cluster.ts';
import { name, owner } from './cluster.ts';

export interface LoadReport {
  readonly orchestrations: number;
  readonly tasks: number;
  readonly landed: number;
  /** Attempts that were begun more than once; a worker's death aside, none. */
  readonly attemptsRunTwice: number;
  /** Most attempts that were under way at one of many moments, looked at four times a second. */
  readonly mostAtOnce: number;
  readonly wallMs: number;
}

/** Rejects when they have not all ended within `limitMs`. */
export async function workLoad(
  cluster: Cluster,
  orchestrations: number,
  tasksEach: number,
  limitMs: number,
): Promise<LoadReport> {
  const issues: number[] = [];
  for (let n = 1; n <= orchestrations; n++) {
    const list = Array.from(
      { length: tasksEach },
      (_, at) => `- [ ] Part ${n}.${at + 1}${at > 1 ? ` (needs #${at - 1})` : ''}`,
    );
    issues.push(await cluster.ada.openIssue(`Plan ${n}`, `${list.join('\n')}\n`));
  }
  const startedAt = Date.now();
  for (const issue of issues) await cluster.ada.comment(issue, '/muster run');
  let most = 0;
  const looking = setInterval(() => {
    void cluster.store.runningAttempts(cluster.store.now()).then((running) => {
      most = Math.max(most, running);
    });
  }, 250);
  const states = await untilOver(cluster, issues, startedAt + limitMs).finally(() => clearInterval(looking));
  const wallMs = Date.now() - startedAt;
  return {
    orchestrations,
    tasks: orchestrations * tasksEach,
    landed: states.reduce((sum, state) => sum + (state.outcome?.done ?? 0), 0),
    attemptsRunTwice: await countDoubled(cluster),
    mostAtOnce: most,
    wallMs,
  };
}

async function untilOver(cluster: Cluster, issues: readonly number[], end: number): Promise<readonly Orchestration[]> {
  for (;;) {
    const rows = await cluster.store.findOrchestrations({ owner, name });
    const states = await Promise.all(rows.map((row) => cluster.store.loadState(row.key)));
    const over = states.filter((state) => state?.phase === 'finished').flatMap((state) => state ?? []);
    if (over.length === issues.length) return over;
    if (Date.now() > end) {
      const phases = states.map((state) => `${state?.phase}: ${state?.tasks.map((task) => task.status).join(' ')}`);
      throw new Error(`${over.length} of ${issues.length} orchestrations ended in time\n${phases.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** From the rows that each claim of an attempt writes. */
async function countDoubled(cluster: Cluster): Promise<number> {
  const database = await openPostgres({ url: cluster.postgres.url('muster_1'), poolSize: 1, onError: () => {} });
  try {
    const { rows } = await sql<{ claims: string; attempts: string }>`
      select count(*) as claims, count(distinct command_key) as attempts from agent_runs`.execute(database.db);
    return Number(rows[0]?.claims) - Number(rows[0]?.attempts);
  } finally {
    await database.close();
  }
}
