/** Is this head good? Only what was observed on exactly this commit counts. */
import type { CheckState, Orchestration, Task, ValidationBasis } from './model.ts';
import { deliveryOf } from './tasks.ts';

export type Verdict =
  | { readonly kind: 'unseen'; readonly waitsFor: readonly string[] }
  | { readonly kind: 'running'; readonly waitsFor: readonly string[] }
  | { readonly kind: 'passed'; readonly basis: ValidationBasis }
  | { readonly kind: 'failed'; readonly red: readonly CheckState[] };

const good: ReadonlySet<string> = new Set(['success', 'neutral', 'skipped']);

/**
 * Required checks decide where there are any; else every check seen on the head, but at least those the base branch
 * had when the plan was read (a head is not green because its first of three checks is). A repository without checks
 * is judged by our own verify command, and without that by nothing: `unverified`.
 */
export function judgeHead(state: Orchestration, task: Task, sha: string): Verdict {
  const seen = state.checks.filter((check) => check.sha === sha);
  const required = state.requiredChecks.length > 0 ? state.requiredChecks : state.baseChecks;
  const counted = state.requiredChecks.length > 0 ? seen.filter((check) => required.includes(check.name)) : seen;
  const red = counted.filter((check) => check.status === 'completed' && !good.has(check.conclusion ?? ''));
  if (red.length > 0) return { kind: 'failed', red };
  if (required.length === 0 && seen.length === 0) {
    const delivery = deliveryOf(task);
    // our verify command ran on what we delivered; it says nothing about a head that somebody else pushed
    const verified = delivery?.sha === sha && delivery.verify?.ok === true;
    return { kind: 'passed', basis: verified ? 'verify' : 'unverified' };
  }
  const done = new Set(counted.filter((check) => check.status === 'completed').map((check) => check.name));
  const waitsFor = [...new Set([...required, ...counted.map((check) => check.name)])].filter((name) => !done.has(name));
  if (waitsFor.length === 0) return { kind: 'passed', basis: 'checks' };
  return { kind: counted.length === 0 ? 'unseen' : 'running', waitsFor };
}
