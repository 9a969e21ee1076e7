/**
 * Patterns into the one graph: barriers, reviewers and validators become tasks with roles, order becomes edges, a
 * branch becomes what an analysis chooses. Each stage says which tasks it begins with and which it ends with.
 */
import type { Arc } from '../core/graph.ts';
import type { TaskId } from '../core/plan.ts';
import { inOrder } from './item-graph.ts';
import { asAgent } from './pattern-agents.ts';
import { compileBranching, compileFan } from './pattern-branches.ts';
import type { Pattern, PatternOutput } from './pattern-model.ts';
import { chain, ends, judge, namedTask, type PatternContext } from './pattern-parts.ts';
import { compilePhases } from './pattern-phases.ts';
import { humanTitle } from './pattern-words.ts';
import type { Draft } from './plan-draft.ts';

/** Applies the root of a plan's patterns to all items, or to those that its stages do not name. */
export function applyPattern(draft: Draft, pattern: Pattern, agents: readonly string[]): void {
  const context: PatternContext = { draft, agents, numbering: { steps: 0, groups: 0, phases: 0 } };
  const named = new Set(pattern.stages.flatMap(({ tasks }) => (tasks ?? []).flatMap(({ words }) => draft.find(words))));
  const items = draft.tasks().map(({ id }) => id);
  applyStage(
    context,
    { ...pattern, reviewers: [] },
    items.filter((id) => !named.has(id)),
  );
  let before: readonly TaskId[] = [];
  for (const stage of pattern.stages) {
    const start = draft.edges().length;
    const scope = (stage.tasks ?? []).flatMap((one) => namedTask(context, one, null));
    const all = applyStage(context, stage, scope);
    if (stage.name !== null) draft.name(stage.name, all);
    if (all.length === 0)
      draft.problem(
        stage.line,
        `The stage ${stage.name ?? ''} has nothing to do.`,
        'Give it "tasks:" or a pattern of its own.',
      );
    const own = draft.edges().slice(start);
    for (const from of ends(all, own, 'first'))
      for (const to of before) draft.connect(from, to, { basis: 'phase', source: 'stages', line: stage.line });
    before = all.length === 0 ? before : ends(all, own, 'last');
  }
  // what the whole plan asks for, its stages cannot leave out
  const all = draft.tasks().map(({ id }) => id);
  compileReviews(context, pattern, all);
}

function applyStage(context: PatternContext, pattern: Pattern, scope: readonly TaskId[]): readonly TaskId[] {
  const { draft } = context;
  const taken = new Set<TaskId>();
  const own: TaskId[] = [];
  const add = (ids: readonly TaskId[]): void => {
    for (const id of ids) {
      taken.add(id);
      if (!own.includes(id)) own.push(id);
    }
  };
  const group = { kind: 'group' as const, name: null, steps: pattern.group };
  const phases =
    pattern.group.length === 0
      ? pattern.phases
      : [
          ...pattern.phases,
          {
            line: pattern.line,
            name: null,
            agent: null,
            validator: null,
            sequential: null,
            tasks: [],
            parts: [group],
          },
        ];
  if (phases.length > 0) add(compilePhases(context, phases, pattern.sequential !== false));
  add(compileFan(context, pattern));
  add(compileBranching(context, pattern));
  const free = scope.filter((id) => !taken.has(id));
  const chained = pattern.parallel === false || (pattern.sequential === true && phases.length === 0);
  if (chained) chain(draft, inOrder(free, needsAmong(draft)), 'parallel_execution: false', pattern.line);
  add(compileSyncPoints(context, pattern, free));
  add(free);
  handOn(context, pattern.handoff, own);
  if (pattern.primary !== null)
    for (const id of free) draft.change(id, asAgent(pattern.primary, context.agents, draft.get(id)));
  add(compileReviews(context, pattern, own));
  return own;
}

function needsAmong(draft: Draft): readonly Arc[] {
  return draft.edges().filter(({ kind }) => kind === 'needs');
}

/** The n-th output comes from the n-th task, what is left over from the last one; `from` says otherwise. */
function handOn({ draft }: PatternContext, outputs: readonly PatternOutput[], ids: readonly TaskId[]): void {
  const works = ids.filter((id) => draft.get(id)?.role === 'work');
  const [first] = outputs;
  if (first !== undefined && works.length === 0)
    draft.problem(
      first.line,
      '"handoff_artifacts" finds no task that could hand anything on.',
      'Add items to the list.',
    );
  for (const [index, { name, path, from, line }] of outputs.entries()) {
    const said = from === null ? [] : draft.require({ words: from, line }, '"from"');
    const id = from === null ? works[Math.min(index, works.length - 1)] : said[0];
    const task = id === undefined ? undefined : draft.get(id);
    if (task !== undefined) draft.change(task.id, { outputs: [...(task.outputs ?? []), { name, path }] });
  }
}

/** A point that names an item is that item; any other becomes a validation before the next one, or at the end. */
function compileSyncPoints(context: PatternContext, pattern: Pattern, free: readonly TaskId[]): readonly TaskId[] {
  const { draft } = context;
  if (pattern.syncPoints.length === 0) return [];
  const order = [...free];
  const points = new Set<TaskId>();
  const made: TaskId[] = [];
  for (const point of [...pattern.syncPoints].reverse()) {
    const [item] = draft.find(point.words).filter((id) => free.includes(id) && !points.has(id));
    if (item !== undefined) points.add(item);
    else {
      const title = humanTitle(point.words);
      const id = draft.make({ title, text: title, role: 'validate', section: null, line: point.line, minutes: null });
      const next = order.findIndex((one) => points.has(one));
      order.splice(next === -1 ? order.length : next, 0, id);
      points.add(id);
      made.push(id);
    }
  }
  let barrier: TaskId | null = null;
  let since: TaskId[] = [];
  for (const id of order) {
    const how = { basis: 'yaml' as const, source: 'sync_points', line: pattern.syncPoints[0]?.line ?? pattern.line };
    const waits = points.has(id) && since.length > 0 ? since : barrier === null ? [] : [barrier];
    for (const to of waits) draft.connect(id, to, how);
    if (points.has(id)) [barrier, since] = [id, []];
    else since.push(id);
  }
  return made.reverse();
}

/** Each reviewer judges each piece of work while its pull request is open: it lands only with their word. */
function compileReviews(context: PatternContext, pattern: Pattern, ids: readonly TaskId[]): readonly TaskId[] {
  const { draft, agents } = context;
  const works = ids.filter((id) => draft.get(id)?.role === 'work');
  if (pattern.reviewers.length > 0 && works.length === 0)
    draft.problem(pattern.line, '"reviewer_agents" finds no work to review.', 'Add items to the list, or a "task: …".');
  return works.flatMap((id) =>
    pattern.reviewers.map((reviewer) =>
      judge(draft, agents, {
        of: [id],
        by: reviewer,
        role: 'review',
        source: 'reviewer_agents',
        line: pattern.line,
        sendBacks: pattern.sendBacks,
      }),
    ),
  );
}
