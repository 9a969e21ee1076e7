import { afterEach, describe, expect, it } from 'vitest';
import type { CommandQueue } from '../../src/engine/ports.ts';
import { eventually } from './eventually.ts';
import { makeGate } from './gate.ts';

export interface QueueUnderTest {
  readonly queue: CommandQueue;
  /** What handlers rejected with, as far as the driver tells. */
  readonly failures: readonly { readonly key: string; readonly error: unknown }[];
}

/** What every driver must do. `make` gets the number of handlers that may run at once. */
export function describeQueueContract(name: string, make: (concurrency: number) => Promise<QueueUnderTest>): void {
  describe(`command queue: ${name}`, () => {
    const open: CommandQueue[] = [];

    async function makeQueue(concurrency = 4): Promise<QueueUnderTest> {
      const made = await make(concurrency);
      open.push(made.queue);
      return made;
    }

    afterEach(async () => {
      await Promise.all(open.splice(0).map((queue) => queue.close()));
    });

    it('hands each key to the handler', async () => {
      const { queue } = await makeQueue();
      const seen: string[] = [];
      queue.start(async (key) => void seen.push(key));
      queue.enqueue(['o/r/orch-1.post-status.0', 'advance.o/r/orch-1', 'o/r/orch-1.add-edge.a.b']);
      await eventually(() => expect(new Set(seen).size).toBe(3));
    });

    it('keeps keys that come before start', async () => {
      const { queue } = await makeQueue();
      const seen: string[] = [];
      queue.enqueue(['early']);
      queue.start(async (key) => void seen.push(key));
      await eventually(() => expect(seen).toContain('early'));
    });

    it('runs as many handlers at once as allowed and no more, and gets through all keys', async () => {
      const { queue } = await makeQueue(3);
      const gate = makeGate();
      let running = 0;
      let most = 0;
      const seen = new Set<string>();
      queue.start(async (key) => {
        running += 1;
        most = Math.max(most, running);
        await gate.wait();
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        seen.add(key);
      });
      queue.enqueue(Array.from({ length: 40 }, (_, index) => `k${index}`));
      await eventually(() => expect(running).toBe(3));
      gate.open();
      await eventually(() => expect(seen.size).toBe(40));
      expect(most).toBe(3);
    });

    it('never runs the same key twice at once', async () => {
      const { queue } = await makeQueue(4);
      const gate = makeGate();
      let running = 0;
      let most = 0;
      let runs = 0;
      queue.start(async (key) => {
        if (key === 'other') return;
        running += 1;
        runs += 1;
        most = Math.max(most, running);
        await gate.wait();
        running -= 1;
      });
      queue.enqueue(['same', 'same']);
      queue.enqueue(['same']);
      await eventually(() => expect(runs).toBe(1));
      queue.enqueue(['same', 'other']);
      gate.open();
      await eventually(() => expect(running).toBe(0));
      expect(most).toBe(1);
    });

    it('runs a key again that arrives while it runs', async () => {
      const { queue } = await makeQueue();
      const gate = makeGate();
      let runs = 0;
      queue.start(async () => {
        runs += 1;
        if (runs === 1) await gate.wait();
      });
      queue.enqueue(['again']);
      await eventually(() => expect(runs).toBe(1));
      queue.enqueue(['again']);
      gate.open();
      await eventually(() => expect(runs).toBeGreaterThanOrEqual(2));
    });

    it('carries keys of any characters unchanged', async () => {
      const { queue } = await makeQueue();
      const seen: string[] = [];
      const odd = ['a:b:c', '12345', '0', 'advance.o/r/orch-1 {x} ->"\\n\n', 'ключ-鍵-🔑', 'k'.repeat(2_000)];
      queue.start(async (key) => void seen.push(key));
      queue.enqueue(odd);
      await eventually(() => expect(new Set(seen)).toEqual(new Set(odd)));
    });

    it('goes on after a handler that throws', async () => {
      const { queue, failures } = await makeQueue(1);
      const seen: string[] = [];
      queue.start((key) => {
        seen.push(key);
        if (key === 'throws') throw new Error('at once');
        return key === 'rejects' ? Promise.reject(new Error('later')) : Promise.resolve();
      });
      queue.enqueue(['throws', 'rejects', 'fine']);
      await eventually(() => expect(new Set(seen)).toEqual(new Set(['throws', 'rejects', 'fine'])));
      await eventually(() => expect(new Set(failures.map(({ key }) => key))).toEqual(new Set(['throws', 'rejects'])));
    });

    it('close waits for the handlers that run and starts no others', async () => {
      const { queue } = await makeQueue(1);
      const gate = makeGate();
      const seen: string[] = [];
      let finished = false;
      queue.start(async (key) => {
        seen.push(key);
        await gate.wait();
        finished = true;
      });
      queue.enqueue(['first', 'second']);
      await eventually(() => expect(seen).toHaveLength(1));
      const closing = queue.close().then(() => expect(finished).toBe(true));
      queue.enqueue(['third']);
      gate.open();
      await closing;
      await queue.close();
      expect(seen).toHaveLength(1);
    });
  });
}
