import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/apps/exit-codes.ts';
import type { FailureClass } from '../../src/core/attempt.ts';
import { planOf, Stage } from '../core/story.ts';

/** An orchestration whose tasks ended like this. */
function ended(...ends: readonly ('merged' | FailureClass)[]): number {
  const ids = ends.map((_, index) => `t${index + 1}`);
  const stage = new Stage().planned(planOf(ids, [], { maxWorkers: 100, attempts: 1 }));
  for (const [index, end] of ends.entries()) {
    const task = ids[index] ?? '';
    stage.when({ type: 'sub-issue-created', task, issue: { number: 10 + index, id: index, nodeId: '', url: '' } });
    stage.when({ type: 'attempt-started', task, attempt: 1, confinement: 'test' });
    if (end !== 'merged')
      stage.when({ type: 'attempt-failed', task, attempt: 1, class: end, message: end, evidence: [] });
    else {
      stage.when({
        type: 'attempt-delivered',
        task,
        attempt: 1,
        delivery: { sha: task, baseSha: 'b', files: [], verify: null, said: '', warning: null },
      });
      stage.when({ type: 'pull-opened', task, number: 50 + index, url: '', headSha: task });
      stage.when({ type: 'merged', task, sha: `m${task}` });
    }
  }
  return exitCodeOf(stage.state);
}

describe('exit codes', () => {
  it.each([
    [['merged', 'merged'], 0],
    [['merged', 'merged', 'merged', 'merged', 'crashed'], 1],
    [['merged', 'crashed'], 2],
    [['merged', 'timeout', 'timeout'], 6],
    [['timeout', 'crashed'], 2],
    [['spawn_failed', 'spawn_failed'], 8],
  ] as const)('%j ends with %i', (ends, code) => {
    expect(ended(...ends)).toBe(code);
  });
});
