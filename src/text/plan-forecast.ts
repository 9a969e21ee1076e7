/** What a plan would take, in words. Every number that is only thought is called an estimate. Markdown. */
import { type Forecast, forecast } from '../core/forecast.ts';
import { levels } from '../core/graph.ts';
import type { Plan, TaskId } from '../core/plan.ts';
import { agentReason } from '../core/schedule.ts';
import { humanDuration } from './durations.ts';
import { bullets, clip, code, count, inline } from './markdown.ts';

const minute = 60_000;
/** What GitHub publishes, per hour. */
const requestsAnHour = 5_000;
const creationsAnHour = 500;

export type NumberOf = (id: TaskId) => number;

/** `1-3, 7`; cut where there is no end of it. */
export function ranges(numbers: readonly number[], most = 400): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const n of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && n === last[1] + 1) last[1] = n;
    else runs.push([n, n]);
  }
  const words = runs.map(([a, b]) => (a === b ? `${a}` : b === a + 1 ? `${a}, ${b}` : `${a}-${b}`));
  return clip(words.join(', '), most);
}

const mostWaves = 12;
const mostInChain = 12;

/** In which order it can go: waves and the longest chain. */
export function orderWords(plan: Plan, numberOf: NumberOf): string {
  const needs = plan.edges.filter(({ kind }) => kind === 'needs');
  const waves = levels(
    plan.tasks.map(({ id }) => id),
    needs,
  );
  if (needs.length === 0)
    return bullets(['**Waves:** one; no task has to wait for another, so all may run at the same time']);
  const shown = waves.slice(0, mostWaves).map((wave, at) => `wave ${at + 1}: ${ranges(wave.map(numberOf))}`);
  const more = waves.length - shown.length;
  const { longest, minutes, unsized } = forecast(plan);
  const length =
    minutes === null
      ? count(longest.path.length, 'task')
      : `${unsized === 0 ? '' : 'roughly '}${humanDuration(longest.minutes * minute)}, an estimate`;
  const chain = longest.path.slice(0, mostInChain).map(numberOf).join(' → ');
  const rest = longest.path.length - mostInChain;
  return bullets([
    `**Waves** (may run together once what they need has landed): ${[...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')}`,
    `**Longest chain** (${length}; nothing makes the whole faster than this): ${chain}${rest > 0 ? ` → and ${rest} more` : ''}`,
  ]);
}

/** Time, agents, requests. */
export function costWords(plan: Plan, numberOf: NumberOf): string {
  const figures = forecast(plan);
  return bullets([
    timeWords(plan, figures),
    ...agentLines(plan, numberOf),
    budgetWords(plan, figures),
    requestWords(figures),
  ]);
}

function timeWords({ tasks, policy }: Plan, { minutes, sumMinutes, unsized, usualMinutes, atOnce }: Forecast): string {
  if (minutes === null)
    return '**Time:** no estimate, because no item says how large it is. A size in an item helps: `(2h)`, `(S)`, `(~400 lines)`.';
  const usual = humanDuration(usualMinutes * minute);
  const guessed =
    unsized === 0
      ? ''
      : ` ${unsized} of ${count(tasks.length, 'task')} ${unsized === 1 ? 'says' : 'say'} no size and ${unsized === 1 ? 'counts' : 'count'} as ${usual}, the middle of the others.`;
  const barrier = policy.batchSize === null ? '' : `, in batches of ${policy.batchSize}`;
  return `**Time, an estimate:** ${humanDuration(minutes * minute)} with ${count(atOnce, 'agent')} at once${barrier}; ${humanDuration(sumMinutes * minute)} one after the other. From the sizes in the items; checks, reviews and merging by people come on top.${guessed}`;
}

const mostAgents = 8;

function number(n: number): string {
  return n.toLocaleString('en-US');
}

/** One line for each agent: how much it gets, and why. */
function agentLines({ tasks, policy }: Plan, numberOf: NumberOf): readonly string[] {
  const groups = new Map<string, { readonly agent: string; readonly why: string; readonly ids: TaskId[] }>();
  for (const task of tasks) {
    const [agent, why] = [task.agent ?? policy.agent, agentReason(task)];
    const group = groups.get(`${agent} ${why}`);
    if (group === undefined) groups.set(`${agent} ${why}`, { agent, why, ids: [task.id] });
    else group.ids.push(task.id);
  }
  const all = [...groups.values()];
  const lines = all.slice(0, mostAgents).map(({ agent, why, ids }) => {
    const which =
      ids.length === tasks.length
        ? 'all tasks'
        : `${ids.length === 1 ? 'task' : 'tasks'} ${ranges(ids.map(numberOf), 120)}`;
    return `${code(agent)} for ${which} (${inline(why, 120)})`;
  });
  const more = all.length - lines.length;
  return [`**Agents:** ${[...lines, ...(more > 0 ? [`and ${more} more choices, in the table`] : [])].join('; ')}`];
}

function budgetWords({ policy }: Plan, { mostRuns, mostMinutes }: Forecast): string {
  const each = humanDuration(policy.timeoutSeconds * 1000);
  return `**Agent budget:** at most ${policy.maxWorkers} at once and ${each} for each run; with ${count(policy.attempts, 'automatic attempt')} a task at most ${count(mostRuns, 'run')} and ${humanDuration(mostMinutes * minute)} of agents' time`;
}

function requestWords({ requests, creations }: Forecast): string {
  const most = requests.planning + requests.working;
  const hours = creations / creationsAnHour;
  const slow =
    hours <= 1
      ? ''
      : ` It makes about ${count(creations, 'issue, link, pull request and merge', 'issues, links, pull requests and merges')}, of which GitHub takes ${creationsAnHour} an hour: that alone lasts ${humanDuration(hours * 3_600_000)}.`;
  return `**GitHub budget, an estimate:** ${count(requests.planning, 'request')} to plan and at most ${count(requests.working, 'request')} to carry it out, together ${number(most)} of the ${number(requestsAnHour)} that GitHub allows in an hour (more on servers without GraphQL).${slow}`;
}
