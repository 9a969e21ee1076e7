import { describe, expect, it } from 'vitest';
import { defaultPolicy, type OutsideNeed } from '../../src/core/plan.ts';
import { why } from '../../src/core/why.ts';
import { type CompiledPlan, compilePlan, type PlanInput } from '../../src/text/compile-plan.ts';
import { renderSubIssue } from '../../src/text/sub-issue.ts';
import { sayNext, sayWhy } from '../../src/text/waiting.ts';
import { linked, taskOf } from '../core/scenes.ts';
import { planOf, Stage } from '../core/story.ts';

function compiled(body: string, more: Partial<PlanInput> = {}): CompiledPlan {
  const place = { owner: 'acme', name: 'shop', number: 7, blockedBy: [] };
  const input = { body, settings: {}, flags: {}, subIssues: [], agents: ['default'], basePolicy: defaultPolicy };
  return compilePlan({ ...input, place, ...more });
}

/** `t1>acme/lib#12`, with `~` for lands-after and `*` for every task. */
function outside(body: string, more: Partial<PlanInput> = {}): readonly string[] {
  const answer = compiled(body, more);
  if (!answer.ok) throw new Error(JSON.stringify(answer.problems));
  return (answer.plan.outside ?? []).map(
    ({ from, kind, owner, name, number }) => `${from ?? '*'}${kind === 'needs' ? '>' : '~'}${owner}/${name}#${number}`,
  );
}

describe('what tasks wait for outside of the list', () => {
  it.each([
    ['- [ ] a (blocked by acme/lib#12)', ['t1>acme/lib#12']],
    ['- [ ] a, depends on #45 and #46', ['t1>acme/shop#45', 't1>acme/shop#46']],
    ['- [ ] a\n- [ ] b (needs #1, #45)', ['t2>acme/shop#45']],
    ['- [ ] a, after https://github.com/acme/lib/pull/9', ['t1>acme/lib#9']],
    ['- [ ] a (merge after acme/lib#12)', ['t1~acme/lib#12']],
    ['- [ ] a, hängt von acme/lib#12 ab', ['t1>acme/lib#12']],
    ['- [ ] Group, needs #45\n  - [ ] a\n  - [ ] b', ['t1>acme/shop#45', 't2>acme/shop#45']],
    ['Blocked by #45.\n\n- [ ] a\n- [ ] b', ['*>acme/shop#45']],
    ['## Part (depends on acme/lib#12)\n\n- [ ] a\n- [ ] b', ['t1>acme/lib#12', 't2>acme/lib#12']],
    ['- [ ] a, blocked by #45, depends on acme/shop#45', ['t1>acme/shop#45']],
  ])('%s', (body, expected) => {
    expect(outside(`${body}\n`)).toEqual(expected);
  });

  it.each([
    ['the issue itself', '- [ ] a (depends on #7)'],
    ['what is done', '- [x] a (depends on #45)\n- [ ] b'],
    ['what is only mentioned', '- [ ] a, see #45, fixed by #46, part of acme/lib#1'],
    ['a number that no issue can have', '- [ ] a (depends on acme/lib#9999999999)'],
    ['what it blocks', '- [ ] a (blocks acme/lib#12)'],
    ['what does not hold', '- [ ] a (does not depend on #45)'],
  ])('not %s', (_, body) => {
    expect(outside(`${body}\n`)).toEqual([]);
  });

  it('what blocks the issue by GitHub, beside what its author says', () => {
    const blockedBy = [{ owner: 'acme', name: 'lib', number: 3 }];
    const place = { owner: 'acme', name: 'shop', number: 7, blockedBy };
    expect(outside('- [ ] a (needs #45)\n', { place })).toEqual(['t1>acme/shop#45', '*>acme/lib#3']);
  });

  it('nothing where there is no GitHub around the list', () => {
    const input = { settings: {}, flags: {}, subIssues: [], agents: ['default'], basePolicy: defaultPolicy };
    const answer = compilePlan({ ...input, body: '- [ ] a (needs #45)\n' });
    expect(answer).toMatchObject({ ok: true });
    expect(answer.ok && answer.plan.outside).toBeUndefined();
  });

  it('not more than can be watched', () => {
    const list = Array.from(
      { length: 90 },
      (_, at) => `- [ ] item ${at}, needs #${2 * at + 1000} and #${2 * at + 1001}`,
    );
    const answer = compiled(`${list.join('\n')}\n`);
    expect(!answer.ok && answer.problems).toMatchObject([{ code: 'too-many-outside' }]);
  });
});

describe('in words', () => {
  const lib = { owner: 'acme', name: 'lib', number: 12, kind: 'needs', basis: 'ref', source: '', line: 1 } as const;
  const here = { ...lib, name: 'shop', number: 45 };

  function waiting(...needs: readonly OutsideNeed[]): Stage {
    return linked(new Stage().planned({ ...planOf(['t1', 't2']), outside: needs }));
  }
  function said(stage: Stage, id: string): string {
    const reasons = why(stage.state, id, stage.now);
    return reasons === null ? '' : sayWhy(stage.state, reasons, stage.now).slice(1).join(' ');
  }

  it('how it stands, and what to do where waiting does not help', () => {
    const stage = waiting({ ...lib, from: 't1' });
    expect(said(stage, 't1')).toBe(
      'It waits for acme/lib#12, which is looked at soon. Closed as completed, or merged, it is met.',
    );
    stage.when({ type: 'outside-seen', issue: { ...lib, state: 'dropped' } });
    expect(said(stage, 't1')).toBe(
      'It waits for acme/lib#12, which was closed without being done. Take it out of #7, or drop the task: `/muster cancel #101`.',
    );
    expect(sayNext(stage.state, stage.now)).toContain(
      'Needs you: #101 waits for acme/lib#12, which was closed without being done: take it out of #7, or drop what waits with `/muster cancel #n`.',
    );
  });

  it('what blocks everything is said once', () => {
    const stage = waiting({ ...here, from: null });
    stage.when({ type: 'outside-seen', issue: { ...here, state: 'open' } });
    const next = sayNext(stage.state, stage.now);
    expect(next).toBe('Next: everything waits for #45, which is still open.');
    expect(said(stage, 't2')).toBe(
      'Everything here waits for #45, which is still open. Closed as completed, or merged, it is met.',
    );
  });

  it('the sub-issue names it', () => {
    const stage = waiting({ ...lib, from: 't1' }, { ...here, from: 't1', kind: 'lands-after' });
    const { body } = renderSubIssue(stage.state, taskOf(stage, 't1'));
    expect(body).toContain('- acme/lib#12: has to be closed as completed, or merged, before this one starts');
    expect(body).toContain('- #45: has to be closed as completed, or merged, before this one lands');
  });
});
