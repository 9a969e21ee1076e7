/** What patterns are put together from: order, names, and tasks that judge others. */
import type { PlannedEdge, TaskId } from '../core/plan.ts';
import { asAgent } from './pattern-agents.ts';
import type { Named } from './pattern-model.ts';
import { humanName, humanTitle } from './pattern-words.ts';
import type { Draft } from './plan-draft.ts';

/** Counts over the whole plan, for `step_1`, `parallel_group_1` and `phase_1`. */
export interface Numbering {
  steps: number;
  groups: number;
  phases: number;
}

/** What a pattern is applied with. */
export interface PatternContext {
  readonly draft: Draft;
  readonly agents: readonly string[];
  readonly numbering: Numbering;
}

/** Tasks of a part that wait for none of it, or that none of it waits for. */
export function ends(
  ids: readonly TaskId[],
  edges: readonly PlannedEdge[],
  which: 'first' | 'last',
): readonly TaskId[] {
  const inside = new Set(ids);
  const own = edges.filter(({ from, to, kind }) => kind === 'needs' && inside.has(from) && inside.has(to));
  const held = new Set(own.map(({ from, to }) => (which === 'first' ? from : to)));
  return ids.filter((id) => !held.has(id));
}

/** The item of that name, or a task made for it. */
export function namedTask({ draft, agents }: PatternContext, named: Named, agent: string | null): readonly TaskId[] {
  const found = draft.find(named.words);
  const ids =
    found.length > 0
      ? found
      : [
          draft.make({
            title: humanTitle(named.words),
            text: humanTitle(named.words),
            role: 'work',
            section: null,
            line: named.line,
            minutes: null,
          }),
        ];
  for (const id of ids) draft.change(id, asAgent(agent, agents, draft.get(id)));
  return ids;
}

export function chain(draft: Draft, ids: readonly TaskId[], source: string, line: number): void {
  for (const [index, from] of ids.entries()) {
    const to = ids[index - 1];
    if (to !== undefined) draft.connect(from, to, { basis: 'yaml', source, line });
  }
}

export interface Judgement {
  readonly of: readonly TaskId[];
  readonly by: string;
  readonly role: 'review' | 'validate';
  readonly source: string;
  readonly line: number;
  readonly sendBacks: number | null;
}

/** One piece of work is judged at its open pull request; several are judged together once they have landed. */
export function judge(draft: Draft, agents: readonly string[], how: Judgement): TaskId {
  const titles = how.of.map((id) => draft.get(id)?.title ?? id);
  const verb = how.role === 'review' ? 'Review' : 'Validate';
  const what = titles.length === 1 ? titles[0] : `${titles.length} tasks`;
  const title = `${verb} as ${humanName(how.by)}: ${what}`;
  const text = [title, '', ...titles.map((one) => `- ${one}`)].join('\n');
  const id = draft.make({ title, text, role: how.role, section: null, line: how.line, minutes: null });
  draft.change(id, asAgent(how.by, agents, draft.get(id)));
  const { source, line } = how;
  const open = how.of.length === 1;
  for (const to of how.of)
    draft.connect(id, to, { basis: 'yaml', source, line, ...(open ? { until: 'pr-green' as const } : {}) });
  const [only] = how.of;
  const chosenBy = only === undefined || !open ? undefined : draft.get(only)?.chosenBy;
  // whoever judges what is not chosen has nothing to judge
  if (chosenBy !== undefined) draft.change(id, { chosenBy });
  if (open) draft.change(id, { judges: how.of, ...(how.sendBacks === null ? {} : { sendBacks: how.sendBacks }) });
  return id;
}
