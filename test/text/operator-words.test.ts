import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inline } from '../../src/text/markdown.ts';
import { answerOperator, asPlainLines } from '../../src/text/operator-words.ts';
import { ask, inPhase, running, startAgent } from '../core/scenes.ts';

describe('an answer in the terminal', () => {
  it('is what a comment would say, without Markdown', () => {
    expect(asPlainLines('**Now:** #3 \\*is\\* `a*b` &lt;x&gt; @\u200bada. [The status](https://x/y#1) shows it.')).toBe(
      'Now: #3 *is* `a*b` <x> @ada. The status (https://x/y#1) shows it.',
    );
  });

  it('gives back what was put into our Markdown', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab *_[]()<>&|~#-+=.@1\\', '](https://x)') }), (text) => {
        const line = text.replace(/\s+/g, ' ').trim();
        // our own links and emphasis are signs to it; no title can make one
        expect(asPlainLines(inline(line, 500))).toBe(line);
      }),
    );
  });

  it('says whether it was done, also where a comment would get no words', () => {
    const answerTo = (phase: 'proposed' | 'running', verb: 'approve' | 'resume' | 'status'): unknown => {
      const stage = inPhase(phase);
      ask(stage, verb, { by: 'cli:ada' });
      const request = stage.state.requests.at(-1);
      return request === undefined ? null : answerOperator(stage.state, request, stage.now);
    };
    expect(answerTo('proposed', 'approve')).toMatchObject({
      obeyed: true,
      text: expect.stringMatching(/^Now: sub-issues/),
    });
    expect(answerTo('running', 'status')).toMatchObject({
      obeyed: true,
      text: expect.stringMatching(/^0 of 1 task landed/),
    });
    expect(answerTo('running', 'resume')).toEqual({
      obeyed: false,
      text: 'Nothing is paused here. Nothing was changed.',
    });
  });
});

describe('the operator', () => {
  it('is obeyed without asking GitHub, and nothing is posted', () => {
    const stage = running(['t1', 't2']);
    startAgent(stage, 't1');
    const command = { kind: 'command', verb: 'cancel', flags: {}, target: 101 } as const;
    stage.when({ type: 'asked', source: 'cli-1', issue: 7, by: 'cli:ada', at: stage.now, command, operator: true });
    expect(stage.state.tasks[0]).toMatchObject({ status: 'cancelled', reason: 'cancelled by cli:ada' });
    expect(stage.state.requests.at(-1)).toMatchObject({ state: 'accepted', operator: true });
    expect(stage.state.replies).toMatchObject([{ source: 'cli-1', posted: true, say: { kind: 'cancelled' } }]);
    const kinds = stage.commands().map(({ kind }) => kind);
    expect(kinds).not.toContain('check-permission');
    expect(kinds).not.toContain('post-reply');
  });
});
