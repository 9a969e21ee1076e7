/** The plan: tasks, edges and policy as compiled from an issue's text and the repository's settings. */

export type TaskId = string;
export type TaskRole = 'work' | 'review' | 'validate' | 'analyze';
export type EdgeKind = 'needs' | 'lands-after';
export type EdgeBasis = 'ref' | 'prose' | 'native' | 'phase' | 'yaml' | 'proposed';

/** One item to be worked on. `id` is `t1`, `t2`, … in document order and stays with the task. */
export interface PlannedTask {
  readonly id: TaskId;
  readonly title: string;
  /** The item's Markdown, with its child bullets, as it stood when the plan was read. */
  readonly text: string;
  readonly section: string | null;
  /** Titles of the groups above it, outermost first. */
  readonly parents: readonly string[];
  /** Titles of the items just before and after it, for context. */
  readonly neighbours: readonly string[];
  readonly role: TaskRole;
  /** Minutes, from a size in the text or past runs; null when nothing says so. */
  readonly estimateMinutes: number | null;
  /** 1-based line of the item in the issue body. */
  readonly line: number;
  readonly agent: string | null;
  /** An open sub-issue that this item already stands for. */
  readonly adopts: {
    readonly number: number;
    readonly id: number;
    readonly nodeId: string;
    readonly url: string;
  } | null;
  /** A role played on the default agent, in the words of the plan; it goes into the prompt. */
  readonly persona?: string;
  /** Why `agent` is the one, in words; absent: the plan names it. */
  readonly agentReason?: string;
  /** What its agent must be good at, beyond what the whole plan asks for. */
  readonly capabilities?: readonly string[];
  /** What it has to hand on; the harvest looks for each. */
  readonly outputs?: readonly DeclaredOutput[];
  /** It judges the open pull requests of these: they land only while it says pass about exactly their commits. */
  readonly judges?: readonly TaskId[];
  /** How often a task that it judges is sent back with its notes before its no is final. */
  readonly sendBacks?: number;
  /** It lives only if the recorded outcome of that `analyze` task says so; `else` stands for all other outcomes. */
  readonly chosenBy?: { readonly task: TaskId; readonly outcome: string };
  /** Made by a pattern: no item of the checklist stands for it. */
  readonly made?: true;
  /** Several items of the list in one task, in the order in which they are told. Absent: it is one item. */
  readonly items?: readonly PlannedItem[];
}

/** One of several items that a task holds, as it stood when the plan was read. */
export type PlannedItem = Pick<PlannedTask, 'title' | 'text' | 'line' | 'section' | 'parents' | 'estimateMinutes'>;

/** Tasks that could be one; `why` in words. */
export interface TaskGroup {
  readonly title: string;
  /** At least two, in the order in which they are to be told. */
  readonly tasks: readonly TaskId[];
  readonly why: string;
}

/** `path` null: any file whose name without its ending is `name` (`api_contract` is found in `docs/api-contract.md`). */
export interface DeclaredOutput {
  readonly name: string;
  readonly path: string | null;
}

/** What a `needs` edge asks of the task it points to. */
export type Satisfaction = 'merged' | 'approved' | 'pr-green';

/** `from` waits for `to`. */
export interface PlannedEdge {
  readonly from: TaskId;
  readonly to: TaskId;
  readonly kind: EdgeKind;
  readonly basis: EdgeBasis;
  /** The author's words that say so. */
  readonly source: string;
  readonly line: number;
  /** Of a native one: the text says it too. */
  readonly stated?: true;
  /** When a `needs` is met; absent: merged. Whoever starts earlier starts from that head, and still lands later. */
  readonly until?: Satisfaction;
}

/** A dependency that the text suggests and nobody stated; see `core/proposals.ts`. */
export interface PlannedProposal {
  /** `p1`, `p2`, …: the same for the same text. */
  readonly id: string;
  readonly from: TaskId;
  readonly to: TaskId;
  readonly kind: EdgeKind;
  /** The evidence, in words. */
  readonly source: string;
  readonly line: number;
  readonly until?: Satisfaction;
}

/** An issue or pull request by its repository. */
export interface OutsideName {
  readonly owner: string;
  readonly name: string;
  readonly number: number;
}

/**
 * An issue or pull request outside of the plan as it was seen last. `done`: closed as completed, or merged. `dropped`:
 * closed otherwise. `unreadable`: not there, or not for us to see.
 */
export interface OutsideIssue extends OutsideName {
  readonly state: OutsideState;
}

export type OutsideState = 'open' | 'done' | 'dropped' | 'unreadable';

/** What is none of the tasks, and waited for all the same. `from` null: every task waits. */
export interface OutsideNeed extends OutsideName {
  readonly from: TaskId | null;
  readonly kind: EdgeKind;
  /** `native`: GitHub says that it blocks the master issue, or the task's sub-issue. */
  readonly basis: 'ref' | 'native';
  readonly source: string;
  readonly line: number;
}

export interface Policy {
  readonly maxWorkers: number;
  /** The seed's barrier: this many tasks start together, the next ones when all of them have ended. Null: none. */
  readonly batchSize: number | null;
  readonly timeoutSeconds: number;
  readonly merge: 'manual' | 'on-approval' | 'auto';
  readonly allowUnverified: boolean;
  /** A shell command run on the delivered tree by us; null: only the repository's checks decide. */
  readonly verify: string | null;
  readonly agent: string;
  /** Automatic attempts per round, the first included. */
  readonly attempts: number;
  /** Pause before the second attempt; doubles from then on. */
  readonly retryDelaySeconds: number;
  readonly approval: 'run' | 'required';
  readonly priority: 'critical' | 'high' | 'medium' | 'low';
  readonly strategy: 'adaptive' | 'parallel' | 'sequential';
}

export interface PlanWarning {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** An item of the list that is no task, because it is done, dropped, or nobody's here. */
export interface SettledItem {
  readonly title: string;
  /** The sub-issue that it is linked to. */
  readonly link: number | null;
  readonly why: 'ticked' | 'struck' | 'closed' | 'held';
}

/** Tasks whose sub-issues stand under a group issue of their own; `id` is `g1`, `g2`, … and stays with it. */
export interface Shard {
  readonly id: string;
  readonly tasks: readonly TaskId[];
}

/** How many sub-issues an issue takes, and the numbers of those that the master issue has. */
export interface Room {
  readonly most: number;
  readonly taken: readonly number[];
}

export interface Plan {
  readonly tasks: readonly PlannedTask[];
  readonly edges: readonly PlannedEdge[];
  readonly policy: Policy;
  readonly leftOut: readonly { readonly line: number; readonly title: string; readonly reason: string }[];
  /** Acceptance criteria of the master issue; they go into prompts and reports. */
  readonly acceptance: readonly string[];
  readonly warnings: readonly PlanWarning[];
  /** Absent in plans of an earlier version. */
  readonly settled?: readonly SettledItem[];
  readonly proposals?: readonly PlannedProposal[];
  /** A coarser cut, proposed where items are many and small. No task is in two groups. */
  readonly grouping?: readonly TaskGroup[];
  /** Absent: every sub-issue stands directly under the master issue. */
  readonly shards?: readonly Shard[];
  readonly room?: Room;
  /** Starts only when somebody approves it, whatever the policy says: it makes so many issues. */
  readonly waits?: 'sharded';
  /** Absent: none. */
  readonly outside?: readonly OutsideNeed[];
}

/** What a text that was read again asks for, where that is not what was approved. */
export interface PlanChange {
  /** In the orchestration's ids and in the order of the text; what is not listed any more comes last. */
  readonly plan: Plan;
  readonly added: readonly { readonly task: TaskId; readonly branch: string }[];
  /** Asks for something else than what was approved. */
  readonly reworded: readonly TaskId[];
  readonly dropped: readonly { readonly task: TaskId; readonly why: SettledItem['why'] | 'removed' }[];
  /** Held because of an earlier edit, and listed again as they were approved. */
  readonly released: readonly TaskId[];
  /** Dependencies or settings are other ones. */
  readonly rules: boolean;
}

/** What is known of dependencies on GitHub beside those we wrote. Edges as `from>to`. */
export interface NativeEdges {
  /** There, and not by us. They gate, and we never take them out. */
  readonly found: readonly string[];
  /** Taken out by a person on GitHub; no text brings them back. */
  readonly buried: readonly string[];
  /** There, and not counted: they would close a cycle, or GitHub would not take them out for us. */
  readonly aside: readonly string[];
  /** Learned (written, taken out, told by a webhook) at that moment, and not seen so by a sweep since. */
  readonly unseen: Readonly<Record<string, number>>;
  /** How often we took each out, so that writing it once more is a new command. */
  readonly removals: Readonly<Record<string, number>>;
}

/** DETAILS "Names and ids" and "Rules". */
export const defaultPolicy: Policy = {
  maxWorkers: 5,
  batchSize: null,
  timeoutSeconds: 1800,
  merge: 'manual',
  allowUnverified: false,
  verify: null,
  agent: 'default',
  attempts: 2,
  retryDelaySeconds: 10,
  approval: 'run',
  priority: 'medium',
  strategy: 'adaptive',
};
