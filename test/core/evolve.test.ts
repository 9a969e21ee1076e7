import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/events.ts';
import { eventVersion } from '../../src/core/events.ts';
import { emptyOrchestration, evolve, replay } from '../../src/core/evolve.ts';
import type { Orchestration } from '../../src/core/model.ts';
import { react } from '../../src/core/react.ts';
import { failAttempt, landAll, running, statuses } from './scenes.ts';
import { storedEvents, storedStory } from './stored-stories.ts';
import { edge, type Stage } from './story.ts';

const stored = storedEvents(1);

function story(): Stage {
  const stage = running(['t1', 't2'], [edge('t2', 't1')], {}, { required: [] });
  failAttempt(stage, 't1');
  stage.now += 60_000;
  stage.when({ type: 'tick' });
  return landAll(stage, 't1', 't2');
}

describe('folding', () => {
  it('the same history gives the same state, whole or from any snapshot', () => {
    const { history, state } = story();
    expect(replay(history)).toEqual(state);
    for (let cut = 0; cut <= history.length; cut++)
      expect(history.slice(cut).reduce(evolve, replay(history.slice(0, cut)))).toEqual(state);
  });

  it('a snapshot is plain JSON: nothing of the state is lost on the way to the disk and back', () => {
    const { history } = story();
    let state = emptyOrchestration;
    for (const recorded of history) {
      state = evolve(state, recorded);
      expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    }
  });

  it('never changes the state it was given', () => {
    const { history } = story();
    const freeze = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
      Object.freeze(value);
      for (const part of Object.values(value)) freeze(part);
    };
    let state: Orchestration = emptyOrchestration;
    for (const recorded of history) {
      freeze(state);
      freeze(recorded);
      state = evolve(state, recorded);
    }
    expect(state.phase).toBe('finished');
  });

  it('numbers every event, even one that changes nothing else', () => {
    const { history } = story();
    expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1));
    expect(history.every(({ version }) => version === eventVersion)).toBe(true);
  });
});

describe('an event of a later version', () => {
  const unknown = [
    { type: 'moon-rose', phase: 'full' },
    { type: 'task-sung', task: 't1', song: 'la' },
    { type: 'task-sung', task: 't9' },
  ];

  it.each(unknown)('%o is tolerated: what it means stays unknown, the rest goes on', (event) => {
    const { history, state } = story();
    const [first, ...rest] = history;
    if (first === undefined) throw new Error('there is a history');
    const later = { seq: 2, at: 0, version: 7, event: event as unknown as Event };
    const mixed = [first, later, ...rest].map((recorded, index) => ({ ...recorded, seq: index + 1 }));
    const folded = replay(mixed);
    expect(folded.seq).toBe(state.seq + 1);
    expect({ ...folded, seq: 0, report: null }).toEqual({ ...state, seq: 0, report: null });
  });

  it('with more fields than we know is read for the fields we know', () => {
    const stage = running(['t1']);
    const event = { type: 'attempt-started', task: 't1', attempt: 1, confinement: 'vm', gpu: 8 } as Event;
    stage.record(event);
    expect(statuses(stage)).toEqual(['processing']);
  });
});

describe('an event that does not fit the state', () => {
  it('changes nothing but the number: folding never throws, in whatever order events come', () => {
    const { history } = story();
    const long = storedStory(stored, 'landed');
    fc.assert(
      fc.property(fc.shuffledSubarray([...history, ...long]), (shuffled) => {
        const state = shuffled.map((one, index) => ({ ...one, seq: index + 1 })).reduce(evolve, emptyOrchestration);
        expect(state.seq).toBe(shuffled.length);
        expect(() => react(state, { coalesceMs: 0 })).not.toThrow();
      }),
      { numRuns: 60 },
    );
  });

  it.each<[string, (stage: Stage) => Event]>([
    ['a verdict on what runs nowhere', () => ({ type: 'validation-passed', task: 't1', basis: 'checks' })],
    ['a landing without a pull request', () => ({ type: 'landed', task: 't1', sha: 'x' })],
    ['a pull request before the work', () => ({ type: 'pull-opened', task: 't1', pull: noPull })],
    ['a diagnosis without a failure', () => ({ type: 'diagnostic-closed', task: 't1' })],
    ['a second link', () => ({ type: 'sub-issue-linked', task: 't1', issue: noIssue })],
    ['a requeue of what has not failed', () => ({ type: 'task-requeued', task: 't1', round: 9, by: null })],
    ['a task that is not there', () => ({ type: 'task-cancelled', task: 't9', reason: '' })],
  ])('%s', (_, event) => {
    const stage = running(['t1']);
    const before = stage.state.tasks;
    stage.record(event(stage));
    expect(stage.state.tasks).toEqual(before);
  });

  it('what has landed or was cancelled never moves again', () => {
    const done = landAll(running(['t1', 't2']), 't1');
    done.record({ type: 'task-cancelled', task: 't2', reason: 'x' });
    const failure = { class: 'crashed', message: '', evidence: [], fingerprint: '' } as const;
    const before = done.state.tasks;
    for (const task of ['t1', 't2']) {
      done.record({ type: 'attempt-failed', task, attempt: 1, failure, retryAt: null });
      done.record({ type: 'task-cancelled', task, reason: 'y' });
      done.record({ type: 'landed', task, sha: 'z' });
      done.record({ type: 'head-moved', task, pull: noPull });
    }
    expect(done.state.tasks).toEqual(before);
  });
});

const noPull = { number: 1, url: '', headSha: 'x' };
const noIssue = { number: 1, id: 1, nodeId: '', url: '' };

/** Recorded once and never again, like the others: roles, an edited list, a pause, accepted proposals. */
