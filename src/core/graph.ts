/** The graph of tasks: cycles, levels and longest paths. Edges point from the waiting task to the one it waits for. */

export interface Arc {
  readonly from: string;
  readonly to: string;
}

/** The tasks of one cycle in order, the first repeated at the end (`a -> b -> a`), or null. Time O(nodes + arcs). */
export function findCycle(ids: readonly string[], arcs: readonly Arc[]): readonly string[] | null {
  const out = successors(ids, arcs);
  const state = new Map<string, 'open' | 'closed'>();
  for (const root of ids) {
    if (state.has(root)) continue;
    const path: string[] = [];
    const stack: { readonly id: string; next: number }[] = [{ id: root, next: 0 }];
    state.set(root, 'open');
    path.push(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const to = out.get(top.id)?.[top.next++];
      if (to === undefined) {
        state.set(top.id, 'closed');
        stack.pop();
        path.pop();
      } else if (state.get(to) === 'open') {
        return [...path.slice(path.indexOf(to)), to];
      } else if (!state.has(to)) {
        state.set(to, 'open');
        path.push(to);
        stack.push({ id: to, next: 0 });
      }
    }
  }
  return null;
}

/** Waves: level 0 needs nothing, level n needs something of level n-1. Ids on or behind a cycle are left out. */
export function levels(ids: readonly string[], arcs: readonly Arc[]): readonly (readonly string[])[] {
  const waits = new Map(ids.map((id) => [id, 0]));
  const freed = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { from, to } of arcs) {
    if (!waits.has(from) || !waits.has(to)) continue;
    waits.set(from, (waits.get(from) ?? 0) + 1);
    freed.get(to)?.push(from);
  }
  const place = new Map(ids.map((id, index) => [id, index]));
  const result: string[][] = [];
  for (let wave = ids.filter((id) => waits.get(id) === 0); wave.length > 0; ) {
    result.push(wave);
    const next = new Set<string>();
    for (const id of wave)
      for (const later of freed.get(id) ?? []) {
        const left = (waits.get(later) ?? 0) - 1;
        waits.set(later, left);
        if (left === 0) next.add(later);
      }
    wave = [...next].sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
  }
  return result;
}

/** For each id the weight of the longest chain that starts with it and goes on through what waits for it. Acyclic. */
export function remainingPath(
  ids: readonly string[],
  arcs: readonly Arc[],
  weight: (id: string) => number,
): ReadonlyMap<string, number> {
  const waiting = successors(
    ids,
    arcs.map(({ from, to }) => ({ from: to, to: from })),
  );
  const longest = new Map<string, number>();
  for (const wave of [...levels(ids, arcs)].reverse())
    for (const id of wave) {
      const behind = (waiting.get(id) ?? []).map((later) => longest.get(later) ?? 0);
      longest.set(id, weight(id) + Math.max(0, ...behind));
    }
  return longest;
}

/** The heaviest chain, first to last, and its weight. Empty for no ids. */
export function criticalPath(
  ids: readonly string[],
  arcs: readonly Arc[],
  weight: (id: string) => number,
): { readonly path: readonly string[]; readonly length: number } {
  const longest = remainingPath(ids, arcs, weight);
  const waiting = successors(
    ids,
    arcs.map(({ from, to }) => ({ from: to, to: from })),
  );
  const heaviest = (among: readonly string[]): string | undefined =>
    among.reduce<string | undefined>(
      (best, id) => (best === undefined || (longest.get(id) ?? 0) > (longest.get(best) ?? 0) ? id : best),
      undefined,
    );
  const path: string[] = [];
  let at = heaviest(ids.filter((id) => longest.has(id)));
  const length = at === undefined ? 0 : (longest.get(at) ?? 0);
  while (at !== undefined) {
    path.push(at);
    at = heaviest((waiting.get(at) ?? []).filter((id) => longest.has(id)));
  }
  return { path, length };
}

function successors(ids: readonly string[], arcs: readonly Arc[]): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { from, to } of arcs) if (known.has(to)) known.get(from)?.push(to);
  return known;
}
