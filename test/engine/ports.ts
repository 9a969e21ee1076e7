/** The outside of the engine, in memory and under a clock that only the test moves. */

import type { CoreCommand } from '../../src/core/commands.ts';
import { commandKey, orchestrationKey } from '../../src/core/commands.ts';
import type { Repository, SpokenCommand } from '../../src/core/model.ts';
import { defaultPolicy } from '../../src/core/plan.ts';
import { react } from '../../src/core/react.ts';
import type { AskedSignal, Signal } from '../../src/core/signals.ts';
import type { DispatchSettings } from '../../src/engine/dispatch.ts';
import { dispatch } from '../../src/engine/dispatch.ts';
import { takeDeliveries } from '../../src/engine/intake.ts';
import type {
  AttemptHooks,
  AttemptResult,
  AttemptRunner,
  AttemptSpec,
  Effect,
  EffectOutcome,
  GitHubPort,
  HeardSignal,
  Ports,
  SweepTarget,
} from '../../src/engine/ports.ts';
import { takeStep } from '../../src/engine/step.ts';
import type { Stage } from '../core/story.ts';
import { repo } from '../core/story.ts';
import type { MemoryStore } from './memory-store.ts';
import { memoryStore } from './memory-store.ts';

export const noon = Date.UTC(2026, 10, 20, 12);
export const pace = { coalesceMs: 0 };

export const settings: DispatchSettings = {
  owner: 'worker-1',
  httpDeadlineMs: 15_000,
  graceMs: 45_000,
  attempts: { leaseMs: 30_000, retryMs: 5_000, mostTries: 4, giveUpAfterMs: 600_000 },
  mostTries: 5,
  giveUpAfterMs: 3_600_000,
  firstRetryMs: 1_000,
  pace,
  planning: {
    agents: ['default'],
    capabilities: {},
    basePolicy: { ...defaultPolicy, merge: 'auto' },
    overridePolicy: {},
  },
  share: { takes: 'everything', agents: null, mostAttempts: 20 },
  looksBeforeRetry: true,
};

/** GitHub as far as the engine sees it: what it was asked to do, and what a test has it answer. */
export interface FakeGitHub extends GitHubPort {
  /** Every call of `perform`, with its effects. */
  readonly performed: Effect[][];
  readonly looked: Effect[];
  readonly twinsSought: Effect[];
  readonly swept: SweepTarget[];
  readonly requestsSince: string[];
  /** How the next effects of this kind end, in order; without it they are done. */
  readonly answer: (kind: Effect['kind'], ...outcomes: readonly (EffectOutcome | Error)[]) => void;
  /** What a look finds of an effect of this kind; without it, nothing. */
  readonly find: (kind: Effect['kind'], found: EffectOutcome | Error) => void;
  twins: number | Error;
  sees: (target: SweepTarget) => readonly Signal[];
  hears: () => readonly HeardSignal[];
  /** Called while a request is under way. */
  meanwhile: () => Promise<void>;
}

export function done(effect: Effect, number = 500): EffectOutcome {
  switch (effect.kind) {
    case 'check-permission':
      return { status: 'done', result: { kind: 'permission', permission: 'write' } };
    case 'read-plan':
      return { status: 'done', result: { kind: 'plan-source', source: planSource() } };
    case 'create-sub-issue':
    case 'create-issue':
      return {
        status: 'done',
        result: { kind: 'issue', issue: { number, id: number, nodeId: `I_${number}`, url: '' } },
      };
    case 'create-comment':
      return { status: 'done', result: { kind: 'comment', comment: { id: number, nodeId: `C_${number}`, url: '' } } };
    case 'open-pull':
      return { status: 'done', result: { kind: 'pull', number, url: '', headSha: 't1-1' } };
    case 'merge-pull':
      return { status: 'done', result: { kind: 'merged', sha: `m-${effect.sha}` } };
    case 'add-edge':
    case 'edit-comment':
    case 'mark-body':
    case 'edit-issue':
    case 'react':
      return { status: 'done', result: { kind: 'done' } };
  }
}

function planSource(body = '- [ ] First\n- [ ] Second (needs #1)\n') {
  const issue = { number: 7, nodeId: 'I_7', title: 'Master', url: '', body };
  return { repo, issue, edited: null, settings: null, subIssues: [], requiredChecks: [], baseChecks: [] };
}

function fakeGitHub(): FakeGitHub {
  const answers = new Map<string, (EffectOutcome | Error)[]>();
  const found = new Map<string, EffectOutcome | Error>();
  let made = 500;
  const fake: FakeGitHub = {
    performed: [],
    looked: [],
    twinsSought: [],
    swept: [],
    requestsSince: [],
    answer: (kind, ...outcomes) => void answers.set(kind, [...(answers.get(kind) ?? []), ...outcomes]),
    find: (kind, outcome) => void found.set(kind, outcome),
    twins: 0,
    sees: () => [],
    hears: () => [],
    meanwhile: async () => {},
    perform: async (effects) => {
      fake.performed.push([...effects]);
      await fake.meanwhile();
      return effects.map((effect) => {
        const next = answers.get(effect.kind)?.shift();
        if (next instanceof Error) throw next;
        made += 1;
        return next ?? done(effect, made);
      });
    },
    reconcile: async (effect) => {
      fake.looked.push(effect);
      const outcome = found.get(effect.kind) ?? null;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    removeTwins: async (effect) => {
      fake.twinsSought.push(effect);
      if (fake.twins instanceof Error) throw fake.twins;
      return fake.twins;
    },
    sweep: async (target) => {
      fake.swept.push(target);
      return fake.sees(target);
    },
    gaps: () => [],
    sweepRequests: async (since) => {
      fake.requestsSince.push(since);
      return fake.hears();
    },
  };
  return fake;
}

export interface RunningAgent {
  readonly spec: AttemptSpec;
  readonly hooks: AttemptHooks;
  readonly finish: (result: AttemptResult) => void;
}

/** Agents that work until the test says how it ended; stopped ones end undecided, as the port asks. */
export interface FakeAgents extends AttemptRunner {
  readonly started: RunningAgent[];
  /** What `adopt` finds. */
  adopts: (spec: AttemptSpec) => ReturnType<AttemptRunner['adopt']>;
}

function fakeAgents(): FakeAgents {
  const fake: FakeAgents = {
    started: [],
    adopts: async () => null,
    adopt: (spec) => fake.adopts(spec),
    agentNames: () => ['default'],
    run: (spec, hooks) =>
      new Promise((finish) => {
        fake.started.push({ spec, hooks, finish });
        hooks.signal.addEventListener('abort', () => finish({ status: 'undecided', message: 'stopped' }));
      }),
  };
  return fake;
}

export interface Bench {
  now: number;
  readonly ports: Ports;
  readonly store: MemoryStore;
  readonly github: FakeGitHub;
  readonly agents: FakeAgents;
  /** Keys that were woken, and not yet taken by `woken`. */
  readonly woken: () => readonly string[];
  readonly logged: { readonly level: string; readonly message: string }[];
  /** Stores the orchestration of a stage, with its history and everything it wants done. Returns its key. */
  readonly place: (stage: Stage) => Promise<string>;
  /** Carries out one command of it now, as the queue would. */
  readonly carryOut: (key: string, command: CoreCommand, changes?: Partial<DispatchSettings>) => Promise<void>;
  /** A webhook with this in it arrives and is translated. Returns the orchestrations it touched. */
  readonly deliver: (id: string, ...heard: readonly HeardSignal[]) => Promise<readonly string[]>;
  /** Folds what waits; returns the state afterwards. */
  readonly fold: (key: string) => Promise<NonNullable<Awaited<ReturnType<MemoryStore['loadState']>>>>;
  /** Kinds of signals that were told to an orchestration, in order. */
  readonly told: (key: string) => readonly Signal[];
}

/** Nothing has happened yet. */
export function bench(): Bench {
  const woken: string[] = [];
  const store = memoryStore(() => self.now);
  const github = fakeGitHub();
  const agents = fakeAgents();
  const logged: { level: string; message: string }[] = [];
  const ports: Ports = {
    store,
    github,
    agents,
    queue: { enqueue: (keys) => void woken.push(...keys), start: () => {}, close: async () => {} },
    translate: (_, payload) => payload as readonly HeardSignal[],
    now: () => self.now,
    markerSecret: 'secret',
    log: (level, message) => void logged.push({ level, message }),
  };
  const self: Bench = {
    now: noon,
    ports,
    store,
    github,
    agents,
    logged,
    woken: () => woken.splice(0),
    place: async (stage) => {
      const { state, history } = stage;
      const key = orchestrationKey(state);
      const row = { key, id: state.id, owner: repo.owner, name: repo.name, issue: 7, live: true, subIssues: [] };
      // any step that changes nothing but the number gives the live flag and the issues that belong to the state
      const step = takeStep(state, [reminder], () => self.now, pace);
      if (step === null) throw new Error('a new request is always news');
      const initial = { ...step, state, events: history, commands: react(state, pace) };
      if (!(await store.createOrchestration(row, initial))) throw new Error('it is there already');
      return key;
    },
    carryOut: (key, command, changes = {}) => {
      const [owner = '', name = '', id = ''] = key.split('/');
      const full = commandKey({ repo: { ...repo, owner, name }, id }, command);
      return dispatch(ports, { ...settings, ...changes }, full, new AbortController().signal);
    },
    deliver: async (id, ...heard) => {
      await store.receiveDelivery({ id, event: 'test', payload: JSON.stringify(heard), receivedAt: self.now });
      return takeDeliveries(ports, pace);
    },
    fold: async (key) => {
      await store.advance(key, (state, signals) => takeStep(state, signals, () => self.now, pace));
      const state = await store.loadState(key);
      if (state === null) throw new Error(`no orchestration ${key}`);
      return state;
    },
    told: (key) => store.signals.filter((one) => one.orchestration === key).map((one) => one.signal),
  };
  return self;
}

const reminder: AskedSignal = {
  type: 'asked',
  source: 'reminder',
  issue: 7,
  by: 'nobody',
  at: 0,
  command: { kind: 'unknown', text: '', problem: '' },
};

export interface Typed {
  readonly source?: string;
  readonly issue?: number;
  readonly by?: string;
  readonly at?: number;
  readonly verb?: Extract<SpokenCommand, { kind: 'command' }>['verb'];
  readonly repo?: Repository;
}

/** Somebody types a command. */
export function asked(how: Typed = {}): HeardSignal {
  const { source = 'comment-1-0', issue = 7, by = 'ada', at = noon, verb = 'run' } = how;
  const command = { kind: 'command', verb, flags: {}, target: null } as const;
  return { repo: how.repo ?? repo, signal: { type: 'asked', source, issue, by, at, command } };
}
