import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { ProgramEnd, ProgramSpec, StopCause } from './program.ts';
import type { Recording } from './recording.ts';
import { killSurvivors, signalGroup } from './survivors.ts';

/** How long after the kill the kernel may take; a process in uninterruptible sleep makes us give up. */
const KILL_PATIENCE_MS = 5_000;
/** How long output already written may take to arrive once everyone is dead. */
const DRAIN_MS = 1_000;
/** Longer delays overflow a timer and would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export interface WatchedProgram {
  readonly spec: ProgramSpec;
  readonly child: ChildProcess;
  /** The environment entry that all processes of the run start with. */
  readonly mark: string;
  readonly recording: Recording;
  readonly startedAt: number;
  readonly stopRequested: Promise<StopCause>;
  readonly requestStop: (cause: StopCause) => void;
}

type Exit =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'not_started'; readonly error: Error };

/** Follows a spawned program to its end and describes that end. Never rejects. */
export async function watchProgram(watched: WatchedProgram): Promise<ProgramEnd> {
  const { spec, child, recording, stopRequested } = watched;
  // 'exit' decides: 'close' and the end of the streams wait for any orphan that holds the pipes.
  const exit = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ kind: 'exited', code, signal }));
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ kind: 'not_started', error });
    });
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const namespace = connectStreams(watched);
  const disarm = armTimers(watched);
  const first = await Promise.race([exit, stopRequested]);
  disarm();
  const outcome = typeof first === 'string' ? await bringDown(child, exit, spec.graceMs) : first;
  const survivors = await killRest(watched, namespace());
  await within(closed, DRAIN_MS);
  for (const stream of child.stdio) stream?.destroy();
  const cause = typeof first === 'string' ? first : outcome?.kind === 'not_started' ? 'spawn_failed' : 'exited';
  const detail = outcome?.kind === 'not_started' ? outcome.error.message : describeListenerError(recording);
  return {
    exitCode: outcome?.kind === 'exited' ? outcome.code : null,
    signal: outcome?.kind === 'exited' ? outcome.signal : null,
    cause,
    ...(detail === undefined ? {} : { detail }),
    output: recording.finish(),
    survivors,
    durationMs: Math.round(performance.now() - watched.startedAt),
  };
}

/** Answers a reader of the pid namespace, which the wrapper announces on descriptor 3. */
function connectStreams({ spec, child, recording }: WatchedProgram): () => string | null {
  if (child.stdout) recording.follow('stdout', child.stdout);
  if (child.stderr) recording.follow('stderr', child.stderr);
  // A program need not read its input: EPIPE says nothing about how it went.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(spec.input ?? '');
  let announced = '';
  const announcements = child.stdio[3] as Readable | null | undefined;
  announcements?.on('error', () => undefined);
  announcements?.on('data', (chunk: Buffer) => {
    if (announced.length < 64) announced += chunk.toString('latin1');
  });
  return () => /^pid:\[\d+\](?=\n)/.exec(announced)?.[0] ?? null;
}

function armTimers({ spec, recording, requestStop }: WatchedProgram): () => void {
  const wall = setTimeout(() => requestStop('timeout'), Math.min(spec.wallMs, LONGEST_TIMER_MS));
  const { idleMs } = spec;
  let idle: NodeJS.Timeout | undefined;
  if (idleMs !== undefined) {
    const look = (): void => {
      const silentFor = performance.now() - recording.lastActivity();
      if (silentFor >= idleMs) requestStop('stalled');
      else idle = setTimeout(look, Math.min(Math.ceil(idleMs - silentFor), LONGEST_TIMER_MS));
    };
    look();
  }
  const abort = (): void => requestStop('cancelled');
  spec.signal?.addEventListener('abort', abort, { once: true });
  return () => {
    clearTimeout(wall);
    clearTimeout(idle);
    spec.signal?.removeEventListener('abort', abort);
  };
}

/** TERM to the group, grace, KILL; null when not even that made it exit. */
async function bringDown(child: ChildProcess, exit: Promise<Exit>, graceMs: number): Promise<Exit | null> {
  if (child.pid === undefined) return within(exit, KILL_PATIENCE_MS);
  signalGroup(child.pid, 'SIGTERM');
  const polite = await within(exit, graceMs);
  if (polite !== null) return polite;
  signalGroup(child.pid, 'SIGKILL');
  return within(exit, KILL_PATIENCE_MS);
}

async function killRest({ child, mark }: WatchedProgram, namespace: string | null): Promise<number> {
  if (child.pid === undefined) return 0;
  return killSurvivors({ group: child.pid, mark, namespace }, KILL_PATIENCE_MS);
}

function describeListenerError(recording: Recording): string | undefined {
  const error = recording.listenerError();
  return error === undefined ? undefined : `the line listener failed: ${String(error)}`;
}

function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), ms);
    void promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
