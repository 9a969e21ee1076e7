import { describe, expect, it } from 'vitest';
import { replay } from '../../src/core/evolve.ts';
import type { Plan, PlannedEdge, PlannedTask, Policy } from '../../src/core/plan.ts';
import { startBlockers } from '../../src/core/schedule.ts';
import { landBlockers } from '../../src/core/train.ts';
import {
  ask,
  failAttempt,
  followed,
  linked,
  merge,
  running,
  startAgent,
  statuses,
  subIssue,
  taskOf,
  typesOf,
  withPull,
} from './scenes.ts';
import { edge, plannedTask, planOf, repo, Stage } from './story.ts';

const issue = { number: 7, nodeId: 'I_7', title: 'Master', url: 'http://x/7' };

/** An item of the list as it reads now; linked to the sub-issue of task `link`. */
function item(id: string, title: string, link: string | null = null, more: Partial<PlannedTask> = {}): PlannedTask {
  const adopts = link === null ? null : subIssue(link).issue;
  return plannedTask(id, { title, text: title, adopts, line: Number(id.slice(1)), ...more });
}

function text(items: readonly PlannedTask[], edges: readonly PlannedEdge[] = [], more: Partial<Plan> = {}): Plan {
  return { ...planOf([], edges), tasks: items, ...more };
}

/** Somebody edits the text, and it is read again. */
function edited(stage: Stage, plan: Plan, by: string | null = 'grace', at = stage.now): readonly string[] {
  const before = stage.history.length;
  stage.now += 10_000;
  stage.when({ type: 'issue-edited', number: 7, by, at: at + 10_000 });
  stage.when(reading(stage, plan, by, at + 10_000));
  return typesOf(stage.history.slice(before).map(({ event }) => event));
}

function reading(stage: Stage, plan: Plan, by: string | null, at: number) {
  return {
    type: 'plan-read',
    round: stage.state.readings,
    repo,
    issue,
    requiredChecks: [],
    baseChecks: [],
    edited: { by, at },
    plan: { ok: true, plan },
  } as const;
}

function permitted(stage: Stage, permission: 'write' | 'read' = 'write'): void {
  stage.when({ type: 'permission-known', source: stage.state.edits.change?.source ?? '', permission });
}

function going(titles: readonly string[], edges: readonly PlannedEdge[] = [], policy: Partial<Policy> = {}): Stage {
  const stage = new Stage().planned({
    ...planOf([], edges, policy),
    tasks: titles.map((title, index) => item(`t${index + 1}`, title)),
  });
  return linked(stage);
}

const policy = { maxWorkers: 1 };
function same(stage: Stage): Partial<Plan> {
  return stage.state.plan === null ? {} : { policy: stage.state.plan.policy };
}

describe('an edit by somebody who may command', () => {
  it('adds what is new: it gets an id, a branch and a sub-issue of its own', () => {
    const stage = going(['Login', 'Logout'], [], policy);
    const list = text([item('t1', 'Login', 't1'), item('t2', 'Search'), item('t3', 'Logout', 't2')], [], same(stage));
    expect(edited(stage, list)).toEqual(['edit-seen', 'plan-reread', 'plan-changed']);
    expect(stage.commands()).toContainEqual({ kind: 'check-permission', source: 'change-2', user: 'grace' });
    permitted(stage);
    expect(stage.state.tasks.map(({ plan }) => `${plan.id} ${plan.title}`)).toEqual([
      't1 Login',
      't3 Search',
      't2 Logout',
    ]);
    expect(taskOf(stage, 't3')).toMatchObject({ branch: 'muster/7-search', status: 'nlp_parsing' });
    expect(stage.commands()).toContainEqual({ kind: 'create-sub-issue', task: 't3', round: 1 });
    stage.when({ type: 'sub-issue-created', ...subIssue('t3') });
    expect(statuses(stage)).toEqual(['agent_assignment', 'dependency_resolution', 'dependency_resolution']);
    expect(replay(stage.history)).toEqual(stage.state);
  });

  it('drops what was taken out and has not begun, and asks about what runs', () => {
    const stage = going(['Login', 'Logout', 'Search'], [], policy);
    startAgent(stage, 't1');
    edited(stage, text([item('t1', 'Search', 't3')], [], same(stage)));
    permitted(stage);
    expect(stage.state.tasks.map(({ plan, status }) => `${plan.id} ${status}`)).toEqual([
      't3 dependency_resolution',
      't1 processing',
      't2 cancelled',
    ]);
    expect(taskOf(stage, 't2')).toMatchObject({ reason: 'its item was taken out of the list', dropped: true });
    expect(stage.state.replies.at(-1)).toMatchObject({ issue: 7, say: { kind: 'held', tasks: ['t1'] } });
  });

  it('what is held goes on, and lands only when somebody says so', () => {
    const stage = going(['Login', 'Logout'], [], policy);
    startAgent(stage, 't1');
    edited(stage, text([item('t1', 'Logout', 't2')], [], same(stage)));
    permitted(stage);
    withPull(stage, 't1');
    expect(landBlockers(stage.state, taskOf(stage, 't1'), stage.now)).toEqual([
      { kind: 'held', reason: 'its item was taken out of the list' },
    ]);
    ask(stage, 'merge', { target: 101 });
    expect(taskOf(stage, 't1')).toMatchObject({ landing: { state: 'sent' } });
  });

  it('what is held is asked about once, and free again when it is put back as it was', () => {
    const stage = going(['Login', 'Logout'], [], policy);
    startAgent(stage, 't1');
    const without = text([item('t1', 'Logout', 't2')], [], same(stage));
    edited(stage, without);
    permitted(stage);
    expect(edited(stage, without)).toEqual(['edit-seen', 'plan-reread', 'plan-unchanged']);
    edited(stage, text([item('t1', 'Login', 't1'), item('t2', 'Logout', 't2')], [], same(stage)));
    permitted(stage);
    expect(taskOf(stage, 't1').held).toBeUndefined();
    expect(stage.state.replies.filter(({ say }) => say.kind === 'held')).toHaveLength(1);
  });

  it('a reworded item keeps its task: what has not begun is done as it reads now, what runs is asked about', () => {
    const stage = going(['Login page', 'Logout button'], [], policy);
    startAgent(stage, 't1');
    const list = [item('t1', 'Login page with a captcha', 't1'), item('t2', 'Logout button in red', 't2')];
    edited(stage, text(list, [], same(stage)));
    expect(startBlockers(stage.state, taskOf(stage, 't2'))).toEqual([{ kind: 'changed' }]);
    permitted(stage);
    expect(taskOf(stage, 't2').plan.title).toBe('Logout button in red');
    expect(taskOf(stage, 't1')).toMatchObject({
      plan: { title: 'Login page' },
      held: 'its item reads otherwise by now',
    });
  });

  it('knows an item before it is linked: by its title, else by its words', () => {
    const stage = going(['Write the login page', 'Write the logout button'], [], policy);
    const list = [item('t1', 'Write the logout button'), item('t2', 'Write the login page with a captcha')];
    edited(stage, text(list, [], same(stage)));
    permitted(stage);
    expect(stage.state.tasks.map(({ plan }) => `${plan.id} ${plan.title}`)).toEqual([
      't2 Write the logout button',
      't1 Write the login page',
    ]);
    expect(taskOf(stage, 't1').held).toBe('its item reads otherwise by now');
  });

  it('a need that was added holds back what has not begun; one that was taken out frees it', () => {
    const stage = going(['Login', 'Logout', 'Search'], [edge('t3', 't1')], policy);
    const list = [item('t1', 'Login', 't1'), item('t2', 'Logout', 't2'), item('t3', 'Search', 't3')];
    edited(stage, text(list, [edge('t2', 't1')], same(stage)));
    permitted(stage);
    expect(startBlockers(stage.state, taskOf(stage, 't2'))).toMatchObject([{ kind: 'need', task: 't1' }]);
    expect(startBlockers(stage.state, taskOf(stage, 't3'))).toMatchObject([{ kind: 'slot' }]);
    expect(stage.commands()).toContainEqual({ kind: 'add-edge', from: 't2', to: 't1' });
  });

  it('an item that was ticked by hand is done: what needed it goes on', () => {
    const stage = going(['Login', 'Logout', 'Search'], [edge('t3', 't2'), edge('t2', 't1')], policy);
    const list = [item('t1', 'Login', 't1'), item('t2', 'Search', 't3')];
    const settled = [{ title: 'Logout', link: 102, why: 'ticked' }] as const;
    edited(stage, text(list, [], { ...same(stage), settled }));
    permitted(stage);
    expect(taskOf(stage, 't2')).toMatchObject({ status: 'cancelled', reason: 'its item was ticked by hand' });
    expect(startBlockers(stage.state, taskOf(stage, 't3'))).toMatchObject([{ kind: 'slot' }]);
  });

  it('what was taken out and is put back is new work on its old sub-issue', () => {
    const stage = going(['Login', 'Logout'], [], policy);
    edited(stage, text([item('t1', 'Login', 't1')], [], same(stage)));
    permitted(stage);
    edited(stage, text([item('t1', 'Login', 't1'), item('t2', 'Logout', 't2')], [], same(stage)));
    permitted(stage);
    expect(stage.state.tasks.map(({ plan, status }) => `${plan.id} ${status}`)).toEqual([
      't1 agent_assignment',
      't3 dependency_resolution',
      't2 cancelled',
    ]);
    expect(taskOf(stage, 't3')).toMatchObject({ sub: { number: 102 }, branch: 'muster/7-logout-2' });
  });

  it('another order is no change of the work: nobody is asked', () => {
    const stage = going(['Login', 'Logout'], [], { ...policy, approval: 'run' });
    edited(stage, text([item('t1', 'Logout', 't2'), item('t2', 'Login', 't1')], [], same(stage)));
    expect(stage.state.edits.change).toBeNull();
    expect(stage.state.tasks.map(({ plan }) => plan.id)).toEqual(['t2', 't1']);
    expect(stage.commands().filter(({ kind }) => kind === 'check-permission')).toEqual([]);
  });

  it('ticks of ours, and what failed or landed, are no change', () => {
    const stage = going(['Login', 'Logout', 'Search'], [edge('t3', 't1')], { maxWorkers: 2, attempts: 1 });
    withPull(stage, 't1');
    merge(stage, 't1');
    failAttempt(stage, 't2');
    const settled = [{ title: 'Login', link: 101, why: 'ticked' }] as const;
    const list = [item('t2', 'Logout', 't2', { line: 2 }), item('t3', 'Search', 't3', { line: 3 })];
    expect(edited(stage, text(list, [], { ...same(stage), settled }))).toEqual([
      'edit-seen',
      'plan-reread',
      'plan-unchanged',
    ]);
    expect(stage.state.plan?.edges).toHaveLength(1);
  });
});

describe('an edit that nobody has approved', () => {
  const list = (stage: Stage): Plan =>
    text(
      [item('t1', 'Login', 't1'), item('t2', 'Logout and delete the backups', 't2'), item('t3', 'Mail the keys')],
      [],
      same(stage),
    );

  it.each([
    ['by somebody who may not command', 'run', 'read'],
    ['where every plan is approved by hand', 'required', 'write'],
  ] as const)('%s: what it changes waits, the rest goes on', (_, approval, permission) => {
    const stage = going(['Login', 'Logout', 'Search'], [], { maxWorkers: 1, approval });
    if (approval === 'required') {
      ask(stage, 'approve');
      linked(stage);
    }
    edited(stage, list(stage));
    permitted(stage, permission);
    expect(stage.state.tasks).toHaveLength(3);
    expect(startBlockers(stage.state, taskOf(stage, 't2'))).toEqual([{ kind: 'changed' }]);
    expect(startBlockers(stage.state, taskOf(stage, 't3'))).toEqual([{ kind: 'changed' }]);
    withPull(stage, 't1');
    merge(stage, 't1');
    expect(statuses(stage)).toEqual(['merged', 'dependency_resolution', 'dependency_resolution']);
    expect(followed(ask(stage, 'approve'))).toContain('change-approved, task-cancelled, says change-approved');
    expect(stage.state.tasks.map(({ plan }) => plan.title)).toEqual([
      'Login',
      'Logout and delete the backups',
      'Mail the keys',
      'Search',
    ]);
  });

  it('is not taken over when nobody knows who edited', () => {
    const stage = going(['Login', 'Logout', 'Search'], [], policy);
    edited(stage, list(stage), null);
    expect(stage.state.edits.change).toMatchObject({ by: null, editor: 'may-not' });
    expect(stage.commands().filter(({ kind }) => kind === 'check-permission')).toEqual([]);
  });

  it('is dropped by reject, and not proposed again by the next reading', () => {
    const stage = going(['Login', 'Logout', 'Search'], [], policy);
    edited(stage, list(stage));
    permitted(stage, 'read');
    expect(followed(ask(stage, 'reject'))).toBe('change-rejected, says change-rejected');
    expect(edited(stage, list(stage))).toEqual(['edit-seen', 'plan-reread', 'plan-unchanged']);
    expect(startBlockers(stage.state, taskOf(stage, 't2'))).toMatchObject([{ kind: 'slot' }]);
  });

  it('is gone when the text is changed back', () => {
    const stage = going(['Login', 'Logout', 'Search'], [], policy);
    edited(stage, list(stage));
    permitted(stage, 'read');
    const back = ['Login', 'Logout', 'Search'].map((title, index) => item(`t${index + 1}`, title, `t${index + 1}`));
    edited(stage, text(back, [], same(stage)));
    expect(stage.state.edits.change).toBeNull();
  });

  it('that cannot be understood changes nothing, and is answered', () => {
    const stage = going(['Login', 'Logout'], [], policy);
    stage.when({ type: 'issue-edited', number: 7, by: 'grace', at: 5 });
    const problems = [{ code: 'cycle', line: 2, message: 'They wait for each other.', remedy: '' }];
    stage.when({ ...reading(stage, text([]), 'grace', 5), plan: { ok: false, problems } });
    expect(stage.state.replies.at(-1)?.say).toEqual({ kind: 'change-problem', problems });
    expect(stage.state.edits).toMatchObject({ reading: false, change: null });
    expect(stage.state.phase).toBe('running');
  });
});

describe('an edit while the plan waits for approval', () => {
  it('is heard and shown; what starts is what was shown, and the edit asks for a word of its own', () => {
    const stage = new Stage().planned({
      ...planOf([], [], { approval: 'required', maxWorkers: 1 }),
      tasks: [item('t1', 'Login'), item('t2', 'Logout')],
    });
    stage.when({ type: 'status-posted', comment: { id: 1, nodeId: 'C_1', url: '' }, shown: stage.state.report.due });
    stage.now += 10_000;
    expect(typesOf(stage.when({ type: 'issue-edited', number: 7, by: 'grace', at: stage.now }))).toEqual(['edit-seen']);
    expect(stage.state.readings).toBe(1);
    expect(stage.commands()).toContainEqual({ kind: 'edit-status', revision: 1 });
    expect(followed(ask(stage, 'approve'))).toBe('plan-approved, plan-reread');
    linked(stage);
    expect(statuses(stage)).toEqual(['dependency_resolution', 'dependency_resolution']);
    expect(startBlockers(stage.state, taskOf(stage, 't1'))).toEqual([{ kind: 'unread' }]);
    const now = text([item('t1', 'Login', 't1'), item('t2', 'Logout and more', 't2')], [], same(stage));
    stage.when(reading(stage, now, 'grace', stage.now));
    permitted(stage);
    expect(startBlockers(stage.state, taskOf(stage, 't2'))).toEqual([{ kind: 'changed' }]);
    expect(taskOf(stage, 't1').status).toBe('agent_assignment');
    expect(taskOf(stage, 't2').plan.title).toBe('Logout');
  });

  it('is nothing while no plan waits', () => {
    const stage = new Stage().requested();
    expect(stage.when({ type: 'issue-edited', number: 7, by: 'grace', at: 5 })).toEqual([]);
  });
});

describe('reading again', () => {
  it('once for many edits, again for one that came meanwhile, and never for an old one', () => {
    const stage = going(['Login'], [], policy);
    for (const at of [5, 7, 6]) stage.when({ type: 'issue-edited', number: 7, by: 'grace', at });
    expect(stage.state.readings).toBe(2);
    stage.when({ type: 'issue-edited', number: 7, by: 'grace', at: 9 });
    const list = text([item('t1', 'Login', 't1')], [], same(stage));
    stage.when({ ...reading(stage, list, 'grace', 7) });
    expect(stage.state.edits).toMatchObject({ readAt: 9, reading: false });
    expect(typesOf(stage.when({ type: 'issue-edited', number: 7, by: 'grace', at: 9 }))).toEqual([]);
    expect(typesOf(stage.when({ type: 'issue-edited', number: 101, by: 'grace', at: 99 }))).toEqual([]);
  });

  it('a second run reads the text again', () => {
    const stage = running(['t1']);
    expect(followed(ask(stage, 'run'))).toBe('says already-running, plan-reread');
    expect(stage.commands()).toContainEqual({ kind: 'read-plan', round: 2 });
  });
});
