import { describe, expect, it } from 'vitest';
import { commandKey } from '../../src/core/commands.ts';
import {
  ask,
  attemptNumber,
  deliver,
  delivery,
  failAttempt,
  failureOf,
  linked,
  merge,
  running,
  secondAttempt,
  startAgent,
  statuses,
  subIssue,
  taskOf,
  typesOf,
  withPull,
} from './scenes.ts';
import { edge, plannedTask, planOf, Stage } from './story.ts';

describe('news of an attempt', () => {
  it('moves on: started, progress, delivered', () => {
    const stage = running(['t1']);
    const at = { task: 't1', attempt: 1 };
    expect(typesOf(startAgent(stage, 't1'))).toEqual(['attempt-started']);
    stage.when({ type: 'attempt-progressed', ...at, percent: 35, stage: 'implementation' });
    expect(taskOf(stage, 't1').attempts[0]?.progress).toEqual({ percent: 35, stage: 'implementation' });
    stage.when({ type: 'attempt-delivered', ...at, delivery: delivery(stage, 't1') });
    expect(stage.commands()).toContainEqual({ kind: 'open-pull', task: 't1', attempt: 1 });
  });

  it('a start that comes again means that it was started again, from the beginning', () => {
    const stage = running(['t1']);
    startAgent(stage, 't1');
    stage.when({ type: 'attempt-progressed', task: 't1', attempt: 1, percent: 90, stage: 'testing' });
    stage.now += 5_000;
    startAgent(stage, 't1');
    expect(taskOf(stage, 't1').attempts).toMatchObject([{ number: 1, startedAt: stage.now, progress: null }]);
  });

  it('a delivery that was adopted may come without its start', () => {
    const stage = running(['t1']);
    const events = stage.when({
      type: 'attempt-delivered',
      task: 't1',
      attempt: 1,
      delivery: delivery(stage, 't1'),
    });
    expect(typesOf(events)).toEqual(['attempt-started', 'attempt-delivered']);
    expect(statuses(stage)).toEqual(['processing']);
  });

  it('after the verdict nothing of it counts: not a doubled one, not another verdict', () => {
    const delivered = running(['t1']);
    deliver(delivered, 't1');
    const failed = running(['t1']);
    failAttempt(failed, 't1');
    for (const stage of [delivered, failed]) {
      expect(startAgent(stage, 't1')).toEqual([]);
      expect(deliver(stage, 't1')).toEqual([]);
      expect(failAttempt(stage, 't1')).toEqual([]);
      const progress = { type: 'attempt-progressed', task: 't1', attempt: 1, percent: 1, stage: '' } as const;
      expect(stage.when(progress)).toEqual([]);
    }
  });

  it('of an older attempt is late, and of one that does not exist is nothing', () => {
    const stage = secondAttempt();
    expect(attemptNumber(stage, 't1')).toBe(2);
    for (const attempt of [1, 3]) {
      const at = { task: 't1', attempt };
      expect(stage.when({ type: 'attempt-started', ...at, confinement: 'x' })).toEqual([]);
      expect(stage.when({ type: 'attempt-delivered', ...at, delivery: delivery(stage, 't1') })).toEqual([]);
      const failed = { type: 'attempt-failed', ...at, class: 'crashed', message: '', evidence: [] } as const;
      expect(stage.when(failed)).toEqual([]);
    }
    expect(statuses(stage)).toEqual(['agent_assignment']);
  });

  it('of a task that is not in the plan is nothing', () => {
    const stage = running(['t1']);
    expect(stage.when({ type: 'attempt-started', task: 't9', attempt: 1, confinement: 'x' })).toEqual([]);
  });
});

describe('a sub-issue', () => {
  const seen = { type: 'issue-seen', number: 101, state: 'closed', notPlanned: true, closedAt: null } as const;

  it('closed as not planned takes its task out, and leaves the others', () => {
    const stage = running(['t1', 't2']);
    stage.when(seen);
    expect(taskOf(stage, 't1')).toMatchObject({
      status: 'cancelled',
      reason: 'sub-issue #101 was closed as not planned',
    });
    expect(statuses(stage)[1]).toBe('agent_assignment');
    expect(stage.when(seen)).toEqual([]);
  });

  it.each([
    ['open', { state: 'open' as const, notPlanned: false }],
    ['that is none of ours', { number: 999 }],
  ])('%s changes nothing', (_, changes) => {
    expect(running(['t1']).when({ ...seen, ...changes })).toEqual([]);
  });

  it('of what has landed stays landed', () => {
    const stage = running(['t1', 't2']);
    withPull(stage, 't1');
    merge(stage, 't1');
    expect(typesOf(stage.when(seen))).toEqual(['sub-issue-seen']);
    expect(statuses(stage)[0]).toBe('merged');
  });

  it('that exists already is adopted, not made', () => {
    const plan = planOf(['t1']);
    const adopts = { number: 55, id: 55, nodeId: 'I_55', url: '' };
    const stage = new Stage().planned({ ...plan, tasks: [plannedTask('t1', { adopts })] });
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'agent_assignment', sub: { number: 55 } });
    expect(stage.history.some(({ event }) => event.type === 'sub-issue-linked')).toBe(true);
  });

  it('is linked once, and moves only when a twin was kept instead', () => {
    const stage = running(['t1']);
    expect(stage.when({ type: 'sub-issue-created', ...subIssue('t1') })).toEqual([]);
    const kept = { type: 'sub-issue-kept', task: 't1', issue: { number: 150, id: 150, nodeId: 'I', url: '' } } as const;
    expect(typesOf(stage.when(kept))).toEqual(['sub-issue-replaced']);
    expect(stage.when(kept)).toEqual([]);
    expect(taskOf(stage, 't1')).toMatchObject({ sub: { number: 150 } });
  });
});

describe('edges', () => {
  function waiting(): Stage {
    const stage = new Stage().planned(planOf(['t1', 't2'], [edge('t2', 't1')]));
    stage.when(...['t1', 't2'].map((task) => ({ type: 'sub-issue-created', ...subIssue(task) }) as const));
    expect(statuses(stage)).toEqual(['agent_assignment', 'task_decomposition']);
    expect(stage.state.plannedAt).toBeNull();
    return stage;
  }
  const added = { from: 't2', to: 't1' };
  const key = (stage: Stage): string => commandKey(stage.state, { kind: 'add-edge', ...added });

  it.each([
    ['written', (stage: Stage) => stage.when({ type: 'edge-added', ...added })],
    ['refused by GitHub', (stage: Stage) => stage.when({ type: 'edge-refused', ...added, message: 'no' })],
    [
      'given up',
      (stage: Stage) =>
        stage.when({ type: 'command-gave-up', key: key(stage), kind: 'add-edge', task: null, message: 'no' }),
    ],
  ])('%s: the task waits for its need all the same, and planning ends', (_, happens) => {
    const stage = waiting();
    happens(stage);
    expect(happens(stage)).toEqual([]);
    expect(statuses(stage)).toEqual(['agent_assignment', 'dependency_resolution']);
    expect(stage.state.plannedAt).toBe(stage.now);
    expect(stage.commands().some(({ kind }) => kind === 'add-edge')).toBe(false);
  });
});

describe('an edge that was written after all', () => {
  it('is not refused by a late word that its command was given up', () => {
    const stage = running(['t1', 't2'], [edge('t2', 't1')]);
    const key = commandKey(stage.state, { kind: 'add-edge', from: 't2', to: 't1' });
    const gaveUp = { type: 'command-gave-up', key, kind: 'add-edge', task: null, message: 'no' } as const;
    expect(typesOf(stage.when(gaveUp))).toEqual(['command-gave-up']);
    expect(stage.state).toMatchObject({ edgesLinked: ['t2>t1'], edgesRefused: [] });
  });

  it('nor is one that the plan does not have', () => {
    const stage = running(['t1', 't2']);
    const key = commandKey(stage.state, { kind: 'add-edge', from: 't2', to: 't1' });
    const gaveUp = { type: 'command-gave-up', key, kind: 'add-edge', task: null, message: 'no' } as const;
    expect(typesOf(stage.when(gaveUp))).toEqual(['command-gave-up']);
  });
});

describe('a command that was given up', () => {
  function giveUp(stage: Stage, kind: string, task: string | null = 't1'): readonly string[] {
    return typesOf(stage.when({ type: 'command-gave-up', key: `k.${kind}`, kind, task, message: 'GitHub said no' }));
  }

  it.each<[string, () => Stage]>([
    ['create-sub-issue', () => new Stage().planned(planOf(['t1', 't2']))],
    ['run-attempt', () => running(['t1', 't2'])],
    [
      'open-pull',
      () => {
        const stage = running(['t1', 't2']);
        deliver(stage, 't1');
        return stage;
      },
    ],
    ['merge-pull', () => withPull(running(['t1', 't2']), 't1')],
  ])('%s: its task fails in words, the others go on', (kind, scene) => {
    const stage = scene();
    const before = statuses(stage)[1];
    expect(giveUp(stage, kind)).toContain('attempt-failed');
    expect(failureOf(stage)).toMatchObject({
      failure: { class: 'github_refused', message: 'GitHub said no' },
      retryAt: null,
    });
    expect(statuses(stage)[1]).toBe(before);
    expect(giveUp(stage, kind)).toEqual([]);
    expect(stage.state.stuck).toHaveLength(1);
  });

  it.each(['edit-status', 'mark-body', 'post-reply', 'post-summary', 'open-diagnostic', 'close-master', 'wake'])(
    '%s: is only noted',
    (kind) => {
      const stage = running(['t1']);
      expect(giveUp(stage, kind, kind === 'open-diagnostic' ? 't1' : null)).toEqual(['command-gave-up']);
      expect(statuses(stage)).toEqual(['agent_assignment']);
    },
  );

  it('late, for a task that is over, changes nothing but the note', () => {
    const stage = withPull(running(['t1', 't2']), 't1');
    merge(stage, 't1');
    expect(giveUp(stage, 'merge-pull')).toEqual(['command-gave-up']);
    expect(statuses(stage)[0]).toBe('merged');
  });

  it('a sub-issue that could not be made is made under a new key when a human asks again', () => {
    const stage = new Stage().planned(planOf(['t1']));
    const first = commandKey(stage.state, { kind: 'create-sub-issue', task: 't1', round: 1 });
    stage.when({ type: 'command-gave-up', key: first, kind: 'create-sub-issue', task: 't1', message: 'no' });
    expect(stage.state.phase).toBe('finished');
    ask(stage, 'retry');
    expect(stage.commands()).toContainEqual({ kind: 'create-sub-issue', task: 't1', round: 2 });
    linked(stage);
    expect(statuses(stage)).toEqual(['agent_assignment']);
    expect(stage.state.stuck).toEqual([]);
  });
});
