import { describe, expect, it } from 'vitest';
import { takeDeliveries } from '../../src/engine/intake.ts';
import type { HeardSignal } from '../../src/engine/ports.ts';
import { ask, failAttempt, landAll, running } from '../core/scenes.ts';
import { repo, Stage } from '../core/story.ts';
import type { Bench } from './ports.ts';
import { asked, bench, noon, pace } from './ports.ts';

async function ids(at: Bench): Promise<readonly string[]> {
  return (await at.store.findOrchestrations({})).map(({ id }) => id);
}

/** Sources of what an orchestration was asked, once everything was folded. */
async function heardBy(at: Bench, key: string): Promise<readonly string[]> {
  return (await at.fold(key)).requests.map(({ source }) => source);
}

const elsewhere = { ...repo, name: 'other' };

describe('the first word on an issue', () => {
  it('makes an orchestration, and wakes what it wants: the permission of whoever spoke', async () => {
    const at = bench();
    const touched = await at.deliver('d1', asked());
    expect(touched).toEqual([]);
    const key = 'acme/shop/orch-7-20261120-1200';
    expect(await at.store.loadState(key)).toMatchObject({
      id: 'orch-7-20261120-1200',
      issue: { number: 7 },
      phase: 'requested',
      requests: [{ source: 'comment-1-0', by: 'ada', state: 'checking' }],
    });
    expect(at.woken()).toEqual([`${key}.check-permission.0.comment-1-0`]);
    expect(await at.store.commandRows(key)).toMatchObject([{ kind: 'check-permission', status: 'pending' }]);
  });

  it.each([
    [Date.UTC(2026, 10, 20, 9, 30, 59), 'orch-7-20261120-0930'],
    [Date.UTC(2027, 0, 1), 'orch-7-20270101-0000'],
  ])('is named after the UTC minute of the asking, not of the hearing: %i', async (time, id) => {
    const at = bench();
    at.now += 86_400_000;
    await at.deliver('d1', asked({ at: time }));
    expect(await ids(at)).toEqual([id]);
  });

  it('the same issue number elsewhere is another issue', async () => {
    const at = bench();
    await at.deliver('d1', asked(), asked({ repo: elsewhere, source: 'comment-2-0' }), asked({ issue: 8 }));
    expect((await at.store.findOrchestrations({})).map(({ key }) => key)).toEqual([
      'acme/shop/orch-7-20261120-1200',
      'acme/other/orch-7-20261120-1200',
      'acme/shop/orch-8-20261120-1200',
    ]);
  });

  it('in the same minute as an earlier one that is over gets -2, then -3', async () => {
    const at = bench();
    for (let n = 1; n <= 3; n++) {
      await at.deliver(`d${n}`, asked({ source: `comment-${n}-0`, verb: 'help' }));
      const key = (await at.store.findOrchestrations({ live: true }))[0]?.key ?? '';
      const known = { type: 'permission-known', source: `comment-${n}-0`, permission: 'write' } as const;
      await at.store.addSignals([{ orchestration: key, source: 'p', signal: known }]);
      expect((await at.fold(key)).phase).toBe('refused');
    }
    expect(await ids(at)).toEqual(['orch-7-20261120-1200', 'orch-7-20261120-1200-2', 'orch-7-20261120-1200-3']);
  });
});

describe('one birth per issue', () => {
  it('a second word goes to the one that lives', async () => {
    const at = bench();
    await at.deliver('d1', asked());
    const key = 'acme/shop/orch-7-20261120-1200';
    expect(await at.deliver('d2', asked({ source: 'comment-2-0', verb: 'status' }))).toEqual([key]);
    expect(await ids(at)).toHaveLength(1);
    expect(await heardBy(at, key)).toEqual(['comment-1-0', 'comment-2-0']);
  });

  it('two commands in one comment are two requests of one orchestration', async () => {
    const at = bench();
    const touched = await at.deliver('d1', asked(), asked({ source: 'comment-1-1', verb: 'status' }));
    expect(touched).toHaveLength(1);
    expect(await heardBy(at, touched[0] ?? '')).toEqual(['comment-1-0', 'comment-1-1']);
  });

  it('racing deliveries: one is born, the other is heard by it', async () => {
    const at = bench();
    const other = asked({ source: 'label-70' });
    await at.store.receiveDelivery({ id: 'd1', event: 'x', payload: JSON.stringify([asked()]), receivedAt: 0 });
    const { createOrchestration } = at.store;
    let raced = false;
    // between looking and writing, another process is faster
    Object.assign(at.store, {
      createOrchestration: async (...args: Parameters<typeof createOrchestration>) => {
        if (!raced) {
          raced = true;
          await at.deliver('d2', other);
        }
        return createOrchestration(...args);
      },
    });
    await takeDeliveries(at.ports, pace);
    expect(await ids(at)).toHaveLength(1);
    expect([...(await heardBy(at, 'acme/shop/orch-7-20261120-1200'))].sort()).toEqual(['comment-1-0', 'label-70']);
  });

  it('many at once are one', async () => {
    const at = bench();
    const heard = Array.from({ length: 20 }, (_, n) => asked({ source: `comment-${n}-0` }));
    await Promise.all(heard.map((one, n) => at.deliver(`d${n}`, one)));
    expect(await ids(at)).toHaveLength(1);
    expect(await heardBy(at, 'acme/shop/orch-7-20261120-1200')).toHaveLength(20);
  });
});

describe('a command is heard once', () => {
  it.each([
    ['as the same delivery', 'd1', 'd1'],
    ['as another delivery, or by a sweep', 'd1', 'd2'],
  ])('%s', async (_, first, second) => {
    const at = bench();
    await at.deliver(first, asked());
    expect(await at.deliver(second, asked())).toEqual([]);
    const key = 'acme/shop/orch-7-20261120-1200';
    expect(await heardBy(at, key)).toEqual(['comment-1-0']);
    await at.deliver('d3', asked({ source: 'comment-2-0', verb: 'status' }));
    await at.deliver('d4', asked({ source: 'comment-2-0', verb: 'status' }));
    expect(await heardBy(at, key)).toEqual(['comment-1-0', 'comment-2-0']);
  });

  it('also over several orchestrations: what an earlier one heard, a later one does not', async () => {
    const at = bench();
    const key = await at.place(cancelled());
    const [first] = (await at.store.loadState(key))?.requests ?? [];
    expect(await at.deliver('d1', asked({ source: first?.source ?? '' }))).toEqual([]);
    expect(await ids(at)).toHaveLength(1);
    await at.deliver('d2', asked({ source: 'comment-900-0' }));
    expect(await ids(at)).toHaveLength(2);
    // both are known now, and neither is born again
    await at.deliver('d3', asked({ source: 'comment-900-0' }), asked({ source: first?.source ?? '' }));
    expect(await ids(at)).toHaveLength(2);
  });
});

function cancelled(): Stage {
  const stage = running(['t1', 't2']);
  ask(stage, 'cancel');
  return stage;
}

function finished(): Stage {
  const stage = landAll(running(['t1', 't2']), 't1');
  failAttempt(stage, 't2', 'timeout');
  stage.when({ type: 'diagnostic-told', task: 't2', issue: { number: 302, id: 302, nodeId: 'D', url: '' }, told: 1 });
  return stage;
}

describe('a word on an issue that has a past', () => {
  it.each<[string, () => Stage, number, 'it' | 'a new one']>([
    ['the master issue of a running one', () => running(['t1']), 7, 'it'],
    ['the master issue of a finished one, which may be retried', finished, 7, 'it'],
    ['the master issue of a cancelled one', cancelled, 7, 'a new one'],
    ['a sub-issue of a running one', () => running(['t1']), 101, 'it'],
    ['a sub-issue of a finished one', finished, 102, 'it'],
    ['a sub-issue of a cancelled one', cancelled, 101, 'it'],
    ['a diagnostic issue', finished, 302, 'it'],
    ['any other issue', () => running(['t1']), 55, 'a new one'],
  ])('on %s reaches %s', async (_, scene, issue, who) => {
    const at = bench();
    const key = await at.place(scene());
    const source = 'comment-900-0';
    await at.deliver('d1', asked({ issue, source }));
    expect(await ids(at)).toHaveLength(who === 'it' ? 1 : 2);
    expect((await heardBy(at, key)).includes(source)).toBe(who === 'it');
  });
});

describe('after somebody was refused on an issue', () => {
  it.each([
    ['they themselves are not told again', 'mallory', true],
    ['somebody else is', 'trudy', undefined],
  ])('%s', async (_, by, toldBefore) => {
    const at = bench();
    const stage = new Stage();
    ask(stage, 'run', { by: 'mallory', permission: 'none' });
    const first = await at.place(stage);
    await at.deliver('d1', asked({ source: 'comment-900-0', by }));
    const born = (await at.store.findOrchestrations({})).find((row) => row.key !== first);
    const state = await at.store.loadState(born?.key ?? '');
    expect(state?.requests.map((request) => [request.by, request.toldBefore])).toEqual([[by, toldBefore]]);
  });
});

describe('a word on an issue with several orchestrations behind it', () => {
  it('reaches the last one, when that has finished', async () => {
    const at = bench();
    const first = await at.place(cancelled());
    const later = finished();
    later.state = { ...later.state, id: 'orch-7-20261121-0000' };
    const last = await at.place(later);
    await at.deliver('d1', asked({ source: 'comment-900-0', verb: 'retry' }));
    expect(await heardBy(at, last)).toContain('comment-900-0');
    expect(await heardBy(at, first)).not.toContain('comment-900-0');
  });
});

describe('everything else that is heard', () => {
  const seen = (number: number): HeardSignal => ({
    repo,
    signal: { type: 'issue-seen', number, state: 'closed', notPlanned: true, closedAt: null },
  });

  it('goes to every orchestration that lives in that repository, and to no other', async () => {
    const at = bench();
    const running1 = await at.place(running(['t1']));
    await at.deliver('d1', asked({ issue: 8, source: 'comment-8-0' }));
    await at.deliver('d2', asked({ issue: 9, source: 'comment-9-0', repo: elsewhere }));
    const touched = await at.deliver('d3', seen(101));
    expect([...touched].sort()).toEqual(['acme/shop/orch-8-20261120-1200', running1].sort());
    expect((await at.fold(running1)).tasks[0]?.status).toBe('cancelled');
  });

  it('is for one that is over only where it is about its own sub-issue, which may be opened again', async () => {
    const at = bench();
    const key = await at.place(finished());
    expect(await at.deliver('d1', seen(999))).toEqual([]);
    const opened = { type: 'issue-seen', number: 101, state: 'open', notPlanned: false, closedAt: null } as const;
    expect(await at.deliver('d2', { repo, signal: { ...opened, reopened: true } })).toEqual([key]);
    expect((await at.fold(key)).phase).toBe('finished');
  });

  it('twice is once', async () => {
    const at = bench();
    const key = await at.place(running(['t1']));
    await at.deliver('d1', seen(101), seen(101));
    await at.deliver('d1', seen(101), seen(101));
    expect(at.told(key)).toHaveLength(2);
  });
});

describe('the inbox', () => {
  it('a delivery that cannot be translated stays, and holds up nobody', async () => {
    const at = bench();
    const { translate } = at.ports;
    Object.assign(at.ports, {
      translate: (event: string, payload: unknown) => {
        if (payload === 'bad') throw new Error('not what GitHub sends');
        return translate(event, payload);
      },
    });
    await at.store.receiveDelivery({ id: 'bad', event: 'x', payload: '"bad"', receivedAt: noon });
    await at.store.receiveDelivery({ id: 'worse', event: 'x', payload: '{not json', receivedAt: noon });
    await at.deliver('good', asked());
    expect(await ids(at)).toHaveLength(1);
    expect((await at.store.health(at.now)).inbox).toMatchObject({ failed: 2 });
    expect(at.logged.filter(({ level }) => level === 'error')).toHaveLength(2);
    expect(await at.store.untranslatedDeliveries(9)).toEqual([]);
  });

  it('a delivery that the store would not take for the moment is tried again, and holds up nobody', async () => {
    const at = bench();
    const { markTranslated } = at.store;
    Object.assign(at.store, {
      markTranslated: async (...[translated]: Parameters<typeof markTranslated>) => {
        if (translated.some(({ id }) => id === 'd1')) throw new Error('the database is away');
        return markTranslated(translated);
      },
    });
    const key = await at.place(running(['t1']));
    const status = asked({ source: 'comment-901-0', verb: 'status' });
    expect(await at.deliver('d1', status)).toEqual([]);
    expect(await at.deliver('d2', asked({ source: 'comment-902-0', verb: 'status' }))).toEqual([key]);
    Object.assign(at.store, { markTranslated });
    expect(await takeDeliveries(at.ports, pace)).toEqual([key]);
    expect([...(await heardBy(at, key))].slice(-2).sort()).toEqual(['comment-901-0', 'comment-902-0']);
  });

  it('is emptied, however much has piled up', async () => {
    const at = bench();
    for (let n = 0; n < 120; n++)
      await at.store.receiveDelivery({
        id: `d${n}`,
        event: 'x',
        payload: JSON.stringify([asked({ source: `comment-${n}-0` })]),
        receivedAt: noon,
      });
    await takeDeliveries(at.ports, pace);
    expect(await at.store.untranslatedDeliveries(9)).toEqual([]);
    expect(await heardBy(at, 'acme/shop/orch-7-20261120-1200')).toHaveLength(120);
  });

  it('killed between the birth and the note that the delivery is done: nothing is born twice', async () => {
    const at = bench();
    const { markTranslated } = at.store;
    Object.assign(at.store, { markTranslated: () => Promise.reject(new Error('killed')) });
    await at.deliver('d1', asked());
    expect(await at.store.untranslatedDeliveries(9)).toHaveLength(1);
    Object.assign(at.store, { markTranslated });
    await takeDeliveries(at.ports, pace);
    expect(await ids(at)).toHaveLength(1);
    expect(await heardBy(at, 'acme/shop/orch-7-20261120-1200')).toEqual(['comment-1-0']);
  });
});

describe('a comment counts as it was heard first', () => {
  const key = 'acme/shop/orch-7-20261120-1200';
  function inComment(position: number, verb: 'run' | 'status' | 'cancel', edited = false): HeardSignal {
    const { repo: where, signal } = asked({ source: `comment-31-${position}`, verb });
    if (signal.type !== 'asked') throw new Error('it is asked');
    const comment = { id: 31, nodeId: 'IC_31', ...(edited ? { edited: true as const } : {}) };
    return { repo: where, signal: { ...signal, comment } };
  }
  function edit(): HeardSignal {
    const { repo: where, signal } = inComment(0, 'run', true);
    if (signal.type !== 'asked') throw new Error('it is asked');
    return {
      repo: where,
      signal: { ...signal, source: 'comment-31-edited', command: { kind: 'edited', text: '/muster cancel' } },
    };
  }

  it('all of its commands are heard with the birth that the first one causes, in one transaction', async () => {
    const at = bench();
    await at.deliver('d1', inComment(0, 'run'), inComment(1, 'status'));
    expect((await at.store.loadState(key))?.requests.map(({ source }) => source)).toEqual([
      'comment-31-0',
      'comment-31-1',
    ]);
  });

  it.each([['folded'], ['only told']])(
    'a sweep that sees a line more after an edit hears nothing (%s)',
    async (how) => {
      const at = bench();
      await at.deliver('d0', asked());
      await at.deliver('d1', inComment(0, 'status'));
      if (how === 'folded') await at.fold(key);
      await at.deliver('sweep', inComment(0, 'status', true), inComment(1, 'cancel', true));
      expect(await heardBy(at, key)).toEqual(['comment-1-0', 'comment-31-0']);
    },
  );

  it('an edit is heard once, beside what stood there before', async () => {
    const at = bench();
    await at.deliver('d0', asked());
    await at.deliver('d1', inComment(0, 'status'));
    await at.deliver('d2', edit());
    await at.deliver('d3', edit());
    expect(await heardBy(at, key)).toEqual(['comment-1-0', 'comment-31-0', 'comment-31-edited']);
  });

  it('what was told not to count is not heard by a later sweep', async () => {
    const at = bench();
    await at.deliver('d0', asked());
    await at.deliver('d1', edit());
    await at.deliver('sweep', inComment(0, 'cancel', true));
    expect(await heardBy(at, key)).toEqual(['comment-1-0', 'comment-31-edited']);
  });

  it('its first words count even when the news of an edit overtakes them', async () => {
    const at = bench();
    await at.deliver('d0', asked());
    await at.deliver('d1', edit());
    await at.deliver('d2', inComment(0, 'status'));
    expect(await heardBy(at, key)).toEqual(['comment-1-0', 'comment-31-edited', 'comment-31-0']);
  });
});
