/** One agent working one task: what it made, what it said, and how it failed. Values; lines are counted, times are milliseconds. */

/** The classes of failure known so far; each has its own row in `retry.ts`. */
export type FailureClass =
  | 'timeout'
  | 'stalled'
  | 'cancelled'
  | 'crashed'
  | 'spawn_failed'
  | 'no_changes'
  | 'no_outcome'
  | 'policy_violation'
  | 'verify_failed'
  | 'ci_failed'
  | 'merge_conflict'
  | 'pull_closed'
  | 'artifact_missing'
  /** A review or validation said no. */
  | 'judged_bad'
  /** Sent back with the notes of whoever judged it. */
  | 'changes_requested'
  /** What was judged has moved on; it is judged again. */
  | 'outdated'
  | 'github_refused';

/** Why an attempt failed. `evidence` are redacted lines, most telling last; `fingerprint` groups equal failures. */
export interface Failure {
  readonly class: FailureClass;
  readonly message: string;
  readonly evidence: readonly string[];
  readonly fingerprint: string;
}

/** What the agent made, observed by us in git (never what it said). Lines are added + deleted. */
export interface Delivery {
  readonly sha: string;
  readonly baseSha: string;
  readonly files: readonly { readonly path: string; readonly added: number; readonly deleted: number }[];
  readonly verify: { readonly command: string; readonly ok: boolean } | null;
  /** The agent's own last words, redacted and cut; shown as what it says, never used as a verdict. */
  readonly said: string;
  readonly warning: string | null;
  /** What a role other than `work` found, or what work handed on by name. */
  readonly outcome?: RoleOutcome;
}

/** `outcome` is the branch that an `analyze` task chose. Notes and texts are redacted and cut. */
export interface RoleOutcome {
  readonly verdict: 'pass' | 'fail';
  readonly outcome: string;
  readonly notes: string;
  readonly artifacts: readonly Artifact[];
}

/** A declared output as it was found. `text` only where the file itself does not come by a pull request. */
export interface Artifact {
  readonly name: string;
  readonly path: string;
  readonly text: string | null;
}

/** One agent working one task. `endedAt` null means it still runs. */
export interface Attempt {
  readonly number: number;
  /** Counts up when a human asks for a retry; automatic attempts stay in their round. */
  readonly round: number;
  readonly agent: string;
  readonly reason: string;
  readonly assignedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly progress: { readonly percent: number; readonly stage: string } | null;
  readonly confinement: string | null;
  readonly delivery: Delivery | null;
  readonly failure: Failure | null;
}
