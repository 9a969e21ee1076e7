import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replay } from '../../src/core/evolve.ts';
import { signatureOf } from '../../src/core/evolve-edits.ts';
import { findCycle } from '../../src/core/graph.ts';
import type { Plan, PlannedProposal, Policy } from '../../src/core/plan.ts';
import { chooseProposals, openProposals, withAccepted } from '../../src/core/proposals.ts';
import { planChange } from '../../src/core/resync.ts';
import { startBlockers } from '../../src/core/schedule.ts';
import { landBlockers } from '../../src/core/train.ts';
import { ask, followed, linked, merge, startAgent, statuses, subIssue, taskOf, withPull } from './scenes.ts';
import { edge, planOf, repo, Stage } from './story.ts';

function proposal(id: string, from: string, to: string, kind: PlannedProposal['kind'] = 'needs'): PlannedProposal {
  return { id, from, to, kind, source: `uses what ${to} makes`, line: 2 };
}

const tasks = ['t1', 't2', 't3'];
const proposals = [proposal('p1', 't2', 't1'), proposal('p2', 't3', 't1', 'lands-after'), proposal('p3', 't1', 't3')];

function planWith(policy: Partial<Policy> = {}, more: Partial<Plan> = {}): Plan {
  return { ...planOf(tasks, [], policy), proposals, ...more };
}

const waiting = (): Stage => new Stage().planned(planWith({ approval: 'required' }));
const going = (): Stage => linked(new Stage().planned(planWith({ maxWorkers: 1 })));
const edgesOf = (stage: Stage): readonly string[] =>
  (stage.state.plan?.edges ?? []).map(({ from, to, kind, basis }) => `${from} ${kind} ${to} ${basis}`);
const answer = (stage: Stage) => stage.state.replies.at(-1)?.say;

describe('proposed dependencies of a plan that waits', () => {
  it('gate nothing when it is approved without them', () => {
    const stage = waiting();
    expect(followed(ask(stage, 'approve'))).toBe('plan-approved');
    linked(stage);
    expect(statuses(stage)).toEqual(['agent_assignment', 'agent_assignment', 'agent_assignment']);
    expect(edgesOf(stage)).toEqual([]);
  });

  it('join it when it is approved with them, and become native edges', () => {
    const stage = waiting();
    expect(followed(ask(stage, 'approve', { flags: { with: ['p1', 'p2'] } }))).toBe(
      'proposals-accepted, plan-approved',
    );
    expect(stage.state.approvedBy).toBe('ada');
    expect(edgesOf(stage)).toEqual(['t2 needs t1 proposed', 't3 lands-after t1 proposed']);
    stage.when(...tasks.map((id) => ({ type: 'sub-issue-created', ...subIssue(id) }) as const));
    expect(stage.commands().filter(({ kind }) => kind === 'add-edge')).toEqual([
      { kind: 'add-edge', from: 't2', to: 't1' },
    ]);
    stage.when({ type: 'edge-added', from: 't2', to: 't1' });
    expect(startBlockers(stage.state, taskOf(stage, 't2'))).toMatchObject([{ kind: 'need', task: 't1' }]);
    expect(replay(stage.history)).toEqual(stage.state);
  });

  it('an unknown id starts nothing', () => {
    const stage = waiting();
    expect(followed(ask(stage, 'approve', { flags: { with: ['p1', 'p9'] } }))).toBe('says proposals-refused');
    expect(answer(stage)).toEqual({ kind: 'proposals-refused', troubles: [{ why: 'unknown', id: 'p9' }] });
    expect(stage.state.phase).toBe('proposed');
    expect(edgesOf(stage)).toEqual([]);
  });

  it('a circle is refused as a path, whether with each other or with what the author said', () => {
    const stage = waiting();
    ask(stage, 'approve', { flags: { with: ['p2', 'p3'] } });
    expect(answer(stage)).toEqual({
      kind: 'proposals-refused',
      troubles: [{ why: 'cycle', id: 'p3', path: ['t1', 't3', 't1'] }],
    });
    const stated = new Stage().planned(planWith({ approval: 'required' }, { edges: [edge('t1', 't2')] }));
    ask(stated, 'approve', { flags: { with: ['p1'] } });
    expect(answer(stated)).toMatchObject({ troubles: [{ why: 'cycle', id: 'p1', path: ['t1', 't2', 't1'] }] });
  });

  it('all takes what can be taken, in order', () => {
    const stage = waiting();
    expect(followed(ask(stage, 'approve', { flags: { with: ['all'] } }))).toBe('proposals-accepted, plan-approved');
    expect(edgesOf(stage)).toEqual(['t2 needs t1 proposed', 't3 lands-after t1 proposed']);
  });
});

describe('proposed dependencies while the work goes on', () => {
  it('hold back what has not begun, and only the landing of what has', () => {
    const stage = linked(new Stage().planned(planWith({ maxWorkers: 2 })));
    expect(statuses(stage)).toEqual(['agent_assignment', 'agent_assignment', 'dependency_resolution']);
    expect(followed(ask(stage, 'approve', { flags: { with: ['p1'] } }))).toBe(
      'proposals-accepted, says proposals-accepted',
    );
    withPull(stage, 't2');
    expect(landBlockers(stage.state, taskOf(stage, 't2'), stage.now)).toEqual([
      { kind: 'edge', task: 't1', edge: 'needs' },
    ]);
    withPull(stage, 't1');
    merge(stage, 't1');
    expect(taskOf(stage, 't2')).toMatchObject({ landing: { state: 'sent' } });
  });

  it('are accepted once, and not about what has ended', () => {
    const stage = going();
    ask(stage, 'approve', { flags: { with: ['p1'] } });
    ask(stage, 'approve', { flags: { with: ['p1'] } });
    expect(answer(stage)).toEqual({ kind: 'proposals-refused', troubles: [{ why: 'accepted', id: 'p1' }] });
    withPull(stage, 't1');
    merge(stage, 't1');
    expect(openProposals(stage.state)).toEqual([]);
    ask(stage, 'approve', { flags: { with: ['p2'] } });
    expect(answer(stage)).toMatchObject({ troubles: [{ why: 'ended', id: 'p2', task: 't1' }] });
    expect(followed(ask(stage, 'approve', { flags: { with: ['all'] } }))).toBe('says nothing-to-do');
    expect(edgesOf(stage)).toEqual(['t2 needs t1 proposed']);
  });

  it('are no answer to an edited list: that waits for a word of its own', () => {
    const stage = going();
    editedBy(stage, 'grace', textOf(stage, ['Task t1', 'Task t2', 'Task t3', 'One more']));
    expect(stage.state.edits.change?.editor).toBe('may-not');
    ask(stage, 'approve', { flags: { with: ['p1'] } });
    expect(stage.state.edits.change).not.toBeNull();
    ask(stage, 'approve');
    expect(stage.state.tasks).toHaveLength(4);
    expect(edgesOf(stage)).toEqual(['t2 needs t1 proposed']);
  });
});

describe('what was accepted, when the list is edited', () => {
  it('stays as long as both its tasks do, and is no change by itself', () => {
    const stage = going();
    ask(stage, 'approve', { flags: { with: ['p1'] } });
    const plan = textOf(stage, ['Task t1', 'Task t2', 'Task t3']);
    expect(planChange(stage.state, plan)).toBeNull();
    const more = planChange(stage.state, textOf(stage, ['Task t1', 'Task t2', 'Task t3', 'One more']));
    expect(more).toMatchObject({ rules: false, added: [{ task: 't4' }] });
    expect(more?.plan.edges).toMatchObject([{ from: 't2', to: 't1', basis: 'proposed' }]);
    const less = planChange(stage.state, textOf(stage, ['Task t2', 'Task t3']));
    expect(less?.plan.edges).toEqual([]);
  });

  it('gives way to what the author says by now', () => {
    const stage = going();
    ask(stage, 'approve', { flags: { with: ['p1'] } });
    const turned = planChange(stage.state, textOf(stage, ['Task t1', 'Task t2', 'Task t3'], [edge('t1', 't2')]));
    expect(turned?.rules).toBe(true);
    expect(turned?.plan.edges).toEqual([edge('t1', 't2')]);
    const stated = planChange(stage.state, textOf(stage, ['Task t1', 'Task t2', 'Task t3'], [edge('t2', 't1')]));
    expect(stated).toBeNull();
  });

  it('does not make a rejected text another one', () => {
    const plan = planWith();
    expect(signatureOf(withAccepted(plan, [{ ...edge('t2', 't1'), basis: 'proposed' }]))).toBe(signatureOf(plan));
  });

  it('proposals of the text as it reads now are about the tasks as they are called here', () => {
    const stage = going();
    const moved = textOf(stage, ['Task t3', 'Task t1', 'Task t2']);
    const change = planChange(stage.state, { ...moved, proposals: [proposal('p1', 't1', 't2')] });
    expect(change?.plan.proposals).toMatchObject([{ from: 't3', to: 't1' }]);
  });

  it('keep their ids through edits; new ones get ids of their own', () => {
    const stage = going();
    const moved = textOf(stage, ['Something new', 'Task t1', 'Task t2', 'Task t3']);
    const fresh = [proposal('p1', 't1', 't2'), proposal('p2', 't4', 't2', 'lands-after'), proposal('p3', 't3', 't2')];
    const change = planChange(stage.state, { ...moved, proposals: fresh });
    expect(change?.plan.proposals?.map(({ id, from, to }) => `${id} ${from}>${to}`)).toEqual([
      'p4 t4>t1',
      'p2 t3>t1',
      'p1 t2>t1',
    ]);
  });
});

describe('whatever is accepted, in whatever order', () => {
  const end = fc.constantFrom('t1', 't2', 't3', 't4', 't5', 't6');
  const arc = fc.tuple(end, end, fc.constantFrom('needs' as const, 'lands-after' as const));

  it('the plan stays without a circle, keeps what the author said, and ids are taken as a whole or not at all', () => {
    fc.assert(
      fc.property(
        fc.array(arc, { maxLength: 6 }),
        fc.array(arc, { maxLength: 12 }),
        fc.array(fc.nat(12)),
        (a, b, picks) => {
          const ids = ['t1', 't2', 't3', 't4', 't5', 't6'];
          const forward = a.flatMap(([from, to, kind]) => (from > to ? [edge(from, to, kind)] : []));
          const some = b.flatMap(([from, to, kind], at) =>
            from === to ? [] : [proposal(`p${at + 1}`, from, to, kind)],
          );
          const stage = new Stage().planned({ ...planOf(ids, forward, { approval: 'required' }), proposals: some });
          const wanted = picks.map((n) => (n === 0 ? 'all' : `p${n}`));
          const chosen = chooseProposals(stage.state, wanted);
          ask(stage, 'approve', { flags: { with: wanted.length === 0 ? ['all'] : wanted } });
          const edges = stage.state.plan?.edges ?? [];
          expect(findCycle(ids, edges)).toBeNull();
          expect(edges.slice(0, forward.length)).toEqual(forward);
          if (!chosen.ok) expect(edges).toHaveLength(forward.length);
          else if (wanted.length > 0) expect(edges).toHaveLength(forward.length + chosen.edges.length);
        },
      ),
    );
  });
});

/** The text as somebody rewrote it; items of tasks that exist are linked. */
function textOf(stage: Stage, titles: readonly string[], edges: Plan['edges'] = []): Plan {
  const items = titles.map((title, index) => {
    const known = stage.state.tasks.find(({ plan }) => plan.title === title);
    const adopts = known === undefined ? null : subIssue(known.plan.id).issue;
    return { ...(known?.plan ?? planOf(['t9']).tasks[0]), id: `t${index + 1}`, title, text: title, adopts };
  });
  const ids = new Map(items.map(({ id, title }) => [title, id]));
  const inText = (id: string): string => ids.get(`Task ${id}`) ?? id;
  return {
    ...planWith({ maxWorkers: 1 }),
    tasks: items as Plan['tasks'],
    edges: edges.map((one) => ({ ...one, from: inText(one.from), to: inText(one.to) })),
    proposals: [],
  };
}

function editedBy(stage: Stage, by: string, plan: Plan): void {
  startAgent(stage, 't1');
  stage.now += 1_000;
  stage.when({ type: 'issue-edited', number: 7, by, at: stage.now });
  stage.when({
    type: 'plan-read',
    round: stage.state.readings,
    repo,
    issue: stage.state.issue,
    requiredChecks: [],
    baseChecks: [],
    edited: { by, at: stage.now },
    plan: { ok: true, plan },
  });
  stage.when({ type: 'permission-known', source: stage.state.edits.change?.source ?? '', permission: 'read' });
}
