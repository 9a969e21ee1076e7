import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import type { Signal } from '../../src/core/signals.ts';
import { ask, linked, statuses, subIssue, typesOf } from './scenes.ts';
import { plannedTask, planOf, repo, Stage } from './story.ts';

type PlanRead = Extract<Signal, { type: 'plan-read' }>;

/** Asked for by ada at 1,000,000. */
function read(more: Partial<PlanRead>, plan: Plan = planOf(['t1'])): Stage {
  const stage = new Stage().requested();
  stage.when(reading(more, plan));
  stage.when({ type: 'plan-digested', digest: 'd1' });
  return stage;
}

function reading(more: Partial<PlanRead>, plan: Plan): PlanRead {
  const issue = { number: 7, nodeId: 'I_7', title: 'Master', url: '' };
  return { type: 'plan-read', repo, issue, requiredChecks: [], baseChecks: [], plan: { ok: true, plan }, ...more };
}

const asked = 1_000_000;
const adopts = { ...subIssue('t1').issue };
const pointing: Plan = { ...planOf([]), tasks: [plannedTask('t1', { adopts, text: 'Of the sub-issue' })] };

describe('a text that was edited after the run was asked for', () => {
  it.each<[string, Partial<PlanRead>]>([
    ['by somebody else', { edited: { by: 'eve', at: asked + 1 } }],
    ['in the same second', { edited: { by: 'eve', at: asked } }],
    ['by nobody knows whom', { edited: { by: null, at: asked + 1 } }],
    ['in a sub-issue that is a task', { adopted: [{ number: 101, by: 'eve', at: asked + 1 }] }],
  ])('%s waits for approval, and starts with it', (_, more) => {
    const stage = read(more);
    expect(stage.state).toMatchObject({ phase: 'proposed', lateEdit: {} });
    expect(stage.commands()).toEqual([{ kind: 'post-status' }]);
    expect(typesOf(ask(stage, 'approve'))).toContain('plan-approved');
    expect(statuses(stage)).toEqual(['nlp_parsing']);
  });

  it.each<[string, Partial<PlanRead>]>([
    ['by who asked', { edited: { by: 'ada', at: asked + 1 } }],
    ['before it was', { edited: { by: 'eve', at: asked - 1 } }],
    ['in no sub-issue that is a task', { adopted: [{ number: 101, by: 'eve', at: asked - 1 }] }],
  ])('%s, that is not: it starts', (_, more) => {
    expect(read(more).state).toMatchObject({ phase: 'running' });
  });

  it('counts as read once the run is asked for again', () => {
    const stage = read({ edited: { by: 'eve', at: asked + 1 } });
    stage.now += 10_000;
    ask(stage, 'run');
    stage.when(reading({ edited: { by: 'eve', at: asked + 1 }, round: 2 }, planOf(['t1'])));
    stage.when({ type: 'plan-digested', round: 2, digest: 'd1' });
    expect(stage.state.phase).toBe('running');
    expect(stage.state.lateEdit).toBeUndefined();
  });
});

it('a maintainer who edits the list does not approve what others wrote into a sub-issue', () => {
  const stage = linked(read({}, pointing));
  stage.when({ type: 'issue-edited', number: 7, by: 'ada', at: asked + 5 });
  const changed: Plan = { ...pointing, tasks: [plannedTask('t1', { adopts, text: 'By eve' })] };
  const adopted = [{ number: 101, by: 'eve', at: asked + 3 }];
  stage.when(reading({ round: stage.state.readings, edited: { by: 'ada', at: asked + 5 }, adopted }, changed));
  expect(stage.state.edits.change).toMatchObject({ reworded: ['t1'], editor: 'may-not' });
});
