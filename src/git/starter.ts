import { type ChildProcess, spawn } from 'node:child_process';
import { STARTER_SCRIPT } from './starter-script.ts';

export interface StartRequest {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | Uint8Array;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** How git ended. `stopped`: by us, and why; `spawnError`: it never ran, or nobody can say any more what became of it. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly spawnError: string | null;
  readonly stopped: { readonly reason: string; readonly timedOut: boolean } | null;
}

let current: Starter | null = null;

/**
 * Runs git in a group of its own, started by a small process beside ours: to start a program costs in proportion to the
 * memory of whoever starts it, ours is some hundred megabytes, and a task takes dozens of gits. Never rejects.
 */
export function runGit(request: StartRequest, signal?: AbortSignal): Promise<ProgramEnd> {
  current ??= openStarter();
  return current.run(request, signal);
}

function openStarter(): Starter {
  const starter = new Starter(() => {
    if (current === starter) current = null;
  });
  return starter;
}

/** Owns the process that starts git. It leaves when ours is gone, and keeps ours alive only while a git runs. */
class Starter {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (end: ProgramEnd) => void>();
  readonly #gone: () => void;
  #lastId = 0;

  constructor(gone: () => void) {
    this.#gone = gone;
    this.#process = spawn(process.execPath, ['-e', STARTER_SCRIPT], {
      cwd: '/',
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      // a Ctrl-C meant for us must not take git away while we finish
      detached: true,
    });
    this.#process.on('message', (message) => {
      const { id, ...end } = message as ProgramEnd & { readonly id: number };
      this.#settle(id, end);
    });
    this.#process.on('error', (error) => this.#leave(error));
    this.#process.on('disconnect', () => this.#leave(new Error('the process that starts git has ended')));
    this.#keepAlive(false);
  }

  run(request: StartRequest, signal: AbortSignal | undefined): Promise<ProgramEnd> {
    this.#lastId += 1;
    const id = this.#lastId;
    const stop = (): void => this.#send({ id, stop: 'was cancelled' });
    signal?.addEventListener('abort', stop, { once: true });
    return new Promise((resolve) => {
      this.#waiting.set(id, (end) => {
        signal?.removeEventListener('abort', stop);
        resolve(end);
      });
      this.#keepAlive(true);
      this.#send({ id, ...request });
    });
  }

  #send(message: Readonly<Record<string, unknown>>): void {
    // its death may be noticed here first
    this.#process.send(message, (error) => {
      if (error !== null) this.#leave(error);
    });
  }

  #settle(id: number, end: ProgramEnd): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#keepAlive(false);
    resolve?.(end);
  }

  #leave(error: Error): void {
    this.#gone();
    for (const id of [...this.#waiting.keys()]) this.#settle(id, lost(error));
  }

  #keepAlive(alive: boolean): void {
    for (const part of [this.#process, this.#process.channel])
      if (alive) part?.ref();
      else part?.unref();
  }
}

function lost(error: Error): ProgramEnd {
  return { exitCode: null, stdout: Buffer.alloc(0), stderr: '', spawnError: String(error), stopped: null };
}
