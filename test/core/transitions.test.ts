import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/core/events.ts';
import { emptyOrchestration, evolve } from '../../src/core/evolve.ts';
import type { TaskStatus } from '../../src/core/model.ts';
import { legalMoves } from '../../src/core/transitions.ts';
import {
  ask,
  checkOn,
  deliver,
  failAttempt,
  merge,
  running,
  startAgent,
  subIssue,
  taskOf,
  withPull,
} from './scenes.ts';
import { edge, planOf, Stage } from './story.ts';

const all = Object.keys(legalMoves) as TaskStatus[];

function reachable(from: TaskStatus, seen = new Set<TaskStatus>()): ReadonlySet<TaskStatus> {
  for (const to of legalMoves[from]) {
    if (seen.has(to)) continue;
    seen.add(to);
    reachable(to, seen);
  }
  return seen;
}

/** A stage whose `t1` is in this state. Every record on the way is checked against the diagram by the stage itself. */
const scenes: Readonly<Record<TaskStatus, () => Stage>> = {
  pending: () => new Stage().planned(planOf(['t1'], [], { approval: 'required' })),
  nlp_parsing: () => new Stage().planned(planOf(['t1'])),
  task_decomposition: () => {
    const stage = new Stage().planned(planOf(['t1', 't2'], [edge('t1', 't2')]));
    stage.when({ type: 'sub-issue-created', ...subIssue('t1') });
    return stage;
  },
  dependency_resolution: () => running(['t1', 't2'], [edge('t1', 't2')]),
  agent_assignment: () => running(['t1']),
  processing: () => {
    const stage = running(['t1']);
    startAgent(stage, 't1');
    return stage;
  },
  pr_created: () => withPull(checked(), 't1'),
  validation_running: () => {
    const stage = withPull(checked(), 't1');
    checkOn(stage, 't1', 'ci');
    return stage;
  },
  validation_failed: () => {
    const stage = withPull(checked(), 't1');
    stage.record({ type: 'validation-started', task: 't1' });
    stage.record({ type: 'validation-failed', task: 't1', red: ['ci'] });
    return stage;
  },
  validation_passed: () => withPull(running(['t1'], [], { merge: 'manual' }), 't1'),
  merged: () => {
    const stage = withPull(running(['t1']), 't1');
    merge(stage, 't1');
    return stage;
  },
  failed: () => {
    const stage = running(['t1', 't2']);
    failAttempt(stage, 't1', 'timeout');
    return stage;
  },
  cancelled: () => {
    const stage = running(['t1', 't2']);
    ask(stage, 'cancel', { target: 101 });
    return stage;
  },
};

function checked(): Stage {
  return running(['t1'], [], {}, { required: ['ci'] });
}

describe('the diagram of states', () => {
  it('has the thirteen states of the seed', () => {
    expect(all.length).toBe(13);
  });

  it('every state can be reached from the first', () => {
    expect([...reachable('pending'), 'pending'].sort()).toEqual([...all].sort());
  });

  it('what has landed or was cancelled can only begin anew; from elsewhere one can land, fail and be cancelled', () => {
    expect(legalMoves.merged).toEqual(['dependency_resolution']);
    expect(legalMoves.cancelled).toEqual(['dependency_resolution', 'merged']);
    for (const status of all) {
      if (status === 'merged' || status === 'cancelled') continue;
      expect(legalMoves[status], status).toContain('cancelled');
      expect(reachable(status), status).toContain('merged');
      if (status !== 'failed') expect(legalMoves[status], status).toContain('failed');
    }
  });

  it('the main road goes through the states in the order of the seed', () => {
    const stage = withPull(checked(), 't1');
    checkOn(stage, 't1', 'ci');
    checkOn(stage, 't1', 'ci', { conclusion: 'success' });
    merge(stage, 't1');
    const road: TaskStatus[] = [];
    stage.history.reduce((state, recorded) => {
      const next = evolve(state, recorded);
      const status = next.tasks[0]?.status;
      if (status !== undefined && status !== road.at(-1)) road.push(status);
      return next;
    }, emptyOrchestration);
    expect(road).toEqual([
      'pending',
      'nlp_parsing',
      'task_decomposition',
      'dependency_resolution',
      'agent_assignment',
      'processing',
      'pr_created',
      'validation_running',
      'validation_passed',
      'merged',
    ]);
  });
});

describe.each(all)('%s', (status) => {
  it('can be reached', () => {
    expect(taskOf(scenes[status](), 't1').status).toBe(status);
  });

  it('is left by cancelling exactly where the diagram says so', () => {
    const stage = scenes[status]();
    stage.record({ type: 'task-cancelled', task: 't1', reason: 'by hand' });
    expect(taskOf(stage, 't1').status).toBe(legalMoves[status].includes('cancelled') ? 'cancelled' : status);
  });

  it('is left by failing exactly where the diagram says so', () => {
    const stage = scenes[status]();
    const failure = { class: 'github_refused', message: 'no', evidence: [], fingerprint: '0' } as const;
    stage.record({ type: 'attempt-failed', task: 't1', attempt: 1, failure, retryAt: null });
    const fails = legalMoves[status].includes('failed') || status === 'failed';
    expect(taskOf(stage, 't1').status).toBe(fails ? 'failed' : status);
  });
});

describe('stored histories', () => {
  it('make only moves of the diagram, one task at a time but for the approval', () => {
    const lines = readFileSync(new URL('./histories/v1.jsonl', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n');
    let state = emptyOrchestration;
    let moves = 0;
    for (const line of lines) {
      const recorded = JSON.parse(line) as RecordedEvent;
      if (recorded.seq === 1) state = emptyOrchestration;
      const next = evolve(state, recorded);
      const moved = next.tasks.filter((task, index) => {
        const from = state.tasks[index]?.status ?? task.status;
        if (from !== task.status) expect(legalMoves[from], `${from} by ${recorded.event.type}`).toContain(task.status);
        return from !== task.status;
      });
      if (recorded.event.type !== 'plan-approved') expect(moved.length).toBeLessThanOrEqual(1);
      moves += moved.length;
      state = next;
    }
    expect(moves).toBeGreaterThan(40);
  });
});

describe('failed, and started again', () => {
  it('is a new pass from the first state that has to be done again', () => {
    const withSub = scenes.failed();
    ask(withSub, 'retry', { target: 101 });
    expect(taskOf(withSub, 't1')).toMatchObject({ status: 'agent_assignment', pass: 2, round: 2 });
    deliver(withSub, 't1');
    const noSub = new Stage().planned(planOf(['t1', 't2']));
    noSub.when({ type: 'command-gave-up', key: 'k', kind: 'create-sub-issue', task: 't1', message: 'no' });
    ask(noSub, 'retry');
    expect(taskOf(noSub, 't1')).toMatchObject({ status: 'nlp_parsing', pass: 2, round: 2 });
  });
});
