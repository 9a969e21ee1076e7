import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisQueue, RedisQueueOptions } from '../../src/queue/redis.ts';
import { eventually } from '../queue/eventually.ts';
import { openQueue, shortTiming } from './open-queue.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

interface Started {
  readonly child: ChildProcess;
  /** Everything it has printed, standard error included. */
  readonly said: () => string;
}

describe('whole processes', () => {
  let server: RedisServer;
  const children: ChildProcess[] = [];
  const open: RedisQueue[] = [];

  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(open.splice(0).map((queue) => queue.close()));
    await server.stop();
  });

  function start(mode: 'hold' | 'finish'): Started {
    const script = join(import.meta.dirname, 'worker-process.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, server.url, 'processes', mode]);
    children.push(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    return { child, said: () => said };
  }

  async function connect(options: Partial<RedisQueueOptions> = {}) {
    const opened = await openQueue(server.url, { prefix: 'processes', ...options });
    open.push(opened.queue);
    return opened;
  }

  it('hands the keys of a worker that was killed to another one within the stall interval', async () => {
    const victim = start('hold');
    const { queue } = await connect();
    const keys = ['o/r/orch-1.run-attempt.a.1', 'advance.o/r/orch-1'];
    queue.enqueue(keys);
    await eventually(() => expect(new Set(victim.said().split('\n'))).toEqual(new Set([...keys, ''])), 15_000);
    const seen: string[] = [];
    queue.start(async (key) => void seen.push(key));
    // arrives while the victim's job is active, and must not get lost with it
    queue.enqueue(keys);
    const died = once(victim.child, 'exit');
    victim.child.kill('SIGKILL');
    await died;
    const begun = performance.now();
    await eventually(() => expect(new Set(seen)).toEqual(new Set(keys)), 15_000);
    // a lock may be a renewal old, and two looks are needed: one to suspect, one to take
    expect(performance.now() - begun).toBeLessThan(shortTiming.lockMs + 3 * shortTiming.stalledMs + 1_500);
  });

  it.each(['there', 'away', 'hung', 'dying'])('a process ends by itself after close, Redis being %s', async (state) => {
    const worker = start('finish');
    const { queue } = await connect({ concurrency: { long: 0, short: 0 } });
    queue.enqueue(['one']);
    await eventually(() => expect(worker.said()).toContain('one\n'), 15_000);
    const ended = once(worker.child, 'exit');
    if (state === 'away') {
      await server.kill();
      await eventually(() => expect(queue.reachable()).toBe(false));
    }
    if (state === 'hung') process.kill(server.pid(), 'SIGSTOP');
    const begun = performance.now();
    worker.child.stdin?.write('close\n');
    if (state === 'dying') await server.kill();
    const [code] = await ended;
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(code).toBe(0);
    // nothing but our own lines, whatever the libraries think of the state of Redis
    expect(worker.said()).toMatch(/^one\nclosed \[(?:"warn: Redis is away[^"]*")?\]\n$/);
  });
});
