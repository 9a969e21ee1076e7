import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { OrchestrationRow, Step } from '../../src/engine/ports.ts';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { type OpenStore, storeOver } from '../../src/store/open-store.ts';
import { foldExample, noon, rowOf, stepFrom } from './examples.ts';

export interface StoreUnderTest {
  readonly store: OpenStore;
  /** The store's clock; tests move it. */
  now: number;
  /** Rows by plain SQL, as people ask. */
  readonly rows: (text: string) => Promise<readonly Record<string, unknown>[]>;
  readonly create: (row?: OrchestrationRow, step?: Partial<Step>) => Promise<string>;
}

/** Those that refer to others come first. */
const tables = [
  ...[
    'webhook_inbox',
    'signals',
    'events',
    'snapshots',
    'effects',
    'agent_runs',
    'commands',
    'orchestrations',
    'locks',
    'instances',
    'api_budgets',
    'api_blocks',
    'github_notes',
  ],
  ...['workflow_history', 'workflows', 'tasks', 'agents'],
];

/** One database for the suite, empty before each test. */
export function useStore(open: () => Promise<OpenDatabase>): StoreUnderTest {
  let database: OpenDatabase;
  const tested: StoreUnderTest = {
    now: noon,
    rows: async (text) => (await sql<Record<string, unknown>>`${sql.raw(text)}`.execute(database.db)).rows,
    create: async (row = rowOf(1), step = {}) => {
      const created = await tested.store.createOrchestration(row, stepFrom({ seq: 0 }, 1, step));
      if (!created) throw new Error(`${row.key} was not created`);
      return row.key;
    },
    get store(): OpenStore {
      return storeOver(database, () => tested.now, foldExample);
    },
  };

  beforeAll(async () => {
    database = await open();
  });
  afterAll(async () => {
    await database.close();
  });
  beforeEach(async () => {
    tested.now = noon;
    await database.journal?.drain(() => Promise.resolve());
    // Not TRUNCATE: that makes and flushes new files for every table and index.
    await database.db.transaction().execute(async (tx) => {
      for (const table of tables) await sql`delete from ${sql.table(table)}`.execute(tx);
    });
  });
  return tested;
}

/** Looks at the waiting signals of an orchestration, changes nothing else, and says how many there were. */
export async function lookAt(store: OpenStore, key: string): Promise<number> {
  let seen = 0;
  await store.advance(key, (_, signals) => {
    seen = signals.length;
    return null;
  });
  return seen;
}
