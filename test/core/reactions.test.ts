import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandKey } from '../../src/core/commands.ts';
import type { SpokenCommand, Verb } from '../../src/core/model.ts';
import { reactionsDue } from '../../src/core/reactions.ts';
import { ask, inPhase, linked } from './scenes.ts';
import { planOf, Stage } from './story.ts';

const comment = { id: 31, nodeId: 'IC_31' };
const spoken = (verb: Verb): SpokenCommand => ({ kind: 'command', verb, flags: {}, target: null });

function hear(stage: Stage, command: SpokenCommand, position = 0, in_ = comment): string {
  const source = `comment-${in_.id}-${position}`;
  stage.when({ type: 'asked', source, issue: 7, by: 'ada', at: stage.now, command, comment: in_ });
  return source;
}

function allow(stage: Stage, source: string, permission: 'write' | 'read' = 'write'): void {
  stage.when({ type: 'permission-known', source, permission });
}

function dueOn(stage: Stage, id = comment.id): string | null {
  return reactionsDue(stage.state).find((due) => due.comment === id)?.reaction ?? null;
}

describe('a comment with a command', () => {
  it('gets eyes before anything else is known of it', () => {
    const stage = inPhase('running');
    hear(stage, spoken('cancel'));
    expect(stage.commands()).toContainEqual({ kind: 'react-to-comment', comment: 31, reaction: 'eyes' });
    stage.when({ type: 'comment-reacted', comment: 31, reaction: 'eyes' });
    expect(dueOn(stage)).toBeNull();
  });

  it.each([
    ['status', 'write', 'thumbs-up'],
    ['cancel', 'write', 'thumbs-up'],
    ['run', 'write', 'rocket'],
    ['resume', 'write', 'confused'],
    ['approve', 'write', 'confused'],
    ['status', 'read', 'confused'],
  ] as const)('%s with %s permission ends with %s', (verb, permission, reaction) => {
    const stage = inPhase('running');
    allow(stage, hear(stage, spoken(verb)), permission);
    expect(dueOn(stage)).toBe(reaction);
  });

  it.each([
    ['a typo', { kind: 'unknown', text: '/muster rnu', problem: '' }],
    ['an edit', { kind: 'edited', text: '/muster run' }],
  ] as const)('%s is answered and ends with confused', (_, command) => {
    const stage = inPhase('running');
    allow(stage, hear(stage, command));
    expect(dueOn(stage)).toBe('confused');
    expect(stage.state.replies).toHaveLength(1);
    expect(stage.state.phase).toBe('running');
  });

  it('that approves a plan ends with rocket, that rejects it with thumbs-up', () => {
    for (const [verb, reaction] of [
      ['approve', 'rocket'],
      ['reject', 'thumbs-up'],
    ] as const) {
      const stage = inPhase('proposed');
      allow(stage, hear(stage, spoken(verb)));
      expect(dueOn(stage)).toBe(reaction);
    }
  });

  it('that starts a run keeps its eyes until the sub-issues are there', () => {
    const stage = new Stage();
    stage.record({
      type: 'orchestration-requested',
      id: 'orch-7-20261120-0930',
      repo: stage.state.repo,
      issue: 7,
      by: 'ada',
    });
    const source = hear(stage, spoken('run'));
    stage.when({ type: 'comment-reacted', comment: 31, reaction: 'eyes' });
    allow(stage, source);
    expect(dueOn(stage)).toBeNull();
    const { repo } = stage.state;
    stage.when({
      type: 'plan-read',
      repo,
      issue: { number: 7, nodeId: 'I_7', title: 'M', url: '' },
      requiredChecks: [],
      baseChecks: [],
      plan: { ok: true, plan: planOf(['t1', 't2']) },
    });
    stage.when({ type: 'plan-digested', digest: 'd1' });
    expect(dueOn(stage)).toBeNull();
    linked(stage);
    expect(dueOn(stage)).toBe('rocket');
  });

  it('of which the plan cannot be used ends with confused', () => {
    const stage = new Stage();
    stage.record({
      type: 'orchestration-requested',
      id: 'orch-7-20261120-0930',
      repo: stage.state.repo,
      issue: 7,
      by: 'ada',
    });
    allow(stage, hear(stage, spoken('run')));
    const { repo } = stage.state;
    const problems = [{ code: 'no-checklist', line: 0, message: 'x', remedy: '' }];
    stage.when({
      type: 'plan-read',
      repo,
      issue: { number: 7, nodeId: 'I_7', title: 'M', url: '' },
      requiredChecks: [],
      baseChecks: [],
      plan: { ok: false, problems },
    });
    expect(dueOn(stage)).toBe('confused');
  });
});

describe('several commands in one comment', () => {
  it('are obeyed in their order, whatever is known first', () => {
    const stage = inPhase('running');
    hear(stage, spoken('pause'), 0);
    hear(stage, spoken('resume'), 1);
    const checks = (): readonly unknown[] => stage.commands().filter(({ kind }) => kind === 'check-permission');
    expect(checks()).toEqual([{ kind: 'check-permission', source: 'comment-31-0', user: 'ada' }]);
    allow(stage, 'comment-31-0');
    expect(stage.state.pausedBy).toBe('ada');
    expect(checks()).toEqual([{ kind: 'check-permission', source: 'comment-31-1', user: 'ada' }]);
    allow(stage, 'comment-31-1');
    expect(stage.state.pausedBy).toBeNull();
    expect(checks()).toEqual([]);
  });

  it('have one ending together: the one that was not obeyed shows', () => {
    const stage = inPhase('running');
    hear(stage, spoken('status'), 0);
    hear(stage, { kind: 'unknown', text: '/muster rnu', problem: '' }, 1);
    allow(stage, 'comment-31-0');
    expect(dueOn(stage)).toBe('eyes');
    allow(stage, 'comment-31-1');
    expect(reactionsDue(stage.state)).toEqual([{ comment: 31, reaction: 'confused' }]);
  });
});

describe('an ending', () => {
  it('stays, whatever happens later', () => {
    const stage = inPhase('proposed');
    allow(stage, hear(stage, spoken('plan')));
    stage.when({ type: 'comment-reacted', comment: 31, reaction: 'rocket' });
    ask(stage, 'reject');
    expect(reactionsDue(stage.state)).toEqual([]);
  });

  it('that could not be given is not asked for again, and nobody is troubled with it', () => {
    const stage = inPhase('running');
    allow(stage, hear(stage, spoken('status')));
    const key = commandKey(stage.state, { kind: 'react-to-comment', comment: 31, reaction: 'thumbs-up' });
    stage.when({ type: 'command-gave-up', key, kind: 'react-to-comment', task: null, message: 'blocked' });
    expect(reactionsDue(stage.state)).toEqual([]);
    expect(stage.state.stuck).toEqual([]);
  });

  it('comes for every comment, in whatever order permissions become known', () => {
    const verbs: readonly Verb[] = ['status', 'help', 'why', 'pause', 'resume', 'cancel', 'retry', 'merge'];
    const one = fc.record({
      verb: fc.constantFrom(...verbs),
      id: fc.integer({ min: 1, max: 4 }),
      may: fc.constantFrom('write' as const, 'read' as const),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), (all) => {
        const stage = inPhase('running');
        for (const [position, { verb, id }] of all.entries()) hear(stage, spoken(verb), position, { id, nodeId: '' });
        const waiting = all.map(({ id, may }, position) => ({ source: `comment-${id}-${position}`, may }));
        for (const { source, may } of [...waiting].reverse()) allow(stage, source, may);
        for (const due of reactionsDue(stage.state)) {
          expect(due.reaction).not.toBe('eyes');
          stage.when({ type: 'comment-reacted', ...due });
        }
        expect(reactionsDue(stage.state)).toEqual([]);
        const commented = stage.state.requests.filter(({ comment: at }) => at !== undefined);
        expect(commented).toHaveLength(all.length);
        for (const { reacted } of commented) expect(['rocket', 'thumbs-up', 'confused']).toContain(reacted);
      }),
    );
  });
});
