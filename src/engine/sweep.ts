/** The sweep: re-reads GitHub for every live orchestration, so that a lost webhook costs time and nothing else. */
import { decide } from '../core/decide.ts';
import type { Orchestration } from '../core/model.ts';
import type { Pace } from '../core/react.ts';
import { pullOf, subIssueOf } from '../core/tasks.ts';
import { address } from './intake.ts';
import type { Ports, SweepTarget } from './ports.ts';

/** Looks back this much further than the last sweep: clocks differ, and lists lag behind. */
const overlapMs = 120_000;

/** Returns the orchestrations that have something new to look at. `since` is the start of the last complete sweep. */
export async function sweepOnce(ports: Ports, pace: Pace, since: number): Promise<readonly string[]> {
  const touched = new Set<string>();
  const startedAt = ports.now();
  const from = new Date(since - overlapMs).toISOString();
  const heard = await ports.github.sweepRequests(from);
  const asked = await address(ports, pace, heard, `sweep-${startedAt}`);
  await ports.store.addSignals(asked);
  for (const signal of asked) touched.add(signal.orchestration);
  for (const row of await ports.store.findOrchestrations({ live: true })) {
    const state = await ports.store.loadState(row.key);
    if (state === null || state.plan === null) continue;
    const signals = await ports.github.sweep(targetOf(state, from));
    // what the rules have no use for is not stored: a sweep repeats itself every tick
    const news = signals.filter((signal) => decide(state, signal, startedAt).length > 0);
    await ports.store.addSignals(
      news.map((signal, index) => ({ orchestration: row.key, source: `sweep-${startedAt}-${index}`, signal })),
    );
    if (news.length > 0) touched.add(row.key);
  }
  return [...touched];
}

function targetOf(state: Orchestration, commentsSince: string): SweepTarget {
  const open = state.tasks.filter((task) => task.status !== 'merged' && task.status !== 'cancelled');
  const started = open.filter((task) => task.attempts.length > 0);
  return {
    repo: { owner: state.repo.owner, name: state.repo.name },
    issue: state.issue.number,
    baseBranch: state.repo.defaultBranch,
    branches: started.map((task) => task.branch),
    pulls: started.flatMap((task) => pullOf(task)?.number ?? []),
    subIssues: open.flatMap((task) => subIssueOf(task)?.number ?? []),
    commentsSince,
  };
}
