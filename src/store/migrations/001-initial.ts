import { type Kysely, type Migration, sql } from 'kysely';

/**
 * The first schema. The last four tables have the columns of the seed document "Schema" and are for people's own SQL;
 * nothing reads them back.
 */
const statements = [
  `create table webhook_inbox (
    delivery_id text primary key,
    arrived bigserial not null,
    event text not null,
    payload text not null,
    received_at timestamptz not null,
    done_at timestamptz,
    error text
  )`,
  // Payloads reach 25 MB; compressing one would hold up every other query, so they are stored as they are.
  'alter table webhook_inbox alter column payload set storage external',
  'create index webhook_inbox_waiting on webhook_inbox (arrived) where done_at is null',

  `create table signals (
    id bigserial primary key,
    orchestration text not null,
    source text not null,
    signal jsonb not null,
    at timestamptz not null,
    done_at timestamptz,
    unique (orchestration, source)
  )`,
  'create index signals_waiting on signals (orchestration, id) where done_at is null',

  `create table orchestrations (
    key text primary key,
    id text not null,
    owner text not null,
    name text not null,
    issue integer not null,
    live boolean not null,
    sub_issues jsonb not null default '[]',
    created_at timestamptz not null,
    unique (owner, name, id)
  )`,
  'create unique index orchestrations_one_live on orchestrations (owner, name, issue) where live',

  `create table events (
    orchestration text not null references orchestrations (key),
    seq integer not null,
    type text not null,
    version integer not null,
    payload jsonb not null,
    at timestamptz not null,
    primary key (orchestration, seq)
  )`,
  `create table snapshots (
    orchestration text primary key references orchestrations (key),
    seq integer not null,
    state_version integer not null,
    state jsonb not null
  )`,

  `create table commands (
    key text primary key,
    orchestration text not null references orchestrations (key),
    kind text not null,
    payload jsonb not null,
    status text not null
      check (status in ('pending', 'in_flight', 'done', 'dead', 'cancelled', 'superseded')),
    attempts integer not null default 0,
    run_at timestamptz not null,
    owner text,
    lease_until timestamptz,
    result jsonb,
    last_error text,
    created_at timestamptz not null,
    done_at timestamptz
  )`,
  `create index commands_open on commands (run_at) where status in ('pending', 'in_flight')`,
  `create index commands_in_flight on commands (kind) where status = 'in_flight'`,
  'create index commands_by_orchestration on commands (orchestration, status)',

  `create table effects (
    orchestration text not null references orchestrations (key),
    key text not null,
    kind text not null,
    external_id text not null,
    url text,
    at timestamptz not null,
    primary key (orchestration, key)
  )`,
  `create table agent_runs (
    command_key text not null references commands (key),
    attempt integer not null,
    orchestration text not null,
    owner text not null,
    started_at timestamptz not null,
    heartbeat_at timestamptz not null,
    ended_at timestamptz,
    exit text,
    primary key (command_key, attempt)
  )`,
  `create table locks (
    name text primary key,
    owner text not null,
    until timestamptz not null,
    fence bigint not null
  )`,

  `create table tasks (
    id varchar primary key,
    title varchar not null,
    description text,
    status varchar default 'pending',
    priority varchar default 'medium',
    dependencies jsonb default '[]',
    metadata jsonb default '{}',
    created_at timestamp default now(),
    updated_at timestamp default now()
  )`,
  `create table workflows (
    id varchar primary key,
    task_id varchar references tasks (id),
    status varchar default 'pending',
    start_time timestamp,
    end_time timestamp,
    result jsonb,
    metadata jsonb default '{}',
    created_at timestamp default now(),
    updated_at timestamp default now()
  )`,
  'create index workflows_by_task on workflows (task_id)',
  `create table workflow_history (
    id serial primary key,
    workflow_id varchar references workflows (id),
    from_state varchar,
    to_state varchar,
    timestamp timestamp default now(),
    metadata jsonb default '{}'
  )`,
  'create index workflow_history_by_workflow on workflow_history (workflow_id)',
  `create table agents (
    id varchar primary key,
    name varchar not null,
    type varchar,
    capabilities jsonb default '[]',
    status varchar default 'available',
    metadata jsonb default '{}',
    created_at timestamp default now(),
    updated_at timestamp default now()
  )`,
];

export const initial: Migration = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
