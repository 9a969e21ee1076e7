/** The sweep: re-reads GitHub for every live orchestration, so that a lost webhook costs time and nothing else. */
import { decide } from '../core/decide.ts';
import type { Orchestration } from '../core/model.ts';
import { watchedOutside } from '../core/outside.ts';
import type { Pace } from '../core/react.ts';
import { pullOf, subIssueOf } from '../core/tasks.ts';
import { address } from './intake.ts';
import type { Ports, SweepTarget } from './ports.ts';

/** Looks back this much further than the last sweep: clocks differ, and lists lag behind. */
const overlapMs = 120_000;

/**
 * Returns the orchestrations that have something new to look at. `since` is the start of the last complete sweep.
 * Rejects when requests could not be read, after everything else was swept.
 */
export async function sweepOnce(ports: Ports, pace: Pace, since: number): Promise<readonly string[]> {
  const touched = new Set<string>();
  const startedAt = ports.now();
  const from = new Date(since - overlapMs).toISOString();
  let unread: unknown = null;
  try {
    const heard = await ports.github.sweepRequests(from);
    const asked = await address(ports, pace, heard, `sweep-${startedAt}`);
    await ports.store.addSignals(asked);
    for (const signal of asked) touched.add(signal.orchestration);
  } catch (error) {
    unread = error;
  }
  for (const row of await ports.store.findOrchestrations({ live: true })) {
    try {
      for (const key of await sweepOrchestration(ports, pace, row.key, startedAt, from)) touched.add(key);
    } catch (error) {
      // a repository that cannot be read must not keep the others from being read
      ports.log('warn', 'a sweep failed; the next one tries again', { orchestration: row.key, error: String(error) });
    }
  }
  // thrown last: the next sweep has to look back as far as this one, but what lives was looked after all the same
  if (unread !== null) throw unread;
  return [...touched];
}

async function sweepOrchestration(
  ports: Ports,
  pace: Pace,
  key: string,
  startedAt: number,
  from: string,
): Promise<readonly string[]> {
  const state = await ports.store.loadState(key);
  if (state === null || state.plan === null) return [];
  const signals = await ports.github.sweep(targetOf(state, from));
  // what is asked may have been heard by an earlier orchestration on the same issue, and is not heard again by this one
  const asked = signals.filter((signal) => signal.type === 'asked').map((signal) => ({ repo: state.repo, signal }));
  const unheard = await address(ports, pace, asked, `sweep-${startedAt}`);
  // what the rules have no use for is not stored: a sweep repeats itself every tick
  const news = signals
    .filter((signal) => signal.type !== 'asked' && decide(state, signal, startedAt).length > 0)
    .map((signal, index) => ({ orchestration: key, source: `sweep-${startedAt}-${index}`, signal }));
  await ports.store.addSignals([...unheard, ...news]);
  return [...unheard, ...news].map((one) => one.orchestration);
}

function targetOf(state: Orchestration, commentsSince: string): SweepTarget {
  const open = state.tasks.filter((task) => task.status !== 'merged' && task.status !== 'cancelled');
  const outside = watchedOutside(state);
  const started = open.filter((task) => task.attempts.length > 0);
  return {
    repo: { owner: state.repo.owner, name: state.repo.name },
    issue: state.issue.number,
    baseBranch: state.repo.defaultBranch,
    branches: started.map((task) => task.branch),
    pulls: started.flatMap((task) => pullOf(task)?.number ?? []),
    // of those that are over too: people open again what was closed
    subIssues: [...new Set(state.tasks.flatMap((task) => subIssueOf(task)?.number ?? []))],
    ...(outside.length === 0 ? {} : { outside }),
    commentsSince,
  };
}
