import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/store/open-postgres.ts';
import { type OpenStore, openPostgresStore } from '../../src/store/open-store.ts';
import { eventually } from '../queue/eventually.ts';
import { attempt, foldExample, noon, rowOf, signalTo, stepFrom, wanted } from '../store/examples.ts';
import { type PostgresServer, startPostgres } from './server.ts';

let server: PostgresServer;
let url: string;
let store: OpenStore;
let heard: unknown[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  url = await server.freshDatabase();
  heard = [];
  store = await openStore();
});
afterEach(() => store.close());

function openStore(statementMs?: number): Promise<OpenStore> {
  return openPostgresStore({
    ...{ url, now: Date.now, fold: foldExample, onError: (error) => void heard.push(error) },
    ...(statementMs === undefined ? {} : { statementMs }),
  });
}

const key = rowOf(1).key;
const claimOf = (name: string) => store.claim(name, { owner: 'me', now: store.now(), leaseMs: () => 60_000, peers: 0 });
const delivery = (id: string) => ({ id, event: 'issues', payload: '{}', receivedAt: noon });
const terminate = 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()';

async function meddler(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

describe('a PostgreSQL server that goes away', () => {
  it.each(['stop', 'crash'] as const)('is waited for while it restarts (%s)', async (how) => {
    const answers: Promise<unknown>[] = [];
    await server.restart(how, async () => {
      answers.push(
        store.receiveDelivery(delivery('g1')),
        store.findOrchestrations({ live: false }),
        store.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1)),
      );
    });
    expect(await Promise.all(answers)).toEqual([undefined, [], true]);
    expect(await store.loadEvents(key)).toHaveLength(1);
  });

  it('fails what it cuts off, and nothing that was acknowledged is lost or done twice', {
    timeout: 90_000,
  }, async () => {
    const commands = Array.from({ length: 200 }, (_, index) => wanted(`k${String(index).padStart(3, '0')}`));
    await store.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1, { commands }));
    const acknowledged: string[] = [];
    const received: string[] = [];
    let cutOff = 0;
    let seen = 0;
    const patiently = async (work: () => Promise<void>): Promise<void> => {
      await work().catch(() => {
        cutOff += 1;
      });
    };
    const work = async (owner: string): Promise<void> => {
      for (let turn = 0; ; turn += 1) {
        const due = await store.dueCommands(store.now(), 20).catch(() => null);
        if (due !== null && due.length === 0) return;
        for (const name of due ?? [])
          await patiently(async () => {
            for (const claim of await store.claim(name, { owner, now: store.now(), leaseMs: () => 1, peers: 0 }))
              if (await store.complete(claim, null, [signalTo(key, `${claim.key} is done`)], store.now(), []))
                acknowledged.push(claim.key);
          });
        await patiently(async () => {
          const id = `${owner}-${turn}`;
          await store.receiveDelivery(delivery(id));
          received.push(id);
        });
        await patiently(async () => {
          await store.advance(key, (state, signals) => stepFrom(state, signals.length, { commands }));
        });
      }
    };
    const workers = Promise.all(['a', 'b', 'c'].map(work));
    for (const [how, after] of [
      ['stop', 20],
      ['crash', 80],
      ['stop', 140],
    ] as const) {
      await eventually(() => expect(acknowledged.length).toBeGreaterThan(after), 30_000);
      await server.restart(how);
    }
    await workers;

    expect(cutOff).toBeGreaterThan(0);
    const rows = await store.commandRows(key);
    expect(rows.filter(({ status }) => status === 'done')).toHaveLength(200);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    await store.advance(key, (state, signals) => {
      seen = state.seq - 1 + signals.length;
      return null;
    });
    // each completion told once, and each told once was counted once
    expect(seen).toBe(200);
    expect(await store.verifySnapshots()).toEqual([]);
    const kept = new Set((await store.untranslatedDeliveries(100_000)).map(({ id }) => id));
    expect(received.filter((id) => !kept.has(id))).toEqual([]);
  });

  it('breaks idle connections, and nobody notices: not the process, not the next calls, and no password is told', async () => {
    await store.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 10 }, () => store.findOrchestrations({})));
      await server.admin(terminate);
      // at once, before the pool can know which of its connections are dead
      expect(await store.advance(key, (state) => stepFrom(state, 1))).toEqual([]);
      expect(await store.findOrchestrations({})).toHaveLength(1);
    }
    expect(await store.loadEvents(key)).toHaveLength(11);
    await eventually(() => expect(heard.length).toBeGreaterThan(0));
    expect(String(heard[0])).toContain('broke');
    expect(JSON.stringify(heard.map((error) => Object.values(error as object)))).not.toContain('p@ss');
  });

  it('is not asked for ever by what it ends each time', async () => {
    const database = await openPostgres({ url, poolSize: 1, onError: () => {} });
    const suicide = sql`select pg_terminate_backend(pg_backend_pid())`;
    await expect(suicide.execute(database.db)).rejects.toThrow('terminating connection');
    expect((await sql`select 1 as n`.execute(database.db)).rows).toEqual([{ n: 1 }]);
    await database.close();
  });

  it('breaks a connection in the middle of a transaction: the call rejects, and the next one works', async () => {
    await store.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1));
    const other = await meddler();
    await other.query('begin; lock table signals in access exclusive mode');
    const cut = expect(store.advance(key, (state) => stepFrom(state, 1))).rejects.toThrow('terminating connection');
    await eventually(async () => {
      const waiting = await server.admin("select from pg_stat_activity where wait_event_type = 'Lock'");
      expect(waiting).toHaveLength(1);
    });
    await server.admin(terminate);
    await cut;
    expect(await store.advance(key, (state) => stepFrom(state, 1))).toEqual([]);
    expect(await store.loadEvents(key)).toHaveLength(2);
    await other.end().catch(() => {});
  });

  it('stores a delivery that was cut off, because GitHub does not send it again', async () => {
    const other = await meddler();
    await other.query('begin; lock table webhook_inbox in exclusive mode');
    const received = Promise.all(['g1', 'g2', 'g3'].map((id) => store.receiveDelivery(delivery(id))));
    const waiting = "from pg_stat_activity where wait_event_type = 'Lock'";
    await eventually(async () => expect(await server.admin(`select ${waiting}`)).toHaveLength(1));
    await server.admin(`select pg_terminate_backend(pid) ${waiting}`);
    await other.query('rollback');
    await received;
    expect(await store.untranslatedDeliveries(10)).toHaveLength(3);
    await other.end();
  });

  it('does not let a statement run for ever', async () => {
    await store.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1, { commands: [attempt('run')] }));
    const other = await meddler();
    await other.query('begin; lock table commands in access exclusive mode');
    const hasty = await openStore(150);
    await expect(hasty.dueCommands(hasty.now(), 10)).rejects.toThrow('statement timeout');
    await other.query('rollback');
    expect(await hasty.dueCommands(hasty.now(), 10)).toEqual(['run']);
    await hasty.close();
    await other.end();
    expect(await claimOf('run')).toHaveLength(1);
  });
});
