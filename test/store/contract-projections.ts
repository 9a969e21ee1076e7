import { describe, expect, it } from 'vitest';
import type { Projection } from '../../src/engine/ports.ts';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { noon, rowOf, stepFrom } from './examples.ts';
import { useStore } from './store-under-test.ts';

export function describeProjections(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`tables for people: ${name}`, () => {
    const tested = useStore(open);

    const projection = (status: string): Projection => ({
      tasks: [
        {
          ...{ id: 't-1', title: "O'Task", description: 'what', status, priority: 'high' },
          dependencies: ['t-0'],
          metadata: { issue: 4 },
        },
      ],
      workflows: [
        {
          ...{ id: 'w-1', taskId: 't-1', status, startTime: noon, endTime: null },
          result: null,
          metadata: { attempt: 1 },
        },
      ],
      history: [{ workflowId: 'w-1', from: null, to: status, at: noon + 1_234, metadata: { why: 'because' } }],
    });

    // As text: the columns have no time zone, and drivers differ in what they take them for.
    const tasks = 'select id, title, status, dependencies, metadata, created_at::text, updated_at::text from tasks';

    it('writes tasks, workflows and their history, times in UTC', async () => {
      await tested.create(rowOf(1), { projection: projection('processing') });
      expect(await tested.rows(tasks)).toEqual([
        {
          ...{ id: 't-1', title: "O'Task", status: 'processing', dependencies: ['t-0'], metadata: { issue: 4 } },
          ...{ created_at: '2026-01-02 12:00:00', updated_at: '2026-01-02 12:00:00' },
        },
      ]);
      expect(
        await tested.rows(
          'select id, task_id, status, start_time::text, end_time::text, result, metadata from workflows',
        ),
      ).toEqual([
        {
          ...{ id: 'w-1', task_id: 't-1', status: 'processing', start_time: '2026-01-02 12:00:00', end_time: null },
          ...{ result: null, metadata: { attempt: 1 } },
        },
      ]);
      expect(
        await tested.rows('select workflow_id, from_state, to_state, timestamp::text, metadata from workflow_history'),
      ).toEqual([
        {
          ...{ workflow_id: 'w-1', from_state: null, to_state: 'processing', timestamp: '2026-01-02 12:00:01.234' },
          metadata: { why: 'because' },
        },
      ]);
    });

    it('updates what changed, touches nothing else, and appends to the history', async () => {
      const key = await tested.create(rowOf(1), { projection: projection('processing') });
      tested.now += 1_000;
      await tested.store.advance(key, (state) =>
        stepFrom(state, 1, { projection: { ...projection('processing'), history: [] } }),
      );
      expect(await tested.rows(tasks)).toMatchObject([{ updated_at: '2026-01-02 12:00:00' }]);
      await tested.store.advance(key, (state) => stepFrom(state, 1, { projection: projection('merged') }));
      expect(await tested.rows(tasks)).toMatchObject([
        { status: 'merged', created_at: '2026-01-02 12:00:00', updated_at: '2026-01-02 12:00:01' },
      ]);
      expect(await tested.rows('select to_state from workflow_history order by id')).toEqual([
        { to_state: 'processing' },
        { to_state: 'merged' },
      ]);
    });

    it('takes the status of a workflow that is not described from its last move', async () => {
      const move = (workflowId: string, to: string) => ({ workflowId, from: null, to, at: noon, metadata: {} });
      const key = await tested.create(rowOf(1), { projection: projection('processing') });
      const history = [move('w-1', 'failed'), move('w-2', 'pending'), move('w-2', 'processing')];
      await tested.store.advance(key, (state) =>
        stepFrom(state, 1, { projection: { tasks: [], workflows: [], history } }),
      );
      expect(await tested.rows('select id, status, task_id from workflows order by id')).toEqual([
        { id: 'w-1', status: 'failed', task_id: 't-1' },
        { id: 'w-2', status: 'processing', task_id: null },
      ]);
    });

    it('records agents, and those that are gone as offline', async () => {
      const agent = (id: string) => ({
        ...{ id, name: id, type: 'script', capabilities: ['code'], status: 'available' },
        metadata: {},
      });
      await tested.store.recordAgents([agent('claude'), agent('codex')]);
      await tested.store.recordAgents([agent('codex')]);
      expect(await tested.rows('select id, status, capabilities from agents order by id')).toEqual([
        { id: 'claude', status: 'offline', capabilities: ['code'] },
        { id: 'codex', status: 'available', capabilities: ['code'] },
      ]);
    });
  });
}
