/**
 * git: running git safely. Imports no other room, only `node:`.
 *
 * Every git process of this program starts here, with an environment built from nothing and configuration that
 * switches off hooks, helpers, prompts and odd protocols.
 * Invariant: nothing that a repository, a work tree or a remote contains makes git start another program, apart from
 * git's own http transport and our askpass script.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { GitError } from './git-error.ts';
import type { GitAuth, GitOptions } from './git-options.ts';
import { hardenedArguments, hardenedEnvironment } from './hardening.ts';
import { refuseUnsafeAddress } from './remote-address.ts';

export type { GitAuth, GitOptions };
export { GitError };

export interface GitResult {
  readonly stdout: string;
  readonly stdoutBytes: Uint8Array;
  readonly stderr: string;
  readonly exitCode: number;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const STDERR_BYTES = 64 * 1024;

/** Runs `git <args>`. Throws `GitError` on an exit code outside `okCodes`, a timeout, an abort or too much output. */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const usesHttp = refuseUnsafeAddress(args);
  if (options.signal?.aborted) throw new GitError('was cancelled before it started', { args });
  const protocols: ('http' | 'file')[] = [];
  if (usesHttp) protocols.push('http');
  if (options.allowFile) protocols.push('file');
  const child = spawnGit([...hardenedArguments(protocols), ...args], args, options);
  const outcome = await collect(child, options);
  if (outcome.spawnError) throw new GitError('cannot be started', { args, cause: outcome.spawnError });
  if (outcome.stopped !== null) {
    throw new GitError(outcome.stopped.reason, { args, stderr: outcome.stderr, timedOut: outcome.stopped.timedOut });
  }
  const { exitCode, stdout, stderr } = outcome;
  if (exitCode === null || !(options.okCodes ?? [0]).includes(exitCode)) {
    throw new GitError(`ended with ${exitCode ?? 'a signal'}`, { args, exitCode, stderr });
  }
  return { stdout: stdout.toString('utf8'), stdoutBytes: stdout, stderr, exitCode };
}

function spawnGit(
  all: readonly string[],
  args: readonly string[],
  options: GitOptions,
): ChildProcessWithoutNullStreams {
  try {
    // A group of its own, so that a timeout also ends git-remote-https and whatever else git started.
    return spawn('git', all, { cwd: options.cwd ?? '/', env: hardenedEnvironment(options), detached: true });
  } catch (cause) {
    throw new GitError('cannot be started', { args, cause });
  }
}

interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly spawnError: Error | null;
  readonly stopped: { readonly reason: string; readonly timedOut: boolean } | null;
}

function collect(child: ChildProcessWithoutNullStreams, options: GitOptions): Promise<Outcome> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    let spawnError: Error | null = null;
    let stopped: Outcome['stopped'] = null;
    const stop = (reason: string, timedOut: boolean): void => {
      if (stopped !== null) return;
      stopped = { reason, timedOut };
      killGroup(child.pid);
      // 'close' waits for every holder of the pipes; after a kill nobody's output matters any more.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
    };
    const abort = (): void => stop('was cancelled', false);
    const timer = setTimeout(() => stop(`did not finish within ${timeoutMs} ms`, true), timeoutMs);
    options.signal?.addEventListener('abort', abort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) stop(`printed more than ${maxBytes} bytes`, false);
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < STDERR_BYTES) stderr += chunk.toString('utf8');
    });
    child.on('error', (error) => {
      spawnError = error;
      if (child.pid === undefined) finish(null);
    });
    child.on('close', (code) => finish(code));
    // EPIPE when git exits without reading everything; its exit code says what that meant.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    function finish(exitCode: number | null): void {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', abort);
      resolve({ exitCode, stdout: Buffer.concat(chunks), stderr, spawnError, stopped });
    }
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
