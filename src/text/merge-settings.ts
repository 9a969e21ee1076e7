/** The issue's own settings over the repository's. Where safety hangs on it, an issue can only be stricter. */
import type { PlanWarning, Policy } from '../core/plan.ts';
import type { Settings } from './settings.ts';
import { approvals, mergePolicies } from './values.ts';

export interface MergedSettings {
  readonly settings: Settings;
  readonly warnings: readonly PlanWarning[];
}

/** From strict to loose. */
const strictness = { merge: mergePolicies, approval: [...approvals].reverse() } as const;

export function mergeSettings(repository: Settings, issue: Settings): MergedSettings {
  const warnings: PlanWarning[] = [];
  const stricter = <Key extends 'merge' | 'approval'>(key: Key): Partial<Pick<Policy, Key>> => {
    const [usual, asked] = [repository[key], issue[key]];
    if (asked === undefined) return {};
    const order: readonly string[] = strictness[key];
    // what the repository does not say stands at its default, the operator's, which is compared when it is known
    const least = usual ?? (key === 'merge' ? undefined : 'run');
    if (least === undefined || order.indexOf(asked) <= order.indexOf(least)) return { [key]: asked } as never;
    const message = `"${key}: ${asked}" in the issue is ignored: the repository's settings say "${least}", and an issue can only be stricter.`;
    warnings.push({ line: 0, code: 'looser-than-repository', message });
    return { [key]: least } as never;
  };
  const settings = { ...repository, ...issue, ...stricter('merge'), ...stricter('approval') };
  return { settings, warnings };
}
