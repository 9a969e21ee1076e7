import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseFailure } from '../../src/apps/cli/db.ts';
import { CommandFailed } from '../../src/apps/exit-codes.ts';
import { openPostgres } from '../../src/store/open-postgres.ts';
import { openPostgresStore } from '../../src/store/open-store.ts';
import { readAddress } from '../../src/store/postgres-address.ts';
import { explainTrouble } from '../../src/store/postgres-trouble.ts';
import { foldExample } from '../store/examples.ts';
import { startOldServer } from './old-server.ts';
import { type PostgresServer, startPostgres } from './server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** The exit code, and what is said. */
async function failureOf(url: string): Promise<readonly [number, string]> {
  const error = await openPostgresStore({ url, now: Date.now, fold: foldExample }).then(
    async (store) => {
      await store.close();
      throw new Error('it opened');
    },
    (failure: unknown) => databaseFailure(failure),
  );
  if (!(error instanceof CommandFailed)) throw error;
  return [error.exitCode, error.message];
}

describe('a DATABASE_URL that does not work', () => {
  it.each([
    ['not a url', /must look like postgres:\/\//],
    ['mysql://root@localhost/muster', /must look like postgres:\/\//],
    ['postgres://muster@localhost', /names no database/],
  ])('%s', async (url, words) => {
    expect(await failureOf(url)).toEqual([3, expect.stringMatching(words)]);
  });

  it('wrong password, and none', async () => {
    const url = server.url('postgres');
    const wrong = url.replace(/:[^:@]+@/, ':secret@');
    const [code, words] = await failureOf(wrong);
    expect([code, words]).toEqual([3, expect.stringContaining('does not accept the password of user "postgres"')]);
    expect(words).not.toContain('secret');
    expect(await failureOf(url.replace(/:[^:@]+@/, '@'))).toEqual([
      3,
      expect.stringContaining('DATABASE_URL has none'),
    ]);
  });

  it('missing database', async () => {
    expect(await failureOf(server.url('nowhere'))).toEqual([
      3,
      expect.stringMatching(/no database "nowhere".*createdb/),
    ]);
  });

  it('nobody there', async () => {
    const old = await startOldServer({});
    const { port } = old.address() as { port: number };
    await new Promise((resolve) => old.close(resolve));
    expect(await failureOf(`postgres://x@127.0.0.1:${port}/x`)).toEqual([
      7,
      expect.stringContaining('cannot be reached'),
    ]);
  });

  it('too old', async () => {
    const old = await startOldServer({ version: '140012', version_name: '14.12' });
    const { port } = old.address() as { port: number };
    expect(await failureOf(`postgres://x@127.0.0.1:${port}/x`)).toEqual([
      3,
      expect.stringMatching(/version 14\.12, and Muster needs 15 or later/),
    ]);
    await new Promise((resolve) => old.close(resolve));
  });

  it('TLS asked for and not there, and demanded and not asked for', async () => {
    expect(await failureOf(`${server.url('postgres')}?sslmode=require`)).toEqual([
      3,
      expect.stringMatching(/has no TLS.*remove sslmode/),
    ]);
    const url = await server.emptyDatabase();
    const name = url.slice(url.lastIndexOf('/') + 1);
    const hba = join(server.dir, 'data', 'pg_hba.conf');
    writeFileSync(hba, `host ${name} all all reject\n${readFileSync(hba, 'utf8')}`);
    await server.admin('select pg_reload_conf()');
    const [code, words] = await failureOf(url);
    expect([code, words]).toEqual([3, expect.stringMatching(/without TLS.*sslmode=verify-full/)]);
  });

  it('a certificate nobody knows, a certificate file that is not there', async () => {
    const address = readAddress('postgres://muster@db.example/muster?sslmode=require');
    const untrusted = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(databaseFailure(explainTrouble(untrusted, address))).toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/sslrootcert=.*sslmode=no-verify/),
    });
    expect(await failureOf(`${server.url('postgres')}?sslrootcert=/no/such/file`)).toEqual([
      3,
      expect.stringContaining('certificate file named in DATABASE_URL cannot be read'),
    ]);
  });

  it('a database that is read-only, or not in UTF8', async () => {
    const url = await server.emptyDatabase();
    await server.admin(`alter database ${url.slice(url.lastIndexOf('/') + 1)} set default_transaction_read_only = on`);
    expect(await failureOf(url)).toEqual([3, expect.stringContaining('name the primary server')]);
    const ascii = await server.emptyDatabase("encoding 'SQL_ASCII' template template0");
    expect(await failureOf(ascii)).toEqual([3, expect.stringMatching(/encoded in SQL_ASCII.*UTF8/)]);
  });

  it('a user who may not make tables, a database of somebody else', async () => {
    const url = await server.emptyDatabase();
    await server.admin("create role guest login password 'guest'");
    const guest = new URL(url);
    guest.username = 'guest';
    guest.password = 'guest';
    expect(await failureOf(guest.href)).toEqual([3, expect.stringMatching(/"guest" may not make tables.*grant/)]);
    const store = await openPostgresStore({ url, now: Date.now, fold: foldExample });
    await store.close();
  });

  it('tables of something else', async () => {
    const url = await server.emptyDatabase();
    const meddle = new pg.Client({ connectionString: url });
    await meddle.connect();
    await meddle.query('create table events (id integer)');
    expect(await failureOf(url)).toEqual([3, expect.stringMatching(/tables of something else.*of its own/)]);
    await meddle.query('drop table events');
    const store = await openPostgresStore({ url, now: Date.now, fold: foldExample });
    await store.close();
    await meddle.query("insert into kysely_migration (name, timestamp) values ('999-future', '2099')");
    await meddle.end();
    expect(await failureOf(url)).toEqual([3, expect.stringContaining('written by a newer one')]);
  });

  it('shows no password in what is shown', () => {
    const address = readAddress('postgres://muster:se%20cret@db.example/muster?sslmode=require');
    expect(address.shown).toBe('postgres muster@db.example:5432/muster');
    expect(readAddress('postgresql:///muster?host=/run/postgresql').shown).toBe('postgres /run/postgresql/muster');
  });
});

describe('a server set up for something else', () => {
  it('is used as our SQL needs it', async () => {
    const url = await server.emptyDatabase();
    const name = url.slice(url.lastIndexOf('/') + 1);
    for (const setting of [
      "timezone = 'Asia/Kathmandu'",
      "datestyle = 'German'",
      "default_transaction_isolation = 'serializable'",
      'synchronous_commit = off',
    ])
      await server.admin(`alter database ${name} set ${setting}`);
    const database = await openPostgres({ url, onError: () => {} });
    const { rows } = await sql<{ name: string; setting: string }>`
      select name, current_setting(name) as setting
      from unnest(array['TimeZone', 'DateStyle', 'transaction_isolation', 'synchronous_commit', 'statement_timeout']) as name
    `.execute(database.db);
    await database.close();
    expect(Object.fromEntries(rows.map(({ name: key, setting }) => [key, setting]))).toEqual({
      ...{ TimeZone: 'UTC', DateStyle: expect.stringMatching(/^ISO/), transaction_isolation: 'read committed' },
      ...{ synchronous_commit: 'on', statement_timeout: '30s' },
    });
  });
});
