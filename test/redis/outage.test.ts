import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RedisQueue, RedisQueueOptions } from '../../src/queue/redis.ts';
import { eventually } from '../queue/eventually.ts';
import { makeGate } from '../queue/gate.ts';
import { openQueue } from './open-queue.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

const away = 'warn: Redis is away; until it is back each process runs the keys it finds';
const back = 'info: Redis is back';

describe('a Redis that dies', () => {
  let server: RedisServer;
  const open: RedisQueue[] = [];
  const printed = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];

  beforeEach(async () => {
    server = await startRedis();
    for (const print of printed) print.mockClear();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((queue) => queue.close()));
    await server.stop();
    for (const print of printed) expect(print.mock.calls).toEqual([]);
  });

  async function join(options: Partial<RedisQueueOptions> = {}) {
    const opened = await openQueue(server.url, { prefix: 'outage', ...options });
    open.push(opened.queue);
    return opened;
  }

  it('is survived three times without a crash, with two lines each, and later keys go through it again', async () => {
    const worker = await join({ concurrency: { long: 2, short: 10 } });
    const app = await join({ concurrency: { long: 0, short: 0 } });
    const seen = new Set<string>();
    let gate = makeGate();
    worker.queue.start(async (key) => {
      await gate.wait();
      seen.add(key);
    });
    for (const round of [1, 2, 3]) {
      gate = makeGate();
      app.queue.enqueue(Array.from({ length: 100 }, (_, index) => `before-${round}-${index}`));
      worker.queue.enqueue([`held-${round}`]);
      await server.kill();
      await eventually(() => expect([app.queue.reachable(), worker.queue.reachable()]).toEqual([false, false]));
      worker.queue.enqueue([`during-${round}`]);
      gate.open();
      await eventually(() => expect(seen).toContain(`during-${round}`));
      await server.restart();
      await eventually(() => expect([app.queue.reachable(), worker.queue.reachable()]).toEqual([true, true]));
      // only Redis can bring this one: the sender runs nothing itself
      app.queue.enqueue([`after-${round}`]);
      await eventually(() => expect(seen).toContain(`after-${round}`));
    }
    expect(worker.lines).toEqual([away, back, away, back, away, back]);
    expect(app.lines).toEqual([away, back, away, back, away, back]);
    expect(worker.failures).toEqual([]);
  });

  it('does not keep a process from its own work, nor a sender from dropping what it cannot send', async () => {
    const worker = await join();
    const app = await join({ concurrency: { long: 0, short: 0 } });
    await server.kill();
    const seen: string[] = [];
    worker.queue.start(async (key) => void seen.push(key));
    app.queue.start(async (key) => void seen.push(key));
    app.queue.enqueue(['dropped']);
    worker.queue.enqueue(['first', 'o/r/orch-1.run-attempt.a.1']);
    worker.queue.enqueue(['second']);
    await eventually(() => expect(new Set(seen)).toEqual(new Set(['first', 'o/r/orch-1.run-attempt.a.1', 'second'])));
  });

  it('is passed over when it hangs instead', async () => {
    const worker = await join({ timing: { answerMs: 200 } });
    const seen: string[] = [];
    worker.queue.start(async (key) => void seen.push(key));
    worker.queue.enqueue(['before']);
    await eventually(() => expect(seen).toEqual(['before']));
    process.kill(server.pid(), 'SIGSTOP');
    worker.queue.enqueue(['hung']);
    await eventually(() => expect(seen).toContain('hung'));
    process.kill(server.pid(), 'SIGCONT');
    await eventually(() => expect(worker.queue.reachable()).toBe(true));
    worker.queue.enqueue(['after']);
    await eventually(() => expect(seen).toContain('after'));
  });

  it('or that is full and takes nothing more is told of once, and keys run here', async () => {
    const worker = await join();
    const admin = new Redis(server.url);
    await admin.config('SET', 'maxmemory', '1');
    const seen = new Set<string>();
    worker.queue.start(async (key) => void seen.add(key));
    for (let round = 0; round < 5; round++) {
      worker.queue.enqueue(Array.from({ length: 20 }, (_, index) => `k${round}-${index}`));
      await eventually(() => expect(seen.size).toBe(20 * (round + 1)));
    }
    expect(worker.lines).toEqual(['warn: trouble with Redis; work goes on']);
    await admin.config('SET', 'maxmemory', '0');
    const app = await join({ concurrency: { long: 0, short: 0 } });
    app.queue.enqueue(['roomy']);
    await eventually(() => expect(seen).toContain('roomy'));
    admin.disconnect();
  });

  it('does not hold up a close that waits for nothing', async () => {
    const { queue } = await join();
    queue.start(async () => {});
    await server.kill();
    await eventually(() => expect(queue.reachable()).toBe(false));
    const begun = performance.now();
    await queue.close();
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it('lets close wait for the handler, and no longer', async () => {
    const { queue } = await join();
    const gate = makeGate();
    let state = 'none';
    queue.start(async () => {
      state = 'running';
      await gate.wait();
      state = 'done';
    });
    queue.enqueue(['long']);
    await eventually(() => expect(state).toBe('running'));
    await server.kill();
    const closing = queue.close();
    gate.open();
    const begun = performance.now();
    await closing;
    expect(state).toBe('done');
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('or not: close ends within its bound when a handler never does, and the key goes to another process', async () => {
    const { queue } = await join({ timing: { closeMs: 300 } });
    const gate = makeGate();
    let began = false;
    queue.start(async () => {
      began = true;
      await gate.wait();
    });
    queue.enqueue(['endless']);
    await eventually(() => expect(began).toBe(true));
    const begun = performance.now();
    await queue.close();
    expect(performance.now() - begun).toBeLessThan(2_000);
    const other = await join();
    const seen: string[] = [];
    other.queue.start(async (key) => void seen.push(key));
    await eventually(() => expect(seen).toEqual(['endless']));
    gate.open();
  });
});
