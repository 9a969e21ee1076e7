/** The parts of `plan --json`. Numbers name tasks by index. */
import type { EdgeBasis, EdgeKind, TaskRole } from '../core/plan.ts';
import type { ChecklistItem } from './checklist-model.ts';

export type JsonTask = Pick<
  ChecklistItem,
  | 'index'
  | 'title'
  | 'checked'
  | 'section'
  | 'depth'
  | 'parentIndex'
  | 'role'
  | 'struck'
  | 'dispatch'
  | 'reason'
  | 'refs'
  | 'dependsOn'
  | 'line'
> & {
  /** What a pattern made of it; absent for plain work. */
  readonly pattern?: TaskPattern;
};

export interface JsonEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
  readonly basis: EdgeBasis;
  readonly source: string;
  readonly line: number;
}

export interface TaskPattern {
  readonly role: TaskRole;
  readonly persona: string | null;
  readonly agent: string | null;
  readonly outputs: readonly string[];
  readonly judges: readonly number[];
  /** The outcome of another task by which this one lives. */
  readonly chosenBy: { readonly task: number; readonly outcome: string } | null;
}
