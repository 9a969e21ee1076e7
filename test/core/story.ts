/** Given these events, when this arrives, then these facts: a small stage for the pure core, and a world that answers. */

import type { Delivery } from '../../src/core/attempt.ts';
import type { CoreCommand } from '../../src/core/commands.ts';
import { commandKey } from '../../src/core/commands.ts';
import { decide } from '../../src/core/decide.ts';
import { type Event, eventVersion, type RecordedEvent } from '../../src/core/events.ts';
import { emptyOrchestration, evolve } from '../../src/core/evolve.ts';
import { fraction } from '../../src/core/hash.ts';
import { branchesOf } from '../../src/core/judge.ts';
import type { Orchestration, Repository } from '../../src/core/model.ts';
import { startsFrom } from '../../src/core/needs.ts';
import type { Plan, PlannedEdge, PlannedTask, Policy } from '../../src/core/plan.ts';
import { defaultPolicy } from '../../src/core/plan.ts';
import { react } from '../../src/core/react.ts';
import type { Signal } from '../../src/core/signals.ts';
import { deliveryOf, findTask } from '../../src/core/tasks.ts';
import { legalMoves } from '../../src/core/transitions.ts';

export const repo: Repository = {
  owner: 'acme',
  name: 'shop',
  nodeId: 'R_1',
  defaultBranch: 'main',
  cloneUrl: 'http://127.0.0.1/acme/shop.git',
};

export function plannedTask(id: string, more: Partial<PlannedTask> = {}): PlannedTask {
  return {
    id,
    title: `Task ${id}`,
    text: `Task ${id}`,
    section: null,
    parents: [],
    neighbours: [],
    role: 'work',
    estimateMinutes: null,
    line: 1,
    agent: null,
    adopts: null,
    ...more,
  };
}

export function edge(from: string, to: string, kind: PlannedEdge['kind'] = 'needs'): PlannedEdge {
  return { from, to, kind, basis: 'ref', source: `needs ${to}`, line: 1 };
}

export function planOf(ids: readonly string[], edges: readonly PlannedEdge[] = [], policy: Partial<Policy> = {}): Plan {
  return {
    tasks: ids.map((id) => plannedTask(id)),
    edges,
    policy: { ...defaultPolicy, merge: 'auto', allowUnverified: true, retryDelaySeconds: 1, ...policy },
    leftOut: [],
    acceptance: [],
    warnings: [],
  };
}

/** Runs decide to the end after each signal and keeps the history. Throws on a move that the diagram does not have. */
export class Stage {
  state: Orchestration = emptyOrchestration;
  history: RecordedEvent[] = [];
  now = 1_000_000;

  record(event: Event): void {
    const recorded = { seq: this.state.seq + 1, at: this.now, version: eventVersion, event };
    this.history.push(recorded);
    const before = this.state;
    this.state = evolve(before, recorded);
    for (const task of this.state.tasks) {
      const from = findTask(before, task.plan.id)?.status ?? task.status;
      if (from !== task.status && !legalMoves[from].includes(task.status))
        throw new Error(`${task.plan.id} went from ${from} to ${task.status} by ${event.type}`);
    }
  }

  /** As the engine does: first all the signals, then what follows from the state, until nothing does. Returns the facts. */
  when(...signals: readonly Signal[]): readonly Event[] {
    const before = this.history.length;
    for (const signal of signals) for (const event of decide(this.state, signal, this.now)) this.record(event);
    for (let passes = 0; ; passes++) {
      const events = decide(this.state, { type: 'tick' }, this.now);
      if (events.length === 0) break;
      if (passes > 200) throw new Error(`decide never settles: ${JSON.stringify(events)}`);
      for (const event of events) this.record(event);
    }
    return this.history.slice(before).map((recorded) => recorded.event);
  }

  commands(): readonly CoreCommand[] {
    return react(this.state, { coalesceMs: 0 }).map((due) => due.command);
  }

  /** A run asked for by somebody who may. */
  requested(): Stage {
    this.record({ type: 'orchestration-requested', id: 'orch-7-20261120-0930', repo, issue: 7, by: 'ada' });
    this.when({
      type: 'asked',
      source: 'c1',
      issue: 7,
      by: 'ada',
      at: this.now,
      command: { kind: 'command', verb: 'run', flags: {}, target: null },
    });
    this.when({ type: 'permission-known', source: 'c1', permission: 'write' });
    return this;
  }

  planned(
    plan: Plan,
    checks: { readonly required?: readonly string[]; readonly base?: readonly string[] } = {},
  ): Stage {
    this.requested();
    this.when({
      type: 'plan-read',
      repo,
      issue: { number: 7, nodeId: 'I_7', title: 'Master', url: 'http://x/7' },
      requiredChecks: checks.required ?? [],
      baseChecks: checks.base ?? [],
      plan: { ok: true, plan },
    });
    this.when({ type: 'plan-digested', digest: 'd1' });
    return this;
  }
}

export interface WorldPlan {
  readonly seed: string;
  /** Chance that an attempt fails, a check is red, a merge meets a conflict: each 0..1. */
  readonly failing: number;
}

/** Answers one command as GitHub and the agents would; deterministic in (seed, key). */
export function answer(stage: Stage, command: CoreCommand, world: WorldPlan): readonly Signal[] {
  const luck = fraction(`${world.seed}|${commandKey(stage.state, command)}`);
  switch (command.kind) {
    case 'react-to-comment':
      return [{ type: 'comment-reacted', comment: command.comment, reaction: command.reaction }];
    case 'check-permission':
      return [{ type: 'permission-known', source: command.source, permission: 'write' }];
    case 'read-plan':
      return [];
    case 'digest-plan':
      return [{ type: 'plan-digested', digest: 'd' }];
    case 'create-sub-issue': {
      const number = 100 + Number(command.task.slice(1));
      return [
        {
          type: 'sub-issue-created',
          task: command.task,
          issue: { number, id: number, nodeId: `I_${number}`, url: '' },
        },
      ];
    }
    case 'create-group-issue': {
      const number = 900 + Number(command.group.slice(1));
      const issue = { number, id: number, nodeId: `I_${number}`, url: '' };
      return [{ type: 'group-issue-created', group: command.group, issue }];
    }
    case 'close-group-issue':
      return [{ type: 'group-issue-closed', group: command.group }];
    case 'add-edge':
      return [{ type: 'edge-added', from: command.from, to: command.to }];
    case 'remove-edge':
      return [{ type: 'edge-removed', from: command.from, to: command.to }];
    case 'edit-sub-issue': {
      const plan = findTask(stage.state, command.task)?.plan;
      if (plan === undefined) return [];
      return [{ type: 'sub-issue-edited', task: command.task, title: plan.title, text: plan.text, kept: luck > 0.5 }];
    }
    case 'post-status':
      return [{ type: 'status-posted', comment: { id: 1, nodeId: 'C_1', url: '' }, shown: stage.state.report.due }];
    case 'edit-status':
      return [{ type: 'status-edited', shown: stage.state.report.due }];
    case 'mark-body':
      return [{ type: 'body-marked', shown: stage.state.report.bodyDue }];
    case 'post-reply':
      return [{ type: 'reply-posted', source: command.source }];
    case 'post-summary':
      return [{ type: 'summary-posted', round: command.round }];
    case 'close-master':
      return [{ type: 'master-closed' }];
    case 'run-attempt':
      return attempt(stage, command, luck, world);
    case 'open-pull': {
      const sha = headOf(stage, command.task);
      return [
        { type: 'pull-opened', task: command.task, number: 200 + Number(command.task.slice(1)), url: '', headSha: sha },
      ];
    }
    case 'close-sub-issue':
      return [{ type: 'sub-issue-closed', task: command.task }];
    case 'merge-pull':
      if (luck < world.failing / 2)
        return [
          {
            type: 'merge-refused',
            task: command.task,
            round: command.round,
            why: 'conflict',
            message: 'conflict',
            paths: ['a.txt'],
          },
        ];
      if (luck < world.failing)
        return [
          {
            type: 'merge-refused',
            task: command.task,
            round: command.round,
            why: 'checks',
            message: 'not yet',
            paths: [],
          },
        ];
      return [{ type: 'merged', task: command.task, sha: `m-${command.sha}` }];
    case 'open-diagnostic':
      return [
        {
          type: 'diagnostic-told',
          task: command.task,
          issue: { number: 300, id: 300, nodeId: 'I_300', url: '' },
          told: 1,
        },
      ];
    case 'update-diagnostic':
      return [
        {
          type: 'diagnostic-told',
          task: command.task,
          issue: { number: 300, id: 300, nodeId: 'I_300', url: '' },
          told: command.told,
        },
      ];
    case 'close-diagnostic':
      return [{ type: 'diagnostic-closed', task: command.task }];
    case 'wake':
      return [{ type: 'tick' }];
  }
}

function attempt(
  stage: Stage,
  command: Extract<CoreCommand, { kind: 'run-attempt' }>,
  luck: number,
  world: WorldPlan,
): readonly Signal[] {
  const { task, attempt: number } = command;
  const started: Signal = { type: 'attempt-started', task, attempt: number, confinement: 'test' };
  if (luck < world.failing)
    return [
      started,
      { type: 'attempt-failed', task, attempt: number, class: 'crashed', message: 'exit 1', evidence: ['boom'] },
    ];
  const plan = findTask(stage.state, task)?.plan;
  if (plan !== undefined && plan.role !== 'work')
    return [started, { type: 'attempt-delivered', task, attempt: number, delivery: verdict(stage, plan, luck, world) }];
  const sha = `${task}-${number}`;
  return [
    started,
    { type: 'attempt-progressed', task, attempt: number, percent: 50, stage: 'implementation' },
    {
      type: 'attempt-delivered',
      task,
      attempt: number,
      delivery: {
        sha,
        baseSha: startHead(stage, task),
        files: [{ path: 'a', added: 1, deleted: 0 }],
        verify: null,
        said: '',
        warning: null,
      },
    },
    // the push starts the checks, whether or not the pull request is known yet
    ...checksOf(stage, task, sha, luck > 1 - world.failing / 2),
  ];
}

function startHead(stage: Stage, id: string): string {
  const task = findTask(stage.state, id);
  return (task === undefined ? null : startsFrom(stage.state, task)?.pull.headSha) ?? 'b';
}

/** About the head it starts from; an unlucky judge says no, an analysis names one of its branches. */
function verdict(stage: Stage, plan: PlannedTask, luck: number, world: WorldPlan): Delivery {
  const branches = branchesOf(stage.state, plan.id);
  return {
    sha: startHead(stage, plan.id),
    baseSha: 'b',
    files: [],
    verify: null,
    said: '',
    warning: null,
    outcome: {
      verdict: luck > 1 - world.failing ? 'fail' : 'pass',
      outcome: branches[Math.floor(luck * 100) % Math.max(1, branches.length)] ?? '',
      notes: 'boom <script> - [ ] notes',
      artifacts: [{ name: 'boom <script>', path: 'a`b', text: 'boom - [ ] <script>' }],
    },
  };
}

function headOf(stage: Stage, id: string): string {
  const task = findTask(stage.state, id);
  return (task === undefined ? undefined : deliveryOf(task)?.sha) ?? 'none';
}

function checksOf(stage: Stage, id: string, sha: string, red: boolean): readonly Signal[] {
  const branch = findTask(stage.state, id)?.branch ?? '';
  return stage.state.requiredChecks.map((name) => ({
    type: 'check-seen',
    check: {
      sha,
      branch,
      name,
      status: 'completed',
      conclusion: red ? 'failure' : 'success',
      url: `u-${sha}`,
      log: red ? 'expected 1, got 2' : '',
    },
  }));
}
