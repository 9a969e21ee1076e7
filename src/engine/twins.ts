/**
 * The second look: a creation that was tried twice may have landed twice, the first late. After GRACE the twins are
 * counted; one is kept, and if it is not the one on record, the record follows.
 */
import type { CoreCommand } from '../core/commands.ts';
import type { Orchestration } from '../core/model.ts';
import type { Signal } from '../core/signals.ts';
import type { GitHubCommand } from './effects.ts';
import { toEffect } from './effects.ts';
import type { Claim, EffectOutcome, NewCommand, Ports } from './ports.ts';

export interface TwinTiming {
  readonly httpDeadlineMs: number;
  readonly graceMs: number;
  /** A look that fails for this long is not made any more: GitHub does not want it. */
  readonly giveUpAfterMs: number;
}

/**
 * Two looks: after GRACE, and again after ten times GRACE, in case GRACE was too short for what was under way. The
 * command is kept as JSON, so that a later state cannot change what is looked for.
 */
export function lookForTwins(claim: Claim, command: CoreCommand, now: number, graceMs: number): readonly NewCommand[] {
  const look = { kind: 'remove-twins', of: JSON.stringify(command) } as const;
  return [
    { key: `${claim.key}.twins`, command: look, notBefore: now + graceMs },
    { key: `${claim.key}.twins-late`, command: look, notBefore: now + 10 * graceMs },
  ];
}

export async function removeTwins(
  ports: Ports,
  timing: TwinTiming,
  state: Orchestration,
  claim: Claim,
  twins: { readonly of: string },
): Promise<void> {
  const command = JSON.parse(twins.of) as GitHubCommand;
  const effect = toEffect(state, command, ports.now(), ports.markerSecret);
  try {
    const signals: Signal[] = [];
    if (effect !== null && (await ports.github.removeTwins(effect, AbortSignal.timeout(timing.httpDeadlineMs))) > 0) {
      ports.log('warn', 'twins of one creation were found and removed', { key: claim.key });
      const kept = await ports.github.reconcile(effect, AbortSignal.timeout(timing.httpDeadlineMs));
      signals.push(...signalsForKept(state, command, kept));
    }
    const addressed = signals.map((signal) => ({
      orchestration: claim.orchestration,
      source: `${claim.key}#kept`,
      signal,
    }));
    await ports.store.complete(claim, null, addressed, ports.now(), []);
  } catch (error) {
    const now = ports.now();
    if (now - claim.createdAt < timing.giveUpAfterMs) {
      await ports.store.retryLater(claim, now + timing.graceMs, String(error));
      return;
    }
    ports.log('warn', 'whether something was created twice could not be seen', {
      key: claim.key,
      error: String(error),
    });
    await ports.store.giveUp(claim, String(error), [], now);
  }
}

function signalsForKept(state: Orchestration, command: GitHubCommand, kept: EffectOutcome | null): readonly Signal[] {
  if (kept?.status !== 'done') return [];
  const { result } = kept;
  if (command.kind === 'post-status')
    return result.kind === 'comment' ? [{ type: 'status-kept', comment: result.comment }] : [];
  if (result.kind !== 'issue') return [];
  if (command.kind === 'create-sub-issue') return [{ type: 'sub-issue-kept', task: command.task, issue: result.issue }];
  if (command.kind === 'create-group-issue')
    return [{ type: 'group-issue-created', group: command.group, issue: result.issue, kept: true }];
  if (command.kind !== 'open-diagnostic') return [];
  const told = state.tasks.find((task) => task.plan.id === command.task)?.diagnostic?.told ?? 1;
  return [{ type: 'diagnostic-told', task: command.task, issue: result.issue, told }];
}
