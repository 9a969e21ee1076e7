import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, PlannedTask, Room } from '../../src/core/plan.ts';
import { divide, parentOf } from '../../src/core/shards.ts';
import { ask, followed, landAll, statuses, subIssue, taskOf } from './scenes.ts';
import { plannedTask, planOf, repo, Stage } from './story.ts';

function listOf(sections: Readonly<Record<string, number>>, more: Partial<PlannedTask> = {}): readonly PlannedTask[] {
  let last = 0;
  return Object.entries(sections).flatMap(([section, size]) =>
    Array.from({ length: size }, () => {
      last += 1;
      return plannedTask(`t${last}`, { section: section === '' ? null : section, ...more });
    }),
  );
}

function sizes(tasks: readonly PlannedTask[], room?: Room): readonly number[] {
  return divide(tasks, room).map((shard) => shard.tasks.length);
}

describe('a list is divided', () => {
  it.each<[string, Readonly<Record<string, number>>, readonly number[]]>([
    ['not at all where it fits', { A: 60, B: 40 }, []],
    ['evenly where it has no sections', { '': 101 }, [51, 50]],
    ['by its sections', { Front: 70, Back: 50 }, [70, 50]],
    ['into as few as its sections allow, neighbours together', { A: 40, B: 40, C: 40 }, [80, 40]],
    ['with a section in pieces only where it is too large', { A: 150, B: 30 }, [75, 75, 30]],
    ['into ten', { '': 1000 }, [100, 100, 100, 100, 100, 100, 100, 100, 100, 100]],
  ])('%s', (_, sections, expected) => {
    expect(sizes(listOf(sections))).toEqual(expected);
  });

  it('across sections where their groups are more than the master issue takes', () => {
    const taken = [...Array(98).keys()];
    expect(sizes(listOf({ A: 60, B: 60, C: 60 }), { most: 100, taken })).toEqual([90, 90]);
  });

  it('by top-level groups inside a section that is too large', () => {
    const tasks = [...Array(120).keys()].map((n) => plannedTask(`t${n}`, { parents: [n < 90 ? 'API' : 'Pages'] }));
    expect(sizes(tasks)).toEqual([90, 30]);
  });

  it('sooner where the master issue has sub-issues already, and those that it has need no place', () => {
    const taken = [...Array(20).keys()].map((n) => 500 + n);
    expect(sizes(listOf({ '': 80 }), { most: 100, taken })).toEqual([]);
    expect(sizes(listOf({ '': 81 }), { most: 100, taken })).toEqual([81]);
    const linked = listOf({ '': 20 }).map((task, at) => ({
      ...task,
      id: `x${at}`,
      adopts: { number: 500 + at, id: 1, nodeId: '', url: '' },
    }));
    expect(sizes([...linked, ...listOf({ '': 80 })], { most: 100, taken })).toEqual([]);
  });

  it('so that each task stands in one group, in the order of the list, and none is too full', () => {
    const lists = fc.array(fc.tuple(fc.nat(3), fc.nat(2)), { maxLength: 60 });
    fc.assert(
      fc.property(lists, fc.integer({ min: 2, max: 12 }), (places, most) => {
        const tasks = places.map(([section, group], at) =>
          plannedTask(`t${at + 1}`, { section: `s${section}`, parents: [`p${group}`] }),
        );
        const shards = divide(tasks, { most, taken: [] });
        expect(shards.flatMap((shard) => shard.tasks)).toEqual(tasks.length <= most ? [] : tasks.map(({ id }) => id));
        for (const shard of shards) expect(shard.tasks.length).toBeLessThanOrEqual(most);
        expect(new Set(shards.map(({ id }) => id)).size).toBe(shards.length);
        expect(divide(tasks, { most, taken: [] })).toEqual(shards);
      }),
    );
  });
});

/** At most three sub-issues an issue: the smallest world in which there are groups. */
const room: Room = { most: 3, taken: [] };

function largePlan(count: number, more: Partial<Plan> = {}): Plan {
  const plan = planOf([...Array(count).keys()].map((n) => `t${n + 1}`));
  return { ...plan, room, shards: divide(plan.tasks, room), ...more };
}

function groupMade(group: string) {
  const number = 900 + Number(group.slice(1));
  return { type: 'group-issue-created', group, issue: { number, id: number, nodeId: `I_${number}`, url: '' } } as const;
}

function wanted(stage: Stage, ...kinds: readonly string[]): readonly string[] {
  return stage
    .commands()
    .filter(({ kind }) => kinds.includes(kind))
    .map((command) => `${command.kind} ${'group' in command ? command.group : 'task' in command ? command.task : ''}`);
}

const structure = ['create-group-issue', 'create-sub-issue', 'close-group-issue'];

/** Five tasks in two groups, all sub-issues there. */
function grown(plan: Plan = largePlan(5)): Stage {
  const stage = new Stage().planned(plan);
  stage.when(...(plan.shards ?? []).map(({ id }) => groupMade(id)));
  stage.when(...plan.tasks.map(({ id }) => ({ type: 'sub-issue-created', ...subIssue(id) }) as const));
  return stage;
}

describe('a plan with group issues', () => {
  it('waits for an approval where it says so, and starts at once where it does not', () => {
    const stage = new Stage().planned(largePlan(5, { waits: 'sharded' }));
    expect(stage.state.phase).toBe('proposed');
    expect(wanted(stage, 'post-status', ...structure)).toEqual(['post-status ']);
    expect(followed(ask(stage, 'approve'))).toBe('plan-approved');
    expect(stage.state.phase).toBe('running');
    expect(new Stage().planned(largePlan(5)).state.phase).toBe('running');
  });

  it('makes the groups first, and each sub-issue under its own as soon as that is there', () => {
    const stage = new Stage().planned(largePlan(5));
    expect(wanted(stage, ...structure)).toEqual(['create-group-issue g1', 'create-group-issue g2']);
    stage.when(groupMade('g2'));
    expect(wanted(stage, ...structure)).toEqual([
      'create-group-issue g1',
      'create-sub-issue t4',
      'create-sub-issue t5',
    ]);
    stage.when(groupMade('g1'), groupMade('g1'));
    expect(stage.state.groups).toHaveLength(2);
    expect(wanted(stage, ...structure)).toHaveLength(5);
    expect(parentOf(stage.state, 't1')?.number).toBe(901);
    expect(parentOf(stage.state, 't5')?.number).toBe(902);
  });

  it('follows the twin that was kept', () => {
    const stage = new Stage().planned(largePlan(5));
    stage.when(groupMade('g1'), { ...groupMade('g2'), group: 'g1', kept: true });
    expect(stage.state.groups).toMatchObject([{ id: 'g1', issue: { number: 902 } }]);
  });

  it('closes a group once all of its tasks have ended well, and the master issue after them', () => {
    const stage = grown();
    landAll(stage, 't1', 't2', 't3', 't4');
    expect(wanted(stage, ...structure)).toEqual(['close-group-issue g1']);
    stage.when({ type: 'group-issue-closed', group: 'g1' });
    landAll(stage, 't5');
    stage.when({ type: 'status-posted', comment: { id: 1, nodeId: 'C', url: '' }, shown: 999 });
    stage.when({ type: 'body-marked', shown: 999 }, { type: 'summary-posted', round: 1 });
    expect(wanted(stage, 'close-master', ...structure)).toEqual(['close-group-issue g2']);
    stage.when({ type: 'group-issue-closed', group: 'g2' });
    expect(wanted(stage, 'close-master', ...structure)).toEqual(['close-master ']);
  });

  it('leaves a group open while a task of it was given up by a person', () => {
    const stage = grown();
    ask(stage, 'cancel', { target: 104 });
    landAll(stage, 't5');
    expect(wanted(stage, ...structure)).toEqual([]);
  });

  it('fails the tasks of a group that cannot be made, and asks for it again when they are retried', () => {
    const stage = new Stage().planned(largePlan(5));
    stage.when(groupMade('g2'));
    const key = 'acme/shop/orch-7-20261120-0930.create-group-issue.g1';
    stage.when({ type: 'command-gave-up', key, kind: 'create-group-issue', task: null, message: 'no' });
    expect(statuses(stage)).toEqual(['failed', 'failed', 'failed', 'nlp_parsing', 'nlp_parsing']);
    expect(wanted(stage, 'create-group-issue')).toEqual([]);
    ask(stage, 'retry');
    expect(stage.commands()).toContainEqual({ kind: 'create-group-issue', group: 'g1', round: 2 });
  });

  it('takes a command on a group issue to be about its tasks', () => {
    const stage = grown();
    ask(stage, 'cancel', { issue: 901 });
    expect(stage.state.tasks.filter(({ status }) => status === 'cancelled').map(({ plan }) => plan.id)).toEqual([
      't1',
      't2',
      't3',
    ]);
  });
});

/** The text by now: the known items with their links, then new ones. */
function reread(stage: Stage, keep: readonly string[], added: number, more: Partial<Plan> = {}): void {
  stage.now += 10_000;
  stage.when({ type: 'issue-edited', number: 7, by: 'grace', at: stage.now });
  const known = keep.map((id, at) => ({
    ...taskOf(stage, id).plan,
    id: `t${at + 1}`,
    line: at + 1,
    adopts: subIssue(id).issue,
  }));
  const fresh = [...Array(added).keys()].map((n) =>
    plannedTask(`t${keep.length + n + 1}`, { title: `New ${n}`, text: `New ${n}`, line: keep.length + n + 1 }),
  );
  stage.when({
    type: 'plan-read',
    round: stage.state.readings,
    repo,
    issue: { number: 7, nodeId: 'I_7', title: 'Master', url: '' },
    requiredChecks: [],
    baseChecks: [],
    edited: { by: 'grace', at: stage.now },
    plan: { ok: true, plan: { ...planOf([]), tasks: [...known, ...fresh], room, ...more } },
  });
  stage.when({ type: 'permission-known', source: stage.state.edits.change?.source ?? '', permission: 'write' });
}

function shards(stage: Stage): readonly string[] {
  return (stage.state.plan?.shards ?? []).map(({ id, tasks }) => `${id}: ${tasks.join(' ')}`);
}

describe('the list grows while it is worked on', () => {
  const all = ['t1', 't2', 't3', 't4', 't5'];

  it('a new item joins a group with room, the next ones make a group of their own', () => {
    const stage = grown();
    reread(stage, all, 1);
    expect(shards(stage)).toEqual(['g1: t1 t2 t3', 'g2: t4 t5 t6']);
    expect(wanted(stage, ...structure)).toEqual(['create-sub-issue t6']);
    stage.when({ type: 'sub-issue-created', ...subIssue('t6') });
    reread(stage, [...all, 't6'], 2);
    expect(shards(stage)).toEqual(['g1: t1 t2 t3', 'g2: t4 t5 t6', 'g3: t7 t8']);
    expect(wanted(stage, ...structure)).toEqual(['create-group-issue g3']);
  });

  it('what was closed or taken out of the list keeps its place, as on GitHub', () => {
    const stage = grown();
    landAll(stage, 't1', 't2', 't3');
    stage.when({ type: 'group-issue-closed', group: 'g1' });
    reread(stage, ['t5'], 2);
    expect(shards(stage)).toEqual(['g1: t1 t2 t3', 'g2: t4 t5 t6', 'g3: t7']);
  });

  it('what is put back goes on under the group that it stood under', () => {
    const plan = largePlan(5);
    const stage = grown({ ...plan, policy: { ...plan.policy, maxWorkers: 1 } });
    const more = { policy: { ...plan.policy, maxWorkers: 1 } };
    reread(stage, ['t1', 't2', 't3', 't4'], 0, more);
    expect(taskOf(stage, 't5')).toMatchObject({ status: 'cancelled', dropped: true });
    reread(stage, all, 0, more);
    expect(shards(stage)).toEqual(['g1: t1 t2 t3', 'g2: t4 t5 t6']);
    expect(taskOf(stage, 't6')).toMatchObject({ sub: { number: 105 } });
    landAll(stage, 't1', 't2', 't3', 't4');
    expect(wanted(stage, 'close-group-issue')).toEqual(['close-group-issue g1']);
    landAll(stage, 't6');
    expect(wanted(stage, 'close-group-issue')).toEqual(['close-group-issue g1', 'close-group-issue g2']);
  });

  it('a run that began without groups makes them for the new ones only', () => {
    const stage = new Stage().planned(largePlan(2, { shards: [] }));
    stage.when(...['t1', 't2'].map((id) => ({ type: 'sub-issue-created', ...subIssue(id) }) as const));
    const taken = { most: 3, taken: [101, 102] };
    reread(stage, ['t1', 't2'], 2, { room: taken });
    expect(shards(stage)).toEqual(['g1: t3 t4']);
    expect(parentOf(stage.state, 't1')?.number).toBe(7);
    expect(parentOf(stage.state, 't3')).toBeNull();
  });

  it('one more where there is room stands under the master issue', () => {
    const stage = new Stage().planned(largePlan(2, { shards: [] }));
    stage.when(...['t1', 't2'].map((id) => ({ type: 'sub-issue-created', ...subIssue(id) }) as const));
    reread(stage, ['t1', 't2'], 1, { room: { most: 3, taken: [101, 102] } });
    expect(shards(stage)).toEqual([]);
    expect(wanted(stage, ...structure)).toEqual(['create-sub-issue t3']);
  });

  it('and where not even a group issue has a place, GitHub has the word', () => {
    const stage = new Stage().planned(largePlan(3));
    stage.when(...['t1', 't2', 't3'].map((id) => ({ type: 'sub-issue-created', ...subIssue(id) }) as const));
    reread(stage, ['t1', 't2', 't3'], 1, { room: { most: 3, taken: [101, 102, 103] } });
    expect(shards(stage)).toEqual([]);
    expect(wanted(stage, ...structure)).toEqual(['create-sub-issue t4']);
  });
});
