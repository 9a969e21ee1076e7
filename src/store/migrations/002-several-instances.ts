import { type Kysely, type Migration, sql } from 'kysely';

/** What several processes on one database need to keep out of each other's way. */
const statements = [
  // Names of the slots a running command holds, each with how many may hold it.
  'alter table commands add column slots jsonb',
  // Attempts are looked for apart from the rest: they may wait long, and must not hide it, nor be hidden by it.
  `create index commands_attempts on commands (run_at)
    where kind = 'run-attempt' and status in ('pending', 'in_flight')`,
  // Whoever translates deliveries has them for a while, so that two instances do not both, and none out of order.
  'alter table webhook_inbox add column taken_by text, add column taken_until timestamptz',
  // When the last turn that ended well began: whoever has the next one looks back until then.
  'alter table locks add column done_from timestamptz',

  `create table instances (
    id text primary key,
    agents jsonb not null default '[]',
    started_at timestamptz not null,
    seen_at timestamptz not null
  )`,
  `create table api_budgets (
    installation bigint not null,
    bucket text not null,
    tokens double precision not null,
    filled_at timestamptz not null,
    primary key (installation, bucket)
  )`,
  `create table api_blocks (
    installation bigint primary key,
    until timestamptz not null
  )`,
];

export const severalInstances: Migration = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
