import { rm } from 'node:fs/promises';
import type { AttemptSpec } from '../engine/ports.ts';
import { baseEnvironment } from './environment.ts';
import { collectEvidence } from './evidence.ts';
import { runConfined, type Sandbox } from './isolation.ts';
import { type AttemptPlace, clearPlace, placeAt } from './place.ts';
import type { RunLimits } from './runner.ts';
import type { VerifyRun } from './verdict.ts';
import { populateTree } from './workspace.ts';

export interface VerifyRequest {
  readonly mirrorDir: string;
  readonly place: AttemptPlace;
  readonly spec: AttemptSpec;
  readonly sha: string;
  readonly command: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly path: string;
  readonly limits: Omit<RunLimits, 'idleMs'>;
  readonly secrets: readonly string[];
}

/**
 * Runs the verify command on exactly the delivered commit, in a fresh checkout, without keys and without network.
 * Null when it was cancelled.
 */
export async function verifyCommit(
  sandbox: Sandbox,
  request: VerifyRequest,
  signal: AbortSignal,
): Promise<VerifyRun | null> {
  const { command, limits, secrets } = request;
  const place = placeAt(`${request.place.dir}-verify`);
  try {
    const start = { sha: request.sha, branch: request.spec.branch, author: request.author };
    await populateTree(request.mirrorDir, place, start);
    const end = await runConfined(sandbox, {
      command,
      env: { ...baseEnvironment(place, request.path), CI: 'true' },
      input: '',
      place,
      limits: { ...limits, idleMs: null },
      network: 'none',
      writable: [],
      signal,
    });
    if (end.cause === 'cancelled') return null;
    const cause = end.cause === 'stalled' ? 'timeout' : end.cause;
    const ok = cause === 'exited' && end.exitCode === 0;
    return {
      command,
      ok,
      cause,
      exitCode: end.exitCode,
      evidence: ok ? [] : collectEvidence(end.output, place, secrets),
    };
  } finally {
    await clearPlace(place);
    await rm(place.dir, { recursive: true, force: true });
  }
}
