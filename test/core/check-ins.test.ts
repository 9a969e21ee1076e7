import { describe, expect, it } from 'vitest';
import { openCheckIns } from '../../src/core/check-ins.ts';
import { ask, followed, inPhase, merge, running, startAgent, taskOf, withPull } from './scenes.ts';
import type { Stage } from './story.ts';

/** Agents work on these tasks, and their items were edited. */
function held(...ids: readonly string[]): Stage {
  const stage = running(['t1', 't2', 't3'], [], { maxWorkers: 3 });
  for (const task of ids) {
    startAgent(stage, task);
    stage.record({ type: 'task-held', task, reason: 'its item was taken out of the list' });
  }
  return stage;
}

const answer = (stage: Stage) => stage.state.replies.at(-1)?.say;

describe('a check-in', () => {
  it('is open about what is held, with options and a recommendation', () => {
    const stage = held('t1');
    stage.record({ type: 'task-held', task: 't2', reason: 'its item reads otherwise by now' });
    expect(openCheckIns(stage.state)).toMatchObject([
      { task: { plan: { id: 't1' } }, about: 'gone', options: ['stop', 'land'], recommended: 1 },
      { task: { plan: { id: 't2' } }, about: 'reworded', options: ['stop', 'land'], recommended: 2 },
    ]);
  });

  it('option 1 stops it', () => {
    const stage = held('t1');
    expect(followed(ask(stage, 'approve', { flags: { option: 1 } }))).toBe('task-cancelled, says cancelled');
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'cancelled', reason: 'stopped by ada' });
    expect(openCheckIns(stage.state)).toEqual([]);
  });

  it('option 2 lets it land as it is', () => {
    const stage = held('t1');
    expect(followed(ask(stage, 'approve', { flags: { option: 2 } }))).toBe('merge-allowed, says merging');
    withPull(stage, 't1');
    expect(taskOf(stage, 't1')).toMatchObject({ landing: { state: 'sent' } });
    merge(stage, 't1');
    expect(taskOf(stage, 't1').status).toBe('merged');
  });

  it('is answered by name where several are open, or on the issue of its task', () => {
    const stage = held('t1', 't2');
    expect(followed(ask(stage, 'approve', { flags: { option: 1 } }))).toBe('says option-unclear');
    expect(answer(stage)).toEqual({ kind: 'option-unclear', option: 1, tasks: ['t1', 't2'], options: 2 });
    ask(stage, 'approve', { flags: { option: 1 }, target: 102 });
    expect(taskOf(stage, 't2').status).toBe('cancelled');
    ask(stage, 'approve', { flags: { option: 2 }, issue: 101 });
    expect(taskOf(stage, 't1').held).toBeUndefined();
  });

  it('knows no other option, and none about what is not asked', () => {
    const stage = held('t1');
    ask(stage, 'approve', { flags: { option: 3 } });
    expect(answer(stage)).toEqual({ kind: 'option-unclear', option: 3, tasks: ['t1'], options: 2 });
    expect(followed(ask(stage, 'approve', { flags: { option: 1 }, target: 103 }))).toBe('says nothing-to-do');
    expect(followed(ask(inPhase('running'), 'approve', { flags: { option: 1 } }))).toBe('says nothing-to-do');
    expect(followed(ask(inPhase('proposed'), 'approve', { flags: { option: 1 } }))).toBe('says nothing-to-do');
    expect(taskOf(stage, 't1').held).toBeDefined();
  });

  it('is answered by people with write permission only', () => {
    const stage = held('t1');
    const how = { flags: { option: 1 }, by: 'eve', permission: 'read' } as const;
    expect(followed(ask(stage, 'approve', how))).toBe('command-refused, says no-permission');
  });

  it.each([
    ['cancel', 'cancelled'],
    ['merge', 'processing'],
  ] as const)('/muster %s #n answers it too', (verb, status) => {
    const stage = held('t1');
    ask(stage, verb, { target: 101 });
    expect(taskOf(stage, 't1').status).toBe(status);
    expect(openCheckIns(stage.state)).toEqual([]);
  });
});
