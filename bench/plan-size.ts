/** What planning costs us by the number of tasks, GitHub's time left out: from the text to the commands, then what follows. */
import type { CoreCommand } from '../src/core/commands.ts';
import { emptyOrchestration, evolve } from '../src/core/evolve.ts';
import type { Orchestration } from '../src/core/model.ts';
import { defaultPolicy } from '../src/core/plan.ts';
import { react } from '../src/core/react.ts';
import type { Signal } from '../src/core/signals.ts';
import { subIssueOf } from '../src/core/tasks.ts';
import { planDigest } from '../src/engine/markers.ts';
import { takeStep } from '../src/engine/step.ts';
import { markBody } from '../src/text/body-marks.ts';
import { compilePlan } from '../src/text/compile-plan.ts';
import { renderStatus } from '../src/text/status.ts';
import { renderSubIssue } from '../src/text/sub-issue.ts';
import { sayPlan } from '../src/text/say-plan.ts';
import { median } from './figures.ts';

export interface PlanSizeResult {
  readonly bench: 'plan-size';
  readonly tasks: number;
  readonly edges: number;
  readonly groups: number;
  readonly characters: number;
  readonly rounds: number;
  /** Medians. From the text to the first commands that create something, the plan comment written: the sum of the next five. */
  readonly plannedMs: number;
  readonly compileMs: number;
  readonly digestMs: number;
  readonly decideMs: number;
  readonly commentMs: number;
  readonly terminalMs: number;
  /** Until every sub-issue and edge is recorded, answers coming by twenty: rules, rendering of what is created. */
  readonly createdMs: number;
  /** Links and ticks of all of them in the issue's text. */
  readonly marksMs: number;
}

const pace = { coalesceMs: 0 };
const now = 1_800_000_000_000;
const repo = { owner: 'bench', name: 'shop', nodeId: 'R_1', defaultBranch: 'main', cloneUrl: '' };

export function measurePlanSize(tasks: number, rounds = 7): PlanSizeResult {
  const body = listOf(tasks);
  const measured = [...Array(rounds + 1).keys()].map(() => once(body)).slice(1);
  const middle = (key: keyof Times): number => median(measured.map((times) => times[key]));
  const [first] = measured;
  if (first === undefined) throw new Error('no rounds');
  const parts = {
    compileMs: middle('compileMs'),
    digestMs: middle('digestMs'),
    decideMs: middle('decideMs'),
    commentMs: middle('commentMs'),
    terminalMs: middle('terminalMs'),
  };
  const plannedMs = Object.values(parts).reduce((sum, ms) => sum + ms, 0);
  const { edges, groups } = first;
  const rest = { createdMs: middle('createdMs'), marksMs: middle('marksMs') };
  return { bench: 'plan-size', tasks, edges, groups, characters: body.length, rounds, plannedMs, ...parts, ...rest };
}

interface Times extends Record<`${'compile' | 'digest' | 'decide' | 'comment' | 'terminal' | 'created' | 'marks'}Ms`, number> {
  readonly edges: number;
  readonly groups: number;
}

/** Sections of thirty; two of three tasks need an earlier one, by number or by title. As short as people write long lists. */
export function listOf(tasks: number): string {
  const line = (n: number): string => {
    const need = n > 3 ? (n % 3 === 0 ? ` (needs #${n - 3})` : n % 3 === 1 ? `, after "Part ${n - 2}"` : '') : '';
    return `${n % 30 === 1 ? `\n## Phase ${Math.ceil(n / 30)}\n\n` : ''}- [ ] Part ${n}${need}\n`;
  };
  return [...Array(tasks).keys()].map((index) => line(index + 1)).join('');
}

function once(body: string): Times {
  const clock = stopwatch();
  const compiled = compilePlan({
    body,
    settings: {},
    flags: {},
    subIssues: [],
    agents: ['default'],
    basePolicy: defaultPolicy,
    startsSharded: true,
  });
  if (!compiled.ok) throw new Error(compiled.problems.map((problem) => problem.message).join(' '));
  const { plan } = compiled;
  const compileMs = clock();
  const digest = planDigest(plan);
  const digestMs = clock();
  let state = reading();
  clock();
  const issue = { number: 1, nodeId: 'I_1', title: 'Master', url: '' };
  state = after(state, [{ type: 'plan-read', repo, issue, requiredChecks: [], baseChecks: [], plan: { ok: true, plan } }]);
  const proposed = state;
  state = after(state, [{ type: 'plan-digested', digest }]);
  const decideMs = clock();
  renderStatus({ ...proposed, digest }, now);
  const commentMs = clock();
  sayPlan(plan);
  const terminalMs = clock();
  state = created(state);
  const createdMs = clock();
  const marks = state.tasks.map((task) => ({
    title: task.plan.title,
    line: task.plan.line,
    issue: subIssueOf(task)?.number ?? 0,
    ticked: true,
  }));
  const { skipped } = markBody(body, marks);
  if (skipped.length > 0) throw new Error(skipped[0]);
  const marksMs = clock();
  const [edges, groups] = [plan.edges.length, plan.shards?.length ?? 0];
  return { compileMs, digestMs, decideMs, commentMs, terminalMs, createdMs, marksMs, edges, groups };
}

function stopwatch(): () => number {
  let from = performance.now();
  return () => {
    const ms = performance.now() - from;
    from = performance.now();
    return ms;
  };
}

function reading(): Orchestration {
  const flags = {};
  const events = [
    { type: 'orchestration-requested', id: 'orch-1-20260101-0000', repo, issue: 1, by: 'ada' },
    { type: 'run-accepted', by: 'ada', flags },
  ] as const;
  return events.reduce<Orchestration>(
    (state, event) => evolve(state, { seq: state.seq + 1, at: now, version: 2, event }),
    emptyOrchestration,
  );
}

/** Throws when nothing followed. */
function after(state: Orchestration, signals: readonly Signal[]): Orchestration {
  const step = takeStep(state, signals, () => now, pace);
  if (step === null) throw new Error(`nothing follows from ${signals[0]?.type}`);
  return step.state;
}

const structure: ReadonlySet<CoreCommand['kind']> = new Set(['create-group-issue', 'create-sub-issue', 'add-edge'] as const);

/** GitHub makes whatever it is asked for, twenty at a time. */
function created(planned: Orchestration): Orchestration {
  let state = planned;
  for (;;) {
    const asked = react(state, pace).filter(({ command }) => structure.has(command.kind));
    if (asked.length === 0) return state;
    state = after(state, asked.slice(0, 20).flatMap(({ command }) => answer(state, command)));
  }
}

function answer(state: Orchestration, command: CoreCommand): readonly Signal[] {
  const made = (number: number) => ({ number, id: number, nodeId: `I_${number}`, url: '' });
  switch (command.kind) {
    case 'create-group-issue':
      return [{ type: 'group-issue-created', group: command.group, issue: made(9_000 + Number(command.group.slice(1))) }];
    case 'create-sub-issue': {
      const task = state.tasks.find(({ plan }) => plan.id === command.task);
      if (task !== undefined) renderSubIssue(state, task);
      return [{ type: 'sub-issue-created', task: command.task, issue: made(1 + Number(command.task.slice(1))) }];
    }
    case 'add-edge':
      return [{ type: 'edge-added', from: command.from, to: command.to }];
    default:
      return [];
  }
}
