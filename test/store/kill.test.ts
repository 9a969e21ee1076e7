import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { StoreLocked } from '../../src/store/directory-lock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { foldExample, rowOf } from './examples.ts';
import type { Acknowledged } from './kill-report.ts';
import { storeTemplate } from './template.ts';

const dir = mkdtempSync(join(tmpdir(), 'muster-store-kill-'));
const kills = 10;
const child = fileURLToPath(new URL('./kill-child.ts', import.meta.url));
const alive = new Set<ChildProcess>();

afterAll(() => {
  for (const process of alive) process.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

interface Run {
  readonly said: readonly Acknowledged[];
  readonly until: (did: Acknowledged['did']) => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly pid: number;
}

function startRun(run: number, template: string): Run {
  const started = spawn(process.execPath, ['--import', 'tsx', child, dir, template, String(run)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(started);
  const said: Acknowledged[] = [];
  let errors = '';
  started.stderr.on('data', (text) => {
    errors += String(text);
  });
  const closed = once(started, 'close').then(() => alive.delete(started));
  const lines = createInterface({ input: started.stdout });
  // A line that the kill cut off was not acknowledged to anybody.
  lines.on('line', (line) => line.endsWith('}') && said.push(JSON.parse(line) as Acknowledged));
  return {
    said,
    pid: started.pid ?? 0,
    until: async (did) => {
      while (!said.some((line) => line.did === did)) {
        const died = await Promise.race([once(lines, 'line').then(() => false), closed.then(() => true)]);
        if (died) throw new Error(`run ${run} ended before it could "${did}": ${errors}`);
      }
    },
    kill: async () => {
      started.kill('SIGKILL');
      await closed;
      if (started.signalCode !== 'SIGKILL') throw new Error(`run ${run} ended by itself: ${errors}`);
    },
  };
}

/** Park and Miller's generator: the same delays in every run of this test. */
function delays(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return 5 + (state % 700);
  };
}

function lastSeq(acknowledged: readonly Acknowledged[]): number {
  return acknowledged.reduce((last, line) => ('seq' in line ? Math.max(last, line.seq) : last), 0);
}

describe('kill -9', () => {
  it('loses nothing that was acknowledged, whenever it comes', { timeout: 120_000 }, async () => {
    const template = await storeTemplate();
    const nextDelay = delays(20_260_102);
    const acknowledged: Acknowledged[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const run = startRun(kill, template);
      // Every third kill may hit the opening, recovery from the kill before included; the others hit the writing.
      await run.until(kill % 3 === 2 ? 'start' : 'open');
      // Not a wait for something: the moment of the kill is what this test varies.
      await new Promise((resolve) => setTimeout(resolve, nextDelay()));
      await run.kill();
      const before = lastSeq(acknowledged);
      for (const line of run.said) if (line.did === 'open') expect(line.seq).toBeGreaterThanOrEqual(before);
      acknowledged.push(...run.said);
    }
    expect(acknowledged.filter(({ did }) => did === 'complete').length).toBeGreaterThan(0);

    const store = await openStore({ dir, now: Date.now, fold: foldExample });
    try {
      const { key } = rowOf(1);
      const events = await store.loadEvents(key);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events.length).toBeGreaterThanOrEqual(lastSeq(acknowledged));
      expect(await store.verifySnapshots()).toEqual([]);

      const deliveries = await store.untranslatedDeliveries(1_000_000);
      const received = new Set(deliveries.map(({ id, payload }) => (JSON.parse(payload).id === id ? id : 'spoilt')));
      const commands = new Map((await store.commandRows(key)).map((row) => [row.key, row.status]));
      const lost = acknowledged.filter((line) => {
        if (line.did === 'receive') return !received.has(line.id);
        if (line.did === 'advance') return !commands.has(line.command);
        return line.did === 'complete' && commands.get(line.command) !== 'done';
      });
      expect(lost).toEqual([]);
    } finally {
      await store.close();
    }
  });

  it('frees the directory at once, and until then nobody else gets in', { timeout: 60_000 }, async () => {
    const template = await storeTemplate();
    const run = startRun(99, template);
    await run.until('open');
    const options = { dir, now: Date.now, fold: foldExample };
    const refused = await openStore(options).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StoreLocked);
    expect(refused).toMatchObject({ holder: { pid: run.pid } });
    await run.kill();
    const store = await openStore(options);
    await store.close();
  });
});
