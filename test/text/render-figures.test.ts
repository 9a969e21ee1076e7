import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../src/text/figures.ts';
import { renderSummary } from '../../src/text/summary.ts';
import { saySummary } from '../../src/text/terminal.ts';
import { edge, planOf } from '../core/story.ts';
import { halfway, minute, recovered, Story } from './render-story.ts';

/** Five independent modules of 22, 18, 25, 15 and 31 minutes, all at once. */
function fiveModules(): Story {
  const story = new Story()
    .proposed(planOf(['t1', 't2', 't3', 't4', 't5']))
    .split()
    .started('t1', 't2', 't3', 't4', 't5');
  const ends = { t4: [15, 457], t2: [18, 623], t1: [22, 1_087], t3: [25, 892], t5: [31, 1_068] } as const;
  let at = 0;
  for (const [task, [end, lines]] of Object.entries(ends)) {
    story
      .after(end - at)
      .delivered(task, [{ path: `src/${task}.ts`, added: lines, deleted: 0 }])
      .check(task, 'success')
      .landed(task);
    at = end;
  }
  return story;
}

describe('figures', () => {
  it('of five independent tasks: 111 minutes of work in 31', () => {
    const figures = figuresOf(fiveModules().state);
    expect(figures).toMatchObject({ landed: 5, total: 5, successRate: 1, added: 4_127, pulls: 5, attempts: 5 });
    expect(figures.wallMs).toBe(31 * minute);
    expect(figures.sumOfAttemptsMs).toBe(111 * minute);
    expect(figures.speedup).toBeCloseTo(3.58, 2);
    expect(figures.criticalPathMs).toBe(31 * minute);
    expect(figures.criticalPath).toEqual(['t5']);
    expect(figures.speedupBound).toBeCloseTo(3.58, 2);
    expect(figures.utilisation).toBeCloseTo(111 / 155, 5);
    expect(figures.rounds).toEqual([{ round: 1, done: 5, of: 5 }]);
    expect(figures.tasks[0]).toMatchObject({
      subIssue: 11,
      pull: 21,
      agent: 'default',
      ms: 22 * minute,
      attempts: 1,
      files: 1,
    });
  });

  it('count what a retry made possible as part of the retry: 2 of 5, then 3 of 3', () => {
    const figures = figuresOf(recovered().state);
    expect(figures.rounds).toEqual([
      { round: 1, done: 2, of: 5 },
      { round: 2, done: 3, of: 3 },
    ]);
    expect(figures.diagnostics).toEqual([{ task: 't1', issue: 31, class: 'crashed', count: 1, state: 'closed' }]);
    expect(renderSummary(recovered().state)).toContain('original 2/5, retry 3/3, all 5/5');
    expect(saySummary(recovered().state)).toContain('original 2/5, retry 3/3, all 5/5');
  });

  it('count every attempt, also failed ones, and only worked-on tasks in the longest chain', () => {
    const figures = figuresOf(halfway().state);
    expect(figures.tasks[0]).toMatchObject({ outcome: 'failed', attempts: 2, ms: 12 * minute, added: 0, pull: null });
    expect(figures.criticalPath).toEqual(['t1']);
    expect(figures.wallMs).toBe(13 * minute);
  });

  it('bound the speedup by the workers as well as by the chain', () => {
    const story = new Story().proposed(planOf(['t1', 't2', 't3', 't4'], [], { maxWorkers: 2 })).split();
    story.started('t1', 't2').after(10);
    for (const task of ['t1', 't2']) story.delivered(task, []).check(task, 'success').landed(task);
    story.started('t3', 't4').after(10);
    for (const task of ['t3', 't4']) story.delivered(task, []).check(task, 'success').landed(task);
    expect(figuresOf(story.state)).toMatchObject({
      speedup: 2,
      speedupBound: 2,
      utilisation: 1,
      criticalPathMs: 10 * minute,
    });
  });

  it('add up a chain of needs', () => {
    const story = new Story()
      .proposed(planOf(['t1', 't2'], [edge('t2', 't1')]))
      .split()
      .started('t1')
      .after(10);
    story.delivered('t1', []).check('t1', 'success').landed('t1').started('t2').after(5);
    story.delivered('t2', []).check('t2', 'success').landed('t2');
    expect(figuresOf(story.state)).toMatchObject({
      criticalPathMs: 15 * minute,
      criticalPath: ['t1', 't2'],
      speedup: 1,
      speedupBound: 1,
    });
  });

  it('say nothing before anything ended', () => {
    const story = new Story()
      .proposed(planOf(['t1']))
      .split()
      .started('t1')
      .after(3);
    expect(figuresOf(story.state)).toMatchObject({
      wallMs: null,
      speedup: null,
      speedupBound: null,
      utilisation: null,
      successRate: 0,
    });
  });
});
