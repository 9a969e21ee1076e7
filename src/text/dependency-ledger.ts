/** Where dependencies are written down while a body is read: each once, bounded in number. */
import type {
  ChecklistWarning,
  ItemDependency,
  MissingDependency,
  OutsideDependency,
  ReadItem,
} from './checklist-model.ts';
import { isReference } from './references.ts';

/** A hundred tasks cannot have more; what has is an attack on our time. */
export const mostDependencies = 10_000;

export interface Ledger {
  readonly items: readonly ReadItem[];
  /** By `from>to`. */
  readonly dependencies: Map<string, ItemDependency>;
  /** Items that say themselves what they wait for. */
  readonly settled: Set<number>;
  readonly unresolved: MissingDependency[];
  readonly outside: OutsideDependency[];
  readonly warnings: ChecklistWarning[];
}

export function isFull(ledger: Ledger): boolean {
  const { dependencies, unresolved, outside } = ledger;
  return Math.max(dependencies.size, unresolved.length, outside.length) > mostDependencies;
}

/** Once, and never between an item and its own group. The first statement of two items counts. */
export function add(ledger: Ledger, dependency: ItemDependency): void {
  const key = `${dependency.from}>${dependency.to}`;
  if (ledger.dependencies.has(key) || isWithin(ledger.items, dependency.from, dependency.to)) return;
  ledger.dependencies.set(key, dependency);
}

/** A sub-item never waits for its own group, nor a group for its own sub-item. */
function isWithin(items: readonly ReadItem[], one: number, other: number): boolean {
  const under = (child: number, top: number): boolean => {
    for (let at = items[child]?.parentIndex ?? null; at !== null; at = items[at]?.parentIndex ?? null)
      if (at === top) return true;
    return false;
  };
  return under(one, other) || under(other, one);
}

/** Of the words that name no item, those that are a reference. */
export function addOutside(
  ledger: Ledger,
  missing: readonly { readonly words: string }[],
  said: Omit<OutsideDependency, 'reference'>,
): void {
  for (const { words } of missing)
    if (isReference(words) && !isFull(ledger)) ledger.outside.push({ ...said, reference: words });
}
