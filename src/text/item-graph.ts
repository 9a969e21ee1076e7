/** The dependencies of a checklist between single items: a group stands for all its leaves, on either side. */
import type { Checklist, ItemDependency } from './checklist-model.ts';

/** `leavesOf` a leaf is itself. */
export function leavesOf(checklist: Checklist): (index: number) => readonly number[] {
  const children = new Map<number, number[]>();
  for (const { index, parentIndex } of checklist.items) {
    if (parentIndex === null) continue;
    const known = children.get(parentIndex);
    if (known === undefined) children.set(parentIndex, [index]);
    else known.push(index);
  }
  const leaves = (index: number): readonly number[] => {
    const below = children.get(index);
    return below === undefined ? [index] : below.flatMap(leaves);
  };
  return leaves;
}

/** Dependencies from leaf to leaf, without doubles; the first statement of each wins. */
export function leafDependencies(checklist: Checklist): readonly ItemDependency[] {
  const leaves = leavesOf(checklist);
  const found = new Map<string, ItemDependency>();
  for (const dependency of checklist.dependencies)
    for (const from of leaves(dependency.from))
      for (const to of leaves(dependency.to)) {
        const key = `${from}>${to}`;
        if (from !== to && !found.has(key)) found.set(key, { ...dependency, from, to });
      }
  return [...found.values()];
}

/** List order that respects the given order: what waits comes after what it waits for. Acyclic input. */
export function inOrder(
  ids: readonly string[],
  arcs: readonly { readonly from: string; readonly to: string }[],
): readonly string[] {
  const done = new Set<string>();
  const order: string[] = [];
  for (let next = pick(ids, arcs, done); next !== undefined; next = pick(ids, arcs, done)) {
    done.add(next);
    order.push(next);
  }
  return order;
}

function pick(
  ids: readonly string[],
  arcs: readonly { readonly from: string; readonly to: string }[],
  done: ReadonlySet<string>,
): string | undefined {
  return ids.find((id) => !done.has(id) && arcs.every(({ from, to }) => from !== id || done.has(to)));
}

/** Answers whether one waits for another, directly or through others. */
export function reachability(
  arcs: readonly { readonly from: string; readonly to: string }[],
): (from: string, to: string) => boolean {
  const waits = new Map<string, string[]>();
  for (const { from, to } of arcs) waits.set(from, [...(waits.get(from) ?? []), to]);
  return (from, to) => {
    // a set hands out what is added to it while it is walked
    const seen = new Set(waits.get(from));
    for (const at of seen) for (const next of waits.get(at) ?? []) seen.add(next);
    return seen.has(to);
  };
}
