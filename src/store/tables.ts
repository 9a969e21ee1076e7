import type { ColumnType, Generated, Kysely, Transaction } from 'kysely';
import type { CommandRow } from '../engine/ports.ts';

/** jsonb: read as a value, written as text made by `toJson`. */
type Json<T> = ColumnType<T, string, string>;
/** bigserial: a number from PGlite, a string from PostgreSQL; only ever handed back. */
type Serial = ColumnType<number | string, never, never>;
/** bigint: the same, and written. */
type Big = ColumnType<number | string, number, number>;

export interface Tables {
  webhook_inbox: {
    delivery_id: string;
    arrived: Serial;
    event: string;
    payload: string;
    received_at: Date;
    done_at: Date | null;
    error: string | null;
    taken_by: string | null;
    taken_until: Date | null;
  };
  signals: {
    id: Serial;
    orchestration: string;
    source: string;
    signal: Json<unknown>;
    at: Date;
    done_at: Date | null;
  };
  orchestrations: {
    key: string;
    id: string;
    owner: string;
    name: string;
    issue: number;
    live: boolean;
    sub_issues: Json<readonly number[]>;
    created_at: Date;
  };
  events: {
    orchestration: string;
    seq: number;
    type: string;
    version: number;
    payload: Json<unknown>;
    at: Date;
  };
  snapshots: {
    orchestration: string;
    seq: number;
    state_version: number;
    state: Json<unknown>;
  };
  commands: {
    key: string;
    orchestration: string;
    kind: string;
    payload: Json<unknown>;
    status: CommandRow['status'];
    attempts: number;
    run_at: Date;
    owner: string | null;
    lease_until: Date | null;
    result: Json<unknown> | null;
    last_error: string | null;
    created_at: Date;
    done_at: Date | null;
    slots: Json<Readonly<Record<string, number>>> | null;
  };
  effects: {
    orchestration: string;
    key: string;
    kind: string;
    external_id: string;
    url: string | null;
    at: Date;
  };
  agent_runs: {
    command_key: string;
    attempt: number;
    orchestration: string;
    owner: string;
    started_at: Date;
    heartbeat_at: Date;
    ended_at: Date | null;
    exit: 'done' | 'retry' | 'dead' | 'lost' | 'cancelled' | null;
  };
  locks: { name: string; owner: string; until: Date; fence: Big; done_from: Date | null };
  instances: { id: string; agents: Json<readonly string[]>; started_at: Date; seen_at: Date };
  api_budgets: { installation: Big; bucket: string; tokens: number; filled_at: Date };
  api_blocks: { installation: Big; until: Date };
  github_notes: { key: string; value: Json<unknown>; at: Date };
  tasks: Stamped & { title: string; description: string | null; priority: string; dependencies: Json<unknown> };
  workflows: Stamped & {
    task_id: string | null;
    start_time: ColumnType<Date, string | null, string | null>;
    end_time: ColumnType<Date, string | null, string | null>;
    result: Json<unknown> | null;
  };
  workflow_history: {
    id: Generated<number>;
    workflow_id: string;
    from_state: string | null;
    to_state: string;
    timestamp: ColumnType<Date, string, string>;
    metadata: Json<unknown>;
  };
  agents: Stamped & { name: string; type: string | null; capabilities: Json<unknown> };
}

interface Stamped {
  id: string;
  status: string;
  metadata: Json<unknown>;
  created_at: ColumnType<Date, string, string>;
  updated_at: ColumnType<Date, string, string>;
}

export type Connection = Kysely<Tables>;
/** Inside it: SQL and nothing else. On PGlite every other query of the process waits for it to end. */
export type Tx = Transaction<Tables>;
