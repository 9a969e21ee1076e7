import { describe, expect, it } from 'vitest';
import { replay } from '../../src/core/evolve.ts';
import type { Plan, PlannedEdge, PlannedTask } from '../../src/core/plan.ts';
import { startBlockers } from '../../src/core/schedule.ts';
import type { BlockersSeen } from '../../src/core/signals.ts';
import { renderReply } from '../../src/text/reply.ts';
import { ask, linked, merge, subIssue, taskOf, typesOf, withPull } from './scenes.ts';
import { edge, plannedTask, planOf, repo, Stage } from './story.ts';

const late = 200_000;

function item(id: string, title: string, adopted = true): PlannedTask {
  const adopts = adopted ? subIssue(id).issue : null;
  return plannedTask(id, { title, text: title, adopts, line: Number(id.slice(1)) });
}

/** One agent, busy with t1; t2 waits for t1. */
function going(edges: readonly PlannedEdge[] = [edge('t2', 't1')], count = 3): Stage {
  const tasks = [...Array(count).keys()].map((at) => item(`t${at + 1}`, `Task t${at + 1}`, false));
  return linked(new Stage().planned({ ...planOf([], edges, { maxWorkers: 1 }), tasks }));
}

/** Somebody who may edits the text, and it counts. */
function edited(stage: Stage, tasks: readonly PlannedTask[], edges: readonly PlannedEdge[]): readonly string[] {
  const before = stage.history.length;
  stage.now += 10_000;
  const plan: Plan = { ...planOf([], edges), tasks, policy: stage.state.plan?.policy ?? planOf([]).policy };
  stage.when({ type: 'issue-edited', number: 7, by: 'grace', at: stage.now });
  stage.when({
    type: 'plan-read',
    round: stage.state.readings,
    repo,
    issue: { number: 7, nodeId: 'I_7', title: 'Master', url: 'http://x/7' },
    requiredChecks: [],
    baseChecks: [],
    edited: { by: 'grace', at: stage.now },
    plan: { ok: true, plan },
  });
  stage.when({ type: 'permission-known', source: stage.state.edits.change?.source ?? '', permission: 'write' });
  return typesOf(stage.history.slice(before).map(({ event }) => event));
}

const list = (...titles: readonly string[]): readonly PlannedTask[] =>
  titles.map((title, at) => item(`t${at + 1}`, title));
const same = list('Task t1', 'Task t2', 'Task t3');

function blockers(id: string, ...others: readonly string[]): BlockersSeen {
  return { id: 100 + Number(id.slice(1)), blockers: others.map((one) => 100 + Number(one.slice(1))), all: true };
}

/** What a sweep shows; `t3` waits for nothing unless said. */
function sweep(stage: Stage, ...issues: readonly BlockersSeen[]): readonly string[] {
  return typesOf(stage.when({ type: 'edges-seen', issues }));
}

function told(stage: Stage, from: string, to: string, there: boolean): readonly string[] {
  const [blocked, blocking] = [from, to].map((id) => 100 + Number(id.slice(1)));
  return typesOf(stage.when({ type: 'edge-told', blocked: blocked ?? 0, blocking: blocking ?? 0, there, by: 'grace' }));
}

function waitsFor(stage: Stage, id: string): readonly string[] {
  return startBlockers(stage.state, taskOf(stage, id)).flatMap((one) => (one.kind === 'need' ? [one.task] : []));
}

function edgesOf(stage: Stage): readonly string[] {
  return (stage.state.plan?.edges ?? []).map(({ from, to, basis }) => `${from}>${to} ${basis}`);
}

describe('a dependency taken out of the list', () => {
  it('is taken out on GitHub, and written again under a new key when it comes back', () => {
    const stage = going();
    edited(stage, same, []);
    expect(stage.commands()).toContainEqual({ kind: 'remove-edge', from: 't2', to: 't1', round: 1 });
    edited(stage, same, [edge('t2', 't1')]);
    expect(stage.commands().map(({ kind }) => kind)).not.toContain('remove-edge');
    edited(stage, same, []);
    stage.when({ type: 'edge-removed', from: 't2', to: 't1' });
    expect(stage.state.edgesLinked).toEqual([]);
    edited(stage, same, [edge('t2', 't1')]);
    expect(stage.commands()).toContainEqual({ kind: 'add-edge', from: 't2', to: 't1', round: 2 });
    stage.when({ type: 'edge-added', from: 't2', to: 't1' });
    edited(stage, same, []);
    expect(stage.commands()).toContainEqual({ kind: 'remove-edge', from: 't2', to: 't1', round: 2 });
    expect(replay(stage.history)).toEqual(stage.state);
  });

  it('is not taken out before somebody approved the edit', () => {
    const stage = going();
    stage.when({ type: 'issue-edited', number: 7, by: 'eve', at: 5 });
    const plan = { ...planOf([], []), tasks: same, policy: stage.state.plan?.policy ?? planOf([]).policy };
    const issue = { number: 7, nodeId: 'I_7', title: 'Master', url: 'http://x/7' };
    const facts = { repo, issue, requiredChecks: [], baseChecks: [], edited: { by: 'eve', at: 5 } };
    stage.when({ type: 'plan-read', round: 2, ...facts, plan: { ok: true, plan } });
    stage.when({ type: 'permission-known', source: 'change-2', permission: 'read' });
    expect(stage.state.edits.change).toMatchObject({ rules: true, editor: 'may-not' });
    expect(stage.commands().map(({ kind }) => kind)).not.toContain('remove-edge');
  });

  it('stays, and is nobody else’s, where GitHub will not take it out', () => {
    const stage = going();
    edited(stage, same, []);
    const key = 'acme/shop/orch-7-20261120-0930.remove-edge.t2.t1.1';
    stage.when({ type: 'command-gave-up', key, kind: 'remove-edge', task: null, message: 'no' });
    stage.now += late;
    sweep(stage, blockers('t2', 't1'));
    expect(stage.commands().map(({ kind }) => kind)).not.toContain('remove-edge');
    expect(waitsFor(stage, 't2')).toEqual([]);
  });

  it('is written anew when a twin of a sub-issue turned out to be the one that stays', () => {
    const stage = going();
    const issue = { number: 151, id: 151, nodeId: 'I_151', url: '' };
    stage.when({ type: 'sub-issue-kept', task: 't1', issue });
    expect(stage.commands()).toContainEqual({ kind: 'add-edge', from: 't2', to: 't1', round: 2 });
    stage.now += late;
    expect(sweep(stage, blockers('t2'))).not.toContain('edge-buried');
    expect(waitsFor(stage, 't2')).toEqual(['t1']);
  });
});

describe.each(['a webhook', 'a sweep'] as const)('told by %s', (way) => {
  /** The same change in the one way or the other, long after everything was written and seen. */
  function change(stage: Stage, from: string, to: string, there: boolean, before: readonly string[]): void {
    if (way === 'a webhook') {
      told(stage, from, to, there);
      return;
    }
    sweep(stage, blockers(from, ...before));
    sweep(stage, blockers(from, ...(there ? [...before, to] : before.filter((one) => one !== to))));
  }

  it('a dependency that somebody set on GitHub holds back what has not begun', () => {
    const stage = going();
    change(stage, 't3', 't2', true, []);
    expect(edgesOf(stage)).toEqual(['t2>t1 ref', 't3>t2 native']);
    expect(waitsFor(stage, 't3')).toEqual(['t2']);
    expect(stage.commands().filter(({ kind }) => kind.endsWith('-edge'))).toEqual([]);
  });

  it('and no edit of the list takes it out', () => {
    const stage = going();
    change(stage, 't3', 't2', true, []);
    edited(stage, list('Task t1', 'Task t2', 'Task t3 in green'), []);
    expect(edgesOf(stage)).toEqual(['t3>t2 native']);
    expect(stage.commands()).toContainEqual({ kind: 'remove-edge', from: 't2', to: 't1', round: 1 });
    expect(stage.commands()).not.toContainEqual(expect.objectContaining({ kind: 'remove-edge', from: 't3' }));
  });

  it('a dependency of ours that somebody took out on GitHub is gone for good', () => {
    const stage = going();
    change(stage, 't2', 't1', false, ['t1']);
    expect(waitsFor(stage, 't2')).toEqual([]);
    expect(stage.state.native?.buried).toEqual(['t2>t1']);
    expect(edited(stage, same, [edge('t2', 't1')])).toEqual(['edit-seen', 'plan-reread', 'plan-unchanged']);
    expect(stage.commands().filter(({ kind }) => kind.endsWith('-edge'))).toEqual([]);
    expect(replay(stage.history)).toEqual(stage.state);
  });

  it('unless somebody sets it there again', () => {
    const stage = going();
    change(stage, 't2', 't1', false, ['t1']);
    sweep(stage, blockers('t2'));
    change(stage, 't2', 't1', true, []);
    expect(waitsFor(stage, 't2')).toEqual(['t1']);
    expect(stage.state.native).toMatchObject({ buried: [], found: ['t2>t1'] });
  });

  it('what somebody set and took out again leaves no trace', () => {
    const stage = going();
    change(stage, 't3', 't2', true, []);
    change(stage, 't3', 't2', false, ['t2']);
    expect(stage.state.native).toMatchObject({ buried: [], found: [] });
    edited(stage, same, [edge('t2', 't1'), edge('t3', 't2')]);
    expect(stage.commands()).toContainEqual(expect.objectContaining({ kind: 'add-edge', from: 't3', to: 't2' }));
  });

  it('one that would close a circle is not waited for, and that is said once', () => {
    const stage = going([edge('t2', 't1'), edge('t3', 't2', 'lands-after')]);
    change(stage, 't2', 't3', true, ['t1']);
    sweep(stage, blockers('t2', 't1', 't3'));
    expect(waitsFor(stage, 't2')).toEqual(['t1']);
    const said = stage.state.replies.filter(({ say }) => say.kind === 'native-cycle');
    expect(said).toMatchObject([{ issue: 7, say: { path: ['t2', 't3', 't2'], by: 'github' } }]);
  });

  it('and counts once there is no circle any more', () => {
    const stage = going([edge('t2', 't1'), edge('t3', 't2', 'lands-after')]);
    change(stage, 't2', 't3', true, ['t1']);
    edited(stage, same, [edge('t2', 't1')]);
    sweep(stage, blockers('t2', 't1', 't3'));
    expect(waitsFor(stage, 't2')).toEqual(['t1', 't3']);
  });
});

describe('a sweep that lags behind', () => {
  it('does not bury what was just written, and does so once it had time to show', () => {
    const stage = going();
    expect(sweep(stage, blockers('t2'))).toEqual([]);
    stage.now += late;
    expect(sweep(stage, blockers('t2'))).toContain('edge-buried');
  });

  it('does not take what we are writing just now for somebody else’s', () => {
    const stage = new Stage().planned(planOf(['t1', 't2'], [edge('t2', 't1')], { maxWorkers: 1 }));
    for (const id of ['t1', 't2']) stage.when({ type: 'sub-issue-created', ...subIssue(id) });
    expect(sweep(stage, blockers('t2', 't1'))).toEqual([]);
    stage.when({ type: 'edge-added', from: 't2', to: 't1' });
    expect(stage.state).toMatchObject({ edgesLinked: ['t2>t1'], native: { found: [] } });
  });

  it('does not take what we just took out for somebody else’s', () => {
    const stage = going();
    sweep(stage, blockers('t2', 't1'));
    edited(stage, same, []);
    expect(sweep(stage, blockers('t2', 't1'))).toEqual([]);
    stage.when({ type: 'edge-removed', from: 't2', to: 't1' });
    expect(sweep(stage, blockers('t2', 't1'))).toEqual([]);
    expect(sweep(stage, blockers('t2'))).toEqual(['edges-confirmed']);
  });

  it('does not bury what it does not list to the end, or what has landed', () => {
    const stage = going();
    stage.now += late;
    expect(sweep(stage, { ...blockers('t2'), all: false })).toEqual([]);
    withPull(stage, 't1');
    merge(stage, 't1');
    expect(sweep(stage, blockers('t2'))).toEqual([]);
  });

  it('says nothing about what it has not read, and nothing twice', () => {
    const stage = going();
    expect(sweep(stage, blockers('t2', 't1'))).toEqual(['edges-confirmed']);
    expect(sweep(stage, blockers('t2', 't1'), blockers('t3'), blockers('t9', 't1'))).toEqual([]);
  });
});

describe('what frees and what holds', () => {
  it('taking out the dependency on a cancelled task frees whoever waited for it', () => {
    const stage = going([edge('t3', 't2'), edge('t2', 't1')]);
    ask(stage, 'cancel', { target: 102 });
    expect(startBlockers(stage.state, taskOf(stage, 't3'))).toMatchObject([{ kind: 'need', hopeless: true }]);
    told(stage, 't3', 't2', false);
    expect(waitsFor(stage, 't3')).toEqual([]);
  });

  it('two that came at once and close a circle together: the second is set aside', () => {
    const stage = going([], 3);
    sweep(stage, blockers('t2', 't3'), blockers('t3', 't2'));
    expect(edgesOf(stage)).toEqual(['t2>t3 native']);
    expect(stage.state.native?.aside).toEqual(['t3>t2']);
  });

  it('an edit that makes a circle with what is set on GitHub is not taken over, in words', () => {
    const stage = going([]);
    told(stage, 't3', 't2', true);
    expect(edited(stage, same, [edge('t2', 't3')])).toEqual([
      'edit-seen',
      'plan-reread',
      'plan-unchanged',
      'reply-owed',
    ]);
    expect(stage.state.replies.at(-1)?.say).toMatchObject({ kind: 'native-cycle', by: 'edit' });
    expect(edgesOf(stage)).toEqual(['t3>t2 native']);
  });

  it('also one that goes through a new item', () => {
    const stage = going([]);
    told(stage, 't3', 't2', true);
    const fresh = plannedTask('t4', { title: 'Between', text: 'Between', line: 4 });
    edited(stage, [...same, fresh], [edge('t2', 't4'), edge('t4', 't3')]);
    expect(stage.state.tasks).toHaveLength(3);
    expect(stage.state.replies.at(-1)?.say).toMatchObject({ kind: 'native-cycle' });
    const { say } = stage.state.replies.at(-1) ?? {};
    expect(say === undefined ? '' : renderReply(stage.state, say)).toContain('#102 -> Between -> #103 -> #102');
  });

  it('what the plan found on GitHub is neither written nor taken out', () => {
    const native = { ...edge('t2', 't1'), basis: 'native' as const, stated: true as const };
    const stage = going([native]);
    expect(stage.state.native?.found).toEqual(['t2>t1']);
    edited(stage, same, []);
    expect(edgesOf(stage)).toEqual(['t2>t1 native']);
    expect(stage.commands().filter(({ kind }) => kind.endsWith('-edge'))).toEqual([]);
  });
});

describe('a reworded item', () => {
  const reworded = list('Task t1', 'Task t2 in green', 'Task t3');

  it('its sub-issue is edited, once', () => {
    const stage = going();
    edited(stage, reworded, [edge('t2', 't1')]);
    expect(taskOf(stage, 't2').written).toEqual({ title: 'Task t2', text: 'Task t2', edits: 0 });
    expect(stage.commands()).toContainEqual({ kind: 'edit-sub-issue', task: 't2', revision: 1 });
    const words = { title: 'Task t2 in green', text: 'Task t2 in green' };
    expect(typesOf(stage.when({ type: 'sub-issue-edited', task: 't2', ...words, kept: false }))).toEqual([
      'sub-issue-edited',
    ]);
    expect(stage.when({ type: 'sub-issue-edited', task: 't2', ...words, kept: false })).toEqual([]);
    expect(stage.commands().map(({ kind }) => kind)).not.toContain('edit-sub-issue');
    expect(taskOf(stage, 't2').branch).toBe('muster/7-task-t2');
  });

  it('and again under a new key; one that was changed back before needs nothing', () => {
    const stage = going();
    edited(stage, reworded, [edge('t2', 't1')]);
    edited(stage, same, [edge('t2', 't1')]);
    expect(stage.commands().map(({ kind }) => kind)).not.toContain('edit-sub-issue');
    edited(stage, reworded, [edge('t2', 't1')]);
    const words = { title: 'Task t2 in green', text: 'Task t2 in green' };
    stage.when({ type: 'sub-issue-edited', task: 't2', ...words, kept: false });
    edited(stage, same, [edge('t2', 't1')]);
    expect(stage.commands()).toContainEqual({ kind: 'edit-sub-issue', task: 't2', revision: 2 });
  });

  it('where a person wrote something else it stays, and is told so there', () => {
    const stage = going();
    edited(stage, reworded, [edge('t2', 't1')]);
    const words = { title: 'Task t2 in green', text: 'Task t2 in green' };
    stage.when({ type: 'sub-issue-edited', task: 't2', ...words, kept: true });
    expect(stage.state.replies.at(-1)).toMatchObject({ issue: 102, say: { kind: 'reworded', task: 't2' } });
  });

  it('is not tried for ever', () => {
    const stage = going();
    edited(stage, reworded, [edge('t2', 't1')]);
    const key = 'acme/shop/orch-7-20261120-0930.edit-sub-issue.t2.1';
    stage.when({ type: 'command-gave-up', key, kind: 'edit-sub-issue', task: 't2', message: 'no' });
    expect(stage.commands().map(({ kind }) => kind)).not.toContain('edit-sub-issue');
  });

  it('what runs keeps its words, there too', () => {
    const stage = going();
    edited(stage, list('Task t1 in red', 'Task t2', 'Task t3'), [edge('t2', 't1')]);
    expect(stage.commands().map(({ kind }) => kind)).not.toContain('edit-sub-issue');
  });
});

describe('issues that are no task of the plan', () => {
  const outside = { owner: 'acme', name: 'lib', number: 12 };
  const seen = { ...blockers('t2', 't1'), blockers: [101, 900], names: [{ ...repo, number: 101 }, outside] };

  it('are waited for by the task whose sub-issue waits, through edits of the list, until they are taken out', () => {
    const stage = going([]);
    expect(sweep(stage, seen)).toEqual(['blockers-seen', 'edge-found']);
    expect(sweep(stage, seen)).toEqual(['edges-confirmed']);
    expect(sweep(stage, seen)).toEqual([]);
    const asked = { from: 't2', ...outside, kind: 'needs', basis: 'native' };
    expect(stage.state.plan?.outside).toMatchObject([asked]);
    edited(stage, list('Task t1', 'Task t2 in red', 'Task t3'), []);
    expect(stage.state.plan?.outside).toMatchObject([asked]);
    stage.now += late;
    expect(sweep(stage, { ...blockers('t2', 't1'), names: [{ ...repo, number: 101 }] })).toContain('blockers-seen');
    expect(stage.state.plan?.outside).toEqual([]);
  });

  it('are not forgotten where a sweep shows only some of them', () => {
    const stage = going([]);
    sweep(stage, seen);
    sweep(stage, { ...blockers('t2'), names: [], all: false });
    expect(stage.state.plan?.outside).toHaveLength(1);
  });
});
