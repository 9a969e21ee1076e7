import { describe, expect, it } from 'vitest';
import type { Phase } from '../../src/core/model.ts';
import {
  ask,
  deliver,
  failAttempt,
  followed,
  inPhase,
  landAll,
  merge,
  openPull,
  pullSeen,
  running,
  statuses,
  withPull,
} from './scenes.ts';
import { edge } from './story.ts';

describe('cancel', () => {
  it('without a name stops everything that is not over, and what failed is not tried again', () => {
    const stage = running(['t1', 't2', 't3', 't4'], [edge('t4', 't3')]);
    landAll(stage, 't1');
    failAttempt(stage, 't2');
    ask(stage, 'cancel');
    expect(statuses(stage)).toEqual(['merged', 'cancelled', 'cancelled', 'cancelled']);
    expect(stage.state.phase).toBe('cancelled');
    expect(stage.commands().some(({ kind }) => kind === 'run-attempt')).toBe(false);
  });

  it.each([
    ['named by its sub-issue', { target: 101 }],
    ['on its sub-issue', { issue: 101 }],
  ])('one task %s: the others go on', (_, how) => {
    const stage = running(['t1', 't2']);
    ask(stage, 'cancel', how);
    expect(statuses(stage)).toEqual(['cancelled', 'agent_assignment']);
    expect(stage.state.phase).toBe('running');
  });

  it('the last task that is left: the whole finishes and is summed up', () => {
    const stage = landAll(running(['t1', 't2']), 't1');
    ask(stage, 'cancel', { target: 102 });
    expect(stage.state).toMatchObject({ phase: 'finished', outcome: { done: 1, total: 2 } });
  });

  it('by the number of the master issue is everything', () => {
    const stage = running(['t1']);
    ask(stage, 'cancel', { target: 7 });
    expect(stage.state.phase).toBe('cancelled');
  });

  it('leaves alone what has landed and what is none of ours', () => {
    const stage = landAll(running(['t1', 't2']), 't1');
    for (const target of [101, 999]) expect(followed(ask(stage, 'cancel', { target }))).toBe('says nothing-to-do');
    expect(statuses(stage)).toEqual(['merged', 'agent_assignment']);
  });

  it('news of what was cancelled changes nothing any more', () => {
    const stage = running(['t1', 't2']);
    deliver(stage, 't2');
    ask(stage, 'cancel', { target: 101 });
    expect(deliver(stage, 't1')).toEqual([]);
    expect(failAttempt(stage, 't1')).toEqual([]);
    expect(openPull(stage, 't1')).toEqual([]);
    expect(merge(stage, 't1')).toEqual([]);
  });

  it('what had landed before it was heard has landed', () => {
    const stage = running(['t1', 't2', 't3'], [edge('t2', 't1')]);
    withPull(stage, 't1');
    ask(stage, 'cancel', { target: 101 });
    expect(statuses(stage)).toEqual(['cancelled', 'dependency_resolution', 'agent_assignment']);
    merge(stage, 't1');
    expect(statuses(stage)).toEqual(['merged', 'agent_assignment', 'agent_assignment']);
    const late = withPull(running(['t1', 't2']), 't1');
    ask(late, 'cancel', { target: 101 });
    pullSeen(late, 't1', { state: 'closed' });
    expect(statuses(late)[0]).toBe('cancelled');
    pullSeen(late, 't1', { state: 'closed', merged: true, mergeSha: 'm' });
    expect(statuses(late)[0]).toBe('merged');
  });
});

describe('what landed after the end', () => {
  it('lets what waited for it go on when somebody says so', () => {
    const stage = running(['t1', 't2'], [edge('t2', 't1')]);
    withPull(stage, 't1');
    ask(stage, 'cancel', { target: 101 });
    expect(stage.state.phase).toBe('finished');
    expect(followed(ask(stage, 'retry'))).toBe('says nothing-to-do');
    merge(stage, 't1');
    expect(followed(ask(stage, 'retry'))).toBe('retry-requested, says retrying, agent-assigned');
    landAll(stage, 't2');
    expect(stage.state).toMatchObject({ phase: 'finished', round: 2, outcome: { done: 2, total: 2 } });
  });
});

describe('closing the master issue as not planned', () => {
  const closed = { type: 'issue-seen', number: 7, state: 'closed', notPlanned: true, closedAt: 10_000_000 } as const;

  it.each<Phase>(['requested', 'reading', 'proposed', 'running'])('ends everything: %s', (phase) => {
    const stage = inPhase(phase);
    stage.when(closed);
    expect(stage.state.phase).toBe('cancelled');
    expect(statuses(stage).filter((status) => status !== 'cancelled')).toEqual(phase === 'proposed' ? ['pending'] : []);
    expect(stage.commands().some(({ kind }) => kind === 'run-attempt')).toBe(false);
    expect(stage.when(closed)).toEqual([]);
  });

  it.each<[string, object]>([
    ['as done', { notPlanned: false }],
    ['before the run was asked for', { closedAt: 1 }],
    ['at a time nobody knows', { closedAt: null }],
    ['and opening it again', { state: 'open', notPlanned: false, closedAt: null }],
  ])('%s ends nothing', (_, changes) => {
    expect(inPhase('running').when({ ...closed, ...changes })).toEqual([]);
  });

  it.each<Phase>(['finished', 'cancelled', 'refused'])('ends nothing twice: %s', (phase) => {
    expect(inPhase(phase).when(closed)).toEqual([]);
  });
});
