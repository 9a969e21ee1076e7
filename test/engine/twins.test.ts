import { describe, expect, it } from 'vitest';
import type { CoreCommand } from '../../src/core/commands.ts';
import { dispatch } from '../../src/engine/dispatch.ts';
import type { CommandRow, EffectOutcome } from '../../src/engine/ports.ts';
import { linked } from '../core/scenes.ts';
import type { Wanted } from './due.ts';
import { due, onTheWire, planned, sorts } from './due.ts';
import type { Bench } from './ports.ts';
import { bench, settings } from './ports.ts';

const minute = 60_000;

async function looksOf(at: Bench, key: string): Promise<readonly CommandRow[]> {
  return (await at.store.commandRows(key)).filter(({ kind }) => kind === 'remove-twins');
}

/** The command was tried by somebody who died, and is now done. */
async function triedTwice(kind: Wanted) {
  const scene = await due(kind);
  const { at, key, command, full } = scene;
  await at.store.claim(full, { owner: 'dead', now: at.now, leaseMs: () => 0, peers: 0 });
  await at.carryOut(key, command);
  return scene;
}

async function carryOutKey(at: Bench, key: string): Promise<void> {
  await dispatch(at.ports, settings, key, new AbortController().signal);
}

describe('a creation that was tried twice is looked at again', () => {
  it.each<[Wanted, number]>([
    ['create-sub-issue', 2],
    ['post-status', 2],
    ['open-diagnostic', 2],
    ['open-pull', 0],
    ['merge-pull', 0],
    ['add-edge', 0],
    ['edit-status', 0],
    ['read-plan', 0],
  ])('%s: %i times', async (kind, times) => {
    const { at, key, full } = await triedTwice(kind);
    const looks = await looksOf(at, key);
    expect(looks).toHaveLength(times);
    if (times === 0) return;
    expect(looks.map((look) => [look.key, look.runAt - at.now])).toEqual([
      [`${full}.twins`, settings.graceMs],
      [`${full}.twins-late`, 10 * settings.graceMs],
    ]);
  });

  it('also when what the first try made was found by looking', async () => {
    const { at, key, command, full } = await due('create-sub-issue');
    const found = { number: 501, id: 501, nodeId: 'I', url: '' };
    at.github.find('create-sub-issue', { status: 'done', result: { kind: 'issue', issue: found } });
    await at.store.claim(full, { owner: 'dead', now: at.now, leaseMs: () => 0, peers: 0 });
    await at.carryOut(key, command);
    expect(at.github.performed).toEqual([]);
    expect(await looksOf(at, key)).toHaveLength(2);
  });

  it.each(['create-sub-issue', 'post-status', 'open-diagnostic'] as const)(
    '%s tried once: not at all',
    async (kind) => {
      const { at, key, command } = await due(kind);
      await at.carryOut(key, command);
      expect(await looksOf(at, key)).toEqual([]);
    },
  );
});

describe('the second look', () => {
  const kept = (number: number): EffectOutcome => ({
    status: 'done',
    result: { kind: 'issue', issue: { number, id: number, nodeId: 'I', url: '' } },
  });

  async function secondLook(kind: Wanted, found: EffectOutcome | null) {
    const scene = await triedTwice(kind);
    const { at, key, full } = scene;
    await at.fold(key);
    at.now += settings.graceMs;
    at.github.twins = found === null ? 0 : 1;
    at.github.looked.length = 0;
    if (found !== null) at.github.find(onTheWire[kind], found);
    const before = at.told(key).length;
    await carryOutKey(at, `${full}.twins`);
    return { ...scene, news: at.told(key).slice(before) };
  }

  it('is for exactly what was created', async () => {
    const { at } = await secondLook('create-sub-issue', null);
    const [effect] = at.github.performed.flat();
    expect(at.github.twinsSought).toMatchObject([
      {
        kind: 'create-sub-issue',
        title: 'Task t1',
        marker: effect !== undefined && 'marker' in effect && effect.marker,
      },
    ]);
  });

  it('that finds no twin says nothing and is done', async () => {
    const { at, full, news } = await secondLook('create-sub-issue', null);
    expect(news).toEqual([]);
    expect(at.store.command(`${full}.twins`)?.status).toBe('done');
    expect(at.github.looked).toEqual([]);
  });

  it.each<[Wanted, EffectOutcome, string]>([
    ['create-sub-issue', kept(777), 'sub-issue-kept'],
    ['open-diagnostic', kept(777), 'diagnostic-told'],
    [
      'post-status',
      { status: 'done', result: { kind: 'comment', comment: { id: 777, nodeId: 'C', url: '' } } },
      'status-kept',
    ],
  ])('%s: that removed one says which was kept, and the record follows', async (kind, found, told) => {
    const { at, key, news } = await secondLook(kind, found);
    expect(sorts(news)).toEqual([told]);
    expect(JSON.stringify(await at.fold(key))).toContain('777');
    expect(at.logged.map(({ message }) => message)).toContain('twins of one creation were found and removed');
  });

  it('is not dropped with the commands that nobody wants any more', async () => {
    const at = bench();
    const key = await at.place(linked(planned()));
    const command: CoreCommand = { kind: 'post-status' };
    const full = `${key}.post-status.0`;
    await at.store.claim(full, { owner: 'dead', now: at.now, leaseMs: () => 0, peers: 0 });
    await at.carryOut(key, command);
    await at.store.addSignals([
      {
        orchestration: key,
        source: 's',
        signal: { type: 'issue-seen', number: 101, state: 'closed', notPlanned: true, closedAt: null },
      },
    ]);
    await at.fold(key);
    expect((await looksOf(at, key)).map(({ status }) => status)).toEqual(['pending', 'pending']);
  });

  it('that fails is made again after GRACE, until it succeeds', async () => {
    const { at, full } = await triedTwice('create-sub-issue');
    at.github.twins = new Error('502');
    at.now += settings.graceMs;
    for (let n = 1; n <= 3; n++) {
      await carryOutKey(at, `${full}.twins`);
      expect(at.store.command(`${full}.twins`)).toMatchObject({ status: 'pending', runAt: at.now + settings.graceMs });
      at.now += minute;
    }
    at.github.twins = 0;
    await carryOutKey(at, `${full}.twins`);
    expect(at.store.command(`${full}.twins`)?.status).toBe('done');
  });

  it('that fails for ever ends, and nothing else with it', async () => {
    const { at, key, full } = await triedTwice('create-sub-issue');
    at.github.twins = new Error('404');
    at.now += settings.giveUpAfterMs + settings.graceMs;
    await carryOutKey(at, `${full}.twins`);
    expect(at.store.command(`${full}.twins`)?.status).toBe('dead');
    await at.fold(key);
    expect((await at.store.loadState(key))?.stuck).toEqual([]);
  });
});
