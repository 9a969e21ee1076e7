/** What is answered to approvals that do more than start a plan. */
import type { PlannedEdge, TaskId } from './plan.ts';

/** Why a proposal cannot be accepted. `path` is a circle of tasks, the first repeated at the end. */
export type ProposalTrouble =
  | { readonly why: 'unknown' | 'accepted'; readonly id: string }
  | { readonly why: 'ended'; readonly id: string; readonly task: TaskId }
  | { readonly why: 'cycle'; readonly id: string; readonly path: readonly TaskId[] };

export type ApprovalWords =
  | {
      readonly kind: 'proposals-accepted';
      readonly ids: readonly string[];
      readonly edges: readonly PlannedEdge[];
    }
  | { readonly kind: 'proposals-refused'; readonly troubles: readonly ProposalTrouble[] }
  /** Questions are open about `tasks`, each with so many options. */
  | {
      readonly kind: 'option-unclear';
      readonly option: number;
      readonly tasks: readonly TaskId[];
      readonly options: number;
    };
