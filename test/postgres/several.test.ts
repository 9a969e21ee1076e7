import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Claim, Store } from '../../src/engine/ports.ts';
import { migrationLock } from '../../src/store/migrate.ts';
import { type OpenStore, openPostgresStore } from '../../src/store/open-store.ts';
import { eventually } from '../queue/eventually.ts';
import { attempt, foldExample, noon, rowOf, signalTo, stepFrom, wanted } from '../store/examples.ts';
import { lookAt } from '../store/store-under-test.ts';
import { type PostgresServer, startPostgres } from './server.ts';

let server: PostgresServer;
let url: string;
const open = new Set<OpenStore>();
const clients = new Set<pg.Client>();

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  url = await server.freshDatabase();
});
afterEach(async () => {
  await Promise.all([...open].map((store) => store.close()));
  open.clear();
  await Promise.all([...clients].map((client) => client.end()));
  clients.clear();
});

/** An instance of Muster: a pool of its own, and a name of its own among the others. */
async function instance(now: () => number = Date.now): Promise<OpenStore> {
  const store = await openPostgresStore({
    ...{ url, now, fold: foldExample, poolSize: 5 },
    onError: (error) => {
      throw error;
    },
  });
  open.add(store);
  return store;
}

function instances(count: number): Promise<readonly OpenStore[]> {
  return Promise.all(Array.from({ length: count }, () => instance()));
}

function one<T>(values: readonly T[], at = 0): T {
  const value = values[at];
  if (value === undefined) throw new Error(`there is no number ${at}`);
  return value;
}

const lease = 60_000;
const claimOf = (store: OpenStore, key: string, owner: string, peers = 0): ReturnType<Store['claim']> =>
  store.claim(key, { owner, now: store.now(), leaseMs: () => lease, peers });
const delivery = (id: string) => ({ id, event: 'issues', payload: '{}', receivedAt: noon });

/** A connection of nobody's, to look and to meddle. */
async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  clients.add(client);
  return client;
}

/** As if time had passed, or somebody had died. */
async function age(statement: string): Promise<void> {
  await (await connect()).query(statement);
}

async function waitingForLocks(): Promise<number> {
  const rows = await server.admin("select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock'");
  return Number(rows[0]?.n);
}

async function agents(): Promise<Readonly<Record<string, string>>> {
  const { rows } = await (await connect()).query<{ id: string; status: string }>('select id, status from agents');
  return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
}

describe('several instances on one database', () => {
  it('start at once on an empty database', async () => {
    url = await server.emptyDatabase();
    const stores = await instances(6);
    for (const store of stores) expect(await store.findOrchestrations({})).toEqual([]);
    expect(await one(stores).instances()).toHaveLength(6);
  });

  it('wait for one that is still making the tables, longer than a statement may take', async () => {
    const slow = await connect();
    await slow.query(`select pg_advisory_lock(${migrationLock})`);
    const hasty = openPostgresStore({ url, now: Date.now, fold: foldExample, statementMs: 100 });
    const begun = performance.now();
    await eventually(async () => {
      expect(await waitingForLocks()).toBe(1);
      expect(performance.now() - begun).toBeGreaterThan(500);
    });
    await slow.query(`select pg_advisory_unlock(${migrationLock})`);
    open.add(await hasty);
  });

  it('give each command to one of them, and end each once', async () => {
    const stores = await instances(3);
    const commands = Array.from({ length: 60 }, (_, index) => wanted(`k${index}`));
    const key = rowOf(1).key;
    await one(stores).createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1, { commands }));
    const ended: string[] = [];
    let seen = 0;
    const work = async (store: OpenStore, owner: string): Promise<void> => {
      for (const due of await store.dueCommands(store.now(), 100)) {
        for (const claim of await claimOf(store, due, owner, 3)) {
          const told = [signalTo(key, `${claim.key}#${claim.attempts}`)];
          if (await store.complete(claim, null, told, store.now(), [])) ended.push(claim.key);
        }
        await store.advance(key, (state, signals) => {
          seen += signals.length;
          return stepFrom(state, 1, { commands });
        });
      }
    };
    await Promise.all(stores.flatMap((store, index) => [work(store, `a${index}`), work(store, `b${index}`)]));
    expect([ended.length, new Set(ended).size, seen]).toEqual([60, 60, 60]);
    expect(await one(stores).verifySnapshots()).toEqual([]);
  });

  it('hold a cap together', async () => {
    const stores = await instances(4);
    const keys = Array.from({ length: 40 }, (_, index) => `r${index}`);
    await one(stores).createOrchestration(
      rowOf(1),
      stepFrom({ seq: 0 }, 1, { commands: keys.map((key) => attempt(key, key)) }),
    );
    const slots = () => [{ name: 'attempts', most: 5 }];
    const rounds: number[] = [];
    for (let left = keys.length; left > 0; left -= rounds.at(-1) ?? 0) {
      const claims = await Promise.all(
        keys.map((key, index) => {
          const store = one(stores, index % 4);
          return store.claim(key, { owner: `i${index}`, now: store.now(), leaseMs: () => lease, peers: 0, slots });
        }),
      );
      expect(await one(stores).runningAttempts(one(stores).now())).toBe(5);
      for (const claim of claims.flat())
        expect(await one(stores).complete(claim, null, [], one(stores).now(), [])).toBe(true);
      rounds.push(claims.flat().length);
    }
    expect(rounds).toEqual([5, 5, 5, 5, 5, 5, 5, 5]);
  });

  it('do not end the leases of others at their start', async () => {
    const first = await instance();
    await first.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1, { commands: [attempt('run')] }));
    const claim = one(await claimOf(first, 'run', 'first'));
    const second = await instance();
    expect(await second.releaseDeadLeases(second.now(), 0)).toBe(0);
    expect(await claimOf(second, 'run', 'second')).toEqual([]);
    expect(await first.extendLease(claim, first.now() + lease)).toBe(true);
  });

  it('give birth to one orchestration per issue', async () => {
    const stores = await instances(3);
    const rows = Array.from({ length: 9 }, (_, index) => rowOf(7, { id: `orch-7-20260102-1200-${index}` }));
    const created = await Promise.all(
      rows.map((row, index) => one(stores, index % 3).createOrchestration(row, stepFrom({ seq: 0 }, 1))),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await one(stores).findOrchestrations({ live: true })).toHaveLength(1);
  });

  it('advance one orchestration one after the other, and number its events without a gap', async () => {
    const stores = await instances(3);
    await one(stores).createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1));
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const store = one(stores, index % 3);
        await store.addSignals([signalTo(rowOf(1).key, `s${index}`)]);
        await store.advance(rowOf(1).key, (state) => stepFrom(state, 1));
      }),
    );
    const events = await one(stores).loadEvents(rowOf(1).key);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
    expect(await lookAt(one(stores), rowOf(1).key)).toBe(0);
  });

  it('let a completion pass while the orchestration is being advanced', async () => {
    const [first, second] = [await instance(), await instance()];
    const commands = [wanted('a', { kind: 'post-status' })];
    await first.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1, { commands }));
    const claim = one(await claimOf(first, 'a', 'first'));
    const comment = { id: 7, nodeId: 'IC_7', url: 'https://h/c/7' };
    // whoever advances has locked the orchestration's row, and is held up by us before it ends
    const meddler = await connect();
    await meddler.query('begin; lock table signals in access exclusive mode');
    const advancing = second.advance(rowOf(1).key, (state) => stepFrom(state, 1, { commands }));
    await eventually(async () => expect(await waitingForLocks()).toBe(1));
    // an effect and a follow-up refer to that row
    const followUp = wanted('a.twins', { kind: 'remove-twins', of: 'a' });
    expect(await first.complete(claim, { kind: 'comment', comment }, [], first.now(), [followUp])).toBe(true);
    await meddler.query('rollback');
    expect(await advancing).toEqual(['a.twins']);
  });

  it('survive signals that are stored in opposite orders: deadlocks are run again', async () => {
    const stores = await instances(2);
    await one(stores).createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1));
    const signals = Array.from({ length: 300 }, (_, index) => signalTo(rowOf(1).key, `s${index}`));
    for (let round = 0; round < 5; round += 1) {
      const here = signals.map((signal) => ({ ...signal, source: `${round} ${signal.source}` }));
      await Promise.all([one(stores).addSignals(here), one(stores, 1).addSignals([...here].reverse())]);
    }
    expect(await lookAt(one(stores), rowOf(1).key)).toBe(1_500);
  });

  it('receive the same deliveries at once: each is handed out once', async () => {
    const stores = await instances(2);
    const ids = Array.from({ length: 200 }, (_, index) => `g${index}`);
    await Promise.all([
      ...ids.map((id) => one(stores).receiveDelivery(delivery(id))),
      ...[...ids].reverse().map((id) => one(stores, 1).receiveDelivery(delivery(id))),
    ]);
    expect(await one(stores).untranslatedDeliveries(500)).toHaveLength(200);
  });

  it('forget at once', async () => {
    const stores = await instances(2);
    const ids = Array.from({ length: 50 }, (_, index) => `g${index}`);
    for (const id of ids) await one(stores).receiveDelivery(delivery(id));
    const handed = await one(stores).untranslatedDeliveries(50);
    await one(stores).markTranslated(handed.map(({ id }) => ({ id, signals: [] })));
    await Promise.all(stores.map((store) => store.forget()));
    await one(stores).receiveDelivery(delivery('g7'));
    expect(await one(stores).untranslatedDeliveries(50)).toEqual([]);
    await age("update webhook_inbox set done_at = now() - interval '4 days'");
    await Promise.all(stores.map((store) => store.forget()));
    await one(stores).receiveDelivery(delivery('g7'));
    expect(await one(stores).untranslatedDeliveries(50)).toHaveLength(1);
  });
});

describe('the inbox of several instances', () => {
  it('is translated by one at a time, in order of arrival', async () => {
    const [first, second] = [await instance(), await instance()];
    for (const id of ['a', 'b', 'c']) await first.receiveDelivery(delivery(id));
    expect((await first.untranslatedDeliveries(2)).map(({ id }) => id)).toEqual(['a', 'b']);
    const other = second.untranslatedDeliveries(10);
    await second.receiveDelivery(delivery('d'));
    await first.markTranslated([{ id: 'a', signals: [] }]);
    await first.markUntranslatable('b', 'not what GitHub sends');
    expect((await other).map(({ id }) => id)).toEqual(['c', 'd']);
    // who has them can ask again
    expect((await second.untranslatedDeliveries(10)).map(({ id }) => id)).toEqual(['c', 'd']);
  });

  it('does not wait for ever for one that is stuck, and takes over from one that died', async () => {
    const [first, second] = [await instance(), await instance()];
    await first.receiveDelivery(delivery('a'));
    expect(await first.untranslatedDeliveries(1)).toHaveLength(1);
    expect(await second.untranslatedDeliveries(1)).toEqual([]);
    await age("update webhook_inbox set taken_until = now() - interval '1 second'");
    expect((await second.untranslatedDeliveries(1)).map(({ id }) => id)).toEqual(['a']);
  });

  it('is worked off by many, each delivery once and in order', async () => {
    const stores = await instances(3);
    const ids = Array.from({ length: 120 }, (_, index) => `g${index}`);
    for (const id of ids) await one(stores).receiveDelivery(delivery(id));
    const done: string[] = [];
    await Promise.all(
      stores.map(async (store) => {
        for (;;) {
          const some = await store.untranslatedDeliveries(7);
          if (some.length === 0) return;
          for (const { id } of some) {
            done.push(id);
            await store.markTranslated([{ id, signals: [] }]);
          }
        }
      }),
    );
    expect(done).toEqual(ids);
  });
});

describe('turns, agents and clocks of several instances', () => {
  it('let one of them sweep for all', async () => {
    const stores = await instances(4);
    const request = { everyMs: 3_600_000, leaseMs: 60_000 };
    const sweeps = await Promise.all(stores.map((store) => store.inTurn('sweep', request, async () => 'swept')));
    expect(sweeps.filter((sweep) => sweep === 'swept')).toHaveLength(1);
  });

  it('keep agents available as long as one instance has them', async () => {
    const agent = (id: string) => ({
      ...{ id, name: id, type: 'script', capabilities: [], status: 'available' },
      metadata: {},
    });
    const [first, second] = [await instance(), await instance()];
    await first.recordAgents([agent('claude'), agent('codex')]);
    await second.recordAgents([agent('codex'), agent('aider')]);
    expect(await agents()).toEqual({ aider: 'available', claude: 'available', codex: 'available' });
    open.delete(first);
    await first.close();
    expect(await agents()).toEqual({ aider: 'available', claude: 'offline', codex: 'available' });
    await age("update instances set seen_at = now() - interval '5 minutes'");
    const third = await instance();
    expect(await agents()).toEqual({ aider: 'offline', claude: 'offline', codex: 'offline' });
    expect(await third.instances()).toHaveLength(1);
  });

  it("live by the server's clock, however wrong their own are", async () => {
    const [fast, slow] = [await instance(() => Date.now() + 3_600_000), await instance(() => Date.now() - 3_600_000)];
    expect(Math.abs(fast.now() - slow.now())).toBeLessThan(1_000);
    expect(Math.abs(fast.now() - Date.now())).toBeLessThan(1_000);
    await fast.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1, { commands: [attempt('run')] }));
    const claim: Claim = one(await claimOf(fast, 'run', 'fast'));
    expect(await claimOf(slow, 'run', 'slow')).toEqual([]);
    expect(await fast.extendLease(claim, fast.now() + lease)).toBe(true);
  });

  it('share one budget', async () => {
    const stores = await instances(3);
    const bucket = { name: 'requests', most: 20, fillMs: 3_600_000 };
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => one(stores, index % 3).budget.take(7, [{ bucket, tokens: 1 }])),
    );
    expect(answers.filter((answer) => answer === null)).toHaveLength(20);
    const until = one(stores).now() + 60_000;
    await one(stores).budget.block(7, until);
    expect(await one(stores, 2).budget.take(7, [{ bucket, tokens: 1 }])).toBe(until);
  });
});
