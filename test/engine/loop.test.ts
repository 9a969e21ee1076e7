import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fraction } from '../../src/core/hash.ts';
import type { Orchestration } from '../../src/core/model.ts';
import type { Engine, EngineSettings } from '../../src/engine/loop.ts';
import { createEngine } from '../../src/engine/loop.ts';
import type { CommandQueue, HeardSignal } from '../../src/engine/ports.ts';
import { inProcessQueue } from '../../src/queue/in-process.ts';
import { running } from '../core/scenes.ts';
import type { Bench } from './ports.ts';
import { asked, bench, settings } from './ports.ts';

const engineSettings: EngineSettings = {
  ...settings,
  planning: { ...settings.planning, overridePolicy: { allowUnverified: true } },
  tickMs: 60_000,
  dueMs: 1_000,
};
const key = 'acme/shop/orch-7-20261120-1200';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Running {
  readonly at: Bench;
  readonly engine: Engine;
}

/** A queue that treats its keys badly: `pass` says what becomes of those that are enqueued. */
function engineOn(at: Bench, pass: (keys: readonly string[]) => readonly string[] = (keys) => keys): Running {
  const inner = inProcessQueue({ concurrency: { long: 5, short: 4 }, onError: (_, error) => fail(error) });
  const queue: CommandQueue = { ...inner, enqueue: (keys) => inner.enqueue(pass(keys)) };
  return { at, engine: createEngine({ ...at.ports, queue }, engineSettings) };
}

function fail(error: unknown): never {
  throw error;
}

function webhook(id: string, ...heard: readonly HeardSignal[]) {
  return { id, event: 'test', payload: JSON.stringify(heard), receivedAt: 0 };
}

/** Time passes, in steps small enough that each clock strikes when it should. */
async function pass({ at }: Pick<Running, 'at'>, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    const step = Math.min(500, left);
    at.now += step;
    await vi.advanceTimersByTimeAsync(step);
  }
}

/** Agents that deliver as soon as they are started. */
function quick(at: Bench): void {
  const { run } = at.agents;
  Object.assign(at.agents, {
    run: (...[spec, hooks]: Parameters<typeof run>) => {
      const result = run(spec, hooks);
      hooks.onStarted('test');
      const sha = `${spec.task}-${spec.attempt}`;
      const delivery = { sha, baseSha: 'b', files: [], verify: null, said: '', warning: null };
      at.agents.started.at(-1)?.finish({ status: 'delivered', delivery });
      return result;
    },
  });
}

async function stateOf(at: Bench): Promise<Orchestration> {
  const state = await at.store.loadState(key);
  if (state === null) throw new Error('there is no orchestration');
  return state;
}

function kindsPerformed(at: Bench): readonly string[] {
  return at.github.performed
    .flat()
    .map((effect) => effect.kind)
    .sort();
}

/** What two tasks, one needing the other, cost in all; edits of the status comment not counted. */
const wholeJob = [
  'add-edge',
  'check-permission',
  'create-comment',
  'create-comment',
  'create-sub-issue',
  'create-sub-issue',
  'edit-issue',
  'merge-pull',
  'merge-pull',
  'open-pull',
  'open-pull',
  'read-plan',
];

describe('from a comment to the end', () => {
  it.each<[string, (keys: readonly string[]) => readonly string[]]>([
    ['when every key arrives', (keys) => keys],
    ['when every key arrives twice', (keys) => [...keys, ...keys]],
    ['when keys arrive the other way round', (keys) => [...keys].reverse()],
    ['when two of three keys are lost', losing(3)],
    ['when nine of ten keys are lost', losing(10)],
  ])('%s', async (_, treat) => {
    const at = bench();
    quick(at);
    const { engine } = engineOn(at, treat);
    await engine.start();
    await engine.receive(webhook('d1', asked()));
    for (let seconds = 0; seconds < 900; seconds++) {
      const state = await at.store.loadState(key);
      if (state?.masterClosed === true) break;
      await pass({ at }, 1_000);
    }
    const state = await stateOf(at);
    expect(state).toMatchObject({ phase: 'finished', outcome: { done: 2, total: 2 }, masterClosed: true });
    expect(kindsPerformed(at).filter((kind) => kind !== 'edit-comment' && kind !== 'mark-body')).toEqual(wholeJob);
    expect(at.agents.started.map(({ spec }) => spec.task)).toEqual(['t1', 't2']);
    await engine.stop(1_000);
  });

  /** Lets one of n keys through, by a luck that is the same in each run. */
  function losing(n: number): (keys: readonly string[]) => readonly string[] {
    let seen = 0;
    return (keys) => keys.filter(() => fraction(`losing.${++seen}`) < 1 / n);
  }

  it('without any clock striking, when keys arrive', async () => {
    const at = bench();
    quick(at);
    const { engine } = engineOn(at);
    await engine.start();
    await engine.receive(webhook('d1', asked()));
    await vi.waitFor(async () => expect((await stateOf(at)).masterClosed).toBe(true), { interval: 1 });
    expect(at.github.swept).toEqual([]);
    await engine.stop(1_000);
  });

  it('by the sweep alone, when no webhook ever arrives', async () => {
    const at = bench();
    quick(at);
    const { engine } = engineOn(at);
    at.github.hears = () => [asked()];
    await engine.start();
    await pass({ at }, 180_000);
    expect((await stateOf(at)).masterClosed).toBe(true);
    await engine.stop(1_000);
  });
});

describe('a webhook', () => {
  it('is stored before anything else happens, and once', async () => {
    const at = bench();
    const woken: string[][] = [];
    const { engine } = engineOn(at, (keys) => {
      woken.push([...keys]);
      return [];
    });
    await engine.receive(webhook('d1', asked()));
    await engine.receive(webhook('d1', asked()));
    expect(woken).toEqual([['inbox'], ['inbox']]);
    expect(await at.store.untranslatedDeliveries(9)).toHaveLength(1);
  });

  it('that cannot be stored is not acknowledged', async () => {
    const at = bench();
    Object.assign(at.store, { receiveDelivery: () => Promise.reject(new Error('the disk is full')) });
    await expect(engineOn(at).engine.receive(webhook('d1', asked()))).rejects.toThrow('the disk is full');
  });

  it('that was stored before a restart is read at the start', async () => {
    const at = bench();
    await at.store.receiveDelivery(webhook('d1', asked()));
    const { engine } = engineOn(at);
    await engine.start();
    await vi.waitFor(async () => expect(await at.store.findOrchestrations({})).toHaveLength(1), { interval: 1 });
    await engine.stop(1_000);
  });
});

describe('clocks', () => {
  it('sweeps every tick, and looks back to the start of the last one that was complete', async () => {
    const at = bench();
    const { engine } = engineOn(at);
    await engine.start();
    const start = at.now;
    const back = (): readonly number[] =>
      at.github.requestsSince.map((since) => (Date.parse(since) + 120_000 - start) / 1000);
    await pass({ at }, 60_000);
    expect(back()).toEqual([60 - 86_400]);
    at.github.hears = () => {
      throw new Error('502');
    };
    await pass({ at }, 60_000);
    expect(back().slice(1)).toEqual([60]);
    expect(at.logged.map(({ message }) => message)).toContain('sweeping GitHub failed; it will be tried again');
    at.github.hears = () => [];
    await pass({ at }, 120_000);
    expect(back().slice(2)).toEqual([60, 180]);
    await engine.stop(1_000);
  });

  it('a slow sweep is not joined by a second one', async () => {
    const at = bench();
    const { engine } = engineOn(at);
    await engine.start();
    let release = (): void => {};
    const { sweepRequests } = at.github;
    Object.assign(at.github, {
      sweepRequests: async (since: string) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return sweepRequests(since);
      },
    });
    await pass({ at }, 300_000);
    expect(at.github.requestsSince).toEqual([]);
    release();
    await pass({ at }, 1_000);
    expect(at.github.requestsSince).toHaveLength(1);
    await engine.stop(1_000);
  });

  it('a store that fails for a while costs time only', async () => {
    const at = bench();
    quick(at);
    const { engine } = engineOn(at);
    await engine.start();
    await engine.receive(webhook('d1', asked()));
    const { claim } = at.store;
    Object.assign(at.store, { claim: () => Promise.reject(new Error('away')) });
    await pass({ at }, 5_000);
    expect(at.logged.some(({ level }) => level === 'error')).toBe(true);
    Object.assign(at.store, { claim });
    await pass({ at }, 60_000);
    expect((await stateOf(at)).masterClosed).toBe(true);
    await engine.stop(1_000);
  });
});

describe('start and stop', () => {
  it('what a dead process held is taken up: attempts at once, requests after GRACE', async () => {
    const at = bench();
    const placed = await at.place(running(['t1']));
    const hold = { owner: 'dead', now: at.now, leaseMs: () => 3_600_000, peers: 0 };
    await at.store.claim(`${placed}.run-attempt.t1.1`, hold);
    await at.store.claim(`${placed}.post-status.0`, hold);
    const { engine } = engineOn(at);
    await engine.start();
    await vi.waitFor(() => expect(at.agents.started).toHaveLength(1), { interval: 1 });
    await pass({ at }, settings.graceMs - 1_000);
    expect(at.github.performed).toEqual([]);
    await pass({ at }, 3_000);
    expect(at.github.looked).toHaveLength(1);
    expect(kindsPerformed(at)).toContain('create-comment');
    await engine.stop(1_000);
  });

  it('stopping hands back the agents, and leaves nothing ticking', async () => {
    const at = bench();
    const placed = await at.place(running(['t1', 't2']));
    const { engine } = engineOn(at);
    await engine.start();
    await vi.waitFor(() => expect(at.agents.started).toHaveLength(2), { interval: 1 });
    const stopped = engine.stop(10_000);
    await vi.waitFor(() => expect(at.agents.started.every(({ hooks }) => hooks.signal.aborted)).toBe(true), {
      interval: 1,
    });
    await stopped;
    const rows = (await at.store.commandRows(placed)).filter(({ kind }) => kind === 'run-attempt');
    expect(rows.map(({ status }) => status)).toEqual(['pending', 'pending']);
    // the bound on waiting is all that is left, and it holds nobody up
    await pass({ at }, 10_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a request that hangs does not keep it from stopping', async () => {
    const at = bench();
    at.github.meanwhile = () => new Promise(() => {});
    await at.place(running(['t1']));
    const { engine } = engineOn(at);
    await engine.start();
    await vi.waitFor(() => expect(at.github.performed).toHaveLength(1), { interval: 1 });
    let stopped = false;
    const stopping = engine.stop(5_000).then(() => {
      stopped = true;
    });
    await pass({ at }, 4_500);
    expect(stopped).toBe(false);
    await pass({ at }, 500);
    await stopping;
    expect(stopped).toBe(true);
  });

  it('after it stopped nothing is started any more', async () => {
    const at = bench();
    const { engine } = engineOn(at);
    await engine.start();
    await engine.stop(1_000);
    await engine.receive(webhook('d1', asked()));
    await pass({ at }, 120_000);
    expect(await at.store.findOrchestrations({})).toEqual([]);
    expect(at.github.requestsSince).toEqual([]);
    expect(await at.store.untranslatedDeliveries(9)).toHaveLength(1);
  });
});
