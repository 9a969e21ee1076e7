import { describe, expect, it } from 'vitest';
import type { CheckSeen } from '../../src/core/signals.ts';
import { judgeHead } from '../../src/core/validation.ts';
import { why } from '../../src/core/why.ts';
import { checkOn, deliver, openPull, pullSeen, running, statuses, taskOf, typesOf, withPull } from './scenes.ts';
import type { Stage } from './story.ts';

/** `ci+ lint- docs? e2e=neutral`: green, red, still running, or with this conclusion. */
function seen(stage: Stage, words: string): void {
  for (const word of words.split(' ').filter(Boolean)) {
    const [, name = '', sign, conclusion] = /^(\w+)([+\-?=])(.*)$/.exec(word) ?? [];
    const ended = sign === '+' ? 'success' : sign === '-' ? 'failure' : sign === '=' ? conclusion : undefined;
    checkOn(stage, 't1', name, ended === undefined ? {} : { conclusion: ended });
  }
}

/** Its head is pushed, its pull request open. */
function pushed(required: string, base: string): Stage {
  const split = (words: string): string[] => words.split(' ').filter(Boolean);
  return withPull(running(['t1'], [], { merge: 'manual' }, { required: split(required), base: split(base) }), 't1');
}

function verdict(stage: Stage): string {
  const task = taskOf(stage, 't1');
  const judged = judgeHead(stage.state, task, 't1-1');
  switch (judged.kind) {
    case 'unseen':
    case 'running':
      return `${judged.kind}, waits for ${judged.waitsFor.join(' ')}`;
    case 'passed':
      return `passed by ${judged.basis}`;
    case 'failed':
      return `failed: ${judged.red.map((check) => check.name).join(' ')}`;
  }
}

describe('a head is judged', () => {
  it.each([
    // required  base   seen             verdict
    ['ci', '', '', 'unseen, waits for ci'],
    ['ci', '', 'ci?', 'running, waits for ci'],
    ['ci', '', 'ci+', 'passed by checks'],
    ['ci', '', 'ci-', 'failed: ci'],
    ['ci e2e', '', 'ci+', 'running, waits for e2e'],
    ['ci e2e', '', 'ci+ e2e+', 'passed by checks'],
    ['ci e2e', '', 'ci+ e2e-', 'failed: e2e'],
    ['ci e2e', '', 'ci- e2e?', 'failed: ci'],
    // only the required ones decide where there are any
    ['ci', '', 'ci+ lint-', 'passed by checks'],
    ['ci', '', 'lint-', 'unseen, waits for ci'],
    ['ci', '', 'ci+ lint?', 'passed by checks'],
    ['ci', 'ci lint', 'ci+', 'passed by checks'],
    // else all that are seen, and at least those the base branch had
    ['', 'ci', '', 'unseen, waits for ci'],
    ['', 'ci', 'ci+', 'passed by checks'],
    ['', 'ci', 'lint+', 'running, waits for ci'],
    ['', 'ci', 'ci+ lint-', 'failed: lint'],
    ['', 'ci', 'ci+ lint?', 'running, waits for lint'],
    ['', 'ci lint e2e', 'ci+', 'running, waits for lint e2e'],
    ['', 'ci lint e2e', 'ci+ lint+ e2e+', 'passed by checks'],
    // checks that the base branch never had
    ['', '', 'ci?', 'running, waits for ci'],
    ['', '', 'ci+', 'passed by checks'],
    ['', '', 'ci-', 'failed: ci'],
    ['', '', '', 'passed by unverified'],
  ])('required [%s], on the base branch [%s], seen [%s]: %s', (required, base, words, expected) => {
    const stage = pushed(required, base);
    seen(stage, words);
    expect(verdict(stage)).toBe(expected);
  });

  it.each([
    ['success', 'passed by checks'],
    ['neutral', 'passed by checks'],
    ['skipped', 'passed by checks'],
    ['failure', 'failed: ci'],
    ['cancelled', 'failed: ci'],
    ['timed_out', 'failed: ci'],
    ['action_required', 'failed: ci'],
    ['stale', 'failed: ci'],
    ['startup_failure', 'failed: ci'],
    ['something new', 'failed: ci'],
  ])('a check that concludes "%s": %s', (conclusion, expected) => {
    const stage = pushed('ci', '');
    checkOn(stage, 't1', 'ci', { conclusion });
    expect(verdict(stage)).toBe(expected);
  });

  it('completed without a conclusion is not green', () => {
    const stage = pushed('ci', '');
    checkOn(stage, 't1', 'ci', { status: 'completed' });
    expect(verdict(stage)).toBe('failed: ci');
  });

  it('checks of another commit count for nothing', () => {
    const stage = pushed('ci', '');
    checkOn(stage, 't1', 'ci', { sha: 'other', conclusion: 'success' });
    expect(verdict(stage)).toBe('unseen, waits for ci');
  });
});

describe('a repository without checks', () => {
  it.each([
    ['its verify command passed', { verify: { command: 'make test', ok: true } }, 'verify'],
    ['it has none', { verify: null }, 'unverified'],
    ['it did not pass', { verify: { command: 'make test', ok: false } }, 'unverified'],
  ])('%s', (_, delivered, basis) => {
    const stage = running(['t1'], [], { merge: 'manual' });
    withPull(stage, 't1', delivered);
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'validation_passed', basis });
  });

  it('what we verified says nothing about a head that somebody else pushed', () => {
    const stage = running(['t1'], [], { merge: 'manual' });
    withPull(stage, 't1', { verify: { command: 'make test', ok: true } });
    pullSeen(stage, 't1', { headSha: 'by-hand' });
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'validation_passed', basis: 'unverified' });
  });

  it('the first check that does show up is waited for, even after the head was taken for good', () => {
    const stage = pushed('', '');
    expect(statuses(stage)).toEqual(['validation_passed']);
    checkOn(stage, 't1', 'ci');
    expect(statuses(stage)).toEqual(['validation_running']);
    checkOn(stage, 't1', 'ci', { conclusion: 'success' });
    expect(taskOf(stage, 't1')).toMatchObject({ status: 'validation_passed', basis: 'checks' });
  });
});

describe('the road of a pull request', () => {
  it('waits as created until its first check is seen, then runs, then has passed: one state at a time', () => {
    const stage = pushed('ci', '');
    expect(statuses(stage)).toEqual(['pr_created']);
    expect(why(stage.state, 't1', stage.now)?.checks).toEqual(['ci']);
    expect(typesOf(checkOn(stage, 't1', 'ci', { status: 'queued' }))).toEqual(['check-seen', 'validation-started']);
    expect(typesOf(checkOn(stage, 't1', 'ci', { conclusion: 'success' }))).toEqual(['check-seen', 'validation-passed']);
  });

  it('why names only what really gates it', () => {
    const stage = pushed('ci', 'ci lint');
    expect(why(stage.state, 't1', stage.now)?.checks).toEqual(['ci']);
  });

  it('a red check fails the attempt, with the end of its log as evidence, and a human has to act', () => {
    const stage = pushed('ci lint', '');
    checkOn(stage, 't1', 'lint', { conclusion: 'failure', log: 'line 3: unused' });
    const log = Array.from({ length: 60 }, (_, line) => `line ${line}`).join('\n');
    expect(statuses(stage)).toEqual(['failed']);
    const again = pushed('ci', '');
    checkOn(again, 't1', 'ci', { conclusion: 'failure', log: `${log}\n\n` });
    const task = taskOf(again, 't1');
    if (task.status !== 'failed') throw new Error('it failed');
    expect(task.failure).toMatchObject({ class: 'ci_failed', message: 'Check "ci" failed on t1-1.' });
    expect(task.failure.evidence).toHaveLength(40);
    expect(task.failure.evidence.at(-1)).toBe('line 59');
    expect(task.retryAt).toBeNull();
  });

  it('names every red check', () => {
    const stage = pushed('', 'ci lint');
    const task = taskOf(stage, 't1');
    const red = (name: string): { type: 'check-seen'; check: CheckSeen } => ({
      type: 'check-seen',
      check: {
        sha: 't1-1',
        branch: task.branch,
        name,
        status: 'completed',
        conclusion: 'failure',
        url: `u/${name}`,
        log: '',
      },
    });
    stage.when(red('ci'), red('lint'));
    expect(taskOf(stage, 't1')).toMatchObject({ failure: { message: 'Checks "ci", "lint" failed on t1-1.' } });
  });

  it('the checks of a push may be seen before the push itself is known', () => {
    const stage = running(['t1'], [], { merge: 'manual' }, { required: ['ci'] });
    checkOn(stage, 't1', 'ci', { sha: 't1-1', conclusion: 'success' });
    deliver(stage, 't1');
    expect(statuses(stage)).toEqual(['processing']);
    openPull(stage, 't1');
    expect(statuses(stage)).toEqual(['validation_passed']);
  });
});

describe('a check that is run again', () => {
  const one = 'http://x/runs/100';
  const two = 'http://x/runs/101';
  const queued = { status: 'queued' as const };
  const green = { conclusion: 'success' };
  const red = { conclusion: 'failure' };

  it.each([
    ['the same run only moves forward: queued news is late', { ...green, url: one }, { ...queued, url: one }, 'green'],
    ['the same run may be corrected', { ...green, url: one }, { ...red, url: one }, 'red'],
    ['a new run starts again', { ...green, url: one }, { ...queued, url: two }, 'running'],
    ['a new run may turn red', { ...green, url: one }, { ...red, url: two }, 'red'],
    ['late news of the earlier run is no news', { ...green, url: two }, { ...red, url: one }, 'green'],
    ['numbers are compared as numbers', { ...green, url: 'http://x/runs/99' }, { ...red, url: one }, 'red'],
    [
      'the same run under two addresses',
      { ...green, url: 'http://x/job/7' },
      { ...queued, url: 'http://y/7' },
      'green',
    ],
    ['another service without numbers', { ...green, url: 'http://ci/a' }, { ...red, url: 'http://ci/b' }, 'red'],
  ])('%s', (_, first, second, expected) => {
    const stage = pushed('other ci', '');
    checkOn(stage, 't1', 'ci', first);
    checkOn(stage, 't1', 'ci', second);
    const check = stage.state.checks.find(({ name }) => name === 'ci');
    const shown = check?.status !== 'completed' ? 'running' : check.conclusion === 'success' ? 'green' : 'red';
    expect(shown).toBe(expected);
  });

  it('two jobs of one name do not take turns for ever: the second look has no news', () => {
    const stage = pushed('ci', '');
    const look = (): number =>
      [one, two].flatMap((url) => checkOn(stage, 't1', 'ci', { conclusion: 'success', url })).length;
    expect(look()).toBeGreaterThan(0);
    expect(look()).toBe(0);
    expect(look()).toBe(0);
  });

  it('a log that arrives later is kept, the same one is not news', () => {
    const stage = pushed('ci lint', '');
    checkOn(stage, 't1', 'extra', red);
    expect(typesOf(checkOn(stage, 't1', 'extra', { ...red, log: 'boom' }))).toEqual(['check-seen']);
    expect(checkOn(stage, 't1', 'extra', { ...red, log: 'boom' })).toEqual([]);
    expect(checkOn(stage, 't1', 'extra', red)).toEqual([]);
  });
});

describe('which checks are kept', () => {
  it.each([
    ['of our branch', {}, true],
    ['of the base branch', { branch: 'main', sha: 'm' }, true],
    ['of our head, whatever branch GitHub names', { branch: '', sha: 't1-1' }, true],
    ['of somebody else', { branch: 'feature', sha: 'f' }, false],
  ])('%s', (_, changes, kept) => {
    expect(checkOn(pushed('ci', ''), 't1', 'lint', { ...changes, ...{ conclusion: 'success' } }).length > 0).toBe(kept);
  });

  it('old ones go when there are too many, but never those of a head that is still judged', () => {
    const stage = running(['t1', 't2'], [], { merge: 'manual' }, { required: ['ci', 'last'] });
    for (const id of ['t1', 't2']) withPull(stage, id);
    checkOn(stage, 't1', 'ci', { conclusion: 'success' });
    for (let n = 0; n < 600; n++)
      checkOn(stage, 't2', 'noise', { branch: 'main', sha: `m${n}`, conclusion: 'success' });
    expect(stage.state.checks.length).toBe(500);
    expect(stage.state.checks.some(({ sha }) => sha === 'm0')).toBe(false);
    checkOn(stage, 't1', 'last', { conclusion: 'success' });
    expect(statuses(stage)[0]).toBe('validation_passed');
  });
});
