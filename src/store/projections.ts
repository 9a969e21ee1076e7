import { sql } from 'kysely';
import type { Projection } from '../engine/ports.ts';
import { toJson, toUtcText } from './encoding.ts';
import type { Connection, Tx } from './tables.ts';
import { inTransaction } from './transactions.ts';

/** An agent as people see it in the table `agents`. */
export interface AgentRow {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly capabilities: readonly string[];
  readonly status: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Upserts tasks and workflows (rows that are already so are not touched) and appends to the history. */
export async function writeProjection(tx: Tx, projection: Projection, now: number): Promise<void> {
  // In the order of their foreign keys.
  await writeTasks(tx, projection.tasks, now);
  await writeWorkflows(tx, projection.workflows, now);
  await writeHistory(tx, projection, now);
}

async function writeTasks(tx: Tx, tasks: Projection['tasks'], now: number): Promise<void> {
  if (tasks.length === 0) return;
  await sql`
    insert into tasks as old (id, title, description, status, priority, dependencies, metadata, created_at, updated_at)
    select row.*, ${toUtcText(now)}::timestamp, ${toUtcText(now)}::timestamp
    from jsonb_to_recordset(${toJson(tasks)}::jsonb) as row (
      id text, title text, description text, status text, priority text, dependencies jsonb, metadata jsonb
    )
    on conflict (id) do update
    set title = excluded.title, description = excluded.description, status = excluded.status,
        priority = excluded.priority, dependencies = excluded.dependencies, metadata = excluded.metadata,
        updated_at = excluded.updated_at
    where (old.title, old.description, old.status, old.priority, old.dependencies, old.metadata)
      is distinct from (
        excluded.title, excluded.description, excluded.status, excluded.priority, excluded.dependencies, excluded.metadata
      )
  `.execute(tx);
}

async function writeWorkflows(tx: Tx, workflows: Projection['workflows'], now: number): Promise<void> {
  if (workflows.length === 0) return;
  const rows = workflows.map(({ id, taskId, status, startTime, endTime, result, metadata }) => ({
    id,
    task_id: taskId,
    status,
    start_time: startTime === null ? null : toUtcText(startTime),
    end_time: endTime === null ? null : toUtcText(endTime),
    result,
    metadata,
  }));
  await sql`
    insert into workflows as old (id, task_id, status, start_time, end_time, result, metadata, created_at, updated_at)
    select row.*, ${toUtcText(now)}::timestamp, ${toUtcText(now)}::timestamp
    from jsonb_to_recordset(${toJson(rows)}::jsonb) as row (
      id text, task_id text, status text, start_time timestamp, end_time timestamp, result jsonb, metadata jsonb
    )
    on conflict (id) do update
    set task_id = excluded.task_id, status = excluded.status, start_time = excluded.start_time,
        end_time = excluded.end_time, result = excluded.result, metadata = excluded.metadata,
        updated_at = excluded.updated_at
    where (old.task_id, old.status, old.start_time, old.end_time, old.result, old.metadata)
      is distinct from (
        excluded.task_id, excluded.status, excluded.start_time, excluded.end_time, excluded.result, excluded.metadata
      )
  `.execute(tx);
}

/**
 * A workflow that moved but is not described (a pass that ended in the step that began the next) takes its status from
 * its last move. These tables are for people: a gap in them must not hold up the orchestration on a foreign key.
 */
async function writeHistory(tx: Tx, { history, workflows }: Projection, now: number): Promise<void> {
  if (history.length === 0) return;
  const described = new Set(workflows.map(({ id }) => id));
  const lastMoves = new Map(history.map(({ workflowId, to }) => [workflowId, to]));
  for (const [id, status] of lastMoves) {
    if (described.has(id)) continue;
    const row = { status, updated_at: toUtcText(now) };
    await tx
      .insertInto('workflows')
      .values({ id, metadata: '{}', created_at: row.updated_at, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
  }
  const rows = history.map(({ workflowId, from, to, at, metadata }) => ({
    workflow_id: workflowId,
    from_state: from,
    to_state: to,
    timestamp: toUtcText(at),
    metadata: toJson(metadata),
  }));
  await tx.insertInto('workflow_history').values(rows).execute();
}

/** Replaces the table `agents` by these rows; those that are gone become `offline`. */
export async function recordAgents(db: Connection, agents: readonly AgentRow[], now: number): Promise<void> {
  await inTransaction(db, async (tx) => {
    await sql`
      update agents set status = 'offline', updated_at = ${toUtcText(now)}::timestamp
      where id <> all(${agents.map(({ id }) => id)}::text[]) and status <> 'offline'
    `.execute(tx);
    await writeAgents(tx, agents, now);
  });
}

export async function writeAgents(tx: Tx, agents: readonly AgentRow[], now: number): Promise<void> {
  const time = toUtcText(now);
  // in one order everywhere, so that two instances cannot wait for each other
  for (const { id, name, type, capabilities, status, metadata } of [...agents].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const row = {
      ...{ name, type, capabilities: toJson(capabilities), status },
      ...{ metadata: toJson(metadata), updated_at: time },
    };
    await tx
      .insertInto('agents')
      .values({ id, created_at: time, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
  }
}
