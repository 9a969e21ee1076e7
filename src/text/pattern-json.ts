/** What the patterns of an issue add to `plan --json`: tasks beside the checkboxes, and edges with their basis. */
import type { Plan, PlannedTask, TaskId } from '../core/plan.ts';
import { defaultPolicy } from '../core/plan.ts';
import type { Checklist } from './checklist-model.ts';
import { compilePlan } from './compile-plan.ts';
import { mayHavePlanBlock } from './plan-block.ts';
import type { JsonEdge, JsonTask, TaskPattern } from './plan-json-model.ts';

export interface AddedByPatterns {
  readonly tasks: readonly JsonTask[];
  readonly edges: readonly JsonEdge[];
  /** By task index. */
  readonly patterns: ReadonlyMap<number, TaskPattern>;
  readonly minutes: readonly (readonly [number, number | null])[];
}

const nothing: AddedByPatterns = { tasks: [], edges: [], patterns: new Map(), minutes: [] };

/** `plan`: how it was compiled with settings of a repository. Nothing for one that nobody shaped, or that is refused. */
export function patternJson(body: string, checklist: Checklist, plan: Plan | null = null): AddedByPatterns {
  const block = mayHavePlanBlock(body);
  const shaped = plan !== null && (plan.policy.strategy === 'sequential' || plan.tasks.some(isShaped));
  const compiled = shaped ? plan : block ? compiledAlone(body) : null;
  if (compiled === null) return nothing;
  const { tasks, edges } = compiled;
  const made = tasks.filter((task) => task.made === true);
  const indexOf = new Map<TaskId, number>([
    ...tasks
      .filter((task) => task.made !== true)
      .flatMap(({ id, line }): [TaskId, number][] => {
        const item = checklist.items.find((one) => one.line === line && one.role === 'leaf');
        return item === undefined ? [] : [[id, item.index]];
      }),
    ...made.map(({ id }, at): [TaskId, number] => [id, checklist.items.length + at]),
  ]);
  const at = (id: TaskId): number => indexOf.get(id) ?? -1;
  const own = edges.filter(({ basis }) => basis === 'yaml' || basis === 'phase');
  return {
    tasks: made.map((task) => madeTask(task, at, own)),
    edges: own.map(({ from, to, kind, basis, source, line }) => ({
      from: at(from),
      to: at(to),
      kind,
      basis,
      source,
      line,
    })),
    patterns: new Map(tasks.filter(isShaped).map((task) => [at(task.id), patternOf(task, at)])),
    minutes: made.map((task) => [at(task.id), task.estimateMinutes] as const),
  };
}

function compiledAlone(body: string): Plan | null {
  const compiled = compilePlan({
    body,
    settings: {},
    flags: {},
    subIssues: [],
    agents: [],
    basePolicy: { ...defaultPolicy, strategy: 'parallel' },
  });
  return compiled.ok ? compiled.plan : null;
}

function isShaped({ role, persona, agent, outputs, judges, chosenBy }: PlannedTask): boolean {
  return [persona, agent ?? undefined, outputs, judges, chosenBy].some((one) => one !== undefined) || role !== 'work';
}

function patternOf(task: PlannedTask, at: (id: TaskId) => number): TaskPattern {
  return {
    role: task.role,
    persona: task.persona ?? null,
    agent: task.agent,
    outputs: (task.outputs ?? []).map(({ name }) => name),
    judges: (task.judges ?? []).map(at),
    chosenBy: task.chosenBy === undefined ? null : { task: at(task.chosenBy.task), outcome: task.chosenBy.outcome },
  };
}

function madeTask(
  task: PlannedTask,
  at: (id: TaskId) => number,
  edges: readonly { readonly from: TaskId; readonly to: TaskId }[],
): JsonTask {
  return {
    index: at(task.id),
    title: task.title,
    checked: false,
    section: task.section,
    depth: 0,
    parentIndex: null,
    role: 'leaf',
    struck: false,
    dispatch: true,
    reason: null,
    refs: [],
    dependsOn: edges.filter(({ from }) => from === task.id).map(({ to }) => at(to)),
    line: task.line,
    pattern: patternOf(task, at),
  };
}
