import type { Repository } from '../core/model.ts';
import type { Ports } from '../engine/ports.ts';
import type { Confinement } from '../proc/confine.ts';
import type { PushAccess } from './mirror.ts';
import type { AgentSetup } from './runner.ts';
import type { HarvestLimits } from './violations.ts';

/** What the operator decides about attempts. Times in milliseconds. */
export interface AttemptRunnerOptions {
  /** Ours alone: agents find it empty, apart from their own directories. */
  readonly dataDir: string;
  readonly agents: Readonly<Record<string, AgentSetup>>;
  /** Asked before every fetch and push, so that a token need not live long. */
  readonly pushAccess: (repo: Repository) => Promise<PushAccess>;
  /** Commits are made in this name; its address is also the agent's, as author. */
  readonly committer: { readonly name: string; readonly email: string };
  /** The strongest that works here, unless given. */
  readonly confinement?: Confinement;
  readonly idleMs: number;
  readonly graceMs: number;
  /** How much of an agent's output is kept in memory. */
  readonly outputBytes: number;
  /** Values that must not appear in anything that is stored or shown; asked anew each time. */
  readonly secrets: () => readonly string[];
  readonly log: Ports['log'];
  /** PATH of agents and verify commands; Node's directory and the system's, unless given. */
  readonly path?: string;
  /** Further files and directories that agents must not see, such as the App's private key. */
  readonly hidden?: readonly string[];
  /** Lets `pushAccess` answer with a path of this machine instead of an address. */
  readonly allowLocalPath?: boolean;
  readonly harvestLimits?: HarvestLimits;
}
