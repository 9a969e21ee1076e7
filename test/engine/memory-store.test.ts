import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Claim, NewCommand, Store } from '../../src/engine/ports.ts';
import type { OpenStore } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { attempt, foldExample, noon, rowOf, signalTo, stepFrom, wanted } from '../store/examples.ts';
import { storeTemplate } from '../store/template.ts';
import { memoryStore } from './memory-store.ts';

let real: OpenStore;
let dir: string;
let now = noon;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'muster-engine-store-'));
  real = await openStore({ dir, now: () => now, fold: foldExample, template: await storeTemplate() });
});
afterAll(async () => {
  await real.close();
  rmSync(dir, { recursive: true, force: true });
});

/** One client of a store, doing things at random but the same for the same seed. */
function client(store: Store, seed: number): () => Promise<unknown> {
  let drawn = seed;
  const draw = (below: number): number => {
    // a linear congruential generator; its high bits are good enough for dice
    drawn = (Math.imul(drawn, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((drawn / 2 ** 32) * below);
  };
  const claims: Claim[] = [];
  const orchestrations = [rowOf(1).key, rowOf(2).key];
  const key = (): string => orchestrations[draw(2)] ?? '';
  const commands = (of: string): readonly NewCommand[] =>
    ['a', 'b', 'c', 'd'].flatMap((name) => {
      if (draw(3) === 0) return [];
      const notBefore = draw(2) === 0 ? 0 : now + draw(3) * 1_000;
      return name === 'd' ? [attempt(`${of}.${name}`)] : [wanted(`${of}.${name}`, { kind: 'post-status' }, notBefore)];
    });
  const claimOf = (): Claim | undefined => claims[draw(claims.length)];
  const moves: readonly (() => Promise<unknown>)[] = [
    async () => store.addSignals([signalTo(key(), `s${draw(4)}`)]),
    async () => {
      const of = key();
      const seen: number[] = [];
      const due = await store.advance(of, (state, signals) => {
        seen.push(signals.length);
        if (draw(4) === 0) return null;
        return stepFrom(state, 1, { commands: commands(of), live: true, subIssues: [draw(3)] });
      });
      return { due: due === null ? null : [...due].sort(), seen };
    },
    async () => {
      const got = await store.claim(`${key()}.${'abcd'[draw(4)]}`, {
        owner: `w${draw(2)}`,
        now,
        leaseMs: () => 2_000,
        peers: draw(2),
      });
      // which peers are taken among equals is the database's own affair; here there are too few to choose from
      claims.push(...got);
      return got.map((claim) => [claim.key, claim.attempts, claim.leaseUntil, claim.createdAt]).sort();
    },
    async () => {
      const claim = claimOf();
      return claim && store.extendLease(claim, now + 3_000);
    },
    async () => {
      const claim = claimOf();
      const twin = wanted(`${claim?.key}.twins`, { kind: 'remove-twins', of: '' }, now + 1_000);
      return claim && store.complete(claim, 1, [signalTo(claim.orchestration, `c${draw(3)}`)], now, [twin]);
    },
    async () => {
      const claim = claimOf();
      return claim && store.retryLater(claim, now + draw(3) * 1_000, 'again');
    },
    async () => {
      const claim = claimOf();
      return claim && draw(4) === 0 && store.giveUp(claim, 'no', [signalTo(claim.orchestration, 'gave-up')], now);
    },
    async () => draw(5) === 0 && store.releaseDeadLeases(now, 500),
    async () => {
      now += draw(3) * 500;
    },
  ];
  const look = async (): Promise<unknown> => ({
    due: [...(await store.dueCommands(now, 99))].sort(),
    waiting: [...(await store.orchestrationsWithSignals(9))].sort(),
    running: await store.runningAttempts(now),
    found: await store.findOrchestrations({ issue: 1 }),
    rows: (await Promise.all(orchestrations.map((of) => store.commandRows(of))))
      .flat()
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
  });
  return async (): Promise<unknown> => ({ did: await moves[draw(moves.length)]?.(), seen: await look() });
}

describe('the stand-in for the store', () => {
  it('does what the real one does, step by step', async () => {
    const runs: unknown[][] = [];
    for (const store of [real, memoryStore(() => now)]) {
      now = noon;
      for (const issue of [1, 2]) {
        expect(await store.createOrchestration(rowOf(issue), stepFrom({ seq: 0 }, 1))).toBe(true);
        expect(await store.createOrchestration(rowOf(issue, { id: 'another' }), stepFrom({ seq: 0 }, 1))).toBe(false);
      }
      const step = client(store, 4);
      const steps: unknown[] = [];
      for (let n = 0; n < 150; n++) steps.push(await step());
      runs.push(steps);
    }
    const [truth = [], standIn = []] = runs;
    for (const [index, step] of truth.entries()) expect(standIn[index], `step ${index}`).toEqual(step);
    const told = JSON.stringify(truth);
    const statuses = ['pending', 'in_flight', 'done', 'dead', 'cancelled', 'superseded'];
    expect(statuses.filter((status) => !told.includes(`"${status}"`))).toEqual([]);
  });
});
