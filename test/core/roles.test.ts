import { describe, expect, it } from 'vitest';
import type { RoleOutcome } from '../../src/core/attempt.ts';
import type { PlannedTask } from '../../src/core/plan.ts';
import { why } from '../../src/core/why.ts';
import { renderDiagnostic } from '../../src/text/diagnostic.ts';
import { sayWhy } from '../../src/text/waiting.ts';
import {
  ask,
  attemptNumber,
  deliver,
  followed,
  linked,
  merge,
  pullSeen,
  startAgent,
  statuses,
  taskOf,
  withPull,
} from './scenes.ts';
import { edge, plannedTask, planOf, Stage } from './story.ts';

type Shape = readonly [id: string, more?: Partial<PlannedTask>];

function stageOf(tasks: readonly Shape[], edges: readonly ReturnType<typeof edge>[]): Stage {
  const plan = { ...planOf([], edges), tasks: tasks.map(([id, more]) => plannedTask(id, more)) };
  return linked(new Stage().planned(plan));
}

/** `t1` is judged by `t2` and `t3`. */
function judged(sendBacks = 1): Stage {
  const review = { role: 'review' as const, judges: ['t1'], sendBacks };
  return stageOf(
    [['t1'], ['t2', review], ['t3', review]],
    [
      { ...edge('t2', 't1'), until: 'pr-green' },
      { ...edge('t3', 't1'), until: 'pr-green' },
    ],
  );
}

function say(stage: Stage, id: string, verdict: 'pass' | 'fail', sha: string, more: Partial<RoleOutcome> = {}): void {
  deliver(stage, id, { sha, outcome: { verdict, outcome: '', notes: 'line one\nline two', artifacts: [], ...more } });
}

describe('work that is judged', () => {
  it('lands when every judge has said pass about its commit, and the judges end with it', () => {
    const stage = withPull(judged(), 't1');
    expect(statuses(stage)).toEqual(['validation_passed', 'agent_assignment', 'agent_assignment']);
    say(stage, 't2', 'pass', 't1-1');
    expect(why(stage.state, 't1', stage.now)?.land).toEqual([{ kind: 'judge', task: 't3' }]);
    expect(why(stage.state, 't3', stage.now)?.frees).toEqual(['t1']);
    expect(statuses(stage)[1]).toBe('processing');
    say(stage, 't3', 'pass', 't1-1');
    merge(stage, 't1');
    expect(statuses(stage)).toEqual(['merged', 'merged', 'merged']);
    expect(stage.state.phase).toBe('finished');
    expect(taskOf(stage, 't2')).toMatchObject({ pull: null, sha: 't1-1' });
    expect(stage.commands()).toContainEqual({ kind: 'close-sub-issue', task: 't2' });
    stage.when({ type: 'sub-issue-closed', task: 't2' });
    expect(stage.commands()).not.toContainEqual({ kind: 'close-sub-issue', task: 't2' });
  });

  it('is sent back with the notes, and every judge looks at the new commit', () => {
    const stage = withPull(judged(), 't1');
    say(stage, 't2', 'pass', 't1-1');
    say(stage, 't3', 'fail', 't1-1');
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'agent_assignment', openPull: { number: 201 } });
    expect(taskOf(stage, 't1').attempts[0]?.failure).toMatchObject({
      class: 'changes_requested',
      evidence: ['line one', 'line two'],
    });
    expect(taskOf(stage, 't3').status).toBe('dependency_resolution');
    withPull(stage, 't1');
    expect(taskOf(stage, 't2').attempts.map(({ failure }) => failure?.class)).toEqual(['outdated', undefined]);
    say(stage, 't2', 'pass', 't1-2');
    say(stage, 't3', 'pass', 't1-2');
    merge(stage, 't1');
    expect(stage.state.outcome).toMatchObject({ done: 3, total: 3 });
  });

  it('is held up for good by a no that is one too many, until a person asks for another look', () => {
    const stage = withPull(judged(0), 't1');
    say(stage, 't2', 'pass', 't1-1');
    say(stage, 't3', 'fail', 't1-1');
    expect(statuses(stage)).toEqual(['validation_passed', 'processing', 'failed']);
    expect(taskOf(stage, 't3')).toMatchObject({ failure: { class: 'judged_bad' }, retryAt: null });
    expect(taskOf(stage, 't3').diagnostic).not.toBeNull();
    expect(stage.state.outcome).toMatchObject({ done: 0, total: 3 });
    pullSeen(stage, 't1', { headSha: 'by-hand' });
    ask(stage, 'retry', { target: 103 });
    say(stage, 't2', 'pass', 'by-hand');
    say(stage, 't3', 'pass', 'by-hand');
    merge(stage, 't1');
    expect(stage.state.outcome).toMatchObject({ done: 3, total: 3 });
  });

  it.each([
    ['the judge', 103],
    ['the work itself', 101],
    ['everything', null],
  ])('goes back with the notes of a final no when a person asks for %s again', (_, target) => {
    const stage = withPull(judged(0), 't1');
    say(stage, 't2', 'pass', 't1-1');
    say(stage, 't3', 'fail', 't1-1');
    expect(stage.state.phase).toBe('finished');
    expect(followed(ask(stage, 'retry', { target }))).toMatch(
      /^retry-requested, attempt-failed, task-requeued, says retrying/,
    );
    expect(stage.state.replies.at(-1)?.say).toEqual({ kind: 'retrying', tasks: ['t3', 't1'] });
    // a pass stands until there is another commit
    expect(statuses(stage)).toEqual(['agent_assignment', 'processing', 'dependency_resolution']);
    expect(taskOf(stage, 't1')).toMatchObject({ openPull: { number: 201 } });
    expect(taskOf(stage, 't1').attempts[0]?.failure).toMatchObject({
      class: 'changes_requested',
      evidence: ['line one', 'line two'],
    });
    withPull(stage, 't1');
    say(stage, 't2', 'pass', 't1-2');
    say(stage, 't3', 'fail', 't1-2');
    // its rounds begin anew with the round that was asked for, and there are none
    expect(taskOf(stage, 't3')).toMatchObject({ status: 'failed', round: 2 });
    ask(stage, 'retry', { target });
    withPull(stage, 't1');
    say(stage, 't2', 'pass', 't1-3');
    say(stage, 't3', 'pass', 't1-3');
    merge(stage, 't1');
    expect(stage.state.outcome).toMatchObject({ done: 3, total: 3 });
  });

  it('says what to type after a final no, at the work and at the judge', () => {
    const stage = withPull(judged(0), 't1');
    say(stage, 't2', 'pass', 't1-1');
    say(stage, 't3', 'fail', 't1-1');
    const words = (id: string): string => {
      const reasons = why(stage.state, id, stage.now);
      return reasons === null ? '' : sayWhy(stage.state, reasons, stage.now).join(' ');
    };
    const back = '`/muster retry #103` sends #101 back to work with these notes and has it judged again.';
    expect(words('t1')).toContain(back);
    expect(words('t3')).toContain(back);
    expect(renderDiagnostic(stage.state, taskOf(stage, 't3')).body).toMatch(/with the notes[\s\S]*\/muster retry #103/);
    pullSeen(stage, 't1', { headSha: 'by-hand' });
    expect(words('t3')).toContain('`/muster retry #103` has it judged again.');
  });

  it('is judged anew when somebody pushes, also what had been passed', () => {
    const stage = withPull(judged(), 't1');
    say(stage, 't2', 'pass', 't1-1');
    pullSeen(stage, 't1', { headSha: 'by-hand' });
    expect(attemptNumber(stage, 't2')).toBe(2);
    // the verdict of the other one comes late: it is about a commit that is not there any more
    say(stage, 't3', 'fail', 't1-1');
    expect(taskOf(stage, 't1').attempts).toHaveLength(1);
    expect(taskOf(stage, 't3').attempts.map(({ failure }) => failure?.class)).toEqual(['outdated', undefined]);
  });

  it('waits no more for a judge that was cancelled', () => {
    const stage = withPull(judged(), 't1');
    say(stage, 't2', 'pass', 't1-1');
    stage.when({ type: 'issue-seen', number: 103, state: 'closed', notPlanned: true, closedAt: stage.now });
    expect(stage.commands()).toContainEqual(expect.objectContaining({ kind: 'merge-pull', task: 't1' }));
  });
});

describe('a judge of what has landed', () => {
  it('holds up what comes after it when it says no, at once', () => {
    const stage = stageOf([['t1'], ['t2', { role: 'validate' }], ['t3']], [edge('t2', 't1'), edge('t3', 't2')]);
    merge(withPull(stage, 't1'), 't1');
    say(stage, 't2', 'fail', 'm-t1');
    expect(statuses(stage)).toEqual(['merged', 'failed', 'dependency_resolution']);
    expect(stage.state.phase).toBe('finished');
  });

  it('that says nothing has failed, and is asked again', () => {
    const stage = stageOf([['t1', { role: 'validate' }]], []);
    deliver(stage, 't1');
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'failed', failure: { class: 'no_outcome' } });
    expect(taskOf(stage, 't1').status === 'failed' && taskOf(stage, 't1')).toMatchObject({
      retryAt: expect.any(Number),
    });
  });
});

describe('an analysis', () => {
  const branching = (): Stage =>
    stageOf(
      [
        ['t1', { role: 'analyze', title: 'How bad?' }],
        ['t2', { chosenBy: { task: 't1', outcome: 'high_complexity' } }],
        ['t3', { chosenBy: { task: 't1', outcome: 'simple_cleanup' } }],
        ['t4'],
      ],
      [edge('t2', 't1'), edge('t3', 't1'), edge('t4', 't2'), edge('t4', 't3')],
    );

  it('chooses one branch; the others end, and what needs them goes on without', () => {
    const stage = branching();
    say(stage, 't1', 'pass', 'main', { outcome: 'Simple cleanup' });
    expect(statuses(stage)).toEqual(['merged', 'cancelled', 'agent_assignment', 'dependency_resolution']);
    expect(taskOf(stage, 't2')).toMatchObject({
      reason: 'not chosen: the analysis found "Simple cleanup"',
      notChosen: true,
    });
    expect(stage.commands()).toContainEqual({ kind: 'close-sub-issue', task: 't2' });
    merge(withPull(stage, 't3'), 't3');
    merge(withPull(stage, 't4'), 't4');
    expect(stage.state.outcome).toMatchObject({ done: 3, total: 3 });
  });

  it('that names no branch has failed, and says which there are', () => {
    const stage = branching();
    say(stage, 't1', 'pass', 'main', { outcome: 'dunno' });
    expect(taskOf(stage, 't1')).toMatchObject({
      status: 'failed',
      failure: {
        class: 'no_outcome',
        message: 'The outcome "dunno" is none of the branches: high_complexity, simple_cleanup.',
      },
    });
  });
});

describe('a need that is met before the landing', () => {
  const early = (until: 'approved' | 'pr-green'): Stage => stageOf([['t1'], ['t2']], [{ ...edge('t2', 't1'), until }]);

  it('starts when the pull request is green, and still lands later', () => {
    const stage = withPull(early('pr-green'), 't1');
    expect(statuses(stage)[1]).toBe('agent_assignment');
    withPull(stage, 't2');
    expect(why(stage.state, 't2', stage.now)?.land).toContainEqual({ kind: 'edge', task: 't1', edge: 'needs' });
    merge(stage, 't1');
    expect(stage.commands()).toContainEqual(expect.objectContaining({ kind: 'merge-pull', task: 't2' }));
  });

  it('starts when a person has approved', () => {
    const stage = withPull(early('approved'), 't1');
    expect(statuses(stage)[1]).toBe('dependency_resolution');
    pullSeen(stage, 't1', { reviewed: 'approved' });
    expect(statuses(stage)[1]).toBe('agent_assignment');
  });

  it('starts from one unlanded head only: the others have to land', () => {
    const stage = stageOf(
      [['t1'], ['t2'], ['t3']],
      [
        { ...edge('t3', 't1'), until: 'pr-green' },
        { ...edge('t3', 't2'), until: 'pr-green' },
      ],
    );
    startAgent(stage, 't1');
    withPull(withPull(stage, 't1'), 't2');
    expect(statuses(stage)[2]).toBe('dependency_resolution');
    merge(stage, 't1');
    expect(statuses(stage)[2]).toBe('agent_assignment');
  });

  it('is worked on again when another head of the first one lands', () => {
    const stage = withPull(early('pr-green'), 't1');
    withPull(stage, 't2', { baseSha: 't1-1' });
    pullSeen(stage, 't1', { headSha: 'by-hand' });
    expect(statuses(stage)[1]).toBe('validation_passed');
    merge(stage, 't1');
    expect(taskOf(stage, 't2').attempts.map(({ failure }) => failure?.class)).toEqual(['outdated', undefined]);
    merge(withPull(stage, 't2', { baseSha: 'm-t1' }), 't2');
    expect(stage.state.outcome).toMatchObject({ done: 2, total: 2 });
  });

  it('lets the run end when the first one fails after all', () => {
    const stage = withPull(early('pr-green'), 't1');
    withPull(stage, 't2');
    pullSeen(stage, 't1', { state: 'closed' });
    expect(statuses(stage)).toEqual(['failed', 'validation_passed']);
    expect(stage.state.phase).toBe('finished');
  });
});
