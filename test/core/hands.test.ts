import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/events.ts';
import { emptyOrchestration, evolve } from '../../src/core/evolve.ts';
import type { Signal } from '../../src/core/signals.ts';
import {
  ask,
  deliver,
  failAttempt,
  followed,
  landAll,
  merge,
  running,
  startAgent,
  statuses,
  taskOf,
  typesOf,
  withPull,
} from './scenes.ts';
import { edge, type Stage } from './story.ts';

type Seen = Extract<Signal, { type: 'issue-seen' }>;

const open: Seen = {
  type: 'issue-seen',
  number: 101,
  state: 'open',
  notPlanned: false,
  closedAt: null,
  parent: 'here',
};
const completed: Seen = { ...open, state: 'closed', closedAt: 1 };
const notPlanned: Seen = { ...completed, notPlanned: true };
const moved: Seen = { ...open, parent: 'elsewhere' };

/** `t1` waits for somebody else; its sub-issue was seen where it belongs. */
function waiting(): Stage {
  const stage = running(['t0', 't1', 't2'], [edge('t1', 't0'), edge('t2', 't1')]);
  stage.when(open);
  return stage;
}

function atWork(): Stage {
  const stage = running(['t1', 't2'], [edge('t2', 't1')]);
  startAgent(stage, 't1');
  stage.when(open);
  return stage;
}

function says(events: readonly Event[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'reply-owed' ? [event.say.kind] : []));
}

describe('a sub-issue closed as completed by hand', () => {
  it('while nobody is on it is done: it counts no more, and what needs it goes on', () => {
    const stage = waiting();
    stage.when(completed);
    expect(taskOf(stage, 't1')).toMatchObject({
      status: 'cancelled',
      because: 'completed',
      reason: 'its sub-issue was closed as completed by hand',
    });
    expect(statuses(stage)).toEqual(['agent_assignment', 'cancelled', 'agent_assignment']);
    expect(stage.when(completed)).toEqual([]);
  });

  it('of a task that failed: somebody has done it instead', () => {
    const stage = running(['t1', 't2'], [edge('t2', 't1')]);
    failAttempt(stage, 't1', 'timeout');
    expect(stage.state.phase).toBe('finished');
    ask(stage, 'retry');
    failAttempt(stage, 't1', 'crashed');
    stage.when(completed);
    expect(statuses(stage)).toEqual(['cancelled', 'agent_assignment']);
  });

  it('while an agent is on it is a question, until it is open again', () => {
    const stage = atWork();
    const asked = stage.when(completed);
    expect(says(asked)).toEqual(['held']);
    expect(stage.when(completed)).toEqual([]);
    expect(taskOf(stage, 't1')).toMatchObject({
      status: 'processing',
      held: 'its sub-issue was closed as completed by hand',
    });
    expect(typesOf(stage.when(open))).toEqual(['sub-issue-seen', 'task-released']);
    expect(taskOf(stage, 't1').held).toBeUndefined();
  });

  it('while its pull request is open says nothing: it may have been the merge that closed it', () => {
    const stage = withPull(running(['t1'], [], { merge: 'manual' }), 't1');
    expect(typesOf(stage.when(completed))).toEqual(['sub-issue-seen']);
    expect(taskOf(stage, 't1').held).toBeUndefined();
    merge(stage, 't1');
    expect(taskOf(stage, 't1').reopened).toBeUndefined();
  });

  it('counts as soon as that pull request is closed as well', () => {
    const stage = withPull(running(['t1', 't2'], [edge('t2', 't1')], { merge: 'manual' }), 't1');
    stage.when(completed);
    const pull = { number: 201, url: '', headRef: 'muster/7-task-t1', headSha: 't1-1', mergeSha: null, reviewed: null };
    stage.when({ type: 'pull-seen', pull: { ...pull, state: 'closed', merged: false } });
    expect(statuses(stage)).toEqual(['cancelled', 'agent_assignment']);
  });
});

describe('a sub-issue closed as not planned', () => {
  it('ends its task, whatever it is at, and what needs it cannot go on', () => {
    const stage = atWork();
    stage.when(notPlanned);
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'cancelled', because: 'not-planned' });
    expect(stage.state.phase).toBe('finished');
  });
});

it('given up while its pull request is open, and called completed later, no agent begins anew', () => {
  const stage = withPull(running(['t1', 't2'], [], { merge: 'manual' }), 't1');
  stage.when(notPlanned);
  stage.when(completed);
  expect(taskOf(stage, 't1')).toMatchObject({ status: 'cancelled', because: 'not-planned' });
});

describe('a sub-issue opened again', () => {
  it.each([
    ['not planned', notPlanned],
    ['completed', completed],
    ['moved away', moved],
  ])('after %s: its task lives again, in a new round', (_, how) => {
    const stage = waiting();
    stage.when(how);
    expect(statuses(stage)[1]).toBe('cancelled');
    expect(typesOf(stage.when(open))).toContain('task-reopened');
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'dependency_resolution', round: 2, pass: 2 });
    expect(taskOf(stage, 't1').dropped).toBeUndefined();
    expect(stage.when(open)).toEqual([]);
  });

  it('is none of it when a command cancelled the task: only a command starts it again', () => {
    const stage = waiting();
    ask(stage, 'cancel', { target: 101 });
    stage.when(notPlanned);
    stage.when(open);
    expect(statuses(stage)[1]).toBe('cancelled');
  });

  it('after it has landed is new work, and only for who asks for it', () => {
    const stage = withPull(running(['t1', 't2'], [], { merge: 'auto' }), 't1');
    merge(stage, 't1');
    stage.when(completed);
    stage.when({ ...open, parent: 'here' });
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'merged', reopened: true });
    expect(followed(ask(stage, 'retry'))).toBe('says nothing-to-do');
    expect(followed(ask(stage, 'retry', { target: 101 }))).toContain('retry-requested, task-reopened, says retrying');
    expect(taskOf(stage, 't1')).toMatchObject({
      status: 'agent_assignment',
      again: true,
      branch: 'muster/7-task-t1-r2',
      openPull: null,
    });
  });

  it('and not again is not asked for by a retry of all that failed', () => {
    const stage = landAll(running(['t1', 't2'], [], { merge: 'auto' }), 't1');
    stage.when(completed);
    expect(followed(ask(stage, 'retry', { target: 101 }))).toBe('says nothing-to-do');
  });
});

describe('a sub-issue put under another issue', () => {
  it('takes its task out while nobody is on it', () => {
    const stage = waiting();
    stage.when(moved);
    expect(taskOf(stage, 't1')).toMatchObject({
      status: 'cancelled',
      because: 'moved',
      reason: 'its sub-issue was moved away from this issue',
    });
    expect(statuses(stage)[2]).toBe('dependency_resolution');
  });

  it('is a question while an agent is on it, or its pull request is open', () => {
    for (const stage of [atWork(), withPull(atWork(), 't1')]) {
      expect(says(stage.when(moved))).toEqual(['held']);
      expect(taskOf(stage, 't1').held).toBe('its sub-issue was moved away from this issue');
    }
  });

  it('is none of it when it never was below the master issue', () => {
    const stage = running(['t1'], [], {});
    expect(stage.when(moved)).toEqual([]);
  });

  it('and closed by a webhook, which does not tell where it is, stays moved when it is opened', () => {
    const stage = waiting();
    const { parent: _, ...heard } = open;
    stage.when(moved);
    expect(stage.when(heard)).toEqual([]);
    expect(statuses(stage)[1]).toBe('cancelled');
  });
});

it('however hands are laid on it, the last look decides, and looking again changes nothing', () => {
  const hands = [open, completed, notPlanned, moved];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...hands), { maxLength: 8 }), fc.constantFrom(...hands), (before, last) => {
      const [told, swept] = [waiting(), waiting()];
      for (const one of before) told.when(one);
      told.when(last);
      swept.when(last);
      const ends = [told, swept].map((stage) => {
        const task = taskOf(stage, 't1');
        const because = task.status === 'cancelled' ? task.because : undefined;
        return { status: task.status, because, subFate: task.subFate, held: task.held };
      });
      expect(ends[0]).toEqual(ends[1]);
      expect(told.when(last)).toEqual([]);
      expect(told.history.reduce(evolve, emptyOrchestration)).toEqual(told.state);
    }),
  );
});

it('what was delivered while the sub-issue was away does not land by itself', () => {
  const stage = atWork();
  stage.when(moved);
  deliver(stage, 't1');
  withPull(stage, 't1');
  expect(taskOf(stage, 't1').status).toBe('validation_passed');
  expect(stage.commands().some(({ kind }) => kind === 'merge-pull')).toBe(false);
  stage.when(open);
  expect(stage.commands().some(({ kind }) => kind === 'merge-pull')).toBe(true);
});
