import type { Confinement } from './confine.ts';
import type { OnLine, RecordedOutput } from './recording.ts';

export interface ProgramSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. One mark, `MUSTER_RUN_MARK`, is added to find stray processes. */
  readonly env: Readonly<Record<string, string>>;
  /** Written to stdin, which is then closed. */
  readonly input?: string;
  /** Milliseconds the whole run may take. */
  readonly wallMs: number;
  /** Milliseconds without a byte of output until the run counts as stalled. */
  readonly idleMs?: number;
  /** Milliseconds between the polite signal and the kill. */
  readonly graceMs: number;
  /** How much output is stored, half for each stream (head and tail kept). Reading goes on beyond it. */
  readonly outputBytes: number;
  /** Longer lines are cut before `onLine` sees them. */
  readonly lineBytes: number;
  readonly confinement: Confinement;
  readonly onLine?: OnLine;
  readonly signal?: AbortSignal;
}

export type StopCause = 'cancelled' | 'timeout' | 'stalled';

export interface ProgramEnd {
  /** Inside a namespace, death by signal n is 128 + n here and `signal` stays null. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly cause: 'exited' | StopCause | 'spawn_failed';
  readonly detail?: string;
  readonly output: RecordedOutput;
  /** Processes of the run that still lived after everything was tried. */
  readonly survivors: number;
  readonly durationMs: number;
}

export interface RunningProgram {
  /** The outermost process (a wrapper, when confined). */
  readonly pid: number | undefined;
  /** Never rejects. */
  readonly end: Promise<ProgramEnd>;
  /** Begins the end: TERM, grace, KILL. The first reason counts. */
  cancel(reason: StopCause): void;
}
