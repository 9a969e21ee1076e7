import { describe, expect, it } from 'vitest';
import type { FailureClass } from '../../src/core/attempt.ts';
import type { Policy } from '../../src/core/plan.ts';
import { makeFailure, nextTryAt } from '../../src/core/retry.ts';
import { ask, checkOn, failAttempt, pullSeen, refuseMerge, running, taskOf, withPull } from './scenes.ts';
import type { Stage } from './story.ts';

/** Lets the pause of a failed task run out; false when only a human starts it again. */
function pauseOver(stage: Stage, id = 't1'): boolean {
  const task = taskOf(stage, id);
  if (task.status !== 'failed' || task.retryAt === null) return false;
  stage.now = task.retryAt;
  stage.when({ type: 'tick' });
  return true;
}

/** Attempts until nothing goes on by itself when each one ends in the next of these failures. */
function attemptsMade(policy: Partial<Policy>, failures: readonly FailureClass[]): number {
  const stage = running(['t1'], [], policy);
  for (const failure of failures) {
    if (failure === 'merge_conflict') {
      withPull(stage, 't1');
      refuseMerge(stage, 't1', 'conflict', ['a.txt']);
    } else failAttempt(stage, 't1', failure);
    if (!pauseOver(stage)) break;
  }
  return taskOf(stage, 't1').attempts.length;
}

const often = (failure: FailureClass): readonly FailureClass[] => Array.from({ length: 12 }, () => failure);

describe('how often a class of failure is tried by itself', () => {
  it.each<[FailureClass, number, number, number]>([
    // attempts in all with `attempts: 1`, `2` (the default), `5`
    ['timeout', 1, 1, 1],
    ['stalled', 1, 2, 2],
    ['cancelled', 1, 1, 1],
    ['crashed', 1, 2, 2],
    ['spawn_failed', 1, 1, 1],
    ['no_changes', 1, 2, 2],
    ['no_outcome', 1, 2, 2],
    ['policy_violation', 1, 1, 1],
    ['verify_failed', 1, 2, 2],
    ['merge_conflict', 1, 6, 6],
    ['github_refused', 1, 1, 1],
  ])('%s: %i, %i, %i', (failure, one, two, five) => {
    expect(attemptsMade({ attempts: 1 }, often(failure))).toBe(one);
    expect(attemptsMade({ attempts: 2 }, often(failure))).toBe(two);
    expect(attemptsMade({ attempts: 5 }, often(failure))).toBe(five);
  });

  it('red checks and a closed pull request wait for a human', () => {
    const red = running(['t1'], [], { attempts: 5 }, { required: ['ci'] });
    withPull(red, 't1');
    checkOn(red, 't1', 'ci', { conclusion: 'failure' });
    const closed = running(['t1'], [], { attempts: 5, merge: 'manual' });
    withPull(closed, 't1');
    pullSeen(closed, 't1', { state: 'closed' });
    expect(taskOf(red, 't1')).toMatchObject({ status: 'failed', retryAt: null, failure: { class: 'ci_failed' } });
    expect(taskOf(closed, 't1')).toMatchObject({ status: 'failed', retryAt: null, failure: { class: 'pull_closed' } });
  });

  it.each<[string, readonly FailureClass[], number]>([
    ['classes share one count', ['crashed', 'stalled', 'crashed'], 2],
    ['a conflict is counted by itself: what follows it has all its tries', ['merge_conflict', 'crashed', 'crashed'], 3],
    ['and so has a conflict after a crash', ['crashed', 'merge_conflict', 'merge_conflict', 'crashed'], 4],
    ['a class without a second try has none after a conflict either', ['merge_conflict', 'timeout', 'crashed'], 2],
  ])('%s', (_, failures, attempts) => {
    expect(attemptsMade({ attempts: 2 }, failures)).toBe(attempts);
  });

  it('a conflict is never tried again where only one attempt is allowed', () => {
    expect(attemptsMade({ attempts: 1 }, often('merge_conflict'))).toBe(1);
  });

  it("a human's retry starts a new round with all its tries", () => {
    const stage = running(['t1'], [], { attempts: 2 });
    failAttempt(stage, 't1');
    pauseOver(stage);
    failAttempt(stage, 't1');
    expect(pauseOver(stage)).toBe(false);
    ask(stage, 'retry');
    failAttempt(stage, 't1');
    expect(pauseOver(stage)).toBe(true);
    expect(taskOf(stage, 't1').attempts.map(({ number, round }) => `${number}/${round}`)).toEqual([
      '1/1',
      '2/1',
      '3/2',
      '4/2',
    ]);
  });
});

describe('the pause before the next attempt', () => {
  /** Seconds of each pause when every attempt meets a conflict. */
  function pauses(id: string, retryDelaySeconds: number): readonly number[] {
    const stage = running([id], [], { retryDelaySeconds, attempts: 2 });
    return Array.from({ length: 5 }, () => {
      withPull(stage, id);
      refuseMerge(stage, id, 'conflict');
      const from = stage.now;
      pauseOver(stage, id);
      return (stage.now - from) / 1000;
    });
  }

  it('doubles each time, longer by up to a quarter', () => {
    for (const [index, pause] of pauses('t1', 10).entries()) {
      expect(pause).toBeGreaterThanOrEqual(10 * 2 ** index);
      expect(pause).toBeLessThan(12.5 * 2 ** index);
    }
  });

  it('is the same for the same task, and differs between tasks that failed together', () => {
    expect(pauses('t1', 10)).toEqual(pauses('t1', 10));
    const firsts = ['t1', 't2', 't3', 't4', 't5'].map((id) => pauses(id, 1000)[0]);
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it('starts at the failure', () => {
    const stage = running(['t1']);
    const task = taskOf(stage, 't1');
    const policy = stage.state.plan?.policy;
    if (policy === undefined) throw new Error('there is a plan');
    const failure = makeFailure('crashed', 'exit 1', []);
    const early = nextTryAt(task, failure, policy, 0) ?? 0;
    expect(nextTryAt(task, failure, policy, 5_000)).toBe(early + 5_000);
  });
});

describe('the fingerprint of a failure', () => {
  const of = (failure: FailureClass, message: string, ...evidence: string[]): string =>
    makeFailure(failure, message, evidence).fingerprint;

  it.each([
    ['numbers', 'exit 1 after 12 s', 'exit 2 after 9 s'],
    ['hashes', 'Check "ci" failed on 0a1b2c3.', 'Check "ci" failed on fedcba9.'],
    ['long hashes', `at ${'a1'.repeat(20)}`, `at ${'b2'.repeat(20)}`],
    ['places in a file', 'src/cart.ts:12:5', 'src/cart.ts:14:9'],
  ])('does not depend on %s', (_, one, other) => {
    expect(of('crashed', one)).toBe(of('crashed', other));
    expect(of('crashed', '', one)).toBe(of('crashed', '', other));
  });

  it.each([
    ['the class', of('crashed', 'x'), of('stalled', 'x')],
    ['the message', of('crashed', 'out of memory'), of('crashed', 'segmentation fault')],
    ['the last line of evidence', of('crashed', 'x', 'a', 'b'), of('crashed', 'x', 'a', 'c')],
  ])('depends on %s', (_, one, other) => {
    expect(one).not.toBe(other);
  });

  it('does not depend on earlier lines of evidence', () => {
    expect(of('crashed', 'x', 'one', 'last')).toBe(of('crashed', 'x', 'two', 'last'));
  });

  it('is eight hex digits, so that it fits into a key', () => {
    expect(of('crashed', 'x')).toMatch(/^[0-9a-f]{8}$/);
  });
});
