/** How many commands a second a database carries: claimed and completed with a signal, while 10,000 are open. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyOrchestration, replay } from '../src/core/evolve.ts';
import type { NewCommand } from '../src/engine/ports.ts';
import type { OpenStore } from '../src/store/open-store.ts';
import { openPostgresStore, openStore } from '../src/store/open-store.ts';

export interface CommandsResult {
  readonly bench: 'commands';
  readonly database: 'pglite' | 'postgres';
  readonly open: number;
  readonly workers: number;
  readonly done: number;
  readonly perSecond: number;
}

const orchestrations = 100;
const commandsEach = 100;

/** PostgreSQL at `url`, which must be empty; without one, PGlite in a directory that goes afterwards. */
export async function measureCommands(workers: number, done = 2_000, url?: string): Promise<CommandsResult> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  const common = { now: Date.now, fold: replay };
  const store = url === undefined ? await openStore({ dir, ...common }) : await openPostgresStore({ url, ...common });
  try {
    await fill(store);
    const due = await store.dueCommands(store.now(), orchestrations * commandsEach);
    const startedAt = performance.now();
    const queue = due.slice(0, done);
    await Promise.all(Array.from({ length: workers }, (_, n) => carryOut(store, `worker-${n}`, queue)));
    const seconds = (performance.now() - startedAt) / 1_000;
    const left = (await store.health(store.now())).commands.done ?? 0;
    if (left !== done) throw new Error(`${left} of ${done} commands are done`);
    const database = url === undefined ? 'pglite' : 'postgres';
    return { bench: 'commands', database, open: due.length, workers, done, perSecond: done / seconds };
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function fill(store: OpenStore): Promise<void> {
  for (let n = 1; n <= orchestrations; n++) {
    const id = `orch-${n}-20260101-0000`;
    const key = `bench/shop/${id}`;
    const commands = Array.from({ length: commandsEach }, (_, at): NewCommand => {
      return { key: `${key}.post-reply.0.${at}`, command: { kind: 'post-reply', source: String(at) }, notBefore: 0 };
    });
    const row = { key, id, owner: 'bench', name: 'shop', issue: n, live: true, subIssues: [] };
    const projection = { tasks: [], workflows: [], history: [] };
    const state = { ...emptyOrchestration, id };
    const step = { state, events: [], commands, live: true, subIssues: [], projection };
    if (!(await store.createOrchestration(row, step))) throw new Error(`${key} is there already`);
  }
}

async function carryOut(store: OpenStore, owner: string, queue: string[]): Promise<void> {
  for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
    const now = store.now();
    const [claim] = await store.claim(key, { owner, now, leaseMs: () => 60_000, peers: 0, slots: () => [] });
    if (claim === undefined) throw new Error(`${key} could not be claimed`);
    const { orchestration } = claim;
    await store.complete(claim, { kind: 'done' }, [{ orchestration, source: key, signal: { type: 'tick' } }], now, []);
  }
}
