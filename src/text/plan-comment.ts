/**
 * The plan as a comment, before anything is created: what was understood, in which order it would go, what it takes, what
 * is doubtful, and exactly what to type next. Invariant: below GitHub's limit whatever the plan holds; what is cut is said.
 */
import { forecast } from '../core/forecast.ts';
import type { Orchestration, Task } from '../core/model.ts';
import type { Plan, PlannedTask, TaskId } from '../core/plan.ts';
import { chooseProposals, openProposals, withAccepted } from '../core/proposals.ts';
import { agentReason } from '../core/schedule.ts';
import { edgesFrom } from '../core/tasks.ts';
import { humanDuration } from './durations.ts';
import { graphLegend, renderGraph } from './graph-picture.ts';
import { groupingDetails } from './grouping-words.ts';
import { blocks, bullets, cell, clip, code, count, details, inline, listOf, mostBodyChars, table } from './markdown.ts';
import { outsideName } from './outside-words.ts';
import { costWords, type NumberOf, orderWords, ranges } from './plan-forecast.ts';
import { leftOutDetails, openWarnings, planFacts } from './plan-words.ts';
import { proposalLines } from './proposal-words.ts';
import { roleWords } from './role-words.ts';
import { renderGaps, type ServerGap } from './server-gaps.ts';
import { shardTable } from './shard-words.ts';

/** `top`: headline and what is needed from a person. `footer`: the commands. */
export interface PlanFrame {
  readonly top: readonly string[];
  readonly footer: string;
}

/** Rows of a table that stands open. */
const openRows = 40;
/** Proposals that stand open. */
const openProposalLines = 8;
const mostProposals = 60;

export function renderPlanComment(
  state: Orchestration,
  plan: Plan,
  frame: PlanFrame,
  gaps: readonly ServerGap[] = [],
): string {
  const numberOf = numbersOf(plan);
  const parts = {
    order: blocks(['### In which order', picture(state), orderWords(plan, numberOf)]),
    orderOnly: blocks(['### In which order', orderWords(plan, numberOf)]),
    cost: blocks(['### What it takes', costWords(plan, numberOf)]),
    rest: [leftOutDetails(plan), planFacts(state), renderGaps(gaps)],
  };
  const body = (rows: number, order: string, doubts: readonly (string | null)[], rest: readonly (string | null)[]) =>
    blocks([
      ...frame.top,
      outdated(state),
      tasksTable(state, plan, numberOf, rows),
      order,
      shardTable(plan),
      ...doubts,
      parts.cost,
      whatToType(state),
      ...rest,
      frame.footer,
    ]);
  const groups = groupingDetails(plan);
  const doubts = [openWarnings(plan), groups, proposals(state, numberOf, mostProposals)];
  const fewer = [openWarnings(plan), groups, proposals(state, numberOf, openProposalLines)];
  const all = plan.tasks.length;
  // from everything to the least that can still be approved with open eyes
  const tries: readonly ((rows: number) => string)[] = [
    () => body(all, parts.order, doubts, parts.rest),
    () => body(all, parts.orderOnly, doubts, parts.rest),
    (rows) => body(rows, parts.orderOnly, fewer, parts.rest),
    (rows) => body(rows, parts.orderOnly, fewer, [planFacts(state)]),
  ];
  for (const [at, attempt] of tries.entries()) {
    const rows = at < 2 ? all : rowsThatFit(all, attempt);
    const text = attempt(rows);
    if (text.length <= mostBodyChars) return text;
  }
  return clip(blocks([...frame.top, parts.orderOnly, parts.cost, whatToType(state), frame.footer]), mostBodyChars);
}

/** As many as leave the whole below the limit. */
function rowsThatFit(all: number, render: (rows: number) => string): number {
  let [fits, most] = [0, all];
  while (fits < most) {
    const rows = Math.ceil((fits + most) / 2);
    if (render(rows).length <= mostBodyChars) fits = rows;
    else most = rows - 1;
  }
  return fits;
}

/** Counted from 1 in the order of the list, as `muster plan` does. */
function numbersOf({ tasks }: Plan): NumberOf {
  const numbers = new Map(tasks.map(({ id }, index) => [id, index + 1]));
  return (id) => numbers.get(id) ?? 0;
}

function picture(state: Orchestration): string | null {
  const graph = renderGraph(state, openProposals(state));
  if (graph === null) return state.plan?.edges.length === 0 ? null : '<sub>Too large for a picture.</sub>';
  const named = openProposals(state).length > 0 ? ' A dotted arrow with a name such as p1 is only proposed.' : '';
  const legend = `${graphLegend(state)}${named}`.trim();
  return blocks([graph, legend === '' ? '' : `<sub>${legend}</sub>`]);
}

function tasksTable(state: Orchestration, plan: Plan, numberOf: NumberOf, rows: number): string {
  const sized = plan.tasks.some(({ estimateMinutes }) => estimateMinutes !== null);
  const head = ['', 'Task', 'Needs', 'Agent', ...(sized ? ['Estimate'] : [])];
  const shown = state.tasks.slice(0, rows);
  const body = table(
    head,
    shown.map((task) => row(state, task, numberOf, sized)),
  );
  const left = state.tasks.slice(rows);
  const places = ranges(left.map(({ plan: { line } }) => line).filter((line) => line > 0));
  const note =
    left.length === 0
      ? ''
      : `and ${count(left.length, 'more task')}${places === '' ? '' : ` (lines ${places} of the issue)`}; \`muster plan\` with the issue's text shows all of them.`;
  const first = (plan.outside ?? []).filter(({ from }) => from === null).map((need) => outsideName(state, need));
  const all = first.length === 0 ? '' : `Every task waits for ${listOf(first, 10)}.`;
  const whole = blocks([body, note, all]);
  return rows > openRows ? details(`All ${plan.tasks.length} tasks`, whole) : whole;
}

function row(state: Orchestration, { plan: task }: Task, numberOf: NumberOf, sized: boolean): readonly string[] {
  const why = agentReason(task);
  const agent = code(task.agent ?? state.plan?.policy.agent ?? 'default');
  return [
    `${numberOf(task.id)}`,
    `${cell(task.title, 100)}${asides(task, numberOf)}`,
    waits(state, task.id, numberOf),
    task.agent === null && task.persona === undefined ? agent : `${agent} (${cell(why, 60)})`,
    ...(sized ? [task.estimateMinutes === null ? 'no size' : humanDuration(task.estimateMinutes * 60_000)] : []),
  ];
}

/** What a pattern made of it, and the issue that is there already. */
function asides(task: PlannedTask, numberOf: NumberOf): string {
  const role = roleWords({ ...task, agent: null }, (ids) => ranges(ids.map(numberOf), 60));
  const adopted = task.adopts === null ? '' : `goes on with #${task.adopts.number}`;
  const words = [role === '' ? '' : cell(role, 120), adopted].filter((part) => part !== '');
  return words.length === 0 ? '' : ` (${words.join('; ')})`;
}

function waits(state: Orchestration, id: TaskId, numberOf: NumberOf): string {
  const to = (kind: 'needs' | 'lands-after'): string =>
    ranges(
      edgesFrom(state, id, kind).map((edge) => numberOf(edge.to)),
      60,
    );
  const later = to('lands-after');
  const outside = (state.plan?.outside ?? []).filter(({ from }) => from === id);
  const names = (kind: 'needs' | 'lands-after'): readonly string[] =>
    outside.filter((need) => need.kind === kind).map((need) => outsideName(state, need));
  return [
    to('needs'),
    ...names('needs'),
    later === '' ? '' : `lands after ${later}`,
    ...names('lands-after').map((name) => `lands after ${name}`),
  ]
    .filter((part) => part !== '')
    .join('; ');
}

/** What looks as if it hung together: it would run at the same time as long as nobody says so. */
function proposals(state: Orchestration, numberOf: NumberOf, most: number): string | null {
  const open = openProposals(state);
  const [first] = open;
  if (first === undefined) return null;
  const name = (id: TaskId): string => `${numberOf(id)}`;
  const lines = proposalLines(open, name, most);
  const [shown, folded] = [lines.slice(0, openProposalLines), lines.slice(openProposalLines)];
  return blocks([
    `### Maybe not independent: ${count(open.length, 'proposed dependency', 'proposed dependencies')}`,
    `Nobody has said so, but these look as if one uses what the other makes. They gate nothing: as the plan stands, both run at the same time. Accept with \`/muster approve --with ${first.id}\` (several: \`--with ${open.length > 1 ? `${first.id},${open[1]?.id}` : `${first.id},p2`}\`, all: \`--with all\`).${withAll(state)}`,
    bullets(shown),
    folded.length === 0 ? '' : details(`and ${count(open.length - shown.length, 'more proposal')}`, bullets(folded)),
  ]);
}

/** What it would cost to accept them all; empty where it costs nothing, or nobody knows. */
function withAll(state: Orchestration): string {
  const chosen = chooseProposals(state, ['all']);
  if (state.plan === null || !chosen.ok) return '';
  const [now, then] = [forecast(state.plan), forecast(withAccepted(state.plan, chosen.edges))];
  if (now.minutes === null || then.minutes === null || then.minutes <= now.minutes) return '';
  const [short, long] = [now, then].map(({ minutes }) => humanDuration((minutes ?? 0) * 60_000));
  return ` With all of them it would take ${long} instead of ${short}, both estimates.`;
}

/** The text was edited after it was read. */
function outdated({ edits }: Orchestration): string | null {
  if (edits.seenAt <= edits.readAt) return null;
  const who = edits.seenBy === null ? '' : ` by ${inline(edits.seenBy)}`;
  return `**The issue was edited${who} after this was read.** \`/muster plan\` shows it as it reads now. \`/muster approve\` starts it as it stands here; what the edit changed then waits for a word of its own.`;
}

/** The comments that a person may write now, word for word. */
function whatToType(state: Orchestration): string {
  const open = openProposals(state);
  const digest = state.digest === null ? '' : ` (digest ${code(state.digest.slice(0, 12))})`;
  const some = open.slice(0, 2).map(({ id }) => id);
  const rows = [
    ['`/muster approve`', `Starts exactly this plan, as it is shown here${digest}`],
    ...(open.length === 0
      ? []
      : [
          [
            `\`/muster approve --with ${some.join(',')}\``,
            'Starts it with proposed dependencies; `--with all` takes all of them',
          ],
        ]),
    ...(state.plan?.grouping === undefined
      ? []
      : [['`/muster approve --grouped`', 'Starts it with each of the proposed groups as one task']]),
    ['`/muster plan`', 'Reads the issue again after it was edited, and shows the plan anew'],
    ['`/muster reject`', 'Drops it'],
  ];
  return blocks(['### What to type next', table(['Comment', 'What it does'], rows)]);
}
