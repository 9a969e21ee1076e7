/** One step of the loop, pure but for the clock it is given: signals in, events, state and due commands out. */
import { decide } from '../core/decide.ts';
import type { Event, RecordedEvent } from '../core/events.ts';
import { eventVersion } from '../core/events.ts';
import { evolve } from '../core/evolve.ts';
import type { Orchestration } from '../core/model.ts';
import type { Pace } from '../core/react.ts';
import { react } from '../core/react.ts';
import type { Signal } from '../core/signals.ts';
import { subIssueOf } from '../core/tasks.ts';
import type { Clock, Step } from './ports.ts';
import type { Move } from './project.ts';
import { project } from './project.ts';

/** Follow-up passes per step; a rule that answers for ever is our bug and must not hang the process. */
const mostPasses = 1_000;

/** Null when nothing happened (the signals were late, doubled or about something else). */
export function takeStep(state: Orchestration, signals: readonly Signal[], now: Clock, pace: Pace): Step | null {
  const moves: Move[] = [];
  let current = state;
  const record = (events: readonly Event[], at: number): void => {
    for (const event of events) {
      const recorded: RecordedEvent = { seq: current.seq + 1, at, version: eventVersion, event };
      const after = evolve(current, recorded);
      moves.push({ before: current, after, recorded });
      current = after;
    }
  };
  for (const signal of signals) {
    const at = now();
    record(decide(current, signal, at), at);
  }
  for (let pass = 0; pass < mostPasses; pass++) {
    const at = now();
    const events = decide(current, { type: 'tick' }, at);
    if (events.length === 0) break;
    record(events, at);
  }
  return moves.length === 0 ? null : asStep(current, moves, pace);
}

export function asStep(state: Orchestration, moves: readonly Move[], pace: Pace): Step {
  return {
    state,
    events: moves.map((move) => move.recorded),
    commands: react(state, pace),
    live: isLive(state),
    subIssues: [
      ...(state.groups ?? []).map(({ issue }) => issue.number),
      ...state.tasks.flatMap((task) => [subIssueOf(task)?.number ?? [], task.diagnostic?.issue?.number ?? []].flat()),
    ],
    projection: project(moves, state),
  };
}

function isLive(state: Orchestration): boolean {
  switch (state.phase) {
    case 'requested':
    case 'reading':
    case 'proposed':
    case 'running':
      return true;
    case 'finished':
    case 'cancelled':
    case 'refused':
      return false;
  }
}
