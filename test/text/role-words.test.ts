import { describe, expect, it } from 'vitest';
import type { RoleOutcome } from '../../src/core/attempt.ts';
import { sentBackWith } from '../../src/core/needs.ts';
import type { PlannedTask } from '../../src/core/plan.ts';
import { why } from '../../src/core/why.ts';
import { figuresOf } from '../../src/text/figures.ts';
import { graphLegend, renderGraph } from '../../src/text/graph-picture.ts';
import { renderPrompt } from '../../src/text/prompt.ts';
import { renderSubIssue } from '../../src/text/sub-issue.ts';
import { renderSummary } from '../../src/text/summary.ts';
import { stateWords } from '../../src/text/task-words.ts';
import { sayWhy } from '../../src/text/waiting.ts';
import { deliver, failAttempt, linked, merge, taskOf, withPull } from '../core/scenes.ts';
import { edge, plannedTask, planOf, Stage } from '../core/story.ts';

type Shape = readonly [id: string, more?: Partial<PlannedTask>];

function stageOf(tasks: readonly Shape[], edges: readonly ReturnType<typeof edge>[]): Stage {
  return linked(new Stage().planned({ ...planOf([], edges), tasks: tasks.map(([id, more]) => plannedTask(id, more)) }));
}

const judged = (): Stage =>
  stageOf(
    [['t1'], ['t2', { role: 'review', judges: ['t1'], persona: 'code reviewer' }]],
    [{ ...edge('t2', 't1'), until: 'pr-green' }],
  );

function say(stage: Stage, id: string, outcome: Partial<RoleOutcome>, sha: string): void {
  const found: RoleOutcome = { verdict: 'pass', outcome: '', notes: '', artifacts: [], ...outcome };
  deliver(stage, id, { sha, outcome: found });
}

const standing = (stage: Stage, id: string): string => {
  const reasons = why(stage.state, id, stage.now);
  return reasons === null ? '' : sayWhy(stage.state, reasons, stage.now).join(' ');
};

describe('work that is judged, in words', () => {
  it('waits for the verdict, and is sent back with its notes in the prompt', () => {
    const stage = withPull(judged(), 't1');
    expect(stateWords(stage.state, taskOf(stage, 't1'), 0)).toBe('ready, waits for the verdict of #102');
    expect(standing(stage, 't1')).toContain('#102 has to say pass about exactly this commit (now: agent starting).');
    const asked = renderPrompt(stage.state, taskOf(stage, 't2'), 'n0nce');
    expect(asked).toContain('the branch muster/7-task-t1 (pull request #201, not yet part of main)');
    expect(asked).toContain('BEGIN n0nce\nWork as: code reviewer\nEND n0nce');
    expect(asked).toContain('Judge what was done for: Task t1');
    say(stage, 't2', { verdict: 'fail', notes: 'rename it' }, 't1-1');
    const again = renderPrompt(stage.state, taskOf(stage, 't1'), 'n0nce');
    expect(again).toContain('the branch muster/7-task-t1, with the work of the earlier attempt on it');
    expect(again).toContain('A review or validation sent the work back with notes.');
    expect(again).toMatch(/## An earlier attempt\n[\s\S]*BEGIN n0nce\n[\s\S]*rename it\nEND n0nce/);
  });

  it('does not forget the notes when the next attempt comes to nothing', () => {
    const stage = withPull(judged(), 't1');
    say(stage, 't2', { verdict: 'fail', notes: 'rename it' }, 't1-1');
    failAttempt(stage, 't1', 'crashed', 'exit 1');
    stage.now += 60_000;
    stage.when({ type: 'tick' });
    expect(taskOf(stage, 't1').attempts).toHaveLength(3);
    const third = renderPrompt(stage.state, taskOf(stage, 't1'), 'n0nce');
    expect(third).toMatch(/BEGIN n0nce\n[^\n]*says no\.\nrename it\n\nexit 1\nEND n0nce/);
    expect(third).toContain('with the work of the earlier attempt on it');
    withPull(stage, 't1');
    expect(sentBackWith(taskOf(stage, 't1'))).toEqual(taskOf(stage, 't1').attempts[0]?.failure);
  });

  it('keeps the verdict on the issue of whoever gave it', () => {
    const stage = withPull(judged(), 't1');
    say(stage, 't2', { notes: 'fine *so far*', artifacts: [{ name: 'report', path: 'report.md', text: 'x' }] }, 't1-1');
    expect(standing(stage, 't2')).toContain('#102 says pass and ends when what it judges has landed.');
    merge(stage, 't1');
    const { body } = renderSubIssue(stage.state, taskOf(stage, 't2'));
    expect(body).toContain('### The verdict\n\nsays pass');
    expect(body).toContain('fine *so far*');
    expect(body).toContain('report: `report.md`');
    expect(body).toContain('as **code reviewer**, works on it');
    expect(standing(stage, 't2')).toContain('#102 is done: says pass.');
    expect(renderSummary(stage.state)).toContain('Nothing: everything asked for has landed');
  });

  it('has a picture in which judges hang on by dots', () => {
    const { state } = judged();
    expect(renderGraph(state)).toContain('n1 -.-> n2');
    expect(graphLegend(state)).toBe(
      'A dotted arrow leads to what starts from an open pull request, to judge it or to build on it.',
    );
  });
});

describe('an analysis, in words', () => {
  it('names the branches it may choose, and what was not chosen counts for nothing', () => {
    const stage = stageOf(
      [
        ['t1', { role: 'analyze' }],
        ['t2', { chosenBy: { task: 't1', outcome: 'slow' } }],
        ['t3', { chosenBy: { task: 't1', outcome: 'else' }, outputs: [{ name: 'notes', path: 'docs/notes.md' }] }],
      ],
      [edge('t2', 't1'), edge('t3', 't1')],
    );
    expect(renderPrompt(stage.state, taskOf(stage, 't1'), 'n0nce')).toContain(
      'Outcomes to choose from: slow, anything else, when none fits',
    );
    const text = 'three long functions';
    say(stage, 't1', { outcome: 'quick enough', artifacts: [{ name: 'findings', path: 'f.md', text }] }, 'main');
    expect(stateWords(stage.state, taskOf(stage, 't1'), 0)).toBe('found "quick enough"');
    expect(stateWords(stage.state, taskOf(stage, 't2'), 0)).toBe('not chosen: the analysis found "quick enough"');
    const prompt = renderPrompt(stage.state, taskOf(stage, 't3'), 'n0nce');
    expect(prompt).toMatch(
      /## Handed on to you\nBEGIN n0nce\nFrom "Task t1":\n- findings \(f\.md\):\nthree long functions\nIts outcome: quick enough\nEND n0nce/,
    );
    expect(prompt).toContain('To be handed on: notes (docs/notes.md)');
    merge(withPull(stage, 't3'), 't3');
    expect(figuresOf(stage.state)).toMatchObject({ landed: 2, total: 2, successRate: 1 });
    expect(renderSummary(stage.state)).toContain('Nothing: everything asked for has landed.');
  });
});
