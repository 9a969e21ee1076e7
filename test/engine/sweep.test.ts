import { describe, expect, it } from 'vitest';
import { orchestrationKey } from '../../src/core/commands.ts';
import type { PullSeen, Signal } from '../../src/core/signals.ts';
import { sweepOnce } from '../../src/engine/sweep.ts';
import { ask, deliver, failAttempt, landAll, running, withPull } from '../core/scenes.ts';
import { edge, planOf, Stage } from '../core/story.ts';
import type { Bench } from './ports.ts';
import { asked, bench, pace } from './ports.ts';

const since = 1_000_000;

function sweep(at: Bench): Promise<readonly string[]> {
  return sweepOnce(at.ports, pace, since);
}

function pullSeen(changes: Partial<PullSeen> = {}): Signal {
  const pull = {
    number: 201,
    url: '',
    headRef: 'muster/7-task-t1',
    headSha: 't1-1',
    state: 'open',
    merged: false,
    mergeSha: null,
    reviewed: null,
    ...changes,
  } as const;
  return { type: 'pull-seen', pull };
}

/** A stage like another, under another name and on another issue. */
function renamed(stage: Stage, id: string): Stage {
  const copy = new Stage();
  copy.state = { ...stage.state, id };
  copy.history = stage.history;
  return copy;
}

describe('what a sweep looks at', () => {
  it('every live orchestration whose plan was read: its issues, branches and pull requests that still matter', async () => {
    const at = bench();
    const stage = landAll(running(['t1', 't2', 't3', 't4'], [edge('t4', 't3')], { merge: 'manual' }), 't1');
    ask(stage, 'merge');
    stage.when({ type: 'merged', task: 't1', sha: 'm' });
    deliver(stage, 't2');
    ask(stage, 'cancel', { target: 103 });
    await at.place(stage);
    await sweep(at);
    expect(at.github.swept).toEqual([
      {
        repo: { owner: 'acme', name: 'shop' },
        issue: 7,
        baseBranch: 'main',
        branches: ['muster/7-task-t2'],
        pulls: [],
        subIssues: [101, 102, 103, 104],
        commentsSince: new Date(since - 120_000).toISOString(),
      },
    ]);
  });

  it('a failed task too: somebody may merge its pull request', async () => {
    const at = bench();
    const stage = withPull(running(['t1', 't2'], [], { merge: 'manual' }), 't1');
    stage.when(pullSeen({ state: 'closed' }));
    await at.place(stage);
    await sweep(at);
    expect(at.github.swept).toMatchObject([{ pulls: [201], subIssues: [101, 102] }]);
  });

  it.each<[string, () => Stage]>([
    ['whose plan was not read', () => new Stage().requested()],
    [
      'that is over',
      () => {
        const stage = running(['t1']);
        failAttempt(stage, 't1', 'timeout');
        return stage;
      },
    ],
  ])('not one %s', async (_, scene) => {
    const at = bench();
    await at.place(scene());
    expect(await sweep(at)).toEqual([]);
    expect(at.github.swept).toEqual([]);
  });

  it('looks back a little further than the last sweep: clocks differ, and lists lag behind', async () => {
    const at = bench();
    await sweep(at);
    expect(at.github.requestsSince).toEqual([new Date(since - 120_000).toISOString()]);
  });
});

describe('what it stores', () => {
  it('only news: the same look again stores nothing', async () => {
    const at = bench();
    const stage = running(['t1'], [], { merge: 'manual' });
    deliver(stage, 't1');
    const key = await at.place(stage);
    at.github.sees = () => [
      pullSeen(),
      { type: 'issue-seen', number: 7, state: 'open', notPlanned: false, closedAt: null },
      { type: 'issue-seen', number: 101, state: 'open', notPlanned: false, closedAt: null },
    ];
    expect(await sweep(at)).toEqual([key]);
    expect(at.told(key)).toEqual([pullSeen()]);
    expect((await at.fold(key)).tasks[0]?.status).toBe('validation_passed');
    at.now += 60_000;
    expect(await sweep(at)).toEqual([]);
    expect(at.told(key)).toHaveLength(1);
  });

  it('news that nobody has folded yet is stored again by the next sweep, and counts once', async () => {
    const at = bench();
    const stage = running(['t1'], [], { merge: 'manual' });
    deliver(stage, 't1');
    const key = await at.place(stage);
    at.github.sees = () => [pullSeen()];
    await sweep(at);
    at.now += 60_000;
    await sweep(at);
    const { seq } = await at.store.loadState(key).then((state) => state ?? { seq: 0 });
    const opened = (await at.fold(key)).seq - seq;
    expect(opened).toBe(3);
  });
});

describe('what was asked', () => {
  it('makes an orchestration when its webhook was lost, and only once', async () => {
    const at = bench();
    at.github.hears = () => [asked(), asked()];
    await sweep(at);
    at.now += 60_000;
    await sweep(at);
    expect(await at.store.findOrchestrations({})).toHaveLength(1);
  });

  it('reaches the one that lives', async () => {
    const at = bench();
    const key = await at.place(running(['t1']));
    at.github.hears = () => [asked({ source: 'comment-900-0', verb: 'status' })];
    expect(await sweep(at)).toEqual([key]);
    expect((await at.fold(key)).requests.at(-1)).toMatchObject({ source: 'comment-900-0' });
    expect(await sweep(at)).toEqual([]);
  });

  it('of an earlier orchestration on the issue is not heard by a later one, however it is seen', async () => {
    const at = bench();
    const before = running(['t1']);
    ask(before, 'cancel', { source: 'comment-800-0' });
    await at.place(before);
    const later = await at.place(renamed(running(['t1']), 'orch-7-20261121-0000'));
    const cancel = asked({ source: 'comment-800-0', verb: 'cancel' });
    at.github.hears = () => [cancel];
    at.github.sees = () => [cancel.signal];
    expect(await sweep(at)).toEqual([]);
    expect(at.told(later)).toEqual([]);
    at.github.sees = () => [asked({ source: 'comment-801-0', verb: 'status' }).signal];
    expect(await sweep(at)).toEqual([later]);
  });
});

describe('when GitHub cannot be read', () => {
  it('one repository that fails does not keep the others from being swept', async () => {
    const at = bench();
    const stage = running(['t1'], [], { merge: 'manual' });
    deliver(stage, 't1');
    const bad = renamed(new Stage().planned(planOf(['t1'])), 'orch-9-20261120-0930');
    bad.state = { ...bad.state, issue: { ...bad.state.issue, number: 9 } };
    await at.store.createOrchestration(
      {
        key: orchestrationKey(bad.state),
        id: bad.state.id,
        owner: 'acme',
        name: 'shop',
        issue: 9,
        live: true,
        subIssues: [],
      },
      {
        state: bad.state,
        events: [],
        commands: [],
        live: true,
        subIssues: [],
        projection: { tasks: [], workflows: [], history: [] },
      },
    );
    const key = await at.place(stage);
    at.github.sees = (target) => {
      if (target.issue === 9) throw new Error('the App was uninstalled');
      return [pullSeen()];
    };
    expect(await sweep(at)).toEqual([key]);
    expect(at.github.swept.map(({ issue }) => issue)).toEqual([9, 7]);
    expect(at.logged).toContainEqual({ level: 'warn', message: 'a sweep failed; the next one tries again' });
  });

  it('requests that cannot be read: what lives is swept all the same, and the next sweep looks back as far', async () => {
    const at = bench();
    const stage = running(['t1'], [], { merge: 'manual' });
    deliver(stage, 't1');
    const key = await at.place(stage);
    at.github.sees = () => [pullSeen()];
    at.github.hears = () => {
      throw new Error('suspended');
    };
    await expect(sweep(at)).rejects.toThrow('suspended');
    expect(at.told(key)).toEqual([pullSeen()]);
  });
});
