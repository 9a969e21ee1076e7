import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisQueue } from '../../src/queue/redis.ts';
import { eventually } from '../queue/eventually.ts';
import { openQueue } from './open-queue.ts';
import { startProxy, type TcpProxy } from './proxy.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

/** Connections that stay open and carry nothing: what a broken network leaves behind (BullMQ #3185). */
describe('connections that have gone silent', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  const open: RedisQueue[] = [];

  beforeEach(async () => {
    server = await startRedis();
    proxy = await startProxy(server.port);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((queue) => queue.close()));
    proxy.close();
    await server.stop();
  });

  it('of a worker: it is replaced when keys wait and none arrives, and only then', async () => {
    const { queue, lines } = await openQueue(`redis://127.0.0.1:${proxy.port}`, {
      concurrency: { long: 0, short: 4 },
      timing: { silentMs: 600 },
    });
    open.push(queue);
    const seen: string[] = [];
    queue.start(async (key) => void seen.push(key));
    queue.enqueue(['before']);
    await eventually(() => expect(seen).toEqual(['before']));
    // its blocking connection and, by a part of a name that only it sets, the one that fetches
    await eventually(() => expect(proxy.swallow('bzpopmin')).toBeGreaterThan(0));
    expect(proxy.swallow('stalled-check')).toBeGreaterThan(0);
    expect(lines).toEqual([]);
    queue.enqueue(['after']);
    await eventually(() => expect(seen).toEqual(['before', 'after']));
    expect(lines).toEqual(['warn: keys wait in Redis and none arrived; connecting anew']);
  });

  it('of a sender: the key runs here, and the next one goes through Redis again', async () => {
    const app = await openQueue(`redis://127.0.0.1:${proxy.port}`, {
      prefix: 'silent',
      timing: { answerMs: 200, silentMs: 60_000 },
    });
    const worker = await openQueue(server.url, { prefix: 'silent' });
    open.push(app.queue, worker.queue);
    const seen: string[] = [];
    app.queue.start(async (key) => void seen.push(`app ${key}`));
    app.queue.enqueue(['before']);
    await eventually(() => expect(seen).toEqual(['app before']));
    // the one that sends, and two for each lane
    await eventually(() => expect(proxy.swallow('')).toBe(5));
    app.queue.enqueue(['swallowed']);
    await eventually(() => expect(seen).toEqual(['app before', 'app swallowed']));
    await eventually(() => expect(app.queue.reachable() && app.lines.length === 2).toBe(true));
    worker.queue.start(async (key) => void seen.push(`worker ${key}`));
    app.queue.enqueue(['after']);
    await eventually(() => expect(seen).toContain('worker after'));
  });
});
