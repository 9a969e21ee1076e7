import { describe, expect, it } from 'vitest';
import type { Phase, Verb } from '../../src/core/model.ts';
import { ask, askFor, followed, inPhase } from './scenes.ts';

const phases: readonly Phase[] = ['requested', 'reading', 'proposed', 'running', 'finished', 'cancelled', 'refused'];

describe('each verb in each phase', () => {
  const nothing = 'says nothing-to-do';
  const running = 'says already-running';
  const unasked = (what: string): string => `${what}, closed-unstarted`;
  it.each<[Verb, ...(readonly string[])]>([
    // requested, reading, proposed, running, finished, cancelled, refused
    // while a plan waits for approval, it is read once more
    ['run', 'run-accepted', running, 'run-accepted', `${running}, plan-reread`, nothing, nothing, nothing],
    ['plan', 'run-accepted', nothing, 'run-accepted', 'says status', 'says status', nothing, nothing],
    ['pause', unasked(nothing), nothing, nothing, 'paused, says paused', nothing, nothing, nothing],
    ['resume', unasked(nothing), nothing, nothing, nothing, nothing, nothing, nothing],
    [
      'why',
      unasked('says nothing-here'),
      'says nothing-here',
      'says why',
      'says why',
      'says status',
      'says why',
      'says nothing-here',
    ],
    [
      'status',
      unasked('says nothing-here'),
      'says nothing-here',
      'says status',
      'says status',
      'says status',
      'says status',
      'says nothing-here',
    ],
    ['help', unasked('says help'), 'says help', 'says help', 'says help', 'says help', 'says help', 'says help'],
    ['approve', unasked(nothing), nothing, 'plan-approved', nothing, nothing, nothing, nothing],
    ['reject', unasked(nothing), nothing, 'plan-rejected', nothing, nothing, nothing, nothing],
    ['retry', unasked(nothing), nothing, nothing, nothing, nothing, nothing, nothing],
    ['merge', unasked(nothing), nothing, nothing, 'merge-allowed, says merging', nothing, nothing, nothing],
    [
      'cancel',
      'orchestration-cancelled, says cancelled',
      'orchestration-cancelled, says cancelled',
      'orchestration-cancelled, says cancelled',
      'task-cancelled, orchestration-cancelled, says cancelled',
      nothing,
      nothing,
      nothing,
    ],
  ])('%s', (verb, ...expected) => {
    expect(phases.map((phase) => `${phase}: ${followed(ask(inPhase(phase), verb))}`)).toEqual(
      phases.map((phase, index) => `${phase}: ${expected[index]}`),
    );
  });

  it('each phase of the table is the phase it says', () => {
    expect(phases.map((phase) => inPhase(phase).state.phase)).toEqual(phases);
  });

  it('an unknown word is answered in every phase, and does nothing', () => {
    for (const phase of phases) {
      const stage = inPhase(phase);
      const answer = followed(askFor(stage, { kind: 'unknown', text: '/muster rum', problem: 'did you mean run?' }));
      expect(answer).toBe(phase === 'requested' ? 'says unknown-command, closed-unstarted' : 'says unknown-command');
    }
  });
});
