import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CoreCommand } from '../../src/core/commands.ts';
import { commandKey } from '../../src/core/commands.ts';
import { react } from '../../src/core/react.ts';
import { running } from './scenes.ts';
import { answer, edge, planOf, Stage } from './story.ts';

describe('keys', () => {
  it.each<[CoreCommand, string]>([
    [{ kind: 'check-permission', source: 'comment-12-0', user: 'ada' }, 'check-permission.0.comment-12-0'],
    [{ kind: 'post-reply', source: 'label-9' }, 'post-reply.0.label-9'],
    [{ kind: 'read-plan' }, 'read-plan.0'],
    [{ kind: 'digest-plan' }, 'digest-plan.0'],
    [{ kind: 'digest-plan', round: 2, grouped: true }, 'digest-plan.0.2.grouped'],
    [{ kind: 'create-sub-issue', task: 't3', round: 1 }, 'create-sub-issue.t3'],
    [{ kind: 'create-sub-issue', task: 't3', round: 2 }, 'create-sub-issue.t3.2'],
    [{ kind: 'add-edge', from: 't3', to: 't1' }, 'add-edge.t3.t1'],
    [{ kind: 'post-status' }, 'post-status.0'],
    [{ kind: 'edit-status', revision: 4 }, 'edit-status.0.4'],
    [{ kind: 'mark-body', revision: 2 }, 'mark-body.0.2'],
    [{ kind: 'run-attempt', task: 't3', attempt: 2, agent: 'any' }, 'run-attempt.t3.2'],
    [{ kind: 'open-pull', task: 't3', attempt: 2 }, 'open-pull.t3.2'],
    [{ kind: 'merge-pull', task: 't3', round: 5, number: 9, sha: 'x' }, 'merge-pull.t3.5'],
    [{ kind: 'open-diagnostic', task: 't3', fingerprint: '0a1b2c3d' }, 'open-diagnostic.t3.0a1b2c3d'],
    [{ kind: 'update-diagnostic', task: 't3', told: 2 }, 'update-diagnostic.t3.2'],
    [{ kind: 'close-diagnostic', task: 't3', told: 2 }, 'close-diagnostic.t3.2'],
    [{ kind: 'post-summary', round: 2 }, 'post-summary.0.2'],
    [{ kind: 'close-master' }, 'close-master.0'],
    [{ kind: 'wake', at: 1_700_000 }, 'wake.0.1700000'],
  ])('%o is %s', (command, key) => {
    const { state } = running(['t1']);
    expect(commandKey(state, command)).toBe(`acme/shop/orch-7-20261120-0930.${key}`);
  });

  it('a queue accepts them, whatever the source looks like', () => {
    const { state } = running(['t1']);
    const command = { kind: 'post-reply', source: 'a:b c/ü' } as const;
    expect(commandKey(state, command)).toMatch(/^acme\/shop\/orch-7-20261120-0930\.post-reply\.0\.[A-Za-z0-9_-]+$/);
  });

  it('over a whole orchestration one key always means one command, and no other', () => {
    const world = fc.record({
      seed: fc.string({ minLength: 1, maxLength: 4 }),
      failing: fc.constantFrom(0, 0.3, 0.6),
      picks: fc.infiniteStream(fc.nat(99)),
    });
    fc.assert(
      fc.property(world, ({ seed, failing, picks }) => {
        const edges = [edge('t2', 't1'), edge('t3', 't1', 'lands-after'), edge('t4', 't3')];
        const stage = new Stage().planned(planOf(['t1', 't2', 't3', 't4'], edges), { required: ['ci'] });
        const meant = new Map<string, string>();
        const done = new Set<string>();
        for (const pick of picks) {
          const wanted = react(stage.state, { coalesceMs: 0 });
          for (const { key, command } of wanted) {
            const words = JSON.stringify(command);
            expect(meant.get(key) ?? words, key).toBe(words);
            meant.set(key, words);
          }
          const open = wanted.filter(({ key }) => !done.has(key));
          const next = open[pick % Math.max(1, open.length)];
          if (next === undefined) break;
          done.add(next.key);
          stage.now = Math.max(stage.now + 10, next.notBefore);
          stage.when(...answer(stage, next.command, { seed, failing }));
        }
        expect(new Set(meant.values()).size).toBe(meant.size);
        expect(stage.state.phase).toBe('finished');
      }),
      { numRuns: 40 },
    );
  });
});
