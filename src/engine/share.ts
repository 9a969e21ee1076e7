/** Which commands a process carries out, and how many of a kind may be under way in all processes together. */
import type { Slot, Store, StoredCommand } from './ports.ts';

export interface Share {
  readonly takes: 'everything' | 'attempts' | 'all-but-attempts';
  /** Only attempts of these agents; null: of any. */
  readonly agents: readonly string[] | null;
  /** Attempts at once, in all processes and orchestrations. */
  readonly mostAttempts: number;
}

/** Whether this process should look at a key of the queue: a command's, `advance.<orchestration>` or `inbox`. */
export function mayTake(share: Share, key: string): boolean {
  const isAttempt = kindOfKey(key) === 'run-attempt';
  return isAttempt ? share.takes !== 'all-but-attempts' : share.takes !== 'attempts';
}

/** The kind of the command that a key of the queue names; null for `advance.<orchestration>` and `inbox`. */
export function kindOfKey(key: string): string | null {
  return key.startsWith('advance.') ? null : (key.slice(key.lastIndexOf('/') + 1).split('.')[1] ?? null);
}

/** For `Store.claim`: null what is not for this process. Landings in one repository come one after the other. */
export function slotsOf(share: Share): NonNullable<Parameters<Store['claim']>[1]['slots']> {
  return (command: StoredCommand, orchestration: string): readonly Slot[] | null => {
    if (command.kind === 'run-attempt') {
      const ours = share.agents === null || share.agents.includes(command.agent);
      return share.takes === 'all-but-attempts' || !ours ? null : [{ name: 'attempts', most: share.mostAttempts }];
    }
    if (share.takes === 'attempts') return null;
    if (command.kind !== 'merge-pull') return [];
    return [{ name: `merge ${orchestration.slice(0, orchestration.lastIndexOf('/'))}`, most: 1 }];
  };
}
