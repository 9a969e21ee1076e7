/** Phases, steps and parallel groups: order between them, unless a step says itself what it waits for. */
import type { TaskId } from '../core/plan.ts';
import { asAgent, roleOfAgent } from './pattern-agents.ts';
import type { PatternPhase, PatternStep, PhasePart } from './pattern-model.ts';
import { chain, ends, judge, namedTask, type PatternContext } from './pattern-parts.ts';
import { humanTitle, stepText } from './pattern-words.ts';
import type { Draft } from './plan-draft.ts';

interface Waiting {
  readonly id: TaskId;
  readonly step: PatternStep;
}

export function compilePhases(
  context: PatternContext,
  phases: readonly PatternPhase[],
  inOrder: boolean,
): readonly TaskId[] {
  const { draft } = context;
  const waiting: Waiting[] = [];
  const compiled = phases.map((phase) => {
    const own = compilePhase(context, phase, waiting);
    context.numbering.phases += 1;
    draft.name(`phase_${context.numbering.phases}`, own);
    if (phase.name !== null) draft.name(phase.name, own);
    return { phase, own };
  });
  // names may be used before the step that has them
  for (const { id, step } of waiting) connectStep(draft, id, step);
  let before: readonly TaskId[] = [];
  for (const { phase, own } of inOrder ? compiled : []) {
    const how = { basis: 'phase' as const, source: phase.name ?? 'phases', line: phase.line };
    for (const from of ends(own, draft.edges(), 'first').filter((id) => !saysItself(waiting, id)))
      for (const to of before) draft.connect(from, to, how);
    if (own.length > 0) before = ends(own, draft.edges(), 'last');
  }
  return compiled.flatMap(({ own }) => own);
}

function saysItself(waiting: readonly Waiting[], id: TaskId): boolean {
  return waiting.some((one) => one.id === id && one.step.dependsOn.length > 0);
}

function compilePhase(context: PatternContext, phase: PatternPhase, waiting: Waiting[]): readonly TaskId[] {
  const { draft, agents } = context;
  const parts = phase.parts.map((part) => compilePart(context, phase, part, waiting));
  const stepped = parts.flat();
  const named = phase.name !== null ? draft.find(phase.name) : [];
  const words = phase.tasks.length > 0 || stepped.length > 0 ? phase.tasks : onlyName(phase);
  const items =
    phase.tasks.length === 0 && stepped.length === 0 && named.length > 0
      ? named
      : words.flatMap((one) => namedTask(context, one, phase.agent));
  for (const id of items) draft.change(id, asAgent(phase.agent, agents, draft.get(id)));
  if (phase.sequential === true) chain(draft, items, 'sequential', phase.line);
  if (phase.sequential !== false) chainParts(draft, parts, waiting, phase.line);
  const own = [...items, ...stepped];
  if (phase.validator === null) return own;
  const { line } = phase;
  const id = judge(draft, agents, {
    of: own,
    by: phase.validator,
    role: 'validate',
    source: 'validator',
    line,
    sendBacks: null,
  });
  return [...own, id];
}

function onlyName({ name, line }: PatternPhase): readonly { readonly words: string; readonly line: number }[] {
  return name === null ? [] : [{ words: name, line }];
}

/** A part waits for the one before it, except for steps that say themselves what they wait for. */
function chainParts(
  draft: Draft,
  parts: readonly (readonly TaskId[])[],
  waiting: readonly Waiting[],
  line: number,
): void {
  for (const [index, part] of parts.entries())
    for (const from of part.filter((id) => !saysItself(waiting, id)))
      for (const to of parts[index - 1] ?? []) draft.connect(from, to, { basis: 'phase', source: 'steps', line });
}

function compilePart(
  context: PatternContext,
  phase: PatternPhase,
  part: PhasePart,
  waiting: Waiting[],
): readonly TaskId[] {
  const { draft, numbering } = context;
  const make = (step: PatternStep): TaskId => {
    const id = compileStep(context, phase, step);
    waiting.push({ id, step });
    if (step.id !== null) draft.name(step.id, [id]);
    return id;
  };
  if (part.kind === 'step') {
    const id = make(part.step);
    numbering.steps += 1;
    draft.name(`step_${numbering.steps}`, [id]);
    return [id];
  }
  numbering.groups += 1;
  const group = `parallel_group_${numbering.groups}`;
  const ids = part.steps.map((step) => {
    const id = make(step);
    for (const name of [step.agent, step.id]) if (name !== null) draft.name(`${group}.${name}`, [id]);
    return id;
  });
  draft.name(group, ids);
  if (part.name !== null) draft.name(part.name, ids);
  return ids;
}

function compileStep({ draft, agents }: PatternContext, phase: PatternPhase, step: PatternStep): TaskId {
  const title = step.title ?? humanTitle(step.id ?? '');
  const [item] = draft.titled(title);
  const agent = step.agent ?? phase.agent;
  const id =
    item ??
    draft.make({
      title,
      text: stepText(title, step),
      role: step.role ?? roleOfAgent(agent),
      section: phase.name,
      line: step.line,
      minutes: step.minutes,
    });
  const outputs = step.outputs.map(({ name, path }) => ({ name, path }));
  draft.change(id, {
    ...asAgent(agent, agents, draft.get(id)),
    ...(step.role === null ? {} : { role: step.role }),
    ...(outputs.length === 0 ? {} : { outputs }),
    ...(step.capabilities.length === 0 ? {} : { capabilities: step.capabilities }),
  });
  return id;
}

/** What a step says itself: `depends_on`, and whose output it takes in. */
function connectStep(draft: Draft, id: TaskId, step: PatternStep): void {
  for (const named of step.dependsOn)
    for (const to of draft.require(named, '"depends_on"'))
      draft.connect(id, to, { basis: 'yaml', source: `depends_on: ${named.words}`, line: named.line });
  for (const input of step.inputs) {
    const words = /^(.*?)(?:'s)?\s+(?:output|result)s?$/i.exec(input.trim())?.[1];
    const sources = words === undefined ? [] : stepsBy(draft, words);
    for (const to of sources) draft.connect(id, to, { basis: 'yaml', source: `input: ${input}`, line: step.line });
  }
}

/** By name, else by the one persona or agent of that name. */
function stepsBy(draft: Draft, words: string): readonly TaskId[] {
  const found = draft.find(words);
  if (found.length > 0) return found;
  const wanted = words.replace(/[\s_-]+/g, ' ').toLowerCase();
  const by = draft.tasks().filter(({ agent, persona }) => (persona ?? agent ?? '').toLowerCase() === wanted);
  return by.length === 1 ? by.map(({ id }) => id) : [];
}
