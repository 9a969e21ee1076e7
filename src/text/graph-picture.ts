/**
 * The graph of tasks as Mermaid. Every character of a title that Mermaid could read as syntax is written as an entity,
 * so no title can break the picture or style it.
 */
import { levels } from '../core/graph.ts';
import type { Orchestration, Task } from '../core/model.ts';
import type { PlannedProposal } from '../core/plan.ts';
import { isHopeless } from '../core/schedule.ts';
import { subIssueOf } from '../core/tasks.ts';
import { clip, fence, oneLine } from './markdown.ts';

/** Beyond this the picture says less than the table. Tasks. */
const mostTasks = 100;
const mostEdges = 300;

type Look = 'waiting' | 'held' | 'working' | 'ready' | 'landed' | 'failed' | 'cancelled';

/** Readable on light and dark pages: fill, border and text are all set. */
const looks: Readonly<Record<Look, string>> = {
  waiting: 'fill:#f6f8fa,stroke:#8c959f,color:#24292f',
  held: 'fill:#f6f8fa,stroke:#cf222e,color:#82071e,stroke-dasharray:4',
  working: 'fill:#ddf4ff,stroke:#0969da,color:#0a3069',
  ready: 'fill:#fff8c5,stroke:#9a6700,color:#4d2d00',
  landed: 'fill:#dafbe1,stroke:#1a7f37,color:#044f1e',
  failed: 'fill:#ffebe9,stroke:#cf222e,color:#82071e',
  cancelled: 'fill:#eaeef2,stroke:#8c959f,color:#57606a,stroke-dasharray:4',
};

/**
 * A fenced Mermaid block, or null where a picture would not help: many tasks without a single edge, or far too many. Tasks
 * without sub-issues carry their number in the list. `proposals` are drawn with their names.
 */
export function renderGraph(state: Orchestration, proposals: readonly PlannedProposal[] = []): string | null {
  const edges = state.plan?.edges ?? [];
  const tasks = drawn(state);
  if (tasks.length === 0 || tasks.length > mostTasks || edges.length + proposals.length > mostEdges) return null;
  if (edges.length + proposals.length === 0 && tasks.length > 40) return null;
  const placeOf = new Map(state.tasks.map(({ plan }, index) => [plan.id, index + 1]));
  const nodeOf = new Map(tasks.map((task, index) => [task.plan.id, `n${index + 1}`]));
  const lines = tasks.map(
    (task) =>
      `  ${nodeOf.get(task.plan.id)}["${labelOf(task, placeOf.get(task.plan.id) ?? 0)}"]:::${lookOf(state, task)}`,
  );
  const arrows = edges.flatMap(({ from, to, kind, until }) => {
    const [first, then] = [nodeOf.get(to), nodeOf.get(from)];
    return first === undefined || then === undefined
      ? []
      : [`  ${first} ${kind === 'needs' && until === undefined ? '-->' : '-.->'} ${then}`];
  });
  const suggested = proposals.flatMap(({ id, from, to }) => {
    const [first, then] = [nodeOf.get(to), nodeOf.get(from)];
    return first === undefined || then === undefined ? [] : [`  ${first} -.->|${entities(id)}| ${then}`];
  });
  const used = [...new Set(tasks.map((task) => lookOf(state, task)))];
  const styles = used.map((look) => `  classDef ${look} ${looks[look]}`);
  return fence([`graph ${direction(state)}`, ...lines, ...arrows, ...suggested, ...styles].join('\n'), 'mermaid');
}

/** Of many tasks those that wait for one, or are waited for. */
function drawn({ tasks, plan }: Orchestration): readonly Task[] {
  if (tasks.length <= mostTasks) return tasks;
  const joined = new Set((plan?.edges ?? []).flatMap(({ from, to }) => [from, to]));
  return tasks.filter((task) => joined.has(task.plan.id));
}

/** What the picture leaves out, in words; empty where it shows everything, or where nobody misses one. */
export function graphGap(state: Orchestration): string {
  const edges = state.plan?.edges ?? [];
  const shown = drawn(state).length;
  if (edges.length === 0) return '';
  if (shown > mostTasks || edges.length > mostEdges)
    return `There is no picture of the dependencies: ${shown} tasks with ${edges.length} of them are more than one shows (${mostTasks} and ${mostEdges}).`;
  const left = state.tasks.length - shown;
  return left === 0 ? '' : `The picture leaves out ${left} tasks without a dependency.`;
}

/** One line of words under the picture. */
export function graphLegend(state: Orchestration): string {
  const edges = state.plan?.edges ?? [];
  const solid = edges.some(({ kind, until }) => kind === 'needs' && until === undefined);
  const dotted = edges.some(({ kind }) => kind === 'lands-after');
  const early = edges.some(({ until }) => until !== undefined);
  return [
    solid ? 'An arrow leads from a task to what can start only after it has landed.' : '',
    dotted ? 'A dotted arrow leads to what may run at the same time but lands later.' : '',
    early ? 'A dotted arrow leads to what starts from an open pull request, to judge it or to build on it.' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** Left to right, unless the chain is long and narrow. */
function direction(state: Orchestration): 'LR' | 'TD' {
  // without edges, LR would stack everything on top of each other
  if ((state.plan?.edges ?? []).length === 0) return 'TD';
  const waves = levels(
    state.tasks.map((task) => task.plan.id),
    state.plan?.edges ?? [],
  );
  const widest = Math.max(0, ...waves.map((wave) => wave.length));
  return waves.length > 5 && widest <= 3 ? 'TD' : 'LR';
}

function labelOf(task: Task, number: number): string {
  const sub = subIssueOf(task);
  const title = entities(clip(oneLine(task.plan.title), 48));
  // Mermaid reads a label that begins like a list item or a heading as Markdown and refuses it
  return sub === null ? `\u200b${number} #183; ${title}` : `#35;${sub.number} ${title}`;
}

function lookOf(state: Orchestration, task: Task): Look {
  switch (task.status) {
    case 'pending':
    case 'nlp_parsing':
    case 'task_decomposition':
    case 'dependency_resolution':
      return isHopeless(state, task) ? 'held' : 'waiting';
    case 'agent_assignment':
    case 'processing':
      return 'working';
    case 'pr_created':
    case 'validation_running':
    case 'validation_failed':
    case 'validation_passed':
      return 'ready';
    case 'merged':
      return 'landed';
    case 'failed':
      return task.retryAt === null ? 'failed' : 'waiting';
    case 'cancelled':
      return 'cancelled';
  }
}

/** Letters, digits, spaces and a few harmless marks stay; everything else becomes `#<code point>;`. */
function entities(text: string): string {
  return [...text].map((char) => (/[\p{L}\p{M}\p{N} ,.\-/']/u.test(char) ? char : `#${char.codePointAt(0)};`)).join('');
}
