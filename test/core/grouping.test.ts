import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replay } from '../../src/core/evolve.ts';
import { findCycle } from '../../src/core/graph.ts';
import { contracted, groupedPlan, itemsOf } from '../../src/core/grouping.ts';
import type { Plan, PlannedTask, TaskGroup } from '../../src/core/plan.ts';
import { subIssueOf } from '../../src/core/tasks.ts';
import { ask, followed, landAll, linked, startAgent, statuses, subIssue, taskOf, typesOf } from './scenes.ts';
import { edge, plannedTask, planOf, repo, Stage } from './story.ts';

const issue = { number: 7, nodeId: 'I_7', title: 'Master', url: 'http://x/7' };

function item(id: string, title: string, more: Partial<PlannedTask> = {}): PlannedTask {
  return plannedTask(id, { title, text: title, line: Number(id.slice(1)), section: 'Models', ...more });
}

const groups: readonly TaskGroup[] = [{ title: 'Models', tasks: ['t1', 't2'], why: 'both are small' }];

/** Cart and its items, which could be one, and a page that needs one of them. */
function shop(more: Partial<Plan> = {}): Plan {
  const tasks = [
    item('t1', 'Cart', { neighbours: ['Cart items'], estimateMinutes: 5 }),
    item('t2', 'Cart items', { neighbours: ['Cart', 'Pages'], estimateMinutes: 10, text: 'Cart items\nwith prices' }),
    item('t3', 'Pages', { section: 'UI' }),
  ];
  const edges = [edge('t3', 't1'), edge('t3', 't2'), edge('t2', 't1')];
  const warnings = [{ line: 0, code: 'over-granular', message: 'fine' }];
  return { ...planOf([], edges, { approval: 'required' }), tasks, warnings, grouping: groups, ...more };
}

/** Approved with its groups, sub-issues #101 and #103 made. */
function grouped(plan: Plan = shop(), paused = false): Stage {
  const stage = new Stage().planned(plan);
  ask(stage, 'approve', { by: 'grace', flags: { grouped: true } });
  stage.when({ type: 'plan-digested', digest: 'd2' });
  if (paused) ask(stage, 'pause');
  return linked(stage);
}

/** The list is read again, after an edit by somebody who may. */
function readAgain(stage: Stage, tasks: readonly PlannedTask[]): readonly string[] {
  const before = stage.history.length;
  stage.now += 10_000;
  stage.when({ type: 'issue-edited', number: 7, by: 'grace', at: stage.now });
  stage.when({
    type: 'plan-read',
    round: stage.state.readings,
    repo,
    issue,
    requiredChecks: [],
    baseChecks: [],
    edited: { by: 'grace', at: stage.now },
    plan: { ok: true, plan: { ...shop(), edges: contracted(stage.state.plan?.edges ?? [], new Map()), tasks } },
  });
  const { change } = stage.state.edits;
  if (change !== null) {
    stage.when({ type: 'permission-known', source: change.source, permission: 'write' });
    ask(stage, 'approve');
  }
  return typesOf(stage.history.slice(before).map(({ event }) => event));
}

const titles = (stage: Stage): readonly string[] => stage.state.tasks.map(({ plan }) => plan.title);

describe('a plan with its groups as single tasks', () => {
  it('tells each item of a group, keeps the place and id of the first, and waits for what any of them waited for', () => {
    const plan = groupedPlan(shop());
    expect(plan.tasks).toEqual([
      {
        ...item('t1', 'Models'),
        text: '- Cart\n- Cart items\n  with prices',
        neighbours: ['Pages'],
        estimateMinutes: 15,
        items: [
          { title: 'Cart', text: 'Cart', line: 1, section: 'Models', parents: [], estimateMinutes: 5 },
          {
            title: 'Cart items',
            text: 'Cart items\nwith prices',
            line: 2,
            section: 'Models',
            parents: [],
            estimateMinutes: 10,
          },
        ],
      },
      item('t3', 'Pages', { section: 'UI' }),
    ]);
    expect(plan.edges.map(({ from, to }) => `${from}>${to}`)).toEqual(['t3>t1']);
    expect([plan.grouping, plan.warnings]).toEqual([undefined, []]);
  });

  it('takes the stricter of two needs, and has no section of its own where its items have several', () => {
    const edges = [{ ...edge('t3', 't1'), until: 'pr-green' as const }, edge('t3', 't2')];
    const tasks = [
      item('t1', 'A', { section: 'X', parents: ['P', 'Q'] }),
      item('t2', 'B', { parents: ['P'] }),
      item('t3', 'C'),
    ];
    const plan = groupedPlan(shop({ tasks, edges }));
    expect(plan.edges).toEqual([{ ...edge('t3', 't2'), from: 't3', to: 't1' }]);
    expect(plan.tasks[0]).toMatchObject({ section: null, parents: ['P'], estimateMinutes: null });
  });

  it('whatever is grouped: every item is in exactly one task, and an order that was there stays', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 });
    const pairs = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 20 });
    fc.assert(
      fc.property(sizes, pairs, (owners, waits) => {
        const ids = owners.map((_, at) => `t${at + 1}`);
        const edges = waits.flatMap(([a, b]) => (a > b && a < ids.length ? [edge(`t${a + 1}`, `t${b + 1}`)] : []));
        const grouping = [1, 2, 3, 4].flatMap((owner) => {
          const tasks = ids.filter((_, at) => owners[at] === owner);
          return tasks.length < 2 ? [] : [{ title: `G${owner}`, tasks, why: '' }];
        });
        const plan = groupedPlan({ ...planOf(ids, edges), grouping });
        const told = plan.tasks.flatMap((task) => itemsOf(task).map(({ title }) => title));
        expect([...told].sort()).toEqual(ids.map((id) => `Task ${id}`).sort());
        const home = new Map(plan.tasks.flatMap((task) => itemsOf(task).map(({ title }) => [title.slice(5), task.id])));
        for (const { from, to } of edges) {
          const [a, b] = [home.get(from), home.get(to)];
          if (a !== b) expect(plan.edges.some((one) => one.from === a && one.to === b)).toBe(true);
        }
        const known = new Set(plan.tasks.map(({ id }) => id));
        expect(plan.edges.every(({ from, to }) => from !== to && known.has(from) && known.has(to))).toBe(true);
      }),
    );
  });
});

describe('/muster approve --grouped', () => {
  it('starts what was shown, with a digest of its own, and reads nothing again', () => {
    const stage = new Stage().planned(shop());
    expect(stage.state.tasks).toHaveLength(3);
    const facts = ask(stage, 'approve', { by: 'grace', flags: { grouped: true } });
    expect(followed(facts)).toBe('plan-grouped');
    expect(stage.state).toMatchObject({ phase: 'proposed', digest: null, approvedBy: null });
    expect(stage.commands()).toEqual([{ kind: 'digest-plan', grouped: true }]);
    expect(typesOf(stage.when({ type: 'plan-digested', digest: 'd2' }))).toEqual(['plan-digested', 'plan-approved']);
    expect(stage.state).toMatchObject({ phase: 'running', digest: 'd2', approvedBy: 'grace', readings: 1 });
    expect(stage.state.tasks.map(({ branch }) => branch)).toEqual(['muster/7-models', 'muster/7-pages']);
    expect(replay(stage.history)).toEqual(stage.state);
  });

  it('is refused in words where nothing waits or nothing is proposed', () => {
    const plain = new Stage().planned(shop({ grouping: [] }));
    expect(followed(ask(plain, 'approve', { flags: { grouped: true } }))).toBe('says nothing-to-do');
    expect(plain.state.phase).toBe('proposed');
    const running = grouped();
    expect(followed(ask(running, 'approve', { flags: { grouped: true } }))).toBe('says nothing-to-do');
  });

  it('with proposals, starts with both, unless the groups would then wait for each other', () => {
    const proposal = { id: 'p1', from: 't3', to: 't1', kind: 'needs' as const, source: 'it says so', line: 3 };
    const stage = new Stage().planned(shop({ edges: [], proposals: [proposal] }));
    const facts = ask(stage, 'approve', { flags: { grouped: true, with: ['p1'] } });
    expect(followed(facts)).toBe('proposals-accepted, plan-grouped');
    stage.when({ type: 'plan-digested', digest: 'd2' });
    expect(stage.state.plan?.edges).toMatchObject([{ from: 't3', to: 't1', basis: 'proposed' }]);
    const circle = new Stage().planned(shop({ edges: [edge('t2', 't3')], proposals: [proposal] }));
    expect(followed(ask(circle, 'approve', { flags: { grouped: true, with: ['p1'] } }))).toBe('says nothing-to-do');
    expect(circle.state.phase).toBe('proposed');
  });

  it('said twice starts it once', () => {
    const stage = new Stage().planned(shop());
    ask(stage, 'approve', { flags: { grouped: true } });
    expect(followed(ask(stage, 'approve', { flags: { grouped: true } }))).toBe('says nothing-to-do');
    stage.when({ type: 'plan-digested', digest: 'd2' });
    expect(stage.history.filter(({ event }) => event.type === 'plan-approved')).toHaveLength(1);
  });

  it('a run after it, before the digest is there, is told that it runs', () => {
    const stage = new Stage().planned(shop());
    ask(stage, 'approve', { flags: { grouped: true } });
    ask(stage, 'run');
    stage.when({ type: 'plan-digested', digest: 'd2' });
    expect(stage.state).toMatchObject({ phase: 'running', digest: 'd2' });
    expect(stage.state.tasks).toHaveLength(2);
  });

  it('a plan that is shown grouped is approved as it is', () => {
    const stage = new Stage();
    stage.record({ type: 'orchestration-requested', id: 'orch-7-20261120-0930', repo, issue: 7, by: 'ada' });
    ask(stage, 'plan', { flags: { grouped: true } });
    const read = {
      type: 'plan-read',
      repo,
      issue,
      requiredChecks: [],
      baseChecks: [],
      plan: { ok: true, plan: shop() },
    };
    stage.when(read as Parameters<Stage['when']>[0]);
    stage.when({ type: 'plan-digested', digest: 'd1' });
    expect([stage.state.phase, titles(stage)]).toEqual(['proposed', ['Models', 'Pages']]);
    expect(followed(ask(stage, 'approve', { flags: { grouped: true } }))).toContain('plan-approved');
    expect(stage.state).toMatchObject({ phase: 'running', digest: 'd1' });
  });
});

describe('a list with groups that is read again', () => {
  const link = { adopts: subIssue('t1').issue };

  it.each([
    [
      'with its links',
      [item('t1', 'Cart', link), item('t2', 'Cart items', { ...link, text: 'Cart items\nwith prices' })],
    ],
    ['before it has any', [item('t1', 'Cart'), item('t2', 'Cart items', { text: 'Cart items\nwith prices' })]],
    ['in another order', [item('t2', 'Cart items', { ...link, text: 'Cart items\nwith prices' }), item('t1', 'Cart')]],
    [
      'with one item in another section',
      [item('t1', 'Cart', { section: 'Else' }), item('t2', 'Cart items', { text: 'Cart items\r\nwith prices' })],
    ],
  ])('%s is the same plan', (_, items) => {
    const stage = grouped();
    const facts = readAgain(stage, [...items, item('t3', 'Pages', { section: 'UI' })]);
    expect(facts.filter((type) => /task|held|approved|sub-issue/.test(type))).toEqual([]);
    expect(stage.state.edits.change).toBeNull();
    expect(titles(stage)).toEqual(['Models', 'Pages']);
  });

  it('a new item beside them is a task of its own; a reworded one rewords the group', () => {
    const stage = grouped();
    readAgain(stage, [
      item('t1', 'Cart in euros', link),
      item('t2', 'Cart items', { ...link, text: 'Cart items\nwith prices' }),
      item('t3', 'Cart sums'),
      item('t4', 'Pages', { section: 'UI' }),
    ]);
    expect(titles(stage)).toEqual(['Models', 'Cart sums', 'Pages']);
    expect(taskOf(stage, 't1').held).toBe('its item reads otherwise by now');
    expect(subIssueOf(taskOf(stage, 't1'))?.number).toBe(101);
  });

  it('what is left of a group that nobody works on is what is done; without any item it is dropped', () => {
    const stage = grouped({ ...shop(), policy: { ...shop().policy, maxWorkers: 1 }, edges: [edge('t1', 't3')] });
    startAgent(stage, 't3');
    readAgain(stage, [item('t1', 'Cart prices and all', link), item('t3', 'Pages', { section: 'UI' })]);
    expect(taskOf(stage, 't1').plan).toMatchObject({ title: 'Models', text: '- Cart prices and all' });
    readAgain(stage, [item('t3', 'Pages', { section: 'UI' })]);
    expect(statuses(stage)).toEqual(['processing', 'cancelled']);
  });

  it('lands as one task, and reading it once more makes nothing anew', () => {
    const stage = landAll(grouped(), 't1', 't3');
    expect(stage.state).toMatchObject({ phase: 'finished', outcome: { done: 2, total: 2 } });
  });

  it('an item of the same words elsewhere is not drawn into the group', () => {
    const tasks = [item('t1', 'Cart'), item('t2', 'Cart items'), item('t3', 'Cart', { section: 'UI' })];
    const stage = grouped(shop({ tasks, edges: [] }));
    readAgain(stage, [item('t1', 'Cart', { section: 'UI' }), item('t2', 'Cart'), item('t3', 'Cart items')]);
    expect(stage.state.tasks.map(({ plan }) => [plan.id, plan.items?.length])).toEqual([
      ['t3', undefined],
      ['t1', 2],
    ]);
  });
});

describe('whatever happens to the list', () => {
  const words = ['Cart', 'Cart items', 'Pages', 'Mail', 'Search'];
  const change = fc.record({
    take: fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }),
    order: fc.array(fc.nat(100), { minLength: 5, maxLength: 5 }),
    reworded: fc.subarray([0, 1, 2, 3, 4]),
    unlinked: fc.subarray([0, 1, 2, 3, 4]),
    added: fc.nat(2),
  });
  const grouping = [{ title: 'Models', tasks: ['t1', 't2', 't4'], why: '' }];
  const numbered = words.map((word, at) => item(`t${at + 1}`, word));

  it('every item of it is told in exactly one task, and no sub-issue has two', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean(), (changes, isPaused) => {
        const stage = grouped(shop({ tasks: numbered, edges: [], grouping }), isPaused);
        const owner = (at: number): string => (at === 0 || at === 1 || at === 3 ? 't1' : `t${at + 1}`);
        for (const { take, order, reworded, unlinked, added } of changes) {
          const lines = take.map((at) => ({
            at,
            title: `${words[at]}${reworded.includes(at) ? ' in other words' : ''}`,
            link: unlinked.includes(at) ? null : subIssue(owner(at)).issue,
          }));
          const fresh = Array.from({ length: added }, (_, n) => ({ at: n, title: `Unheard of ${n}`, link: null }));
          const list = [...lines, ...fresh]
            .sort((a, b) => (order[a.at] ?? 0) - (order[b.at] ?? 0))
            .map(({ title, link }, at) => item(`t${at + 1}`, title, { adopts: link }));
          // items with one link arrive as one task, as the text is read
          const linkedOnce = groupedPlan({ ...planOf([]), tasks: list, grouping: byLink(list) });
          readAgain(stage, linkedOnce.tasks);
          const asked = stage.state.plan?.tasks.filter(({ id }) => taskOf(stage, id).status !== 'cancelled') ?? [];
          const held = new Set(stage.state.tasks.filter((task) => task.held !== undefined).map(({ plan }) => plan.id));
          const told = asked
            .filter(({ id }) => !held.has(id))
            .flatMap((task) => itemsOf(task).map(({ title }) => title));
          expect(new Set(told).size).toBe(told.length);
          // what was dropped and put back is new work on its old sub-issue
          const live = stage.state.tasks.filter((task) => task.dropped !== true);
          const subs = live.map((task) => subIssueOf(task)?.number).filter((one) => one !== undefined);
          expect(new Set(subs).size).toBe(subs.length);
          // nothing is at work that could keep its old words
          if (isPaused) expect([...told].sort()).toEqual(list.map(({ title }) => title).sort());
        }
      }),
      { numRuns: 200 },
    );
  });

  function byLink(list: readonly PlannedTask[]): readonly TaskGroup[] {
    const tasks = list.filter(({ adopts }) => adopts?.number === 101).map(({ id }) => id);
    return tasks.length < 2 ? [] : [{ title: 'Models', tasks, why: '' }];
  }
});

describe('edges between groups', () => {
  it('a proposal that closes a circle would be seen by contracting it', () => {
    const edges = [edge('t2', 't1'), edge('t3', 't2')];
    const ids = new Map([['t3', 't1']]);
    expect(findCycle(['t1', 't2'], contracted(edges, ids))).toEqual(['t1', 't2', 't1']);
  });
});
