/**
 * How close the scheduler comes to the shortest possible run: virtual time through the real rules (decide, evolve), on
 * seeded graphs, with estimates that are wrong. Agents' time only: delivery, checks and landing take none here.
 */
import { decide } from '../src/core/decide.ts';
import type { Event } from '../src/core/events.ts';
import { emptyOrchestration, evolve } from '../src/core/evolve.ts';
import { criticalPath } from '../src/core/graph.ts';
import { fraction } from '../src/core/hash.ts';
import type { Orchestration } from '../src/core/model.ts';
import { defaultPolicy, type Plan, type PlannedEdge, type Policy } from '../src/core/plan.ts';
import type { Signal } from '../src/core/signals.ts';
import { mean, percentile } from './figures.ts';

const workers = 5;
const minuteMs = 60_000;

interface Graph {
  readonly plan: Plan;
  /** True minutes by task. */
  readonly minutes: ReadonlyMap<string, number>;
}

export interface MakespanResult {
  readonly bench: 'makespan';
  readonly graphs: number;
  readonly workers: number;
  readonly estimatesOffBy: number;
  /** Each over max(critical path, work / workers). */
  readonly mean: number;
  readonly p95: number;
  readonly worst: number;
  readonly barrierMean: number;
  readonly barrierP95: number;
  readonly fifoMean: number;
  readonly fifoP95: number;
}

export function measureMakespan(graphs = 200, estimatesOffBy = 0.5): MakespanResult {
  const ours: number[] = [];
  const barrier: number[] = [];
  const fifo: number[] = [];
  for (let index = 0; index < graphs; index++) {
    const graph = seededGraph(`makespan.${index}`, estimatesOffBy);
    const bound = lowerBound(graph);
    ours.push(makespan(graph, {}) / bound);
    barrier.push(makespan(graph, { batchSize: workers }) / bound);
    fifo.push(inListOrder(graph) / bound);
  }
  return {
    bench: 'makespan',
    graphs,
    workers,
    estimatesOffBy,
    mean: mean(ours),
    p95: percentile(ours, 0.95),
    worst: Math.max(...ours),
    barrierMean: mean(barrier),
    barrierP95: percentile(barrier, 0.95),
    fifoMean: mean(fifo),
    fifoP95: percentile(fifo, 0.95),
  };
}

/** 10 to 60 tasks of 5 to 60 minutes, each with up to three needs among those before it, near ones more often. */
function seededGraph(seed: string, estimatesOffBy: number): Graph {
  const luck = (what: string): number => fraction(`${seed}.${what}`);
  const count = 10 + Math.floor(51 * luck('count'));
  const minutes = new Map<string, number>();
  const edges: PlannedEdge[] = [];
  const tasks = Array.from({ length: count }, (_, at) => {
    const id = `t${at + 1}`;
    const truth = 5 * 12 ** luck(`${id}.minutes`);
    minutes.set(id, truth);
    const needs = at === 0 ? 0 : Math.floor(4 * luck(`${id}.needs`) ** 1.5);
    const before = new Set(Array.from({ length: needs }, (__, n) => at - Math.ceil(at * luck(`${id}.need.${n}`) ** 1.5)));
    for (const to of before)
      if (to >= 0 && to < at) edges.push({ from: id, to: `t${to + 1}`, kind: 'needs', basis: 'ref', source: '', line: 1 });
    const estimateMinutes = truth * (1 + estimatesOffBy * (2 * luck(`${id}.estimate`) - 1));
    return plannedTask(id, estimateMinutes);
  });
  const policy: Policy = { ...defaultPolicy, maxWorkers: workers, merge: 'auto', allowUnverified: true };
  return { plan: { tasks, edges, policy, leftOut: [], acceptance: [], warnings: [] }, minutes };
}

function plannedTask(id: string, estimateMinutes: number): Plan['tasks'][number] {
  return {
    id,
    title: id,
    text: id,
    section: null,
    parents: [],
    neighbours: [],
    role: 'work',
    estimateMinutes,
    line: 1,
    agent: null,
    adopts: null,
  };
}

/** No schedule can be shorter, with whatever knowledge. */
function lowerBound({ plan, minutes }: Graph): number {
  const truth = (id: string): number => minutes.get(id) ?? 0;
  const ids = plan.tasks.map((task) => task.id);
  const arcs = plan.edges.map(({ from, to }) => ({ from, to }));
  const work = ids.reduce((sum, id) => sum + truth(id), 0);
  return Math.max(criticalPath(ids, arcs, truth).length, work / workers);
}

/** Minutes from the first start to the last end, as the rules schedule it. */
function makespan({ plan, minutes }: Graph, policy: Partial<Policy>): number {
  const run = new VirtualRun({ ...plan, policy: { ...plan.policy, ...policy } });
  const ends: { readonly at: number; readonly task: string; readonly attempt: number }[] = [];
  const start = (events: readonly Event[]): void => {
    for (const event of events)
      if (event.type === 'agent-assigned')
        ends.push({ at: run.now + (minutes.get(event.task) ?? 0) * minuteMs, task: event.task, attempt: event.attempt });
  };
  start(run.begin());
  const began = run.now;
  for (;;) {
    ends.sort((a, b) => a.at - b.at);
    const next = ends.shift();
    if (next === undefined) break;
    run.now = next.at;
    start(run.land(next.task, next.attempt));
  }
  if (run.state.phase !== 'finished') throw new Error(`the run is ${run.state.phase}, not finished`);
  return (run.now - began) / minuteMs;
}

/** The rules with a clock of their own, answered at once by a world in which everything succeeds. */
class VirtualRun {
  state: Orchestration = emptyOrchestration;
  now = 0;
  readonly #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  begin(): readonly Event[] {
    const repo = { owner: 'o', name: 'r', nodeId: '', defaultBranch: 'main', cloneUrl: '' };
    this.#record({ type: 'orchestration-requested', id: 'orch-1-20260101-0000', repo, issue: 1, by: 'ada' });
    this.#record({ type: 'run-accepted', by: 'ada', flags: {} });
    const issue = { number: 1, nodeId: '', title: '', url: '' };
    const plan = { ok: true, plan: this.#plan } as const;
    this.#hear({ type: 'plan-read', repo, issue, requiredChecks: [], baseChecks: [], plan });
    this.#hear({ type: 'plan-digested', digest: 'd' });
    return this.#hear(
      ...this.#plan.tasks.map(({ id }, at): Signal => {
        return { type: 'sub-issue-created', task: id, issue: { number: 2 + at, id: at, nodeId: '', url: '' } };
      }),
      ...this.#plan.edges.map(({ from, to }): Signal => ({ type: 'edge-added', from, to })),
    );
  }

  land(task: string, attempt: number): readonly Event[] {
    const delivery = { sha: task, baseSha: 'b', files: [], verify: null, said: '', warning: null };
    return this.#hear(
      { type: 'attempt-started', task, attempt, confinement: 'none' },
      { type: 'attempt-delivered', task, attempt, delivery },
      { type: 'pull-opened', task, number: 1_000 + Number(task.slice(1)), url: '', headSha: task },
      { type: 'merged', task, sha: `m-${task}` },
    );
  }

  #hear(...signals: readonly Signal[]): readonly Event[] {
    const told: Event[] = [];
    const take = (events: readonly Event[]): number => {
      for (const event of events) this.#record(event);
      told.push(...events);
      return events.length;
    };
    for (const signal of signals) take(decide(this.state, signal, this.now));
    while (take(decide(this.state, { type: 'tick' }, this.now)) > 0);
    return told;
  }

  #record(event: Event): void {
    this.state = evolve(this.state, { seq: this.state.seq + 1, at: this.now, version: 1, event });
  }
}

/** For comparison: whatever is ready starts in the order of the list. */
function inListOrder({ plan, minutes }: Graph): number {
  const landed = new Set<string>();
  const waiting = new Set(plan.tasks.map((task) => task.id));
  let running: { readonly at: number; readonly task: string }[] = [];
  let now = 0;
  while (waiting.size > 0 || running.length > 0) {
    for (const id of waiting) {
      if (running.length >= workers) break;
      const needs = plan.edges.filter((edge) => edge.from === id);
      if (!needs.every((edge) => landed.has(edge.to))) continue;
      waiting.delete(id);
      running.push({ at: now + (minutes.get(id) ?? 0), task: id });
    }
    running.sort((a, b) => a.at - b.at);
    const [first, ...others] = running;
    if (first === undefined) throw new Error('the graph has a cycle');
    now = first.at;
    landed.add(first.task);
    running = others;
  }
  return now;
}
