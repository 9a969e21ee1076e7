import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Delivery } from '../../src/core/attempt.ts';
import { dispatch } from '../../src/engine/dispatch.ts';
import { ask, failAttempt, running, startAgent } from '../core/scenes.ts';
import type { Stage } from '../core/story.ts';
import type { Bench, RunningAgent } from './ports.ts';
import { bench, settings } from './ports.ts';

const { leaseMs, retryMs, mostTries, giveUpAfterMs } = settings.attempts;
const delivered: Delivery = { sha: 't1-1', baseSha: 'b', files: [], verify: null, said: 'done', warning: null };

/** Not by waiting: what is asked for follows from promises alone. */
async function soon(check: () => void): Promise<void> {
  await vi.waitFor(check, { interval: 1 });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Going {
  readonly at: Bench;
  readonly key: string;
  readonly full: string;
  readonly agent: RunningAgent;
  readonly stopping: AbortController;
  /** Resolves when the engine has recorded how it ended. */
  readonly over: Promise<void>;
}

async function placed(stage: Stage = running(['t1'])): Promise<{ at: Bench; key: string; full: string }> {
  const at = bench();
  const key = await at.place(stage);
  return { at, key, full: `${key}.run-attempt.t1.1` };
}

/** An agent is at work. */
async function going(stage?: Stage): Promise<Going> {
  const scene = await placed(stage);
  const stopping = new AbortController();
  const over = dispatch(scene.at.ports, settings, scene.full, stopping.signal);
  await soon(() => expect(scene.at.agents.started).toHaveLength(1));
  const [agent] = scene.at.agents.started;
  if (agent === undefined) throw new Error('it was started');
  return { ...scene, agent, stopping, over };
}

function row({ at, full }: Pick<Going, 'at' | 'full'>) {
  return at.store.command(full);
}

async function pass({ at }: Pick<Going, 'at'>, ms: number): Promise<void> {
  at.now += ms;
  await vi.advanceTimersByTimeAsync(ms);
}

describe('an attempt that is over', () => {
  it('wakes those that may wait for its place, and nothing of another kind', async () => {
    const one = await going(running(['t1', 't2', 't3']));
    one.at.woken();
    one.agent.finish({ status: 'delivered', delivery: delivered });
    await one.over;
    const waiting = ['t2', 't3'].map((id) => `${one.key}.run-attempt.${id}.1`);
    expect(one.at.woken().filter((key) => key.includes('.run-attempt.'))).toEqual(waiting);
    expect(one.at.woken()).toEqual([]);
  });
});

describe('an agent at work', () => {
  it('is told what to do, and where', async () => {
    const { agent } = await going();
    expect(agent.spec).toMatchObject({
      key: 'orch-7-20261120-0930.t1.1',
      task: 't1',
      title: 'Task t1',
      issue: 101,
      attempt: 1,
      agent: 'default',
      branch: 'muster/7-task-t1',
      base: 'main',
      expectedHead: null,
      wallMs: 1_800_000,
      verify: null,
      role: 'work',
    });
    expect(agent.spec.prompt).toContain('Task t1');
  });

  it('cannot guess the fence around the text of others', async () => {
    const [one, other] = [await going(), await going()];
    const { at } = one;
    Object.assign(at.ports, { markerSecret: 'another secret' });
    expect(one.agent.spec.prompt).toBe(other.agent.spec.prompt);
    const again = bench();
    Object.assign(again.ports, { markerSecret: 'another secret' });
    const key = await again.place(running(['t1']));
    const over = dispatch(again.ports, settings, `${key}.run-attempt.t1.1`, new AbortController().signal);
    await soon(() => expect(again.agents.started).toHaveLength(1));
    expect(again.agents.started[0]?.spec.prompt).not.toBe(one.agent.spec.prompt);
    for (const started of [one.agent, other.agent, ...again.agents.started])
      started.finish({ status: 'undecided', message: '' });
    await Promise.all([one.over, other.over, over]);
  });

  it('that started and gets on is heard of while it works', async () => {
    const { at, key, agent } = await going();
    agent.hooks.onStarted('pid namespace');
    agent.hooks.onProgress(35, 'implementation');
    agent.hooks.onProgress(35, 'implementation');
    await soon(() => expect(at.told(key)).toHaveLength(2));
    expect((await at.fold(key)).tasks[0]).toMatchObject({
      status: 'processing',
      attempts: [{ confinement: 'pid namespace', progress: { percent: 35, stage: 'implementation' } }],
    });
    expect(at.woken()).toContain(`advance.${key}`);
  });

  it('news that cannot be stored costs nothing but freshness', async () => {
    const { at, key, agent, over } = await going();
    const { addSignals } = at.store;
    Object.assign(at.store, { addSignals: () => Promise.reject(new Error('the database is away')) });
    agent.hooks.onProgress(35, 'implementation');
    await soon(() => expect(at.logged).toContainEqual({ level: 'warn', message: 'news of an attempt was lost' }));
    Object.assign(at.store, { addSignals });
    agent.finish({ status: 'delivered', delivery: delivered });
    await over;
    expect(at.told(key)).toMatchObject([{ type: 'attempt-delivered' }]);
  });
});

describe('how it ended', () => {
  it('delivered: is told with what was delivered', async () => {
    const scene = await going();
    scene.agent.finish({ status: 'delivered', delivery: delivered });
    await scene.over;
    expect(row(scene)).toMatchObject({ status: 'done' });
    expect(scene.at.told(scene.key)).toEqual([
      { type: 'attempt-delivered', task: 't1', attempt: 1, delivery: delivered },
    ]);
  });

  it('failed: is told with its class, and the rules decide about another attempt', async () => {
    const scene = await going();
    scene.agent.finish({ status: 'failed', class: 'crashed', message: 'exit 1', evidence: ['boom'] });
    await scene.over;
    expect(row(scene)).toMatchObject({ status: 'done' });
    expect((await scene.at.fold(scene.key)).tasks[0]).toMatchObject({
      status: 'failed',
      failure: { class: 'crashed', evidence: ['boom'] },
    });
  });

  it('undecided: does not count, and the same attempt is tried again after a pause that doubles', async () => {
    const scene = await placed();
    const { at, key, full } = scene;
    const pauses: number[] = [];
    for (let n = 0; n < 8; n++) {
      const over = dispatch(at.ports, settings, full, new AbortController().signal);
      await soon(() => expect(at.agents.started).toHaveLength(n + 1));
      at.agents.started[n]?.finish({ status: 'undecided', message: 'push failed' });
      await over;
      expect(row(scene)).toMatchObject({ status: 'pending', lastError: 'push failed' });
      pauses.push((row(scene)?.runAt ?? 0) - at.now);
      at.now = row(scene)?.runAt ?? 0;
      // as young as on the first day: only the number of tries grows
      Object.assign(row(scene) ?? {}, { createdAt: at.now });
    }
    expect(pauses).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => Math.min(300_000, retryMs * 2 ** n)));
    expect(at.told(key)).toEqual([]);
  });

  it.each([
    ['young and hardly tried', 1, 0, 'pending'],
    ['young, however often', 9, 0, 'pending'],
    ['old, but hardly tried', 2, giveUpAfterMs, 'pending'],
    ['old and often', mostTries, giveUpAfterMs, 'dead'],
  ])('undecided when %s', async (_, tries, age, status) => {
    const scene = await placed();
    const { at, key, full } = scene;
    for (let n = 1; n < tries; n++)
      await at.store.claim(full, { owner: 'dead', now: at.now, leaseMs: () => 0, peers: 0 });
    at.now += age;
    const over = dispatch(at.ports, settings, full, new AbortController().signal);
    await soon(() => expect(at.agents.started).toHaveLength(1));
    at.agents.started[0]?.finish({ status: 'undecided', message: 'push failed' });
    await over;
    expect(row(scene)?.status).toBe(status);
    if (status === 'dead')
      expect(at.told(key)).toMatchObject([{ type: 'command-gave-up', kind: 'run-attempt', task: 't1' }]);
  });
});

describe('the heartbeat', () => {
  it('holds the lease for as long as the agent works', async () => {
    const scene = await going();
    for (let n = 0; n < 10; n++) {
      await pass(scene, leaseMs / 2);
      expect(row(scene)?.leaseUntil).toBeGreaterThan(scene.at.now);
    }
    expect(scene.agent.hooks.signal.aborted).toBe(false);
    expect(await scene.at.store.runningAttempts(scene.at.now)).toBe(1);
    scene.agent.finish({ status: 'delivered', delivery: delivered });
    await scene.over;
    expect(row(scene)?.status).toBe('done');
  });

  it('stops with the agent', async () => {
    const scene = await going();
    scene.agent.finish({ status: 'delivered', delivery: delivered });
    await scene.over;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that finds the lease lost stops the agent, and nothing it did counts', async () => {
    const scene = await going();
    const { at, key, full, agent, over } = scene;
    at.now += leaseMs;
    await at.store.claim(full, { owner: 'worker-2', now: at.now, leaseMs: () => 60_000, peers: 0 });
    await pass(scene, leaseMs / 3);
    expect(agent.hooks.signal.aborted).toBe(true);
    await over;
    expect(row(scene)).toMatchObject({ status: 'in_flight', owner: 'worker-2' });
    expect(at.told(key)).toEqual([]);
  });

  it('a late delivery of an agent that lost its lease is not heard', async () => {
    const scene = await going();
    const { at, key, full, agent, over } = scene;
    at.now += leaseMs;
    await at.store.claim(full, { owner: 'worker-2', now: at.now, leaseMs: () => 60_000, peers: 0 });
    agent.finish({ status: 'delivered', delivery: delivered });
    await over;
    expect(at.told(key)).toEqual([]);
  });

  it('cancelling the task stops the agent at the next beat', async () => {
    const scene = await going();
    const { at, key, agent, over } = scene;
    const closed = { type: 'issue-seen', number: 101, state: 'closed', notPlanned: true, closedAt: null } as const;
    await at.store.addSignals([{ orchestration: key, source: 's', signal: closed }]);
    await at.fold(key);
    await pass(scene, leaseMs / 3);
    expect(agent.hooks.signal.aborted).toBe(true);
    await over;
    expect(row(scene)?.status).toBe('cancelled');
  });

  it('a database that cannot be reached is not a lost lease', async () => {
    const scene = await going();
    const { at, agent, over } = scene;
    const { extendLease } = at.store;
    Object.assign(at.store, { extendLease: () => Promise.reject(new Error('away')) });
    await pass(scene, leaseMs / 3);
    expect(agent.hooks.signal.aborted).toBe(false);
    expect(at.logged).toContainEqual({ level: 'warn', message: 'a heartbeat failed' });
    Object.assign(at.store, { extendLease });
    agent.finish({ status: 'delivered', delivery: delivered });
    await over;
    expect(row(scene)?.status).toBe('done');
  });

  it('a database that stays away for longer than the lease has given the attempt to others: the agent is stopped', async () => {
    const scene = await going();
    const { at, agent, over } = scene;
    Object.assign(at.store, { extendLease: () => Promise.reject(new Error('away')) });
    for (let beats = 0; beats < 2; beats++) await pass(scene, leaseMs / 3);
    expect(agent.hooks.signal.aborted).toBe(false);
    await pass(scene, leaseMs / 3);
    expect(agent.hooks.signal.aborted).toBe(true);
    await over;
  });

  it('a verdict that cannot be written for a moment is written a second later, and no agent runs again', async () => {
    const scene = await going();
    const { at, key, agent, over } = scene;
    const { complete } = at.store;
    Object.assign(at.store, { complete: () => Promise.reject(new Error('away')) });
    agent.finish({ status: 'failed', class: 'crashed', message: 'exit 1', evidence: [] });
    await pass(scene, 1_000);
    Object.assign(at.store, { complete });
    await pass(scene, 1_000);
    await over;
    expect(at.told(key)).toMatchObject([{ type: 'attempt-failed', class: 'crashed' }]);
    expect(at.agents.started).toHaveLength(1);
  });
});

describe('after the orchestrator died under it', () => {
  async function claimedBefore(stage?: Stage): Promise<{ at: Bench; key: string; full: string }> {
    const scene = await placed(stage);
    await scene.at.store.claim(scene.full, { owner: 'dead', now: scene.at.now, leaseMs: () => 0, peers: 0 });
    return scene;
  }

  it('what the earlier run had pushed is taken over, and no agent is started', async () => {
    const scene = await claimedBefore();
    const { at, key, full } = scene;
    at.agents.adopts = async (spec) => (spec.attempt === 1 ? delivered : null);
    await dispatch(at.ports, settings, full, new AbortController().signal);
    expect(at.agents.started).toEqual([]);
    expect(at.told(key)).toMatchObject([{ type: 'attempt-delivered', delivery: { sha: 't1-1' } }]);
    expect((await at.fold(key)).tasks[0]).toMatchObject({ status: 'processing' });
  });

  it('else it is done again, as the same attempt', async () => {
    const { at, full } = await claimedBefore();
    const over = dispatch(at.ports, settings, full, new AbortController().signal);
    await soon(() => expect(at.agents.started).toHaveLength(1));
    expect(at.agents.started[0]?.spec.attempt).toBe(1);
    at.agents.started[0]?.finish({ status: 'delivered', delivery: delivered });
    await over;
  });

  it('the first try does not look: there is nothing to be found', async () => {
    const scene = await placed();
    scene.at.agents.adopts = async () => {
      throw new Error('it looked');
    };
    const over = dispatch(scene.at.ports, settings, scene.full, new AbortController().signal);
    await soon(() => expect(scene.at.agents.started).toHaveLength(1));
    scene.at.agents.started[0]?.finish({ status: 'delivered', delivery: delivered });
    await over;
  });
});

describe('a shutdown', () => {
  it('stops the agent and hands the attempt back at once, whatever its number of tries', async () => {
    const scene = await going();
    const { at, key, agent, stopping, over } = scene;
    stopping.abort();
    expect(agent.hooks.signal.aborted).toBe(true);
    await over;
    expect(row(scene)).toMatchObject({ status: 'pending', runAt: at.now, lastError: 'handed back at shutdown' });
    expect(at.told(key)).toEqual([]);
    expect(await at.store.dueCommands(at.now, 9)).toContain(scene.full);
  });
});

describe('no agent is started', () => {
  it.each<[string, () => Stage]>([
    [
      'for an attempt that is over',
      () => {
        const stage = running(['t1']);
        failAttempt(stage, 't1');
        return stage;
      },
    ],
    [
      'for an older attempt',
      () => {
        const stage = running(['t1']);
        failAttempt(stage, 't1');
        ask(stage, 'retry');
        return stage;
      },
    ],
    [
      'for a task that was cancelled',
      () => {
        const stage = running(['t1']);
        startAgent(stage, 't1');
        ask(stage, 'cancel');
        return stage;
      },
    ],
  ])('%s', async (_, scene) => {
    const at = bench();
    const before = await at.place(running(['t1']));
    const full = `${before}.run-attempt.t1.1`;
    const later = scene();
    // the row was claimed just before the state moved on
    const { claim } = at.store;
    Object.assign(at.store, {
      claim: async (...args: Parameters<typeof claim>) => {
        const claims = await claim(...args);
        Object.assign(at.store, { loadState: async () => later.state });
        return claims;
      },
    });
    await dispatch(at.ports, settings, full, new AbortController().signal);
    expect(at.agents.started).toEqual([]);
    expect(at.told(before)).toEqual([]);
    // not done: it may be wanted once more
    expect(at.store.command(full)?.status).toBe('superseded');
  });

  it('where the key comes a second time while it runs', async () => {
    const scene = await going();
    await dispatch(scene.at.ports, settings, scene.full, new AbortController().signal);
    expect(scene.at.agents.started).toHaveLength(1);
    scene.agent.finish({ status: 'delivered', delivery: delivered });
    await scene.over;
  });
});
