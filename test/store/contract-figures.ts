import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/events.ts';
import { makeFailure } from '../../src/core/retry.ts';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { attempt, recorded, rowOf, stepFrom, wanted } from './examples.ts';
import { useStore } from './store-under-test.ts';

export function describeFigures(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`figures: ${name}`, () => {
    const tested = useStore(open);

    it('are none where nothing happened', async () => {
      expect(await tested.store.figures()).toEqual({
        commands: [],
        attempts: [],
        landings: 0,
        tasks: [],
        budgets: [],
      });
    });

    it('count commands by kind and status, verdicts on attempts, landings and tasks', async () => {
      const failed = (at: number, failure: 'timeout' | 'no_changes'): Event => ({
        type: 'attempt-failed',
        task: 'a',
        attempt: at,
        failure: makeFailure(failure, 'words', []),
        retryAt: null,
      });
      const events: readonly Event[] = [
        failed(1, 'timeout'),
        failed(2, 'timeout'),
        failed(3, 'no_changes'),
        { type: 'landed', task: 'a', sha: 'f'.repeat(40) },
        { type: 'landed', task: 'b', sha: 'e'.repeat(40) },
      ];
      await tested.create(rowOf(1), {
        state: stepFrom({ seq: 0 }, events.length).state,
        events: events.map((event, index) => recorded(index + 1, event)),
        commands: [wanted('k1'), attempt('k2'), attempt('k3', 'b')],
        projection: {
          tasks: ['merged', 'merged', 'failed'].map((status, index) => ({
            id: `t-${index}`,
            title: 'x',
            description: '',
            status,
            priority: 'high',
            dependencies: [],
            metadata: {},
          })),
          workflows: [],
          history: [],
        },
      });
      const figures = await tested.store.figures();
      const byName = (rows: readonly { readonly count: number }[]): string[] =>
        rows.map((row) => Object.values(row).join(' ')).sort();
      expect(byName(figures.commands)).toEqual(['read-plan pending 1', 'run-attempt pending 2']);
      expect(byName(figures.attempts)).toEqual(['no_changes 1', 'timeout 2']);
      expect(byName(figures.tasks)).toEqual(['failed 1', 'merged 2']);
      expect(figures.landings).toBe(2);
    });
  });
}
