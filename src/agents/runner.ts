/**
 * agents: who does the work. May import core, engine/ports.ts, text, git and proc.
 * This file is what every backend of an agent looks like from inside the room: a `RunSpec` goes in, events come out, and
 * an `AgentEnd` closes it.
 * Invariant: an `AgentEnd` is evidence, never a verdict; the verdict comes from the tree in git and our own verify run.
 */
import type { AttemptPlace } from './place.ts';

/** Milliseconds and bytes. */
export interface RunLimits {
  readonly wallMs: number;
  readonly idleMs: number;
  readonly graceMs: number;
  readonly outputBytes: number;
  readonly lineBytes: number;
}

/** What a backend needs for one run. `env` is the whole environment; nothing is inherited. */
export interface RunSpec {
  readonly runId: string;
  readonly prompt: string;
  readonly place: AttemptPlace;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: RunLimits;
}

export type RunEvent =
  | { readonly type: 'started' }
  /** 0..100, and a word or two; what the agent claims about itself. */
  | { readonly type: 'progress'; readonly percent: number; readonly stage: string };

/** How the agent's side ended. Output is unredacted: nobody but `evidence.ts` may hand it on. */
export interface AgentEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly cause: 'exited' | 'cancelled' | 'timeout' | 'stalled' | 'spawn_failed';
  readonly detail: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputBytes: number;
  /** Processes that lived on after everything was tried. */
  readonly survivors: number;
  readonly durationMs: number;
}

/** One per way of reaching an agent; `script` is the first. `run` never rejects; aborting `signal` ends it. */
export interface AgentRunner {
  readonly transport: 'script';
  readonly run: (spec: RunSpec, onEvent: (event: RunEvent) => void, signal: AbortSignal) => Promise<AgentEnd>;
}

/** An agent as the operator set it up. A repository can choose one by name and never define one. */
export interface AgentSetup {
  /** Run by `/bin/sh -c`. */
  readonly command: string;
  /** Added to the agent's environment, resolved values. */
  readonly env: Readonly<Record<string, string>>;
  readonly capabilities?: readonly string[];
  readonly maxConcurrent?: number;
  /** Places outside its own directory that it may change, such as a package cache. */
  readonly writable?: readonly string[];
}
