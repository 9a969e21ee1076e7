import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/signals.ts';
import { classOf } from '../../src/engine/effect-classes.ts';
import type { GitHubCommand } from '../../src/engine/effects.ts';
import { isGitHubCommand, toEffect } from '../../src/engine/effects.ts';
import { signalForRefusal, signalsForDone } from '../../src/engine/outcomes.ts';
import type { EffectResult } from '../../src/engine/ports.ts';
import { ask, failAttempt, landAll, running, withPull } from '../core/scenes.ts';
import type { Stage } from '../core/story.ts';
import { edge } from '../core/story.ts';
import { settings } from './ports.ts';

/** Two tasks: the first has landed after a diagnosed failure, the second has a pull request. */
function rich(): Stage {
  const stage = running(['t1', 't2'], [edge('t2', 't1', 'lands-after')], { merge: 'manual' });
  stage.when({ type: 'status-posted', comment: { id: 9, nodeId: 'C_9', url: '' }, shown: 1 });
  failAttempt(stage, 't1', 'timeout');
  stage.when({ type: 'diagnostic-told', task: 't1', issue: { number: 301, id: 301, nodeId: 'D', url: '' }, told: 1 });
  ask(stage, 'retry', { source: 'comment-4-0' });
  failAttempt(stage, 't1', 'timeout');
  ask(stage, 'retry', { source: 'comment-5-0' });
  ask(stage, 'merge', { source: 'comment-6-0' });
  const help = { kind: 'command', verb: 'help', flags: {}, target: null } as const;
  const comment = { id: 31, nodeId: 'IC_31' };
  stage.when({ type: 'asked', source: 'comment-31-0', issue: 7, by: 'ada', at: 0, command: help, comment });
  landAll(stage, 't1');
  return withPull(stage, 't2');
}

const stage = rich();
const { state } = stage;

function effectOf(command: GitHubCommand): ReturnType<typeof toEffect> {
  return toEffect(state, command, stage.now, 'secret');
}

/** Every command that goes to GitHub: what it is there, how often it may be repeated, and what it means when done. */
const table: readonly (readonly [GitHubCommand, string, string, EffectResult, Signal | null])[] = [
  [
    { kind: 'check-permission', source: 'c1', user: 'ada' },
    'check-permission',
    'repeatable',
    { kind: 'permission', permission: 'read' },
    { type: 'permission-known', source: 'c1', permission: 'read' },
  ],
  [
    { kind: 'create-sub-issue', task: 't1', round: 1 },
    'create-sub-issue',
    'not-unique',
    { kind: 'issue', issue: { number: 5, id: 5, nodeId: 'I', url: '' } },
    { type: 'sub-issue-created', task: 't1', issue: { number: 5, id: 5, nodeId: 'I', url: '' } },
  ],
  [
    { kind: 'add-edge', from: 't2', to: 't1' },
    'add-edge',
    'unique',
    { kind: 'done' },
    { type: 'edge-added', from: 't2', to: 't1' },
  ],
  [
    { kind: 'post-status' },
    'create-comment',
    'not-unique',
    { kind: 'comment', comment: { id: 4, nodeId: 'C', url: '' } },
    { type: 'status-posted', comment: { id: 4, nodeId: 'C', url: '' }, shown: state.report.due },
  ],
  [
    { kind: 'edit-status', revision: 1 },
    'edit-comment',
    'repeatable',
    { kind: 'done' },
    { type: 'status-edited', shown: state.report.due },
  ],
  [
    { kind: 'mark-body', revision: 1 },
    'mark-body',
    'repeatable',
    { kind: 'done' },
    { type: 'body-marked', shown: state.report.bodyDue },
  ],
  [
    { kind: 'post-reply', source: 'comment-5-0' },
    'create-comment',
    'not-unique',
    { kind: 'comment', comment: { id: 4, nodeId: 'C', url: '' } },
    { type: 'reply-posted', source: 'comment-5-0' },
  ],
  [
    { kind: 'react-to-comment', comment: 31, reaction: 'eyes' },
    'react',
    'repeatable',
    { kind: 'done' },
    { type: 'comment-reacted', comment: 31, reaction: 'eyes' },
  ],
  [
    { kind: 'post-summary', round: 2 },
    'create-comment',
    'not-unique',
    { kind: 'comment', comment: { id: 4, nodeId: 'C', url: '' } },
    { type: 'summary-posted', round: 2 },
  ],
  [{ kind: 'close-master' }, 'edit-issue', 'repeatable', { kind: 'done' }, { type: 'master-closed' }],
  [
    { kind: 'open-pull', task: 't2', attempt: 1 },
    'open-pull',
    'unique',
    { kind: 'pull', number: 202, url: 'u', headSha: 't2-1' },
    { type: 'pull-opened', task: 't2', number: 202, url: 'u', headSha: 't2-1' },
  ],
  [
    { kind: 'merge-pull', task: 't2', round: 3, number: 202, sha: 't2-1' },
    'merge-pull',
    'unique',
    { kind: 'merged', sha: 'm' },
    { type: 'merged', task: 't2', sha: 'm' },
  ],
  [
    { kind: 'open-diagnostic', task: 't1', fingerprint: 'f' },
    'create-issue',
    'not-unique',
    { kind: 'issue', issue: { number: 5, id: 5, nodeId: 'I', url: '' } },
    { type: 'diagnostic-told', task: 't1', issue: { number: 5, id: 5, nodeId: 'I', url: '' }, told: 2 },
  ],
  [
    { kind: 'update-diagnostic', task: 't1', told: 1 },
    'edit-issue',
    'repeatable',
    { kind: 'done' },
    { type: 'diagnostic-told', task: 't1', issue: { number: 301, id: 301, nodeId: 'D', url: '' }, told: 1 },
  ],
  [
    { kind: 'close-diagnostic', task: 't1', told: 1 },
    'edit-issue',
    'repeatable',
    { kind: 'done' },
    { type: 'diagnostic-closed', task: 't1' },
  ],
];

describe.each(table)('%o', (command, kind, effectClass, result, signal) => {
  it(`is ${kind} on the wire, and ${effectClass}`, () => {
    const effect = effectOf(command);
    expect(effect).toMatchObject({ kind, repo: { owner: 'acme', name: 'shop' } });
    if (effect !== null) expect(classOf(effect)).toBe(effectClass);
  });

  it('means when done what the rules are told', () => {
    expect(signalsForDone(state, command, result, settings.planning)).toEqual([signal]);
  });

  it('can be told from what the engine does itself', () => {
    expect(isGitHubCommand(command)).toBe(true);
  });
});

describe('an answer to something else', () => {
  const needed = ['permission', 'issue', 'pull', 'merged'];
  it.each(table.filter(([command, , , { kind }]) => needed.includes(kind) || command.kind === 'post-status'))(
    '%o: means nothing',
    (command) => {
      const other: EffectResult = { kind: 'plan-source', source: {} as never };
      expect(signalsForDone(state, command, other, settings.planning)).toEqual([]);
    },
  );
});

describe('what GitHub does not have', () => {
  it.each(['digest-plan', 'wake', 'run-attempt', 'remove-twins'])('%s is done here', (kind) => {
    expect(isGitHubCommand({ kind })).toBe(false);
  });
});

describe('a refusal for good', () => {
  const refused = (why: 'conflict' | null) =>
    ({ status: 'refused', message: 'no', merge: why === null ? null : { why, paths: ['a'] } }) as const;

  it('of a merge says why, and `other` when GitHub does not', () => {
    const merge = { kind: 'merge-pull', task: 't2', round: 3, number: 202, sha: 'x' } as const;
    expect(signalForRefusal(merge, refused('conflict'))).toEqual({
      type: 'merge-refused',
      task: 't2',
      round: 3,
      why: 'conflict',
      message: 'no',
      paths: ['a'],
    });
    expect(signalForRefusal(merge, refused(null))).toMatchObject({ why: 'other', paths: [] });
  });

  it('of an edge is taken note of; of anything else nothing goes on without a human', () => {
    expect(signalForRefusal({ kind: 'add-edge', from: 't2', to: 't1' }, refused(null))).toMatchObject({
      type: 'edge-refused',
      from: 't2',
      to: 't1',
    });
    expect(signalForRefusal({ kind: 'open-pull', task: 't2', attempt: 1 }, refused(null))).toBeNull();
  });
});

describe('on the wire', () => {
  const markerOf = (command: GitHubCommand): string => {
    const effect = effectOf(command);
    return effect !== null && 'marker' in effect ? effect.marker : '';
  };

  it('what is created carries its marker in its body, so that it can be found again', () => {
    for (const [command] of table) {
      const effect = effectOf(command);
      if (effect === null || !('marker' in effect)) continue;
      expect(effect.body.trimEnd().endsWith(effect.marker)).toBe(true);
    }
  });

  it('different things have different markers, the same thing always the same', () => {
    const created = table.map(([command]) => markerOf(command)).filter((marker) => marker !== '');
    expect(created).toHaveLength(5);
    expect(new Set(created).size).toBe(5);
    expect(markerOf({ kind: 'create-sub-issue', task: 't1', round: 1 })).toBe(
      markerOf({ kind: 'create-sub-issue', task: 't1', round: 2 }),
    );
    expect(markerOf({ kind: 'create-sub-issue', task: 't1', round: 1 })).not.toBe(
      markerOf({ kind: 'create-sub-issue', task: 't2', round: 1 }),
    );
  });

  it('an edit keeps the marker of what it edits', () => {
    const edit = effectOf({ kind: 'edit-status', revision: 1 });
    expect(edit !== null && 'body' in edit && edit.body).toContain(markerOf({ kind: 'post-status' }));
  });

  it('the body is marked with every sub-issue, and a tick for what has landed', () => {
    expect(effectOf({ kind: 'mark-body', revision: 1 })).toMatchObject({
      marks: [
        { title: 'Task t1', issue: 101, ticked: true },
        { title: 'Task t2', issue: 102, ticked: false },
      ],
    });
  });

  it('a merge names the commit, a pull request its branch', () => {
    expect(effectOf({ kind: 'merge-pull', task: 't2', round: 3, number: 202, sha: 't2-1' })).toMatchObject({
      number: 202,
      sha: 't2-1',
    });
    expect(effectOf({ kind: 'open-pull', task: 't2', attempt: 1 })).toMatchObject({
      head: 'muster/7-task-t2',
      base: 'main',
      title: 'Task t2',
    });
  });

  it('closing a diagnostic issue closes it, telling more does not; the master issue is closed without a word', () => {
    expect(effectOf({ kind: 'close-diagnostic', task: 't1', told: 1 })).toMatchObject({
      issue: 301,
      close: 'completed',
    });
    expect(effectOf({ kind: 'update-diagnostic', task: 't1', told: 1 })).toMatchObject({ issue: 301, close: null });
    expect(effectOf({ kind: 'close-master' })).toMatchObject({ issue: 7, body: null, close: 'completed' });
  });

  it.each<[string, GitHubCommand]>([
    ['a task that is not there', { kind: 'create-sub-issue', task: 't9', round: 1 }],
    ['an edge to a task that is not there', { kind: 'add-edge', from: 't2', to: 't9' }],
    ['an answer that nobody owes', { kind: 'post-reply', source: 'c99' }],
    ['a diagnostic issue that does not exist', { kind: 'update-diagnostic', task: 't2', told: 1 }],
  ])('nothing is to be done for %s', (_, command) => {
    expect(effectOf(command)).toBeNull();
  });

  it('nor for a status comment that was never posted', () => {
    expect(toEffect(running(['t1']).state, { kind: 'edit-status', revision: 1 }, 0, 'secret')).toBeNull();
  });
});
