import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replay } from '../../src/core/evolve.ts';
import { judgementOn, judgesOf } from '../../src/core/judge.ts';
import type { Orchestration } from '../../src/core/model.ts';
import type { Plan, PlannedEdge, PlannedTask } from '../../src/core/plan.ts';
import { react } from '../../src/core/react.ts';
import { isNotChosen, isOver } from '../../src/core/tasks.ts';
import { answer, edge, plannedTask, planOf, Stage } from './story.ts';

type Kind = 'work' | 'judged' | 'early' | 'barrier' | 'choice';

/** Small plans in which every kind of task that patterns make meets every other. */
const plans = fc.record({
  kinds: fc.array(fc.constantFrom<Kind>('work', 'judged', 'early', 'barrier', 'choice'), {
    minLength: 1,
    maxLength: 5,
  }),
  needsBefore: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  failing: fc.constantFrom(0, 0, 0.3, 0.6),
  required: fc.boolean(),
  seed: fc.string({ minLength: 1, maxLength: 4 }),
  pick: fc.infiniteStream(fc.nat(1000)),
});

function build(kinds: readonly Kind[], needsBefore: readonly boolean[]): Plan {
  const tasks: PlannedTask[] = [];
  const edges: PlannedEdge[] = [];
  let before: readonly string[] = [];
  const add = (more: Partial<PlannedTask> = {}): string => {
    const id = `t${tasks.length + 1}`;
    tasks.push(plannedTask(id, more));
    return id;
  };
  const wait = (from: string, to: string, until?: 'pr-green'): void => {
    edges.push({ ...edge(from, to), ...(until === undefined ? {} : { until }) });
  };
  for (const [index, kind] of kinds.entries()) {
    const after = needsBefore[index] === true ? before : [];
    const first = add(kind === 'choice' ? { role: 'analyze' } : kind === 'barrier' ? { role: 'validate' } : {});
    for (const to of kind === 'barrier' ? before : after) wait(first, to);
    if (kind === 'judged') {
      const judges = [1, 2].map(() => add({ role: 'review', judges: [first], sendBacks: 1 }));
      for (const judge of judges) wait(judge, first, 'pr-green');
      before = [first, ...judges];
    } else if (kind === 'early') {
      const later = add();
      wait(later, first, 'pr-green');
      before = [later];
    } else if (kind === 'choice') {
      const one = add({ chosenBy: { task: first, outcome: 'a' } });
      const other = add({ chosenBy: { task: first, outcome: 'else' } });
      const judge = add({ role: 'review', judges: [one], chosenBy: { task: first, outcome: 'a' } });
      for (const from of [one, other]) wait(from, first);
      wait(judge, one, 'pr-green');
      before = [one, other, judge];
    } else before = [first];
  }
  return { ...planOf([], edges), tasks };
}

function checkLandings(state: Orchestration, before: Orchestration): void {
  for (const [index, task] of state.tasks.entries()) {
    const earlier = before.tasks[index];
    if (task.status !== 'merged' || earlier?.status === 'merged' || task.pull === null) continue;
    for (const judge of judgesOf(before, task.plan.id))
      if (judge.status !== 'cancelled')
        expect(judgementOn(judge, task.pull.headSha), `${task.plan.id} landed unjudged`).toBe('pass');
  }
}

describe('plans with roles, against a world that answers in any order', () => {
  it('end, land only what was judged good, and replay to the same state', () => {
    fc.assert(
      fc.property(plans, ({ kinds, needsBefore, failing, required, seed, pick }) => {
        const stage = new Stage().planned(build(kinds, needsBefore), { required: required ? ['ci'] : [] });
        const performed = new Set<string>();
        const choose = pick[Symbol.iterator]();
        for (let steps = 0; ; steps++) {
          expect(steps, 'does not come to an end').toBeLessThan(900);
          const open = react(stage.state, { coalesceMs: 0 }).filter((one) => !performed.has(one.key));
          const one = open[(choose.next().value ?? 0) % Math.max(1, open.length)];
          if (one === undefined) break;
          performed.add(one.key);
          stage.now = Math.max(stage.now + 10, one.notBefore);
          const before = stage.state;
          const signals = answer(stage, one.command, { seed, failing });
          stage.when(...signals);
          checkLandings(stage.state, before);
          const { seq } = stage.state;
          stage.when(...signals);
          expect(stage.state.seq, `a doubled ${one.command.kind} changed something`).toBe(seq);
        }
        expect(stage.state.phase).toBe('finished');
        expect(replay(stage.history)).toEqual(stage.state);
        const wanted = stage.state.tasks.filter((task) => !isNotChosen(task));
        expect(stage.state.outcome?.total).toBe(wanted.length);
        if (failing === 0) expect(wanted.filter(({ status }) => status !== 'merged')).toEqual([]);
        for (const task of stage.state.tasks)
          if (isOver(task) && 'sub' in task && (isNotChosen(task) || (task.status === 'merged' && task.pull === null)))
            expect(task.subClosed, `${task.plan.id} ended with its issue open`).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
