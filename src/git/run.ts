/**
 * git: running git safely. Imports no other room, only `node:`.
 *
 * Every git whose answer is awaited starts here, with an environment built from nothing and configuration that
 * switches off hooks, helpers, prompts and odd protocols.
 * Invariant: nothing that a repository, a work tree or a remote contains makes git start another program, apart from
 * git's own http transport and our askpass script.
 */
import { resolve } from 'node:path';
import { GitError } from './git-error.ts';
import type { GitAuth, GitOptions } from './git-options.ts';
import { hardenedArguments, hardenedEnvironment } from './hardening.ts';
import { refuseUnsafeAddress } from './remote-address.ts';
import { runGit } from './starter.ts';

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

/** Runs `git <args>`. Throws `GitError` on an exit code outside `okCodes`, a timeout, an abort or too much output. */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const usesHttp = refuseUnsafeAddress(args);
  if (options.signal?.aborted) throw new GitError('was cancelled before it started', { args });
  const protocols: ('http' | 'file')[] = [];
  if (usesHttp) protocols.push('http');
  if (options.allowFile) protocols.push('file');
  const request = {
    args: [...hardenedArguments(protocols), ...args],
    // the starter has a working directory of its own
    cwd: resolve(options.cwd ?? '/'),
    env: hardenedEnvironment(options),
    input: options.input ?? '',
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
  };
  const outcome = await runGit(request, options.signal);
  if (outcome.spawnError !== null) throw new GitError(`cannot be started: ${outcome.spawnError}`, { args });
  if (outcome.stopped !== null) {
    throw new GitError(outcome.stopped.reason, { args, stderr: outcome.stderr, timedOut: outcome.stopped.timedOut });
  }
  const { exitCode, stdout, stderr } = outcome;
  if (exitCode === null || !(options.okCodes ?? [0]).includes(exitCode)) {
    throw new GitError(`ended with ${exitCode ?? 'a signal'}`, { args, exitCode, stderr });
  }
  return { stdout: stdout.toString('utf8'), stdoutBytes: stdout, stderr, exitCode };
}
