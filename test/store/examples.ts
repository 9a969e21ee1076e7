import type { Event, RecordedEvent } from '../../src/core/events.ts';
import { noEdits } from '../../src/core/evolve-edits.ts';
import type { Orchestration } from '../../src/core/model.ts';
import type { Signal } from '../../src/core/signals.ts';
import type { AddressedSignal, NewCommand, OrchestrationRow, Step, StoredCommand } from '../../src/engine/ports.ts';

/** Every test starts its clock here. */
export const noon = Date.UTC(2026, 0, 2, 12);

export function rowOf(issue: number, changes: Partial<OrchestrationRow> = {}): OrchestrationRow {
  const id = changes.id ?? `orch-${issue}-20260102-1200`;
  const owner = changes.owner ?? 'octo';
  const name = changes.name ?? 'demo';
  return { key: `${owner}/${name}/${id}`, id, owner, name, issue, live: true, subIssues: [], ...changes };
}

/** A small stand-in for core's evolve: counts events, and remembers the last round that was summed up. */
export function foldExample(events: readonly RecordedEvent[]): Orchestration {
  const rounds = events.flatMap(({ event }) => (event.type === 'summary-posted' ? [event.round] : []));
  return { ...emptyState, seq: events.length, round: rounds.at(-1) ?? 0 };
}

export function recorded(seq: number, event: Event = { type: 'summary-posted', round: seq }): RecordedEvent {
  return { seq, at: noon + seq, version: 1, event };
}

/** A step that appends `count` events to a state at `before` and wants these commands. */
export function stepFrom(before: Pick<Orchestration, 'seq'>, count: number, changes: Partial<Step> = {}): Step {
  const events = Array.from({ length: count }, (_, index) => recorded(before.seq + index + 1));
  return {
    state: { ...emptyState, seq: before.seq + count, round: before.seq + count },
    events,
    commands: [],
    live: true,
    subIssues: [],
    projection: { tasks: [], workflows: [], history: [] },
    ...changes,
  };
}

export function wanted(key: string, command: StoredCommand = { kind: 'read-plan' }, notBefore = 0): NewCommand {
  return { key, command, notBefore };
}

export function attempt(key: string, task = 'a'): NewCommand {
  return wanted(key, { kind: 'run-attempt', task, attempt: 1, agent: 'any' });
}

export function signalTo(orchestration: string, source: string, signal: Signal = { type: 'tick' }): AddressedSignal {
  return { orchestration, source, signal };
}

const emptyState: Orchestration = {
  stateVersion: 2,
  seq: 0,
  id: 'orch-1-20260102-1200',
  repo: { owner: 'octo', name: 'demo', nodeId: '', defaultBranch: 'main', cloneUrl: '' },
  issue: { number: 1, nodeId: '', title: 'A master issue', url: '' },
  phase: 'requested',
  requestedAt: noon,
  requestedBy: 'mona',
  flags: {},
  readings: 0,
  plan: null,
  digest: null,
  approvedBy: null,
  problems: [],
  requiredChecks: [],
  baseChecks: [],
  tasks: [],
  edgesLinked: [],
  edgesRefused: [],
  plannedAt: null,
  mergeAllowedBy: null,
  edits: noEdits,
  pausedBy: null,
  checks: [],
  requests: [],
  replies: [],
  report: {
    due: 0,
    shown: 0,
    edits: 0,
    lastEditAt: 0,
    comment: null,
    bodyDue: 0,
    bodyShown: 0,
    bodyEdits: 0,
    lastBodyEditAt: 0,
    summaries: [],
  },
  round: 0,
  landings: 0,
  outcome: null,
  masterClosed: false,
  stuck: [],
};
