import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { replay } from '../../src/core/evolve.ts';
import type { Orchestration } from '../../src/core/model.ts';
import { takeStep } from '../../src/engine/step.ts';
import { type OpenStore, openPostgresStore } from '../../src/store/open-store.ts';
import { startPostgres } from './server.ts';

const main = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'main.js');

function muster(url: string, ...words: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, DATABASE_URL: url };
    execFile(process.execPath, [main, ...words], { env }, (error, out, errors) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, errors }),
    );
  });
}

/** What a server does with what it was told, and nothing else. */
async function look(store: OpenStore): Promise<Orchestration | null> {
  for (const key of await store.orchestrationsWithSignals(10))
    await store.advance(key, (state, signals) => takeStep(state, signals, store.now, { coalesceMs: 0 }));
  const [row] = await store.findOrchestrations({});
  return row === undefined ? null : store.loadState(row.key);
}

it('the command line tells the processes that share a PostgreSQL, whether one looks now or later', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  const url = await server.freshDatabase();

  expect(await muster(url, 'run', 'acme/shop#7', '--max-workers', '2')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^It is written down/),
  });
  const store = await openPostgresStore({ url, poolSize: 3, now: Date.now, fold: replay });
  onTestFinished(() => store.close());
  expect(await look(store)).toMatchObject({
    phase: 'reading',
    flags: { maxWorkers: 2 },
    requestedBy: expect.stringMatching(/^cli:/),
  });

  const answered = muster(url, 'pause', 'ACME/shop#7');
  await expect.poll(async () => (await look(store))?.requests.length, { timeout: 20_000 }).toBe(2);
  expect(await answered).toEqual({ code: 2, out: 'Nothing is running here. Nothing was changed.\n', errors: '' });

  const cancelled = muster(url, 'cancel', '7', '--json');
  await expect.poll(async () => (await look(store))?.phase, { timeout: 20_000 }).toBe('cancelled');
  const { code, out } = await cancelled;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ outcome: 'done', text: 'Cancelled before anything was started.' });
  // nobody was asked on GitHub, and nothing is owed there
  const [row] = await store.findOrchestrations({});
  const kinds = (await store.commandRows(row?.key ?? '')).map(({ kind, status }) => `${kind} ${status}`);
  expect(kinds).toEqual(['read-plan superseded']);
}, 120_000);
