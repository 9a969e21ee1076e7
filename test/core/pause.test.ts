import { describe, expect, it } from 'vitest';
import { replay } from '../../src/core/evolve.ts';
import { startBlockers } from '../../src/core/schedule.ts';
import { waitsForApproval } from '../../src/core/tasks.ts';
import { landBlockers } from '../../src/core/train.ts';
import { ask, failAttempt, followed, linked, merge, running, statuses, taskOf, withPull } from './scenes.ts';
import { edge, planOf, repo, Stage } from './story.ts';

describe('a pause', () => {
  it('lets what runs go on, starts nothing, lands nothing, and ends nothing', () => {
    const stage = running(['t1', 't2', 't3'], [], { maxWorkers: 1 });
    ask(stage, 'pause');
    withPull(stage, 't1');
    expect(statuses(stage)).toEqual(['validation_passed', 'dependency_resolution', 'dependency_resolution']);
    expect(startBlockers(stage.state, taskOf(stage, 't2'))).toEqual([{ kind: 'paused', by: 'ada' }]);
    expect(landBlockers(stage.state, taskOf(stage, 't1'), stage.now)).toEqual([{ kind: 'paused', by: 'ada' }]);
    expect(stage.commands().filter(({ kind }) => kind === 'run-attempt' || kind === 'merge-pull')).toEqual([]);
    expect(stage.state.phase).toBe('running');
  });

  it('is undone by resume: everything goes on where it stopped', () => {
    const stage = running(['t1', 't2'], [edge('t2', 't1')]);
    ask(stage, 'pause');
    withPull(stage, 't1');
    ask(stage, 'resume');
    expect(taskOf(stage, 't1')).toMatchObject({ landing: { state: 'sent' } });
    merge(stage, 't1');
    expect(statuses(stage)).toEqual(['merged', 'agent_assignment']);
    expect(replay(stage.history)).toEqual(stage.state);
  });

  it('holds back automatic retries as well', () => {
    const stage = running(['t1'], [], { attempts: 2 });
    ask(stage, 'pause');
    failAttempt(stage, 't1');
    stage.now += 3_600_000;
    stage.when({ type: 'tick' });
    expect(statuses(stage)).toEqual(['dependency_resolution']);
    expect(followed(ask(stage, 'pause'))).toBe('says nothing-to-do');
    expect(followed(ask(stage, 'resume'))).toBe('resumed, says resumed, agent-assigned');
  });
});

describe('a plan that is only to be shown', () => {
  const issue = { number: 7, nodeId: 'I_7', title: 'Master', url: 'http://x/7' };
  const read = (round: number | undefined, ids: readonly string[]) =>
    ({
      ...({
        type: 'plan-read',
        repo,
        issue,
        requiredChecks: [],
        baseChecks: [],
        plan: { ok: true, plan: planOf(ids) },
      } as const),
      ...(round === undefined ? {} : { round }),
    }) as const;

  function shown(): Stage {
    const stage = new Stage();
    stage.record({ type: 'orchestration-requested', id: 'orch-7-20261120-0930', repo, issue: 7, by: 'ada' });
    ask(stage, 'plan');
    stage.when(read(undefined, ['t1']), { type: 'plan-digested', digest: 'd1' });
    return stage;
  }

  it('waits, with a status comment and nothing else, until somebody approves it', () => {
    const stage = shown();
    expect(stage.state.phase).toBe('proposed');
    expect(waitsForApproval(stage.state)).toBe(true);
    expect(stage.commands().map(({ kind }) => kind)).toEqual(['post-status']);
    ask(stage, 'approve');
    linked(stage);
    expect(statuses(stage)).toEqual(['agent_assignment']);
  });

  it('is read once more by `run`: what starts is what the issue says then', () => {
    const stage = shown();
    ask(stage, 'run');
    expect(stage.commands()).toContainEqual({ kind: 'read-plan', round: 2 });
    // the answer to the first reading, late
    stage.when(read(undefined, ['t1', 't2', 't3']));
    expect(stage.state.phase).toBe('reading');
    stage.when(read(2, ['t1', 't2']));
    stage.when({ type: 'plan-digested', digest: 'd1' });
    expect(stage.state.phase).toBe('proposed');
    stage.when({ type: 'plan-digested', digest: 'd2', round: 2 });
    expect([stage.state.phase, stage.state.digest, stage.state.tasks.length]).toEqual(['running', 'd2', 2]);
  });

  it('is shown anew by another `plan`, and stays a plan', () => {
    const stage = shown();
    ask(stage, 'plan');
    stage.when(read(2, ['t1', 't2']), { type: 'plan-digested', digest: 'd2', round: 2 });
    expect([stage.state.phase, stage.state.tasks.length, waitsForApproval(stage.state)]).toEqual(['proposed', 2, true]);
  });
});
