/** Exit codes, from the seed and DETAILS "CLI". */
import type { Orchestration } from '../core/model.ts';
import { wantedTasks } from '../core/tasks.ts';

export const exitCodes = {
  done: 0,
  partial: 1,
  failed: 2,
  unreadable: 3,
  invalidPlan: 4,
  githubRefused: 5,
  timedOut: 6,
  outOfResources: 7,
  agentCannotStart: 8,
  internal: 9,
  interrupted: 130,
} as const;

/** At least this share landed: a partial success. */
const partialShare = 0.8;

/** 0 all landed; 1 at least 80 %; below that 6 when every failure ran out of time, 8 when no agent could start, else 2. */
export function exitCodeOf(state: Orchestration): number {
  if (state.phase === 'refused') return state.problems.length > 0 ? exitCodes.invalidPlan : exitCodes.githubRefused;
  const wanted = wantedTasks(state);
  const total = wanted.length;
  const landed = wanted.filter((task) => task.status === 'merged').length;
  if (landed === total) return exitCodes.done;
  if (landed / total >= partialShare) return exitCodes.partial;
  const failures = state.tasks.flatMap((task) => (task.status === 'failed' ? [task.failure.class] : []));
  if (failures.length > 0 && failures.every((failure) => failure === 'timeout')) return exitCodes.timedOut;
  if (failures.length > 0 && failures.every((failure) => failure === 'spawn_failed')) return exitCodes.agentCannotStart;
  return exitCodes.failed;
}

/** A problem told to the user in one or more lines, ending the command with a code; not a crash. */
export class CommandFailed extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
