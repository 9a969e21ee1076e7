/**
 * Commands: instructions to the outside, derived from the state by `react`. A command says what should become true;
 * its key is deterministic, so deriving it twice is harmless. What it looks like on the wire is the engine's business.
 */
import type { Orchestration, Reaction } from './model.ts';
import type { TaskId } from './plan.ts';

export type CoreCommand =
  | { readonly kind: 'check-permission'; readonly source: string; readonly user: string }
  | { readonly kind: 'post-reply'; readonly source: string }
  | { readonly kind: 'react-to-comment'; readonly comment: number; readonly reaction: Reaction }
  /** `round` counts readings; left out in the first. */
  | { readonly kind: 'read-plan'; readonly round?: number }
  /** `grouped`: the same reading once more, after its groups became single tasks. */
  | { readonly kind: 'digest-plan'; readonly round?: number; readonly grouped?: true }
  | { readonly kind: 'create-sub-issue'; readonly task: TaskId; readonly round: number }
  /** An issue between the master issue and the sub-issues of one shard. */
  | { readonly kind: 'create-group-issue'; readonly group: string; readonly round: number }
  | { readonly kind: 'close-group-issue'; readonly group: string }
  | { readonly kind: 'add-edge'; readonly from: TaskId; readonly to: TaskId }
  | { readonly kind: 'post-status' }
  | { readonly kind: 'edit-status'; readonly revision: number }
  | { readonly kind: 'mark-body'; readonly revision: number }
  /** `agent` says who may carry it out; it is not part of the key. */
  | { readonly kind: 'run-attempt'; readonly task: TaskId; readonly attempt: number; readonly agent: string }
  | { readonly kind: 'open-pull'; readonly task: TaskId; readonly attempt: number }
  /** For a task that ends without a pull request that would close it. */
  | { readonly kind: 'close-sub-issue'; readonly task: TaskId }
  | {
      readonly kind: 'merge-pull';
      readonly task: TaskId;
      readonly round: number;
      readonly number: number;
      readonly sha: string;
    }
  | { readonly kind: 'open-diagnostic'; readonly task: TaskId; readonly fingerprint: string }
  | { readonly kind: 'update-diagnostic'; readonly task: TaskId; readonly told: number }
  | { readonly kind: 'close-diagnostic'; readonly task: TaskId; readonly told: number }
  | { readonly kind: 'post-summary'; readonly round: number }
  | { readonly kind: 'close-master' }
  /** Wakes the orchestration when a clock in its state runs out. */
  | { readonly kind: 'wake'; readonly at: number };

/** `notBefore`: milliseconds since the epoch; 0 = at once. */
export interface DueCommand {
  readonly key: string;
  readonly command: CoreCommand;
  readonly notBefore: number;
}

/** Which reading a command is about, as its answer says it. */
export function roundOf(command: { readonly kind: string; readonly round?: number }): { readonly round?: number } {
  return command.round === undefined ? {} : { round: command.round };
}

/** `<owner>/<repo>/<orch>`: the orchestration's name everywhere outside. Holds no `:` (BullMQ forbids it). */
export function orchestrationKey(state: Pick<Orchestration, 'repo' | 'id'>): string {
  return `${state.repo.owner}/${state.repo.name}/${state.id}`;
}

/** `<owner>/<repo>/<orch>.<kind>.<task>[.<attempt>[.<round>]]`; characters outside `[A-Za-z0-9_>-]` become `-`. */
export function commandKey(state: Pick<Orchestration, 'repo' | 'id'>, command: CoreCommand): string {
  const parts = keyParts(command).map((part) => String(part).replace(/[^A-Za-z0-9_-]/g, '-'));
  return [orchestrationKey(state), command.kind, ...parts].join('.');
}

function keyParts(command: CoreCommand): readonly (string | number)[] {
  switch (command.kind) {
    case 'check-permission':
    case 'post-reply':
      return ['0', command.source];
    case 'react-to-comment':
      return ['0', command.comment, command.reaction];
    case 'read-plan':
      return command.round === undefined ? ['0'] : ['0', command.round];
    case 'digest-plan':
      return ['0', ...(command.round === undefined ? [] : [command.round]), ...(command.grouped ? ['grouped'] : [])];
    case 'post-status':
    case 'close-master':
      return ['0'];
    case 'create-sub-issue':
      return command.round === 1 ? [command.task] : [command.task, command.round];
    case 'create-group-issue':
      return command.round === 1 ? [command.group] : [command.group, command.round];
    case 'close-group-issue':
      return [command.group];
    case 'close-sub-issue':
      return [command.task];
    case 'add-edge':
      return [command.from, command.to];
    case 'edit-status':
    case 'mark-body':
      return ['0', command.revision];
    case 'run-attempt':
    case 'open-pull':
      return [command.task, command.attempt];
    case 'merge-pull':
      return [command.task, command.round];
    case 'open-diagnostic':
      return [command.task, command.fingerprint];
    case 'update-diagnostic':
    case 'close-diagnostic':
      return [command.task, command.told];
    case 'post-summary':
      return ['0', command.round];
    case 'wake':
      return ['0', command.at];
  }
}
