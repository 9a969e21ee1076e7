import { describe, expect, it } from 'vitest';
import { commandKey } from '../../src/core/commands.ts';
import type { Signal } from '../../src/core/signals.ts';
import type { EffectOutcome } from '../../src/engine/ports.ts';
import type { Wanted } from './due.ts';
import { due, onTheWire, sorts } from './due.ts';
import { done, settings } from './ports.ts';

const ambiguous: EffectOutcome = { status: 'ambiguous', message: 'the connection broke' };
const transient: EffectOutcome = { status: 'transient', message: '502', retryAfterMs: null };

describe('a try after a try', () => {
  const creations = ['create-sub-issue', 'post-status', 'open-diagnostic'] as const;
  const unique = ['add-edge', 'open-pull', 'merge-pull'] as const;

  /** The worker died with the request on its way; its lease runs out. */
  async function afterDeath(kind: Wanted) {
    const scene = await due(kind);
    const { at, full } = scene;
    await at.store.claim(full, { owner: 'dead', now: at.now, leaseMs: () => 1_000, peers: 0 });
    at.now += 1_000;
    return scene;
  }

  it.each([...creations, ...unique])('%s: looks first, and what had landed is taken over', async (kind) => {
    const { at, key, command, row } = await afterDeath(kind);
    const effect = onTheWire[kind];
    at.github.find(effect, done({ kind: effect, sha: 'x' } as never, 777));
    await at.carryOut(key, command);
    expect(at.github.performed).toEqual([]);
    expect(row()).toMatchObject({ status: 'done', attempts: 2 });
    expect(at.told(key)).toHaveLength(1);
  });

  it.each([...creations, ...unique])('%s: where nothing is found, it is carried out once', async (kind) => {
    const { at, key, command, row } = await afterDeath(kind);
    await at.carryOut(key, command);
    expect(at.github.looked).toHaveLength(1);
    expect(at.github.performed).toHaveLength(1);
    expect(row()?.status).toBe('done');
  });

  it.each([...creations, ...unique])('%s: where the look fails, it is not repeated blindly', async (kind) => {
    const { at, key, command, row } = await afterDeath(kind);
    const effect = onTheWire[kind];
    at.github.find(effect, new Error('list failed'));
    await at.carryOut(key, command);
    expect(at.github.performed).toEqual([]);
    expect(row()).toMatchObject({ status: 'pending', attempts: 2 });
    expect(row()?.lastError).toContain('list failed');
    expect(row()?.runAt).toBeGreaterThan(at.now);
  });

  it.each(['edit-status', 'read-plan'] as const)('%s: sets or reads, and is simply repeated', async (kind) => {
    const { at, key, command, row } = await afterDeath(kind);
    await at.carryOut(key, command);
    expect(at.github.looked).toEqual([]);
    expect(at.github.performed).toHaveLength(1);
    expect(row()?.status).toBe('done');
  });

  it('before the lease has run out nobody else touches it', async () => {
    const { at, key, command } = await due('create-sub-issue');
    await at.store.claim(commandKey((await at.fold(key)) as never, command), {
      owner: 'alive',
      now: at.now,
      leaseMs: () => 1_000,
      peers: 0,
    });
    at.now += 999;
    await at.carryOut(key, command);
    expect(at.github.performed).toEqual([]);
  });

  it('a request that broke down altogether leaves the command to its lease, and is looked for then', async () => {
    const { at, key, command, row } = await due('create-sub-issue');
    at.github.answer('create-sub-issue', new Error('our bug'));
    await expect(at.carryOut(key, command)).rejects.toThrow('our bug');
    at.now = row()?.leaseUntil ?? 0;
    await at.carryOut(key, command);
    expect(at.github.looked).toHaveLength(1);
    expect(row()?.status).toBe('done');
  });

  it('the control of the chaos test does what nobody should: it repeats without looking', async () => {
    const { at, key, command } = await afterDeath('create-sub-issue');
    await at.carryOut(key, command, { looksBeforeRetry: false });
    expect(at.github.looked).toEqual([]);
    expect(at.github.performed).toHaveLength(1);
  });
});

describe('when it is tried again', () => {
  it.each<[string, EffectOutcome, number, number]>([
    // at least and at most this many milliseconds later
    ['ambiguous: not before GRACE', ambiguous, 45_000, 45_000],
    ['transient: soon', transient, 1_000, 1_250],
    ['transient: not before GitHub said', { ...transient, retryAfterMs: 60_000 }, 60_000, 60_000],
    ['transient: a short Retry-After does not make us hurry', { ...transient, retryAfterMs: 1 }, 1_000, 1_250],
  ])('%s', async (_, outcome, least, most) => {
    const { at, key, command, row } = await due('create-sub-issue');
    at.github.answer('create-sub-issue', outcome);
    await at.carryOut(key, command);
    expect(row()).toMatchObject({ status: 'pending', lastError: 'message' in outcome ? outcome.message : '' });
    const pause = (row()?.runAt ?? 0) - at.now;
    expect(pause).toBeGreaterThanOrEqual(least);
    expect(pause).toBeLessThanOrEqual(most);
    expect(at.told(key)).toEqual([]);
  });

  it('the pause doubles, and is never longer than five minutes and a quarter of that', async () => {
    const { at, key, command, row } = await due('read-plan');
    const pauses: number[] = [];
    for (let n = 0; n < 12; n++) {
      at.github.answer('read-plan', transient);
      await at.carryOut(key, command);
      pauses.push((row()?.runAt ?? 0) - at.now);
      at.now = row()?.runAt ?? 0;
    }
    for (const [index, pause] of pauses.entries()) {
      const least = Math.min(300_000, 1_000 * 2 ** index);
      expect(pause).toBeGreaterThanOrEqual(least);
      expect(pause).toBeLessThanOrEqual(least * 1.25);
    }
  });

  it('not at once: a key that comes too early does nothing', async () => {
    const { at, key, command } = await due('create-sub-issue');
    at.github.answer('create-sub-issue', ambiguous);
    await at.carryOut(key, command);
    at.now += settings.graceMs - 1;
    await at.carryOut(key, command);
    expect(at.github.performed).toHaveLength(1);
    expect(at.github.looked).toHaveLength(0);
  });
});

describe('when it is given up', () => {
  it.each([
    ['neither often nor old', 2, 0, 'pending'],
    ['often, but an outage is no reason while it is young', 9, 0, 'pending'],
    ['old, but hardly tried', 2, 3_600_000, 'pending'],
    ['often and old', 5, 3_600_000, 'dead'],
  ])('%s', async (_, tries, age, status) => {
    const { at, key, command, full, row } = await due('read-plan');
    for (let n = 1; n < tries; n++)
      await at.store.claim(full, { owner: 'dead', now: at.now, leaseMs: () => 0, peers: 0 });
    at.now += age;
    at.github.answer('read-plan', transient);
    await at.carryOut(key, command);
    expect(row()).toMatchObject({ status, attempts: tries });
    expect(sorts(at.told(key))).toEqual(status === 'dead' ? ['command-gave-up'] : []);
  });

  it('at once when it is broken: a human has to look', async () => {
    const { at, key, command, row } = await due('create-sub-issue');
    at.github.answer('create-sub-issue', { status: 'broken', message: 'bad credentials' });
    await at.carryOut(key, command);
    expect(row()?.status).toBe('dead');
    expect(at.told(key)).toMatchObject([{ type: 'command-gave-up', task: 't1', message: 'bad credentials' }]);
    expect(at.logged).toContainEqual({ level: 'error', message: 'a command was given up' });
    const state = await at.fold(key);
    expect(state.tasks[0]).toMatchObject({ status: 'failed', failure: { class: 'github_refused' } });
  });

  it.each<[Wanted, Signal['type'], string]>([
    ['merge-pull', 'merge-refused', 'done'],
    ['add-edge', 'edge-refused', 'done'],
    ['create-sub-issue', 'command-gave-up', 'dead'],
    ['open-pull', 'command-gave-up', 'dead'],
    ['post-status', 'command-gave-up', 'dead'],
    ['read-plan', 'command-gave-up', 'dead'],
  ])('%s refused for good: %s', async (kind, told, status) => {
    const { at, key, command, row } = await due(kind);
    const effect = onTheWire[kind];
    at.github.answer(effect, { status: 'refused', message: 'no', merge: { why: 'conflict', paths: ['a'] } });
    await at.carryOut(key, command);
    expect(row()?.status).toBe(status);
    expect(at.told(key)).toMatchObject([{ type: told, message: 'no' }]);
  });
});

describe('the fence', () => {
  it('a worker that lost its command cannot complete it: what it says is not heard', async () => {
    const { at, key, command, full, row } = await due('create-sub-issue');
    at.github.meanwhile = async () => {
      at.now = row()?.leaseUntil ?? 0;
      await at.store.claim(full, { owner: 'worker-2', now: at.now, leaseMs: () => 60_000, peers: 0 });
    };
    await at.carryOut(key, command);
    expect(at.told(key)).toEqual([]);
    expect(row()).toMatchObject({ status: 'in_flight', owner: 'worker-2', attempts: 2 });
    expect(at.logged.map(({ level }) => level)).toContain('warn');
  });

  it.each([['transient' as const], ['broken' as const]])('nor push it back or give it up (%s)', async (status) => {
    const { at, key, command, full, row } = await due('create-sub-issue');
    at.github.answer('create-sub-issue', { status, message: 'x', retryAfterMs: null } as EffectOutcome);
    at.github.meanwhile = async () => {
      at.now = row()?.leaseUntil ?? 0;
      await at.store.claim(full, { owner: 'worker-2', now: at.now, leaseMs: () => 60_000, peers: 0 });
    };
    await at.carryOut(key, command);
    expect(row()).toMatchObject({ status: 'in_flight', owner: 'worker-2' });
    expect(at.told(key)).toEqual([]);
  });
});
