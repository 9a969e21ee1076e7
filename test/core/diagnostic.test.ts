import { describe, expect, it } from 'vitest';
import type { CoreCommand } from '../../src/core/commands.ts';
import { ask, failAttempt, landAll, running, taskOf } from './scenes.ts';
import type { Stage } from './story.ts';

describe('the diagnostic issue', () => {
  const issue = { number: 301, id: 301, nodeId: 'D', url: '' };
  const diagnosed = (stage: Stage): readonly CoreCommand[] =>
    stage.commands().filter(({ kind }) => kind.endsWith('-diagnostic'));

  function finallyFailed(): Stage {
    const stage = running(['t1', 't2']);
    failAttempt(stage, 't1', 'timeout', 'too slow');
    return stage;
  }

  it('is opened when an attempt finally fails, not for one that is tried again', () => {
    const stage = running(['t1']);
    failAttempt(stage, 't1', 'crashed');
    expect(diagnosed(stage)).toEqual([]);
    ask(stage, 'retry');
    failAttempt(stage, 't1', 'timeout', 'too slow');
    const { diagnostic } = taskOf(stage, 't1');
    expect(diagnosed(stage)).toEqual([{ kind: 'open-diagnostic', task: 't1', fingerprint: diagnostic?.fingerprint }]);
  });

  it('is one per task: a later failure is told in it, with a count', () => {
    const stage = finallyFailed();
    const told = { type: 'diagnostic-told', task: 't1', issue, told: 1 } as const;
    stage.when(told);
    expect(diagnosed(stage)).toEqual([]);
    expect(stage.when(told)).toEqual([]);
    ask(stage, 'retry');
    failAttempt(stage, 't1', 'timeout', 'too slow');
    expect(diagnosed(stage)).toEqual([{ kind: 'update-diagnostic', task: 't1', told: 2 }]);
    stage.when({ ...told, told: 2 });
    expect(diagnosed(stage)).toEqual([]);
  });

  it('a failure that came before the issue was made is told in the same one', () => {
    const stage = finallyFailed();
    ask(stage, 'retry');
    failAttempt(stage, 't1', 'timeout', 'another reason');
    expect(diagnosed(stage)).toHaveLength(1);
    expect(taskOf(stage, 't1').diagnostic).toMatchObject({ count: 2, issue: null });
    stage.when({ type: 'diagnostic-told', task: 't1', issue, told: 2 });
    expect(diagnosed(stage)).toEqual([]);
  });

  it('closes itself when the task lands after all', () => {
    const stage = finallyFailed();
    stage.when({ type: 'diagnostic-told', task: 't1', issue, told: 1 });
    ask(stage, 'retry');
    landAll(stage, 't1');
    expect(diagnosed(stage)).toEqual([{ kind: 'close-diagnostic', task: 't1', told: 1 }]);
    stage.when({ type: 'diagnostic-closed', task: 't1' });
    expect(diagnosed(stage)).toEqual([]);
    expect(stage.when({ type: 'diagnostic-closed', task: 't1' })).toEqual([]);
  });

  it('that was still being made when the task landed is closed as soon as it exists', () => {
    const stage = finallyFailed();
    ask(stage, 'retry');
    landAll(stage, 't1');
    expect(diagnosed(stage)).toEqual([]);
    stage.when({ type: 'diagnostic-told', task: 't1', issue, told: 1 });
    expect(diagnosed(stage)).toEqual([{ kind: 'close-diagnostic', task: 't1', told: 1 }]);
  });

  it('is told of even when everything is over', () => {
    const stage = running(['t1']);
    failAttempt(stage, 't1', 'timeout');
    expect(stage.state.phase).toBe('finished');
    expect(diagnosed(stage)).toHaveLength(1);
  });
});
