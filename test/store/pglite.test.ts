import fs, { mkdtempSync, rmSync, statSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { StoreLocked } from '../../src/store/directory-lock.ts';
import { MigrationFailed, migrate } from '../../src/store/migrate.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { eventually } from '../queue/eventually.ts';
import { describeStoreContract } from './contract.ts';
import { describeAlone } from './contract-alone.ts';
import { foldExample, noon, recorded, rowOf, signalTo, stepFrom, wanted } from './examples.ts';
import { storeTemplate } from './template.ts';

const directories: string[] = [];

function newDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'muster-store-'));
  directories.push(dir);
  return dir;
}

afterAll(() => {
  for (const dir of directories) rmSync(dir, { recursive: true, force: true });
});

function throwOn(error: unknown): never {
  throw error;
}

async function openPglite(dir = newDirectory()): Promise<OpenDatabase> {
  const database = await openDatabase({ dir, template: await storeTemplate(), onError: throwOn });
  await migrate(database.db);
  return database;
}

describeStoreContract('pglite', () => openPglite());
describeAlone('pglite', () => openPglite());

describe('pglite', () => {
  const open: { close: () => Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((opened) => opened.close()));
  });

  async function database(dir = newDirectory()): Promise<OpenDatabase> {
    const opened = await openPglite(dir);
    open.push(opened);
    return opened;
  }

  it('has everything again after it was closed and opened', async () => {
    const dir = join(newDirectory(), 'made', 'when', 'missing');
    const options = { dir, now: () => noon, fold: foldExample, template: await storeTemplate() };
    const before = await openStore(options);
    await before.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 2, { commands: [wanted('a')] }));
    await before.addSignals([signalTo(rowOf(1).key, 's')]);
    await before.close();
    const after = await openStore(options);
    open.push(after);
    expect(await after.loadEvents(rowOf(1).key)).toEqual([recorded(1), recorded(2)]);
    expect(await after.dueCommands(noon, 10)).toEqual(['a']);
    expect(await after.orchestrationsWithSignals(10)).toEqual([rowOf(1).key]);
    expect(await after.verifySnapshots()).toEqual([]);
    expect(statSync(dir).mode & 0o077).toBe(0);
  });

  it('refuses a second opener, says who holds the directory, and lets go when closed', async () => {
    const dir = newDirectory();
    const first = await openPglite(dir);
    const refused = await openPglite(dir).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StoreLocked);
    expect(refused).toMatchObject({ dir, holder: { pid: process.pid } });
    expect((refused as StoreLocked).message).toContain(`process ${process.pid}`);
    await first.close();
    await database(dir);
  });

  it('refuses a database that a newer version has written, and lets go of the directory', async () => {
    const dir = newDirectory();
    const newer = await openPglite(dir);
    await sql`insert into kysely_migration (name, timestamp) values ('999-future', '2099')`.execute(newer.db);
    await newer.close();
    const options = { dir, now: () => noon, fold: foldExample };
    await expect(openStore(options)).rejects.toBeInstanceOf(MigrationFailed);
    await expect(openStore(options)).rejects.toBeInstanceOf(MigrationFailed);
  });

  it('runs durable and small', async () => {
    const { db } = await database();
    const { rows } = await sql<{ name: string; setting: string }>`
      select name, current_setting(name) as setting
      from unnest(array['fsync', 'synchronous_commit', 'wal_sync_method', 'shared_buffers']) as name
    `.execute(db);
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      ...{ fsync: 'on', synchronous_commit: 'on', wal_sync_method: 'fsync', shared_buffers: '8MB' },
    });
  });

  it('flushes the log to the disk before a commit is answered', async () => {
    const { db } = await database();
    await sql`create table flushed (n integer)`.execute(db);
    const flush = vi.spyOn(fs, 'fsyncSync');
    syncBuiltinESMExports();
    try {
      for (let n = 1; n <= 3; n += 1) {
        await sql`insert into flushed values (${n})`.execute(db);
        expect(flush.mock.calls.length).toBeGreaterThanOrEqual(n);
      }
    } finally {
      flush.mockRestore();
      syncBuiltinESMExports();
    }
  });

  it('makes a checkpoint every minute, so that the log does not grow for ever', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const { db } = await database();
      const checkpoint = async (): Promise<string | undefined> =>
        (await sql<{ lsn: string }>`select checkpoint_lsn::text as lsn from pg_control_checkpoint()`.execute(db))
          .rows[0]?.lsn;
      await sql`create table logged as select 1 as n`.execute(db);
      const before = await checkpoint();
      await vi.advanceTimersByTimeAsync(59_000);
      expect(await checkpoint()).toBe(before);
      await vi.advanceTimersByTimeAsync(1_000);
      await eventually(async () => expect(await checkpoint()).not.toBe(before));
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps concurrent transactions apart although there is one session', async () => {
    const { db } = await database();
    await sql`create table counter (n integer)`.execute(db);
    await sql`insert into counter values (0)`.execute(db);
    const increment = async (fail: boolean): Promise<void> => {
      await db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ n: number }>`select n from counter`.execute(tx);
        await sql`update counter set n = ${(rows[0]?.n ?? 0) + 1}`.execute(tx);
        if (fail) throw new Error('rolled back');
      });
    };
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => increment(index % 4 === 0)));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(5);
    expect((await sql<{ n: number }>`select n from counter`.execute(db)).rows).toEqual([{ n: 15 }]);
  });

  it('gives space back: updates of one row do not grow its table for ever', async () => {
    const opened = await database();
    const { db } = opened;
    await sql`create table grown (id integer primary key, filler text)`.execute(db);
    await sql`insert into grown select n, repeat('x', 500) from generate_series(1, 100) n`.execute(db);
    const size = async (): Promise<number> => {
      const { rows } = await sql<{ size: number }>`select pg_relation_size('grown')::int as size`.execute(db);
      return rows[0]?.size ?? 0;
    };
    const churn = async (): Promise<void> => {
      for (let round = 0; round < 10; round += 1) await sql`update grown set filler = filler || 'y'`.execute(db);
      await opened.maintain();
    };
    await churn();
    const once = await size();
    await churn();
    await churn();
    expect(await size()).toBeLessThan(once * 1.5);
  });

  it('takes the biggest payload GitHub sends', async () => {
    const opened = await database();
    const payload = JSON.stringify({ text: 'x'.repeat(25 * 1024 * 1024 - 100) });
    await sql`insert into webhook_inbox (delivery_id, event, payload, received_at) values ('g', 'push', ${payload}, now())`.execute(
      opened.db,
    );
    const { rows } = await sql<{ length: number }>`select length(payload) from webhook_inbox`.execute(opened.db);
    expect(rows).toEqual([{ length: payload.length }]);
  });
});
