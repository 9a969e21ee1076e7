import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RedisQueue, RedisQueueOptions } from '../../src/queue/redis.ts';
import { eventually } from '../queue/eventually.ts';
import { makeGate } from '../queue/gate.ts';
import { openQueue } from './open-queue.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

/** Several queues with one prefix stand for several processes. */
describe('one queue in Redis, several processes', () => {
  let server: RedisServer;
  let redis: Redis;
  let prefix: string;
  const open: RedisQueue[] = [];

  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  afterEach(() => Promise.all(open.splice(0).map((queue) => queue.close())));

  async function join(options: Partial<RedisQueueOptions> = {}) {
    const opened = await openQueue(server.url, { prefix, ...options });
    open.push(opened.queue);
    return opened;
  }
  const sender = () => join({ concurrency: { long: 0, short: 0 } });
  const fresh = () => {
    prefix = `shared-${randomUUID()}`;
  };

  it('keeps a waiting key once, however often and by whom it is sent', async () => {
    fresh();
    const [one, other] = [await sender(), await sender()];
    for (let round = 0; round < 20; round++) {
      one.queue.enqueue(['same', `one-${round}`]);
      other.queue.enqueue(['same']);
    }
    await eventually(async () => expect(await redis.llen(`${prefix}:short:wait`)).toBe(21));
    const seen: string[] = [];
    const { queue } = await join();
    queue.start(async (key) => void seen.push(key));
    await eventually(() => expect(seen).toHaveLength(21));
    expect(new Set(seen).size).toBe(21);
  });

  it('runs a key exactly once more when it arrives while another process runs it, and not at the same time', async () => {
    fresh();
    const gate = makeGate();
    let running = 0;
    let most = 0;
    let runs = 0;
    const handler = async (): Promise<void> => {
      runs += 1;
      running += 1;
      most = Math.max(most, running);
      await gate.wait();
      running -= 1;
    };
    const [one, other, app] = [await join(), await join(), await sender()];
    one.queue.start(handler);
    other.queue.start(handler);
    app.queue.enqueue(['same']);
    await eventually(() => expect(runs).toBe(1));
    for (let round = 0; round < 5; round++) app.queue.enqueue(['same']);
    // the key that arrived is kept by Redis before the first run may end
    await eventually(async () => expect(await redis.exists(`${prefix}:short:dn:same`)).toBe(1));
    gate.open();
    await eventually(() => expect(runs).toBe(2));
    app.queue.enqueue(['same']);
    await eventually(() => expect(runs).toBe(3));
    expect(most).toBe(1);
  });

  it('spreads the keys over the processes; a sender runs none', async () => {
    fresh();
    const app = await sender();
    const seen: string[][] = [[], [], []];
    const gate = makeGate();
    for (const at of [1, 2]) {
      const { queue } = await join({ concurrency: { long: 2, short: 2 } });
      queue.start(async (key) => {
        seen[at]?.push(key);
        await gate.wait();
      });
    }
    app.queue.start(async (key) => void seen[0]?.push(key));
    app.queue.enqueue(['a', 'b', 'c', 'd', 'e', 'f']);
    await eventually(() => expect([seen[1]?.length, seen[2]?.length]).toEqual([2, 2]));
    gate.open();
    await eventually(() => expect([...(seen[1] ?? []), ...(seen[2] ?? [])].sort()).toEqual([...'abcdef']));
    expect(seen[0]).toEqual([]);
  });

  it('lets no long handler keep a short one waiting', async () => {
    fresh();
    const { queue } = await join({ concurrency: { long: 1, short: 1 } });
    const gate = makeGate();
    const started: string[] = [];
    queue.start(async (key) => {
      started.push(key);
      if (key.includes('run-attempt')) await gate.wait();
    });
    queue.enqueue(['o/r/orch-1.run-attempt.a.1', 'o/r/orch-1.run-attempt.b.1']);
    await eventually(() => expect(started).toHaveLength(1));
    queue.enqueue(['advance.o/r/orch-1']);
    await eventually(() => expect(started).toContain('advance.o/r/orch-1'));
    expect(started).toHaveLength(2);
    gate.open();
    await eventually(() => expect(started).toHaveLength(3));
  });

  it('hands a key on to the process that accepts it', async () => {
    fresh();
    const app = await sender();
    const seen: Record<string, string[]> = { codex: [], claude: [] };
    for (const agent of ['codex', 'claude']) {
      const { queue } = await join({ accepts: async (key) => key.endsWith(agent) });
      queue.start(async (key) => void seen[agent]?.push(key));
    }
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}.${index % 4 === 0 ? 'codex' : 'claude'}`);
    app.queue.enqueue(keys);
    await eventually(() => expect([seen.codex?.length, seen.claude?.length]).toEqual([5, 15]));
    expect([...(seen.codex ?? []), ...(seen.claude ?? [])].sort()).toEqual([...keys].sort());
    expect(seen.codex?.every((key) => key.endsWith('codex'))).toBe(true);
  });

  it('goes on when `accepts` rejects', async () => {
    fresh();
    const seen: string[] = [];
    const { queue, failures } = await join({
      accepts: (key) => (key === 'unknown' ? Promise.reject(new Error('no database')) : Promise.resolve(true)),
    });
    queue.start(async (key) => void seen.push(key));
    queue.enqueue(['unknown', 'fine']);
    await eventually(() => expect(seen).toEqual(['fine']));
    await eventually(() => expect(failures.map(({ key }) => key)).toEqual(['unknown']));
  });

  it('closes only when Redis knows what is done and has what is not', async () => {
    fresh();
    const app = await sender();
    const { queue } = await join({ concurrency: { long: 0, short: 2 } });
    const gate = makeGate();
    const seen: string[] = [];
    queue.start(async (key) => {
      seen.push(key);
      await gate.wait();
    });
    app.queue.enqueue(['done-1', 'done-2', 'left']);
    await eventually(() => expect(seen).toHaveLength(2));
    await eventually(async () => expect(await redis.llen(`${prefix}:short:wait`)).toBe(1));
    const closing = queue.close();
    gate.open();
    await closing;
    expect(await redis.llen(`${prefix}:short:active`)).toBe(0);
    expect(await redis.llen(`${prefix}:short:wait`)).toBe(1);
  });

  it('keeps what was sent right before close', async () => {
    fresh();
    const app = await sender();
    app.queue.enqueue(Array.from({ length: 300 }, (_, index) => `k${index}`));
    await app.queue.close();
    expect(await redis.llen(`${prefix}:short:wait`)).toBe(300);
  });

  it('leaves nothing in Redis of keys that ran, failed ones included', async () => {
    fresh();
    const { queue, failures } = await join({ concurrency: { long: 4, short: 50 } });
    const seen = new Set<string>();
    queue.start(async (key) => {
      seen.add(key);
      if (key.endsWith('7')) throw new Error('no');
    });
    for (let round = 0; round < 10; round++) {
      queue.enqueue(Array.from({ length: 200 }, (_, index) => `k${round}-${index}`));
      await eventually(() => expect(seen.size).toBe(200 * (round + 1)));
    }
    await eventually(() => expect(failures).toHaveLength(200));
    await eventually(async () => expect((await redis.keys(`${prefix}:*`)).length).toBeLessThan(16));
    // trimmed in steps of a hundred
    expect(await redis.xlen(`${prefix}:short:events`)).toBeLessThan(400);
  });
});
