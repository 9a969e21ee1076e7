/** Which agent works on which task: named in the plan, by a rule of the settings, by what it must be good at, else the default. */
import type { PlanProblem } from '../core/model.ts';
import type { PlannedTask } from '../core/plan.ts';
import { clip } from './markdown.ts';
import { nearest } from './nearest.ts';
import { normalTitle } from './plain-text.ts';
import type { AgentRule } from './settings.ts';

export interface AgentsAtHand {
  readonly names: readonly string[];
  /** By name; an agent that is not in here is not known to be good at anything. */
  readonly capabilities: Readonly<Record<string, readonly string[]>>;
  /** Who works where nothing else is said. */
  readonly usual: string;
}

export interface AgentDemands {
  readonly rules: readonly AgentRule[];
  readonly capabilities: readonly string[];
  /** Labels of the issue itself, and by sub-issue number. */
  readonly labelsOf: (task: PlannedTask) => readonly string[];
}

export interface ChosenAgents {
  readonly tasks: readonly PlannedTask[];
  readonly problems: readonly PlanProblem[];
}

export function chooseAgents(tasks: readonly PlannedTask[], demands: AgentDemands, agents: AgentsAtHand): ChosenAgents {
  const unknown = demands.rules.flatMap((rule) => unknownAgent(rule, agents.names));
  if (unknown.length > 0) return { tasks, problems: unknown };
  const problems: PlanProblem[] = [];
  const chosen = tasks.map((task) => {
    const ruled = task.agent === null ? byRule(task, demands) : {};
    const able = byCapability({ ...task, ...ruled }, demands.capabilities, agents);
    if ('problem' in able) problems.push(able.problem);
    return { ...task, ...ruled, ...('change' in able ? able.change : {}) };
  });
  return { tasks: chosen, problems };
}

function byRule(task: PlannedTask, { rules, labelsOf }: AgentDemands): Partial<PlannedTask> {
  const rule = rules.find((one) => fits(one, task, labelsOf));
  return rule === undefined ? {} : { agent: rule.agent, agentReason: `by ${rule.by} "${clip(rule.match, 60)}"` };
}

function fits(rule: AgentRule, task: PlannedTask, labelsOf: AgentDemands['labelsOf']): boolean {
  switch (rule.by) {
    case 'label':
      return labelsOf(task).some((label) => label.toLowerCase() === rule.match.toLowerCase());
    case 'section':
      return [task.section ?? '', ...task.parents].some((one) => normalTitle(one) === normalTitle(rule.match));
    case 'path':
      return pathsIn(task.text).some((path) => matchesPath(rule.match, path));
  }
}

const mostPaths = 200;

/** Words in code spans, and words with a slash or an ending. */
function pathsIn(text: string): readonly string[] {
  const words = text.slice(0, 20_000).match(/[\w.@~-]+(?:\/[\w.@~*-]+)*\/?/g) ?? [];
  return words.filter((word) => /[/.]/.test(word)).slice(0, mostPaths);
}

/** `*` within a name, `**` for any number of folders; a folder stands for everything in it. Linear in the path. */
function matchesPath(pattern: string, path: string): boolean {
  const want = pattern
    .replace(/^\.?\//, '')
    .replace(/\/$/, '/**')
    .split('/')
    .filter((part) => part !== '');
  const have = path
    .replace(/^\.?\//, '')
    .split('/')
    .filter((part) => part !== '');
  const from = (i: number, j: number): boolean => {
    const part = want[i];
    if (part === undefined) return j === have.length;
    if (part === '**') return have.slice(j).some((_, step) => from(i + 1, j + step)) || from(i + 1, have.length);
    const name = have[j];
    return name !== undefined && matchesName(part, name) && from(i + 1, j + 1);
  };
  return want.length <= 20 && want.filter((part) => part === '**').length <= 3 && from(0, 0);
}

function matchesName(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === name;
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found = index === parts.length - 1 ? name.length - part.length : name.indexOf(part, at);
    if (found < at || name.slice(found, found + part.length) !== part || (index === 0 && found !== 0)) return false;
    at = found + part.length;
  }
  return true;
}

type Able = { readonly change: Partial<PlannedTask> } | { readonly problem: PlanProblem };

function byCapability(task: PlannedTask, wholePlan: readonly string[], agents: AgentsAtHand): Able {
  const needed = [...new Set([...wholePlan, ...(task.capabilities ?? [])].map((one) => one.toLowerCase()))];
  if (needed.length === 0) return { change: {} };
  const has = (name: string): boolean => {
    const own = (agents.capabilities[name] ?? []).map((one) => one.toLowerCase());
    return needed.every((one) => own.includes(one));
  };
  const words = needed.join(', ');
  const asked = task.agent ?? agents.usual;
  if (has(asked)) return { change: {} };
  const other = task.agent === null ? agents.names.find(has) : undefined;
  if (other !== undefined) return { change: { agent: other, agentReason: `good at ${words}` } };
  const able = agents.names.filter(has);
  const problem: PlanProblem = {
    code: 'capability',
    line: task.line,
    message: `"${clip(task.title, 80)}" asks for ${words}, which the agent "${asked}" does not offer.`,
    remedy:
      able.length === 0
        ? 'No agent of this server offers all of it; its operator names capabilities in MUSTER_CONFIG.'
        : `These do: ${able.join(', ')}.`,
  };
  return { problem };
}

function unknownAgent({ by, agent, line }: AgentRule, names: readonly string[]): readonly PlanProblem[] {
  if (names.includes(agent)) return [];
  const meant = nearest(agent, names);
  const known = names.length === 0 ? 'This server has no agents.' : `This server has: ${names.join(', ')}.`;
  return [
    {
      code: 'unknown-agent',
      line,
      message: `"agent_by_${by}" names "${agent}", and there is no such agent.`,
      remedy: meant === null ? known : `Did you mean "${meant}"? ${known}`,
    },
  ];
}
