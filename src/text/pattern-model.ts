/** Patterns as people write them in YAML: names only, nothing resolved yet. Lines are those of the text they stand in. */
import type { TaskRole } from '../core/plan.ts';

/** One task that the plan writes down itself. */
export interface PatternStep {
  readonly line: number;
  readonly id: string | null;
  readonly title: string | null;
  readonly agent: string | null;
  readonly role: TaskRole | null;
  readonly subtasks: readonly string[];
  readonly deliverables: readonly string[];
  readonly focus: readonly string[];
  readonly inputs: readonly string[];
  readonly dependsOn: readonly { readonly words: string; readonly line: number }[];
  readonly minutes: number | null;
  readonly outputs: readonly PatternOutput[];
  readonly capabilities: readonly string[];
}

/** `from`: the name of the task that hands it on; null: by position. */
export interface PatternOutput {
  readonly line: number;
  readonly name: string;
  readonly path: string | null;
  readonly from: string | null;
}

/** A name of an item, or of a task to be made. */
export interface Named {
  readonly line: number;
  readonly words: string;
}

export interface PatternPhase {
  readonly line: number;
  readonly name: string | null;
  readonly agent: string | null;
  readonly validator: string | null;
  readonly sequential: boolean | null;
  /** Items, or tasks by name. */
  readonly tasks: readonly Named[];
  /** Steps one after another, and groups at once, in the order written. */
  readonly parts: readonly PhasePart[];
}

export type PhasePart =
  | { readonly kind: 'step'; readonly step: PatternStep }
  | { readonly kind: 'group'; readonly name: string | null; readonly steps: readonly PatternStep[] };

export interface FanOut {
  readonly line: number;
  readonly agent: string | null;
  readonly tasks: readonly Named[];
  readonly parallel: boolean;
}

export interface FanIn {
  readonly line: number;
  readonly agent: string | null;
  readonly task: string;
  readonly role: TaskRole | null;
}

export interface Branching {
  readonly line: number;
  readonly analyzer: string;
  readonly task: string | null;
  readonly branches: readonly {
    readonly line: number;
    readonly condition: string;
    readonly agent: string | null;
    readonly tasks: readonly Named[];
  }[];
}

/** One map of pattern keys. What is null or empty was not written. */
export interface Pattern {
  readonly line: number;
  readonly name: string | null;
  readonly parallel: boolean | null;
  readonly group: readonly PatternStep[];
  readonly sequential: boolean | null;
  readonly tasks: readonly Named[] | null;
  readonly handoff: readonly PatternOutput[];
  readonly syncPoints: readonly Named[];
  readonly primary: string | null;
  readonly reviewers: readonly string[];
  readonly sendBacks: number | null;
  readonly phases: readonly PatternPhase[];
  readonly fanOut: FanOut | null;
  readonly fanIn: FanIn | null;
  readonly branching: Branching | null;
  /** Patterns one after another. */
  readonly stages: readonly Pattern[];
}

export const noPattern: Pattern = {
  line: 0,
  name: null,
  parallel: null,
  group: [],
  sequential: null,
  tasks: null,
  handoff: [],
  syncPoints: [],
  primary: null,
  reviewers: [],
  sendBacks: null,
  phases: [],
  fanOut: null,
  fanIn: null,
  branching: null,
  stages: [],
};
