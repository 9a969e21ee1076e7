/** Runs at telling moments, for the tests of everything that people read. */
import type { Delivery, FailureClass } from '../../src/core/attempt.ts';
import type { Task } from '../../src/core/model.ts';
import type { Plan, PlannedTask, Policy } from '../../src/core/plan.ts';
import { findTask } from '../../src/core/tasks.ts';
import { edge, plannedTask, planOf, repo, Stage } from '../core/story.ts';

export const minute = 60_000;
export const start = Date.UTC(2026, 10, 20, 9, 30);

const section = 'Sub-tasks';

function item(id: string, title: string, line: number, more: Partial<PlannedTask> = {}): PlannedTask {
  return plannedTask(id, { title, text: title, section, line, ...more });
}

/** Five items of a websocket feature; notifications and presence need the server, docs land after chat. */
export function websocketPlan(policy: Partial<Policy> = {}): Plan {
  return {
    ...planOf([], [], policy),
    tasks: [
      item('t1', 'Websocket server with connection handling', 5, {
        text: 'Websocket server with connection handling\n\n- heartbeats every 30 s\n- close codes as in RFC 6455',
        neighbours: ['Chat rooms over `/ws/chat`'],
      }),
      item('t2', 'Chat rooms over `/ws/chat`', 8, {
        neighbours: ['Websocket server with connection handling', 'Live notifications'],
      }),
      item('t3', 'Live notifications', 9),
      item('t4', 'Presence: who is online', 10, { agent: 'careful' }),
      item('t5', 'Describe the protocol in docs/ws.md', 11, {
        text: 'Describe the protocol in docs/ws.md (after chat)',
      }),
    ],
    edges: [
      { ...edge('t3', 't1'), source: 'needs the server', line: 9 },
      { ...edge('t4', 't1'), source: 'depends on 1', line: 10 },
      { ...edge('t5', 't2', 'lands-after'), source: 'after chat', line: 11 },
    ],
    leftOut: [{ line: 12, title: 'Announce it in the newsletter', reason: 'a step for people' }],
    acceptance: ['All messages are JSON', 'Nothing polls any more'],
    warnings: [{ line: 10, code: 'size', message: 'This item is larger than the others.' }],
  };
}

export class Story extends Stage {
  override now = start;

  after(minutes: number): this {
    this.now += minutes * minute;
    return this;
  }

  proposed(plan: Plan, checks: readonly string[] = ['ci']): this {
    this.requested();
    this.when({
      type: 'plan-read',
      repo,
      issue: { number: 7, nodeId: 'I_7', title: 'Real-time features', url: 'http://127.0.0.1/acme/shop/issues/7' },
      requiredChecks: checks,
      baseChecks: [],
      plan: { ok: true, plan },
    });
    this.when({ type: 'plan-digested', digest: '4f1c09d27be3a1905566' });
    return this;
  }

  /** Sub-issues from #11 on, every dependency written, the status comment posted. */
  split(): this {
    for (const { plan } of this.state.tasks) {
      const number = 10 + Number(plan.id.slice(1));
      this.when({
        type: 'sub-issue-created',
        task: plan.id,
        issue: { number, id: number, nodeId: `I_${number}`, url: '' },
      });
    }
    for (const { from, to, kind } of this.state.plan?.edges ?? [])
      if (kind === 'needs') this.when({ type: 'edge-added', from, to });
    const url = 'http://127.0.0.1/acme/shop/issues/7#issuecomment-1';
    this.when({ type: 'status-posted', comment: { id: 1, nodeId: 'C_1', url }, shown: 1 });
    return this;
  }

  started(...ids: readonly string[]): this {
    for (const task of ids)
      this.when({ type: 'attempt-started', task, attempt: this.attempt(task), confinement: 'bwrap' });
    return this;
  }

  progress(task: string, percent: number, stage: string): this {
    this.when({ type: 'attempt-progressed', task, attempt: this.attempt(task), percent, stage });
    return this;
  }

  delivered(task: string, files: Delivery['files'], more: Partial<Delivery> = {}): this {
    const number = 20 + Number(task.slice(1));
    const sha = `${task}${this.attempt(task)}c0ffee5eed`;
    const delivery: Delivery = { sha, baseSha: 'ba5e', files, verify: null, said: '', warning: null, ...more };
    this.when({ type: 'attempt-delivered', task, attempt: this.attempt(task), delivery });
    this.when({ type: 'pull-opened', task, number, url: '', headSha: sha });
    return this;
  }

  check(task: string, conclusion: 'success' | 'failure' | null, log = ''): this {
    const one = this.task(task);
    const sha = one.attempts.at(-1)?.delivery?.sha ?? '';
    const status = conclusion === null ? 'in_progress' : 'completed';
    this.when({
      type: 'check-seen',
      check: { sha, branch: one.branch, name: 'ci', status, conclusion, url: `u-${sha}`, log },
    });
    return this;
  }

  landed(task: string): this {
    this.when({ type: 'merged', task, sha: `1a${task}ded0000000` });
    return this;
  }

  failed(task: string, failure: FailureClass, message: string, evidence: readonly string[] = []): this {
    this.when({ type: 'attempt-failed', task, attempt: this.attempt(task), class: failure, message, evidence });
    return this;
  }

  diagnosed(task: string, number: number): this {
    this.when({
      type: 'diagnostic-told',
      task,
      issue: { number, id: number, nodeId: `I_${number}`, url: '' },
      told: this.task(task).diagnostic?.count ?? 1,
    });
    return this;
  }

  said(verb: 'retry' | 'cancel' | 'merge', source: string, target: number | null = null): this {
    const command = { kind: 'command', verb, flags: {}, target } as const;
    this.when({ type: 'asked', source, issue: 7, by: 'grace', at: this.now, command });
    this.when({ type: 'permission-known', source, permission: 'write' });
    return this;
  }

  task(id: string): Task {
    const task = findTask(this.state, id);
    if (task === undefined) throw new Error(`no task ${id}`);
    return task;
  }

  private attempt(id: string): number {
    return this.task(id).attempts.at(-1)?.number ?? 0;
  }
}

const importError = [
  'Traceback (most recent call last):',
  '  File "server/ws.py", line 3, in <module>',
  "ModuleNotFoundError: No module named 'websockets'",
];

/** One landed, one checked, one failed for want of a package, two that cannot start because of it. */
export function halfway(): Story {
  const story = new Story().proposed(websocketPlan()).split().started('t1', 't2', 't5');
  story.after(3).progress('t2', 35, 'implementation').progress('t5', 80, 'writing');
  story
    .after(1)
    .delivered('t5', [{ path: 'docs/ws.md', added: 120, deleted: 4 }], { said: 'Described all messages.' })
    .check('t5', null);
  story.after(2).delivered('t2', chatFiles, {
    said: 'Rooms, joining, leaving.\nLook at room.ts first.',
    verify: { command: 'npm test', ok: true },
  });
  story.check('t2', 'success').landed('t2').check('t5', null);
  story.after(2).failed('t1', 'crashed', 'The agent ended with exit code 1.', importError);
  story.after(1);
  story.when();
  story
    .started('t1')
    .after(4)
    .failed('t1', 'crashed', 'The agent ended with exit code 1.', importError)
    .diagnosed('t1', 31);
  return story;
}

export const chatFiles: Delivery['files'] = [
  { path: 'src/chat/room.ts', added: 210, deleted: 12 },
  { path: 'src/chat/join.ts', added: 60, deleted: 0 },
  { path: 'test/chat/room.test.ts', added: 95, deleted: 0 },
  { path: 'package.json', added: 1, deleted: 1 },
];

/** `halfway`, ended at 2 of 5, retried by a person, and all landed. */
export function recovered(): Story {
  const story = halfway();
  story.after(1).check('t5', 'success').landed('t5');
  story.after(10).said('retry', 'c2');
  story
    .started('t1')
    .after(6)
    .delivered('t1', [{ path: 'server/ws.py', added: 300, deleted: 20 }])
    .check('t1', 'success')
    .landed('t1');
  story
    .started('t3', 't4')
    .after(7)
    .delivered('t3', [{ path: 'server/notify.py', added: 150, deleted: 3 }])
    .check('t3', 'success')
    .landed('t3');
  story
    .after(2)
    .delivered('t4', [{ path: 'server/presence.py', added: 90, deleted: 1 }])
    .check('t4', 'success')
    .landed('t4');
  story.when({ type: 'diagnostic-closed', task: 't1' });
  return story;
}
