/**
 * Check-ins: a pause that asks a person, with numbered options and a recommendation. They follow from the state alone,
 * and whoever has write permission answers with a command, by the number of an option.
 */
import type { Orchestration, Task } from './model.ts';

/** What an answer does: the work is stopped, or may land as it is. */
export type CheckInOption = 'stop' | 'land';

export interface CheckIn {
  readonly task: Task;
  /** `gone`: nobody asks for it any more. `reworded`: its item asks for something else by now. */
  readonly about: 'gone' | 'reworded';
  /** In words, of the one who changed the list. */
  readonly reason: string;
  /** The first is number 1. */
  readonly options: readonly CheckInOption[];
  /** The number of the option that is recommended. */
  readonly recommended: number;
}

export const rewordedReason = 'its item reads otherwise by now';

/** The question about a task, while one is open. */
export function checkInOf(task: Task): CheckIn | null {
  if (task.held === undefined || task.status === 'merged' || task.status === 'cancelled') return null;
  const about = task.held === rewordedReason ? 'reworded' : 'gone';
  // what nobody asks for is not to land; what was asked for in other words is mostly still wanted
  return { task, about, reason: task.held, options: ['stop', 'land'], recommended: about === 'gone' ? 1 : 2 };
}

export function openCheckIns(state: Orchestration): readonly CheckIn[] {
  return state.phase === 'running' ? state.tasks.flatMap((task) => checkInOf(task) ?? []) : [];
}
