import { describe, expect, it } from 'vitest';
import type { OperatorMeans } from '../../src/apps/operator.ts';
import { obeyOperator } from '../../src/apps/operator.ts';
import { findOrchestration, readWhere, type Where } from '../../src/apps/where.ts';
import type { OperatorAsks } from '../../src/engine/ask.ts';
import { askAsOperator } from '../../src/engine/ask.ts';
import { landAll, running } from '../core/scenes.ts';
import type { Bench } from '../engine/ports.ts';
import { bench, pace } from '../engine/ports.ts';

describe('what an operator means', () => {
  it.each([
    ['acme/shop#12', { owner: 'acme', name: 'shop', number: 12 }],
    ['https://github.com/acme/shop/issues/12', { owner: 'acme', name: 'shop', number: 12 }],
    ['http://127.0.0.1:4000/acme/shop/pull/12?x#y', { owner: 'acme', name: 'shop', number: 12 }],
    ['#12', { number: 12 }],
    ['12', { number: 12 }],
    ['acme/shop', null],
    ['PLAN.md', null],
    ['--timeout', null],
    ['', null],
  ] as const)('%s', (word, where) => {
    expect(readWhere(word)).toEqual(where);
  });

  it.each<[string, Where, number | 'several' | 'none']>([
    ['the one that lives', {}, 8],
    ['a master issue', { number: 7 }, 7],
    ['a sub-issue', { number: 102 }, 'several'],
    ['another spelling of the repository', { owner: 'ACME', name: 'Shop', number: 8 }, 8],
    ['another repository', { owner: 'acme', name: 'elsewhere', number: 8 }, 'none'],
    ['an unknown number', { number: 99 }, 'none'],
  ])('%s', async (_, where, expected) => {
    const at = bench();
    await at.place(landAll(running(['t1', 't2']), 't1', 't2'));
    await at.place(onIssue(8));
    const found = await findOrchestration(at.store, where);
    expect(found.kind === 'one' ? found.state.issue.number : found.kind).toBe(expected);
  });
});

/** Another master issue, with sub-issues of the same numbers; GitHub would not do that. */
function onIssue(number: number): ReturnType<typeof running> {
  const stage = running(['t1', 't2']);
  stage.state = { ...stage.state, id: `orch-${number}-20261120-0930`, issue: { ...stage.state.issue, number } };
  return stage;
}

/** Whoever works on it looks at once. */
function meansAt(at: Bench, repositories: readonly string[] = []): OperatorMeans {
  return {
    store: at.store,
    now: () => at.now,
    waitMs: 0,
    repositoryOf: async (owner, name) =>
      repositories.includes(`${owner}/${name}`)
        ? { owner, name, nodeId: '', defaultBranch: 'main', cloneUrl: '' }
        : null,
    ask: async (asks: OperatorAsks) => {
      const key = await askAsOperator(at.ports, pace, asks);
      await at.fold(key);
      return key;
    },
  };
}

describe('what an operator says', () => {
  it('makes an orchestration where none is, in a repository that has the App', async () => {
    const at = bench();
    const words = { text: '/muster run --max-workers 2', by: 'cli:ada' };
    const where = { owner: 'acme', name: 'shop', number: 7 };
    expect(await obeyOperator(meansAt(at), { ...words, where })).toMatchObject({ kind: 'unclear' });
    expect(await at.store.findOrchestrations({})).toEqual([]);
    const answer = await obeyOperator(meansAt(at, ['acme/shop']), { ...words, where });
    expect(answer).toMatchObject({ kind: 'answered', obeyed: true });
    const [row] = await at.store.findOrchestrations({});
    const state = await at.store.loadState(row?.key ?? '');
    expect(state).toMatchObject({ phase: 'reading', requestedBy: 'cli:ada', flags: { maxWorkers: 2 } });
    expect(await at.store.commandRows(row?.key ?? '')).toMatchObject([{ kind: 'read-plan', status: 'pending' }]);
  });

  it('waits where nobody looks, and is found there by whoever does later', async () => {
    const at = bench();
    const key = await at.place(running(['t1']));
    const means = { ...meansAt(at), ask: (asks: OperatorAsks) => askAsOperator(at.ports, pace, asks) };
    expect(await obeyOperator(means, { text: '/muster pause', by: 'cli:ada', where: {} })).toMatchObject({
      kind: 'waiting',
    });
    expect((await at.fold(key)).pausedBy).toBe('cli:ada');
  });

  it.each([
    ['/muster cancel', {}, /Say what to cancel/],
    ['/muster merge', {}, /Say what to merge/],
    ['/muster cancle 7', {}, /Did you mean `\/muster cancel`/],
    ['/muster retry --timeot 3', { number: 7 }, /Did you mean --timeout/],
    ['/muster status 99', {}, /#99 is no master issue/],
  ])('%s is not guessed at', async (text, where, words) => {
    const at = bench();
    const key = await at.place(running(['t1']));
    const answer = await obeyOperator(meansAt(at), { text, by: 'cli:ada', where });
    expect(answer).toMatchObject({ kind: 'unclear', text: expect.stringMatching(words) });
    expect((await at.store.loadState(key))?.requests).toHaveLength(1);
  });
});
