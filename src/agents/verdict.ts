import type { FailureClass } from '../core/attempt.ts';
import type { AttemptSpec } from '../engine/ports.ts';
import type { Harvest } from './harvest.ts';
import type { Outcome } from './outcome.ts';
import type { AgentEnd } from './runner.ts';

/** Why an attempt failed, in one class and one sentence. */
export interface Finding {
  readonly class: FailureClass;
  readonly message: string;
}

/**
 * Judges how the agent's side ended, before its tree is looked at; null: nothing speaks against it so far.
 *
 * A `script` agent that exits with anything but 0 has failed, even if it changed files: the exit code is all it has to
 * say so, and half a change that its author calls failed must not become a pull request. (Agents with a protocol of
 * their own may later be judged by their tree instead, with a warning.)
 */
export function judgeRun(end: AgentEnd, limits: { readonly wallMs: number; readonly idleMs: number }): Finding | null {
  switch (end.cause) {
    case 'cancelled':
      return { class: 'cancelled', message: 'The attempt was cancelled.' };
    case 'timeout':
      return { class: 'timeout', message: `The agent was stopped after ${seconds(limits.wallMs)}, its time limit.` };
    case 'stalled':
      return { class: 'stalled', message: `The agent printed nothing for ${seconds(limits.idleMs)} and was stopped.` };
    case 'spawn_failed':
      return { class: 'spawn_failed', message: `The agent could not be started: ${end.detail ?? 'no such command'}.` };
    case 'exited':
      return judgeExit(end);
  }
}

function judgeExit(end: AgentEnd): Finding | null {
  if (end.exitCode === 0) return null;
  const how =
    end.exitCode === null ? `was ended by ${end.signal ?? 'a signal'}` : `ended with exit code ${end.exitCode}`;
  return { class: 'crashed', message: `The agent ${how}.` };
}

/** Judges what was left in the tree. Roles other than `work` need not change anything, but must say what they found. */
export function judgeHarvest(harvest: Harvest, role: AttemptSpec['role'], outcome: Outcome | null): Finding | null {
  if (harvest.kind === 'refused') {
    const [first = '', ...others] = harvest.violations;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return { class: 'policy_violation', message: `What the agent left was not accepted: ${first}${more}.` };
  }
  if (role === 'work') {
    if (harvest.kind === 'changed') return null;
    return { class: 'no_changes', message: 'The agent reported success but changed no file.' };
  }
  if (outcome === null) {
    return { class: 'no_outcome', message: `The agent wrote no readable outcome, which the role ${role} asks for.` };
  }
  // a no is an answer like a yes: what follows from it the plan says
  return null;
}

/** Judges our own verify run of the delivered commit. */
export function judgeVerify(verify: VerifyRun | null): Finding | null {
  if (verify === null || verify.ok) return null;
  const how = {
    exited: verify.exitCode === null ? 'was ended by a signal' : `ended with exit code ${verify.exitCode}`,
    timeout: 'did not end in time',
    spawn_failed: 'could not be started',
  }[verify.cause];
  return { class: 'verify_failed', message: `The verify command \`${verify.command}\` ${how}.` };
}

export interface VerifyRun {
  readonly command: string;
  readonly ok: boolean;
  readonly cause: 'exited' | 'timeout' | 'spawn_failed';
  readonly exitCode: number | null;
  /** Redacted, most telling last. */
  readonly evidence: readonly string[];
}

/** What people should know about a delivery that is fine otherwise. */
export function warningAbout(
  end: AgentEnd,
  role: AttemptSpec['role'],
  outcome: Outcome | null,
  changed: boolean,
): string | null {
  if (role !== 'work' && changed) return `a ${role} lands nothing: what it changed was not kept`;
  if (end.survivors > 0) return `${end.survivors} of its processes could not be ended`;
  if (role === 'work' && outcome?.verdict === 'fail') return 'the agent itself says that it did not succeed';
  return null;
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
