import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approvedPart, canonicalJson } from '../../src/core/canonical.ts';
import { watchedOutside } from '../../src/core/outside.ts';
import type { OutsideNeed, OutsideState } from '../../src/core/plan.ts';
import type { Signal } from '../../src/core/signals.ts';
import { why } from '../../src/core/why.ts';
import { ask, linked, statuses, taskOf, typesOf, withPull } from './scenes.ts';
import { planOf, Stage } from './story.ts';

const there = { owner: 'acme', name: 'lib', number: 12 };
const here = { owner: 'acme', name: 'shop', number: 45 };

function need(from: string | null, changes: Partial<OutsideNeed> = {}): OutsideNeed {
  return { ...there, from, kind: 'needs', basis: 'ref', source: 'blocked by acme/lib#12', line: 1, ...changes };
}

function waitingFor(outside: readonly OutsideNeed[], ids = ['t1', 't2']): Stage {
  return linked(new Stage().planned({ ...planOf(ids), outside }));
}

function seen(state: OutsideState, issue = there): Signal {
  return { type: 'outside-seen', issue: { ...issue, state } };
}

describe('a task that waits for something outside', () => {
  it('does not start before that was seen, closed as completed or merged; the others do', () => {
    const stage = waitingFor([need('t1')]);
    expect(statuses(stage)).toEqual(['dependency_resolution', 'agent_assignment']);
    for (const state of ['open', 'dropped', 'unreadable'] as const) {
      expect(typesOf(stage.when(seen(state)))).toEqual(['outside-seen']);
      expect(stage.when(seen(state))).toEqual([]);
      expect(why(stage.state, 't1', stage.now)?.start).toEqual([
        { kind: 'outside', issue: { ...there, state, whole: false } },
      ]);
    }
    stage.when(seen('done'));
    expect(statuses(stage)).toEqual(['agent_assignment', 'agent_assignment']);
  });

  it('keeps the run open, however long it takes', () => {
    const stage = waitingFor([need('t1')], ['t1']);
    stage.when(seen('dropped'));
    expect(stage.state.phase).toBe('running');
    ask(stage, 'cancel', { target: 101 });
    expect(stage.state.phase).toBe('finished');
  });

  it('waits again when it is opened again before the start, and not after', () => {
    const stage = waitingFor([need('t1')], ['t1']);
    ask(stage, 'pause');
    stage.when(seen('done'));
    stage.when(seen('open'));
    ask(stage, 'resume');
    expect(statuses(stage)).toEqual(['dependency_resolution']);
    stage.when(seen('done'));
    stage.when(seen('open'));
    expect(statuses(stage)).toEqual(['agent_assignment']);
  });

  it('may run and not land, where it is to land after it', () => {
    const stage = waitingFor([need('t1', { kind: 'lands-after' })], ['t1']);
    withPull(stage, 't1');
    expect(taskOf(stage, 't1').status).toBe('validation_passed');
    expect(stage.commands().some(({ kind }) => kind === 'merge-pull')).toBe(false);
    stage.when(seen('done'));
    expect(stage.commands().some(({ kind }) => kind === 'merge-pull')).toBe(true);
  });

  it('never waits for its own sub-issue, which may have got the number that was named', () => {
    expect(statuses(waitingFor([need('t1', { ...here, number: 101 })], ['t1']))).toEqual(['agent_assignment']);
  });
});

describe('webhooks of this repository tell as much', () => {
  const issue = { type: 'issue-seen', number: 45, state: 'closed', notPlanned: false, closedAt: 1 } as const;
  const pull = { number: 45, url: '', headRef: 'by-hand', headSha: 'x', mergeSha: 'm', reviewed: null } as const;
  it.each<[string, Signal, string]>([
    ['an issue closed as completed', issue, 'agent_assignment'],
    ['one closed as not planned', { ...issue, notPlanned: true }, 'dependency_resolution'],
    [
      'a merged pull request',
      { type: 'pull-seen', pull: { ...pull, state: 'closed', merged: true } },
      'agent_assignment',
    ],
    [
      'one closed unmerged',
      { type: 'pull-seen', pull: { ...pull, state: 'closed', merged: false } },
      'dependency_resolution',
    ],
  ])('%s', (_, signal, status) => {
    const stage = waitingFor([need('t1', here)], ['t1']);
    stage.when(signal);
    expect(statuses(stage)).toEqual([status]);
  });

  it('of what nobody waits for they tell nothing', () => {
    expect(waitingFor([need('t1', here)]).when({ ...issue, number: 46 })).toEqual([]);
  });
});

describe('what blocks the master issue itself', () => {
  it('keeps every task from starting, until GitHub says that nothing blocks it', () => {
    const stage = waitingFor([need(null, { basis: 'native' })]);
    expect(statuses(stage)).toEqual(['dependency_resolution', 'dependency_resolution']);
    stage.when({ type: 'blockers-seen', blockers: [there] });
    expect(statuses(stage)).toEqual(['dependency_resolution', 'dependency_resolution']);
    stage.when({ type: 'blockers-seen', blockers: [] });
    expect(statuses(stage)).toEqual(['agent_assignment', 'agent_assignment']);
  });

  it('may come later, beside what the text says, and counts from then on', () => {
    const stage = waitingFor([need('t1')]);
    stage.when({ type: 'blockers-seen', blockers: [here] });
    expect(stage.when({ type: 'blockers-seen', blockers: [here] })).toEqual([]);
    stage.when(seen('done'));
    expect(why(stage.state, 't1', stage.now)?.start).toMatchObject([
      { kind: 'outside', issue: { ...here, whole: true } },
    ]);
  });
});

it('is looked at once for all tasks, and no more when all that wait are over', () => {
  const stage = waitingFor([need('t1'), need('t2', { owner: 'ACME' }), need('t2', here)]);
  expect(watchedOutside(stage.state)).toEqual([there, here]);
  ask(stage, 'cancel', { target: 102 });
  expect(watchedOutside(stage.state)).toEqual([there]);
  ask(stage, 'cancel', { target: 101 });
  expect(watchedOutside(stage.state)).toEqual([]);
});

it('an approval covers what the author names, and nothing changes for plans that name nothing', () => {
  const digest = (outside: readonly OutsideNeed[]): string =>
    canonicalJson(approvedPart({ ...planOf(['t1']), outside }));
  expect(digest([])).toBe(canonicalJson(approvedPart(planOf(['t1']))));
  expect(digest([need(null, { basis: 'native' })])).toBe(digest([]));
  expect(digest([need('t1')])).not.toBe(digest([]));
});

it('however it changes, the last look decides', () => {
  const states: readonly OutsideState[] = ['open', 'dropped', 'unreadable', 'done'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...states)), fc.constantFrom(...states), (before, last) => {
      const stage = waitingFor([need('t1')], ['t1']);
      ask(stage, 'pause');
      for (const state of [...before, last]) stage.when(seen(state));
      ask(stage, 'resume');
      expect(statuses(stage)).toEqual([last === 'done' ? 'agent_assignment' : 'dependency_resolution']);
    }),
  );
});
