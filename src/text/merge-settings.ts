/** The issue's own settings over the repository's. Where safety hangs on it, an issue can only be stricter. */
import type { PlanWarning, Policy } from '../core/plan.ts';
import type { Settings } from './settings.ts';
import { type approvals, mergePolicies } from './values.ts';

export interface MergedSettings {
  readonly settings: Settings;
  readonly warnings: readonly PlanWarning[];
}

/** From strict to loose. */
const fromStrict = { merge: mergePolicies, approval: ['required', 'run'] } as const satisfies {
  readonly merge: readonly (typeof mergePolicies)[number][];
  readonly approval: readonly (typeof approvals)[number][];
};

/** `usual`: what holds where the repository says nothing. */
export function mergeSettings(repository: Settings, issue: Settings, usual: Policy): MergedSettings {
  const merge = stricter(fromStrict.merge, repository.merge ?? usual.merge, issue.merge);
  const approval = stricter(fromStrict.approval, repository.approval ?? usual.approval, issue.approval);
  const warnings = [looser('merge', merge, issue.merge), looser('approval', approval, issue.approval)].flat();
  const pattern = withReviewers(repository, issue);
  return {
    settings: {
      ...repository,
      ...issue,
      ...(issue.merge === undefined ? {} : { merge }),
      ...(issue.approval === undefined ? {} : { approval }),
      ...(pattern === undefined ? {} : { pattern }),
    },
    warnings,
  };
}

function stricter<Choice extends string>(order: readonly Choice[], least: Choice, asked: Choice | undefined): Choice {
  return asked !== undefined && order.indexOf(asked) < order.indexOf(least) ? asked : least;
}

function looser(key: string, holds: string, asked: string | undefined): readonly PlanWarning[] {
  if (asked === undefined || asked === holds) return [];
  const message = `"${key}: ${asked}" in the issue is ignored: "${holds}" holds for the repository, and an issue can only be stricter.`;
  return [{ line: 0, code: 'looser-than-repository', message }];
}

/** The issue's pattern; reviewers that the repository asks for stay, whatever the issue says. */
function withReviewers({ pattern: usual }: Settings, { pattern: asked }: Settings): Settings['pattern'] {
  if (usual === undefined || asked === undefined) return asked ?? usual;
  const reviewers = [...new Set([...usual.reviewers, ...asked.reviewers])];
  return { ...asked, reviewers, sendBacks: usual.sendBacks ?? asked.sendBacks };
}
