/** Work that is spread out and gathered again, and work that an analysis chooses. */
import type { TaskId } from '../core/plan.ts';
import { asAgent, roleOfAgent } from './pattern-agents.ts';
import type { Pattern } from './pattern-model.ts';
import { chain, namedTask, type PatternContext } from './pattern-parts.ts';
import { humanName, humanTitle } from './pattern-words.ts';

export function compileFan(context: PatternContext, { fanOut, fanIn, line }: Pattern): readonly TaskId[] {
  const { draft, agents } = context;
  const out = (fanOut?.tasks ?? []).flatMap((one) => namedTask(context, one, fanOut?.agent ?? null));
  if (fanOut !== null && !fanOut.parallel) chain(draft, out, 'fan_out', fanOut.line);
  if (fanIn === null) return out;
  if (out.length === 0) {
    draft.problem(fanIn.line || line, '"fan_in" has no "fan_out" to wait for.', 'Write "fan_out:" beside it.');
    return [];
  }
  const [item] = draft.find(fanIn.task);
  const title = humanTitle(fanIn.task);
  const named = roleOfAgent(fanIn.agent);
  const role = fanIn.role ?? (named === 'work' ? 'validate' : named);
  const id = item ?? draft.make({ title, text: title, role, section: null, line: fanIn.line, minutes: null });
  draft.change(id, asAgent(fanIn.agent, agents, draft.get(id)));
  for (const to of out) draft.connect(id, to, { basis: 'yaml', source: 'fan_in', line: fanIn.line });
  return [...out, id];
}

export function compileBranching(context: PatternContext, { branching }: Pattern): readonly TaskId[] {
  if (branching === null) return [];
  const { draft, agents } = context;
  const { analyzer, branches, line } = branching;
  const conditions = branches.map(({ condition }) => condition);
  const title = branching.task ?? `Analyze: ${conditions.map(humanName).join(' or ')}?`;
  const [item] = branching.task === null ? [] : draft.find(branching.task);
  const analysis = item ?? draft.make({ title, text: title, role: 'analyze', section: null, line, minutes: null });
  draft.change(analysis, { role: 'analyze', ...asAgent(analyzer, agents, draft.get(analysis)) });
  const chosen = branches.flatMap((branch) => {
    const { condition, agent } = branch;
    const own = {
      line: branch.line,
      words: `${humanTitle(condition)}${agent === null ? '' : `: ${humanName(agent)}`}`,
    };
    const ids = (branch.tasks.length > 0 ? branch.tasks : [own]).flatMap((one) => namedTask(context, one, agent));
    for (const id of ids) {
      draft.change(id, { chosenBy: { task: analysis, outcome: condition } });
      draft.connect(id, analysis, { basis: 'yaml', source: `condition: ${condition}`, line: branch.line });
    }
    return ids;
  });
  return [analysis, ...chosen];
}
