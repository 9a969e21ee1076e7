/**
 * What an example is: a repository, a master issue, what the scripted agent writes for each task, what the maintainer does
 * on the way, and the end that it is meant to have. To add one, write a file beside this one and name it in `all.ts`.
 */
import type { Orchestration, Task } from '../../../core/model.ts';

export interface Scenario {
  readonly name: string;
  /** One line for `muster demo --list`. */
  readonly about: string;
  /** Name of the repository. */
  readonly repository: string;
  /** The repository's first commit; its tests are green. */
  readonly files: Files;
  /** Of the master issue. */
  readonly title: string;
  readonly body: string;
  /** What follows `/muster run`, such as `--batch-size 5`. */
  readonly flags?: string;
  readonly jobs: readonly Job[];
  /** In this order, each once. */
  readonly acts?: readonly Act[];
  readonly expected: Expected;
  /** Told at the end: what happened and why, one paragraph each. */
  readonly lesson: readonly string[];
  /** Where the demo falls short of the example it follows. */
  readonly notShown?: readonly string[];
  readonly measure?: (end: End) => readonly Measure[];
}

/** Text by path. */
export type Files = Readonly<Record<string, string>>;

/** One task's work, as the scripted agent does it. */
export interface Job {
  /** Words of its title, in lower case. */
  readonly task: string;
  /** How long the example's agent took. */
  readonly minutes: number;
  /** Null removes the file. */
  readonly files: Readonly<Record<string, string | null>>;
}

/** What the maintainer does at one moment. */
export interface Act {
  /** Asked after each event, and once everything is over and told. */
  readonly when: (state: Orchestration) => boolean;
  readonly play: (maintainer: Maintainer, state: Orchestration) => Promise<void>;
}

/** A human with write permission. Everything goes over HTTP, as from a browser or git, and is told to the reader. */
export interface Maintainer {
  readonly thinks: (words: string) => void;
  /** On the master issue where no other is named. */
  readonly comments: (command: string, issue?: number) => Promise<void>;
  /** The master issue's text. */
  readonly rewrites: (body: string, words: string) => Promise<void>;
  readonly readsDiagnostics: (state: Orchestration) => Promise<void>;
  /** An approving review. */
  readonly approves: (pull: number) => Promise<void>;
  /** One commit on main. */
  readonly pushes: (files: Files, subject: string) => Promise<void>;
}

export interface Expected {
  readonly landed: number;
  readonly of: number;
  readonly exitCode: number;
}

export interface End {
  readonly state: Orchestration;
  /** What main holds. */
  readonly files: Files;
}

/** A figure taken at the end: `key` and `value` for JSON, `label` and `words` for people. */
export interface Measure {
  readonly key: string;
  readonly value: number | readonly number[];
  readonly label: string;
  /** Left out: the value says it. */
  readonly words?: string;
}

/** Every task ended with a diagnostic issue or waits to be merged, and none has landed yet. */
export function isReadyForPeople(state: Orchestration): boolean {
  return state.phase === 'running' && state.tasks.length > 0 && state.tasks.every(isReady);
}

function isReady(task: Task): boolean {
  if (task.status === 'failed') return task.retryAt === null && task.diagnostic?.issue != null;
  return task.status === 'validation_passed';
}
