import { describe, expect, it } from 'vitest';
import { commandKey } from '../../src/core/commands.ts';
import type { Event } from '../../src/core/events.ts';
import {
  ask,
  failAttempt,
  followed,
  inPhase,
  landAll,
  merge,
  running,
  statuses,
  taskOf,
  typesOf,
  withPull,
} from './scenes.ts';
import { edge, planOf, Stage } from './story.ts';

describe('permission', () => {
  it.each([
    ['admin', 'run-accepted'],
    ['write', 'run-accepted'],
    ['read', 'command-refused, says no-permission, closed-unstarted'],
    ['none', 'command-refused, says no-permission, closed-unstarted'],
  ] as const)('%s: %s', (permission, facts) => {
    expect(followed(ask(inPhase('requested'), 'run', { permission }))).toBe(facts);
  });

  it('nothing is said or done before it is known', () => {
    const stage = inPhase('running');
    const command = { kind: 'command', verb: 'cancel', flags: {}, target: null } as const;
    const heard = stage.when({ type: 'asked', source: 'c9', issue: 7, by: 'eve', at: 0, command });
    expect(typesOf(heard)).toEqual(['command-heard']);
    expect(stage.commands()).toContainEqual({ kind: 'check-permission', source: 'c9', user: 'eve' });
  });

  it('without it nothing changes but the answer, whatever was asked and whatever runs', () => {
    for (const verb of ['run', 'cancel', 'merge', 'retry', 'approve', 'reject', 'help'] as const) {
      const stage = inPhase('running');
      expect(followed(ask(stage, verb, { by: 'eve', permission: 'read' }))).toBe('command-refused, says no-permission');
      expect(stage.state.phase).toBe('running');
    }
  });

  it('is known for one request only', () => {
    const stage = inPhase('running');
    ask(stage, 'merge', { by: 'ada' });
    const command = { kind: 'command', verb: 'cancel', flags: {}, target: null } as const;
    stage.when({ type: 'asked', source: 'c9', issue: 7, by: 'ada', at: 0, command });
    expect(statuses(stage)).toEqual(['agent_assignment']);
  });

  it('of a request that nobody made is nothing', () => {
    expect(inPhase('running').when({ type: 'permission-known', source: 'c9', permission: 'admin' })).toEqual([]);
  });
});

describe('heard once', () => {
  it('a request that comes twice is one, before and after it was answered', () => {
    const stage = inPhase('running');
    expect(followed(ask(stage, 'status', { source: 'c9' }))).toBe('says status');
    expect(ask(stage, 'status', { source: 'c9' })).toEqual([]);
    expect(stage.state.replies.filter(({ source }) => source === 'c9')).toHaveLength(1);
  });

  it('an answer is owed until it is posted, and posted once', () => {
    const stage = inPhase('running');
    ask(stage, 'help', { source: 'c9' });
    expect(stage.commands()).toContainEqual({ kind: 'post-reply', source: 'c9' });
    expect(typesOf(stage.when({ type: 'reply-posted', source: 'c9' }))).toEqual(['reply-posted']);
    expect(stage.when({ type: 'reply-posted', source: 'c9' })).toEqual([]);
    expect(stage.commands()).not.toContainEqual({ kind: 'post-reply', source: 'c9' });
  });

  it('each of several answers is owed by itself', () => {
    const stage = inPhase('running');
    ask(stage, 'help', { source: 'c8' });
    ask(stage, 'help', { source: 'c9' });
    stage.when({ type: 'reply-posted', source: 'c8' });
    expect(stage.commands().filter(({ kind }) => kind === 'post-reply')).toEqual([
      { kind: 'post-reply', source: 'c9' },
    ]);
    expect(typesOf(stage.when({ type: 'reply-posted', source: 'c9' }))).toEqual(['reply-posted']);
  });

  it('is answered where it was asked', () => {
    const stage = inPhase('running');
    ask(stage, 'status', { source: 'c9', issue: 101 });
    expect(stage.state.replies).toContainEqual({ source: 'c9', issue: 101, say: { kind: 'status' }, posted: false });
  });
});

describe('several requests before anything has started', () => {
  const run = { kind: 'command', verb: 'run', flags: {}, target: null } as const;
  const help = { kind: 'command', verb: 'help', flags: {}, target: null } as const;

  function twoAsked(first: typeof run | typeof help, second: typeof run | typeof help): Stage {
    const stage = inPhase('requested');
    stage.when({ type: 'asked', source: 'c1', issue: 7, by: 'eve', at: 0, command: first });
    stage.when({ type: 'asked', source: 'c2', issue: 7, by: 'ada', at: 0, command: second });
    return stage;
  }

  it('one that may not start does not close the door on one that may', () => {
    const stage = twoAsked(run, run);
    stage.when({ type: 'permission-known', source: 'c1', permission: 'read' });
    expect(stage.state.phase).toBe('requested');
    stage.when({ type: 'permission-known', source: 'c2', permission: 'write' });
    expect(stage.state).toMatchObject({ phase: 'reading', requestedBy: 'ada' });
  });

  it('help and then run in one comment starts', () => {
    const stage = twoAsked(help, run);
    stage.when({ type: 'permission-known', source: 'c1', permission: 'write' });
    stage.when({ type: 'permission-known', source: 'c2', permission: 'write' });
    expect(stage.state.phase).toBe('reading');
  });

  it.each(['write', 'read'] as const)('when the last of them starts nothing, it is over (%s)', (permission) => {
    const stage = twoAsked(help, help);
    stage.when({ type: 'permission-known', source: 'c1', permission: 'write' });
    expect(stage.state.phase).toBe('requested');
    stage.when({ type: 'permission-known', source: 'c2', permission });
    expect(stage.state.phase).toBe('refused');
  });
});

describe('a permission that nobody can tell', () => {
  function giveUpOn(stage: Stage, source: string, user: string): readonly Event[] {
    const key = commandKey(stage.state, { kind: 'check-permission', source, user });
    return stage.when({ type: 'command-gave-up', key, kind: 'check-permission', task: null, message: 'no such user' });
  }
  const cancel = { kind: 'command', verb: 'cancel', flags: {}, target: null } as const;

  it('is not obeyed, and what runs goes on', () => {
    const stage = inPhase('running');
    stage.when({ type: 'asked', source: 'c9', issue: 7, by: 'ghost', at: 0, command: cancel });
    expect(typesOf(giveUpOn(stage, 'c9', 'ghost'))).toEqual(['command-gave-up', 'command-refused']);
    expect(stage.state.phase).toBe('running');
    expect(stage.commands().some(({ kind }) => kind === 'check-permission')).toBe(false);
  });

  it('is nobody else: what else is given up says nothing about who asks', () => {
    const stage = inPhase('running');
    stage.when({ type: 'asked', source: 'c9', issue: 7, by: 'ada', at: 0, command: cancel });
    giveUpOn(stage, 'c8', 'ada');
    expect(stage.state.requests.at(-1)).toMatchObject({ source: 'c9', state: 'checking' });
  });

  it('closes what had not started, unless somebody else still asks', () => {
    const stage = inPhase('requested');
    stage.when({ type: 'asked', source: 'c1', issue: 7, by: 'ghost', at: 0, command: cancel });
    stage.when({ type: 'asked', source: 'c2', issue: 7, by: 'phantom', at: 0, command: cancel });
    giveUpOn(stage, 'c1', 'ghost');
    expect(stage.state.phase).toBe('requested');
    giveUpOn(stage, 'c2', 'phantom');
    expect(stage.state.phase).toBe('refused');
  });
});

describe('approval', () => {
  it('/muster run by a writer approves what it started, and binds to the digest', () => {
    const stage = new Stage().planned(planOf(['t1']));
    expect(stage.history.map(({ event }) => event)).toContainEqual({ type: 'plan-approved', by: 'ada', digest: 'd1' });
  });

  it('where settings demand it, a separate one is waited for, with the status comment already there', () => {
    const stage = new Stage().planned(planOf(['t1'], [], { approval: 'required' }));
    expect(stage.state.phase).toBe('proposed');
    expect(stage.commands()).toEqual([{ kind: 'post-status' }]);
    ask(stage, 'approve', { by: 'grace' });
    expect(stage.state).toMatchObject({ phase: 'running', approvedBy: 'grace' });
    expect(statuses(stage)).toEqual(['nlp_parsing']);
  });

  it('what was rejected is over, and its status comment says so at once', () => {
    const stage = new Stage().planned(planOf(['t1'], [], { approval: 'required' }));
    stage.when({ type: 'status-posted', comment: { id: 1, nodeId: 'C', url: '' }, shown: stage.state.report.due });
    ask(stage, 'reject');
    expect(stage.state.phase).toBe('cancelled');
    expect(stage.commands()).toContainEqual({ kind: 'edit-status', revision: 1 });
  });

  it('a plan that cannot be carried out is refused, and whoever asked is told why', () => {
    const stage = inPhase('reading');
    const problems = [{ code: 'cycle', line: 3, message: 't1 -> t2 -> t1', remedy: 'Remove one.' }];
    const issue = { number: 7, nodeId: 'I', title: '', url: '' };
    const facts = { repo: stage.state.repo, issue, requiredChecks: [], baseChecks: [] };
    const events = stage.when({ type: 'plan-read', ...facts, plan: { ok: false, problems } });
    expect(followed(events)).toBe('plan-refused, says plan-problem');
    expect(stage.state).toMatchObject({ phase: 'refused', problems });
  });

  it('an issue that cannot be read ends it, and whoever asked is told', () => {
    const stage = inPhase('reading');
    const key = commandKey(stage.state, { kind: 'read-plan' });
    const gaveUp = { type: 'command-gave-up', key, kind: 'read-plan', task: null, message: 'gone' } as const;
    expect(followed(stage.when(gaveUp))).toBe('command-gave-up, closed-unstarted, says plan-problem');
    expect(stage.when(gaveUp)).toEqual([]);
  });
});

describe('retry', () => {
  function twoFailed(): Stage {
    const stage = running(['t1', 't2', 't3', 't4'], [edge('t4', 't1')]);
    failAttempt(stage, 't1', 'timeout');
    failAttempt(stage, 't2', 'timeout');
    withPull(stage, 't3');
    merge(stage, 't3');
    return stage;
  }

  it('starts again all that failed, and what waited for it follows', () => {
    const stage = twoFailed();
    expect(stage.state.outcome).toMatchObject({ done: 1, total: 4 });
    ask(stage, 'retry');
    expect(statuses(stage)).toEqual(['agent_assignment', 'agent_assignment', 'merged', 'dependency_resolution']);
    expect(stage.state).toMatchObject({ phase: 'running', round: 2, outcome: null });
    landAll(stage, 't1', 't2', 't4');
    expect(stage.state.outcome).toMatchObject({ done: 4, total: 4 });
  });

  it.each([
    ['named by its sub-issue', { target: 102 }],
    ['on its sub-issue', { issue: 102 }],
  ])('one task %s', (_, how) => {
    const stage = twoFailed();
    ask(stage, 'retry', how);
    expect(statuses(stage)).toEqual(['failed', 'agent_assignment', 'merged', 'dependency_resolution']);
  });

  it('one task on its diagnostic issue', () => {
    const stage = twoFailed();
    const issue = { number: 301, id: 301, nodeId: 'D', url: '' };
    stage.when({ type: 'diagnostic-told', task: 't1', issue, told: 1 });
    ask(stage, 'retry', { issue: 301 });
    expect(statuses(stage)).toEqual(['agent_assignment', 'failed', 'merged', 'dependency_resolution']);
  });

  it.each([
    ['a task that has not failed', { target: 103 }, 'That task has not failed.'],
    ['an issue that is none of ours', { target: 999 }, 'That task has not failed.'],
  ])('%s is left alone', (_, how, detail) => {
    const stage = twoFailed();
    expect(ask(stage, 'retry', how).at(-1)).toMatchObject({ say: { kind: 'nothing-to-do', detail } });
    expect(stage.state.phase).toBe('finished');
  });

  it('ends a pause at once', () => {
    const stage = running(['t1']);
    failAttempt(stage, 't1');
    expect(statuses(stage)).toEqual(['failed']);
    ask(stage, 'retry');
    expect(statuses(stage)).toEqual(['agent_assignment']);
  });

  it('also as a flag of run', () => {
    const stage = twoFailed();
    expect(followed(ask(stage, 'run', { flags: { retry: true } }))).toMatch(/^retry-requested/);
  });

  it('may change how it is worked: timeout, workers, batch, agent', () => {
    const stage = twoFailed();
    ask(stage, 'retry', { flags: { timeoutSeconds: 60, maxWorkers: 1, batchSize: 2, agent: 'other' } });
    expect(stage.state.plan?.policy).toMatchObject({ timeoutSeconds: 60, maxWorkers: 1, batchSize: 2, agent: 'other' });
    expect(taskOf(stage, 't1').attempts.at(-1)).toMatchObject({ agent: 'other', number: 2, round: 2 });
  });

  it('is summed up again when it is over', () => {
    const stage = twoFailed();
    const summaries = (): readonly unknown[] => stage.commands().filter(({ kind }) => kind === 'post-summary');
    stage.when({ type: 'status-posted', comment: { id: 1, nodeId: 'C', url: '' }, shown: stage.state.report.due });
    expect(summaries(), 'it names the diagnostic issues').toEqual([]);
    for (const [index, task] of ['t1', 't2'].entries())
      stage.when({
        type: 'diagnostic-told',
        task,
        issue: { number: 301 + index, id: 1, nodeId: 'D', url: '' },
        told: 1,
      });
    expect(summaries()).toEqual([{ kind: 'post-summary', round: 1 }]);
    stage.when({ type: 'summary-posted', round: 1 });
    expect(summaries()).toEqual([]);
    ask(stage, 'retry', { target: 102 });
    landAll(stage, 't2');
    expect(summaries()).toEqual([{ kind: 'post-summary', round: 2 }]);
  });
});

describe('merge', () => {
  const ready = (): Stage => {
    const stage = running(['t1', 't2'], [], { merge: 'manual' });
    withPull(withPull(stage, 't1'), 't2');
    return stage;
  };
  const landing = (stage: Stage): readonly unknown[] => stage.commands().filter(({ kind }) => kind === 'merge-pull');

  it.each([
    ['named by its sub-issue', { target: 102 }],
    ['named by its pull request', { target: 202 }],
    ['on its sub-issue', { issue: 102 }],
  ])('one task %s: only that one lands', (_, how) => {
    const stage = ready();
    expect(followed(ask(stage, 'merge', how))).toContain('merge-allowed, says merging');
    expect(landing(stage)).toEqual([expect.objectContaining({ task: 't2' })]);
    merge(stage, 't2');
    expect(landing(stage)).toEqual([]);
    ask(stage, 'merge');
    expect(landing(stage)).toEqual([expect.objectContaining({ task: 't1' })]);
  });

  it('what is none of ours lets nothing land', () => {
    const stage = ready();
    expect(followed(ask(stage, 'merge', { target: 999 }))).toBe('says nothing-to-do');
    expect(landing(stage)).toEqual([]);
  });
});

describe('people without permission', () => {
  const owed = (stage: Stage): readonly string[] => stage.state.replies.map((reply) => reply.source);

  it('are told once per issue, whatever they type', () => {
    const stage = running(['t1']);
    ask(stage, 'cancel', { by: 'mallory', permission: 'none', source: 'one' });
    ask(stage, 'merge', { by: 'mallory', permission: 'read', source: 'two' });
    ask(stage, 'cancel', { by: 'trudy', permission: 'none', source: 'three' });
    ask(stage, 'run', { by: 'mallory', permission: 'none', source: 'four', issue: 101 });
    expect(owed(stage)).toEqual(['one', 'three', 'four']);
    expect(stage.state.requests.filter((request) => request.state === 'refused')).toHaveLength(4);
  });

  it('who were told in an earlier run are not told again', () => {
    const stage = new Stage();
    const command = { kind: 'command', verb: 'run', target: null, flags: {} } as const;
    const asked = { type: 'asked', source: 'one', issue: 7, by: 'mallory', at: 1, command, toldBefore: true } as const;
    stage.when(asked, { type: 'permission-known', source: 'one', permission: 'none' });
    expect(owed(stage)).toEqual([]);
    expect(stage.state.phase).toBe('refused');
  });
});
