/**
 * proc: running other people's programs safely. Imports no other room, only `node:`.
 *
 * A program gets an environment built from nothing, its input on stdin, two timers (whole run and silence), and an end
 * that is decided by its exit, never by whoever still holds its pipes.
 * Invariant: when `end` settles, every process of the run that can be found is dead; `survivors` counts the others.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { confine } from './confine.ts';
import type { ProgramEnd, ProgramSpec, RunningProgram, StopCause } from './program.ts';
import { startRecording } from './recording.ts';
import { findExecutable } from './tool-path.ts';
import { watchProgram } from './watch.ts';

export type { ProgramEnd, ProgramSpec, RunningProgram };

/** Starts a program and watches over it to its end. Never throws. */
export function runProgram(spec: ProgramSpec): RunningProgram {
  const startedAt = performance.now();
  const recording = startRecording(spec.outputBytes, spec.lineBytes, spec.onLine);
  const refuse = (cause: ProgramEnd['cause'], detail: string): RunningProgram => {
    const end = {
      exitCode: null,
      signal: null,
      cause,
      detail,
      output: recording.finish(),
      survivors: 0,
      durationMs: 0,
    };
    return { pid: undefined, end: Promise.resolve(end), cancel: () => undefined };
  };
  if (spec.signal?.aborted) return refuse('cancelled', 'cancelled before it started');
  const mark = `MUSTER_RUN_MARK=${randomUUID()}`;
  const child = start(spec, mark);
  if (typeof child === 'string') return refuse('spawn_failed', child);
  let cancel: (cause: StopCause) => void = () => undefined;
  const stopRequested = new Promise<StopCause>((resolve) => {
    cancel = resolve;
  });
  const end = watchProgram({ spec, child, mark, recording, startedAt, stopRequested, requestStop: cancel });
  return { pid: child.pid, end, cancel };
}

/** The child, or why there is none. */
function start(spec: ProgramSpec, mark: string): ChildProcess | string {
  if (!isDirectory(spec.cwd)) return `the working directory ${spec.cwd} does not exist`;
  const executable = findExecutable(spec.command, spec.cwd, spec.env.PATH);
  if (executable === null) return `the command ${spec.command} was not found or may not be executed`;
  const { command, args } = confine(executable, spec.args, spec.confinement);
  const [name = '', value = ''] = mark.split('=');
  try {
    return spawn(command, args, {
      cwd: spec.cwd,
      env: { ...spec.env, [name]: value },
      // A session and process group of its own, so that one signal reaches all of it and Ctrl-C none.
      detached: true,
      stdio: spec.confinement === 'none' ? ['pipe', 'pipe', 'pipe'] : ['pipe', 'pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
