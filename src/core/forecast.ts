/**
 * What a plan would take: time by the sizes in its text, agents, requests. Estimates for people; nothing is decided by
 * them. Invariant: the time is at least the longest chain and the work shared evenly, and at most the work in one row.
 */
import { criticalPath, remainingPath } from './graph.ts';
import type { Plan, TaskId } from './plan.ts';

export interface Forecast {
  /** Minutes from start to end; null where no item says how large it is. Landing and waiting for people not included. */
  readonly minutes: number | null;
  /** One after the other. */
  readonly sumMinutes: number;
  /** Tasks without a size; they count as `usualMinutes`, the middle of the others (1 where there are none). */
  readonly unsized: number;
  readonly usualMinutes: number;
  readonly longest: { readonly path: readonly TaskId[]; readonly minutes: number };
  /** Most tasks at work at the same time. */
  readonly atOnce: number;
  /** Runs of agents, and minutes of their time, that cannot be passed without somebody asking for more. */
  readonly mostRuns: number;
  readonly mostMinutes: number;
  readonly requests: { readonly planning: number; readonly working: number };
  /** Issues, links, pull requests and merges. */
  readonly creations: number;
}

/** Sub-issues or dependencies that share one request. */
const perRequest = 20;
/** What a task may cost after planning; reporting slows down to keep to it. */
const requestsPerTask = 4;

export function forecast(plan: Plan): Forecast {
  const { tasks, policy } = plan;
  const needs = plan.edges.filter(({ kind }) => kind === 'needs');
  const ids = tasks.map(({ id }) => id);
  const sizes = tasks.flatMap(({ estimateMinutes }) => estimateMinutes ?? []);
  const usual = middle(sizes) ?? 1;
  const byId = new Map(tasks.map(({ id, estimateMinutes }) => [id, estimateMinutes ?? usual]));
  const minutesOf = (id: TaskId): number => byId.get(id) ?? usual;
  const longest = criticalPath(ids, needs, minutesOf);
  const run = simulate(plan, minutesOf);
  const groups = plan.shards?.length ?? 0;
  const created = tasks.filter(({ adopts }) => adopts === null).length + groups;
  const work = tasks.filter(({ role }) => role === 'work').length;
  const mostRuns = tasks.length * policy.attempts;
  return {
    minutes: sizes.length === 0 ? null : run.minutes,
    sumMinutes: ids.reduce((sum, id) => sum + minutesOf(id), 0),
    unsized: tasks.length - sizes.length,
    usualMinutes: usual,
    longest: { path: longest.path, minutes: longest.length },
    atOnce: run.atOnce,
    mostRuns,
    mostMinutes: (mostRuns * policy.timeoutSeconds) / 60,
    requests: {
      // the labels are looked up once
      planning:
        (created > 0 ? 1 : 0) +
        // group issues come first: their sub-issues need their numbers
        Math.ceil(groups / perRequest) +
        Math.ceil((created - groups) / perRequest) +
        Math.ceil(needs.length / perRequest),
      working: requestsPerTask * tasks.length,
    },
    creations: created + needs.length + 2 * work,
  };
}

/** The schedule of `schedule.ts`, with tasks that take exactly what is thought: longest remaining path first. */
function simulate(
  { tasks, edges, policy }: Plan,
  minutesOf: (id: TaskId) => number,
): { readonly minutes: number; readonly atOnce: number } {
  const ids = tasks.map(({ id }) => id);
  const length = remainingPath(ids, edges, minutesOf);
  const open = new Map<TaskId, number>(ids.map((id) => [id, 0]));
  const freed = new Map<TaskId, TaskId[]>();
  for (const { from, to, kind } of edges) {
    if (kind !== 'needs' || !open.has(from) || !open.has(to)) continue;
    open.set(from, (open.get(from) ?? 0) + 1);
    freed.set(to, [...(freed.get(to) ?? []), from]);
  }
  let ready = ids.filter((id) => open.get(id) === 0);
  let running: { readonly id: TaskId; readonly ends: number }[] = [];
  let [now, atOnce] = [0, 0];
  for (;;) {
    const free = policy.maxWorkers - running.length;
    const most = policy.batchSize === null ? free : running.length > 0 ? 0 : Math.min(free, policy.batchSize);
    ready.sort((a, b) => (length.get(b) ?? 0) - (length.get(a) ?? 0));
    for (const id of ready.slice(0, most)) running.push({ id, ends: now + minutesOf(id) });
    ready = ready.slice(most);
    atOnce = Math.max(atOnce, running.length);
    if (running.length === 0) return { minutes: now, atOnce };
    now = Math.min(...running.map(({ ends }) => ends));
    for (const { id } of running.filter(({ ends }) => ends <= now))
      for (const next of freed.get(id) ?? []) {
        open.set(next, (open.get(next) ?? 0) - 1);
        if (open.get(next) === 0) ready.push(next);
      }
    running = running.filter(({ ends }) => ends > now);
  }
}

function middle(sizes: readonly number[]): number | null {
  const sorted = [...sizes].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
