import { describe, expect, it } from 'vitest';
import type { CoreCommand } from '../../src/core/commands.ts';
import type { Signal } from '../../src/core/signals.ts';
import { dispatch } from '../../src/engine/dispatch.ts';
import type { EffectOutcome } from '../../src/engine/ports.ts';
import { failAttempt, landAll, linked, running, taskOf } from '../core/scenes.ts';
import { planOf, Stage } from '../core/story.ts';
import type { Wanted } from './due.ts';
import { due, editStatus, openPull, planned, sorts, subIssue, withStatus } from './due.ts';
import { bench, done, settings } from './ports.ts';

const transient: EffectOutcome = { status: 'transient', message: '502', retryAfterMs: null };

describe('the first try', () => {
  it.each<[Wanted, Signal['type']]>([
    ['create-sub-issue', 'sub-issue-created'],
    ['add-edge', 'edge-added'],
    ['post-status', 'status-posted'],
    ['open-pull', 'pull-opened'],
    ['merge-pull', 'merged'],
    ['open-diagnostic', 'diagnostic-told'],
    ['edit-status', 'status-edited'],
    ['read-plan', 'plan-read'],
  ])('%s: carries it out without looking first, and says how it ended', async (kind, told) => {
    const { at, key, command, row } = await due(kind);
    await at.carryOut(key, command);
    expect(at.github.looked).toEqual([]);
    expect(at.github.performed).toHaveLength(1);
    expect(row()).toMatchObject({ status: 'done', attempts: 1 });
    expect(sorts(at.told(key))).toEqual([told]);
    expect(at.woken()).toEqual([`advance.${key}`]);
  });

  it('a key that comes again, or for nothing, does nothing', async () => {
    const { at, key, command } = await due('create-sub-issue');
    await at.carryOut(key, command);
    await at.carryOut(key, command);
    await at.carryOut(key, { kind: 'close-master' });
    await at.carryOut('acme/shop/orch-9-20261120-0930', command);
    expect(at.github.performed).toHaveLength(1);
  });

  it('two workers with one key: one carries it out', async () => {
    const { at, key, command } = await due('create-sub-issue');
    await Promise.all([at.carryOut(key, command), at.carryOut(key, command, { owner: 'worker-2' })]);
    expect(at.github.performed).toHaveLength(1);
  });

  it('holds the command for longer than a request may take to land', async () => {
    const { at, key, command, row } = await due('create-sub-issue');
    at.github.meanwhile = async () => {
      const lease = (row()?.leaseUntil ?? 0) - at.now;
      expect(lease).toBeGreaterThan(settings.httpDeadlineMs + settings.graceMs);
    };
    await at.carryOut(key, command);
    expect(row()?.status).toBe('done');
  });

  it('one request for all of one kind, each with its own answer', async () => {
    const at = bench();
    const key = await at.place(planned(['t1', 't2', 't3']));
    at.github.answer('create-sub-issue', done({ kind: 'create-sub-issue' } as never, 501), transient);
    await at.carryOut(key, subIssue);
    expect(at.github.performed.map((effects) => effects.length)).toEqual([3]);
    const rows = await at.store.commandRows(key);
    expect(rows.filter(({ kind }) => kind === 'create-sub-issue').map(({ status }) => status)).toEqual([
      'done',
      'pending',
      'done',
    ]);
    expect(at.told(key)).toMatchObject([{ task: 't1', issue: { number: 501 } }, { task: 't3' }]);
  });

  it('an answer that is missing counts as ambiguous', async () => {
    const { at, key, command, row } = await due('create-sub-issue');
    const { github } = at;
    Object.assign(github, { perform: async () => [] });
    await at.carryOut(key, command);
    expect(row()).toMatchObject({ status: 'pending', runAt: at.now + settings.graceMs });
  });
});

describe('what nobody wants any more', () => {
  it('is not carried out when a lease runs out on it', async () => {
    const { at, key, command, full, row } = await due('create-sub-issue');
    await at.store.claim(full, { owner: 'dead', now: at.now, leaseMs: () => 1_000, peers: 0 });
    const cancel = { kind: 'command', verb: 'cancel', flags: {}, target: null } as const;
    const told: readonly Signal[] = [
      { type: 'asked', source: 'c9', issue: 7, by: 'ada', at: 0, command: cancel },
      { type: 'permission-known', source: 'c9', permission: 'write' },
    ];
    await at.store.addSignals(told.map((signal, n) => ({ orchestration: key, source: `s${n}`, signal })));
    expect((await at.fold(key)).phase).toBe('cancelled');
    expect(row()?.status).toBe('in_flight');
    at.now += 1_000;
    await at.carryOut(key, command);
    expect(at.github.performed).toEqual([]);
    expect(at.github.looked).toEqual([]);
    expect(row()?.status).toBe('superseded');
  });

  it('a pull request that a sweep has found in the meantime is not opened again', async () => {
    const { at, key, command, full } = await due('open-pull');
    await at.store.claim(full, { owner: 'dead', now: at.now, leaseMs: () => 1_000, peers: 0 });
    const opened: Signal = { type: 'pull-opened', task: 't1', number: 201, url: '', headSha: 't1-1' };
    await at.store.addSignals([{ orchestration: key, source: 's', signal: opened }]);
    await at.fold(key);
    at.now += 1_000;
    await at.carryOut(key, command);
    expect(at.github.performed).toEqual([]);
  });
});

describe('one request for two', () => {
  function bothDue(): Stage {
    const stage = withStatus(running(['t1', 't2']));
    landAll(stage, 't1');
    return stage;
  }

  it.each([
    ['edit-status', editStatus],
    ['mark-body', { kind: 'mark-body', revision: 1 } as CoreCommand],
  ])('%s takes the other along when that is due too', async (_, command) => {
    const at = bench();
    const key = await at.place(bothDue());
    await at.carryOut(key, command);
    expect(at.github.performed.map((effects) => effects.map((effect) => effect.kind).sort())).toEqual([
      ['edit-comment', 'mark-body'],
    ]);
    expect([...sorts(at.told(key))].sort()).toEqual(['body-marked', 'status-edited']);
  });

  it('but not when that is not due yet', async () => {
    const at = bench();
    const stage = bothDue();
    stage.when({ type: 'body-marked', shown: stage.state.report.bodyDue });
    const key = await at.place(stage);
    await at.carryOut(key, editStatus);
    expect(at.github.performed.flat().map((effect) => effect.kind)).toEqual(['edit-comment']);
  });
});

describe('what the engine does itself', () => {
  it('a plan is digested here, over what an approval binds to', async () => {
    const at = bench();
    const stage = new Stage().requested();
    const plan = planOf(['t1']);
    stage.when({
      type: 'plan-read',
      repo: stage.state.repo,
      issue: { number: 7, nodeId: 'I', title: '', url: '' },
      requiredChecks: [],
      baseChecks: [],
      plan: { ok: true, plan },
    });
    const key = await at.place(stage);
    await at.carryOut(key, { kind: 'digest-plan' });
    expect(at.github.performed).toEqual([]);
    expect(at.told(key)).toEqual([{ type: 'plan-digested', digest: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  });

  it('a wake is a tick, when its time has come', async () => {
    const at = bench();
    const stage = running(['t1']);
    failAttempt(stage, 't1');
    const task = taskOf(stage, 't1');
    if (task.status !== 'failed' || task.retryAt === null) throw new Error('it pauses');
    at.now = task.retryAt - 1;
    const key = await at.place(stage);
    const wake = { kind: 'wake', at: task.retryAt } as const;
    await at.carryOut(key, wake);
    expect(at.told(key)).toEqual([]);
    at.now += 1;
    await at.carryOut(key, wake);
    expect(at.told(key)).toEqual([{ type: 'tick' }]);
    expect((await at.fold(key)).tasks[0]?.status).toBe('agent_assignment');
  });

  it('a plan is compiled from what was read, with what the operator lays down on top', async () => {
    const { at, key, command } = await due('read-plan');
    await at.carryOut(key, command, {
      planning: { ...settings.planning, overridePolicy: { merge: 'manual' } },
    });
    const state = await at.fold(key);
    expect(state.tasks.map((task) => task.plan.title)).toEqual(['First', 'Second (needs #1)']);
    expect(state.plan?.edges).toMatchObject([{ from: 't2', to: 't1', kind: 'needs' }]);
    expect(state.plan?.policy.merge).toBe('manual');
  });

  it('an orchestration that is gone is nothing to it', async () => {
    const at = bench();
    await expect(dispatch(at.ports, settings, 'advance', new AbortController().signal)).resolves.toBeUndefined();
  });
});

describe('a whole task', () => {
  it('from its sub-issue to its landing costs one request for each thing', async () => {
    const at = bench();
    const stage = linked(planned());
    const key = await at.place(stage);
    const spec = { task: 't1', attempt: 1 };
    await at.store.addSignals([
      { orchestration: key, source: 'a', signal: { type: 'attempt-started', ...spec, confinement: 'x' } },
      {
        orchestration: key,
        source: 'b',
        signal: {
          type: 'attempt-delivered',
          ...spec,
          delivery: { sha: 't1-1', baseSha: 'b', files: [], verify: null, said: '', warning: null },
        },
      },
    ]);
    await at.fold(key);
    await at.carryOut(key, openPull);
    const { tasks } = await at.fold(key);
    const task = tasks[0];
    if (task?.status !== 'validation_passed') throw new Error('nothing checks it');
    await at.carryOut(key, { kind: 'merge-pull', task: 't1', round: 1, number: task.pull.number, sha: 't1-1' });
    expect((await at.fold(key)).tasks[0]).toMatchObject({ status: 'merged', sha: 'm-t1-1' });
    expect(at.github.performed.flat().map((effect) => effect.kind)).toEqual(['open-pull', 'merge-pull']);
  });
});
