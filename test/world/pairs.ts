/** Combinations of settings in which every two values of two different settings meet at least once; seeded, so repeatable. */

export type Factors = Readonly<Record<string, readonly unknown[]>>;
export type Row<F extends Factors> = { readonly [Name in keyof F]: F[Name][number] };

/** Greedy: each row takes, setting by setting, the value that brings most pairs that no row has yet. */
export function pairwise<F extends Factors>(factors: F, seed: number): readonly Row<F>[] {
  const names = Object.keys(factors);
  const random = seededRandom(seed);
  const open = new Set(names.flatMap((a, i) => names.slice(i + 1).flatMap((b) => pairsOf(factors, a, b))));
  const rows: Record<string, number>[] = [];
  while (open.size > 0) {
    const row: Record<string, number> = {};
    const [first = ''] = open;
    for (const part of first.split('&')) row[part.split('=')[0] ?? ''] = Number(part.split('=')[1]);
    for (const name of shuffled(names, random)) {
      if (name in row) continue;
      const gains = (factors[name] ?? []).map(
        (_, index) =>
          Object.entries(row).filter(([other, at]) => open.has(pairKey(names, name, index, other, at))).length,
      );
      const best = Math.max(...gains);
      const choices = gains.flatMap((gain, index) => (gain === best ? index : []));
      row[name] = choices[Math.floor(random() * choices.length)] ?? 0;
    }
    for (const a of names) for (const b of names) open.delete(pairKey(names, a, row[a] ?? 0, b, row[b] ?? 0));
    rows.push(row);
  }
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, factors[name]?.[row[name] ?? 0]])) as Row<F>);
}

/** As few of these rows as it takes for every single value to stand in one of them. */
export function eachValueOnce<F extends Factors>(rows: readonly Row<F>[]): readonly Row<F>[] {
  const valuesOf = (row: Row<F>): string[] => Object.entries(row).map((entry) => JSON.stringify(entry));
  const open = new Set(rows.flatMap(valuesOf));
  const chosen: Row<F>[] = [];
  const gain = (row: Row<F>): number => valuesOf(row).filter((value) => open.has(value)).length;
  while (open.size > 0) {
    const [best] = [...rows].sort((a, b) => gain(b) - gain(a));
    if (best === undefined) break;
    chosen.push(best);
    for (const value of valuesOf(best)) open.delete(value);
  }
  return chosen;
}

function pairsOf(factors: Factors, a: string, b: string): string[] {
  return (factors[a] ?? []).flatMap((_, i) => (factors[b] ?? []).map((__, j) => `${a}=${i}&${b}=${j}`));
}

function pairKey(names: readonly string[], a: string, i: number, b: string, j: number): string {
  return names.indexOf(a) < names.indexOf(b) ? `${a}=${i}&${b}=${j}` : `${b}=${j}&${a}=${i}`;
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((x, y) => x.at - y.at)
    .map(({ item }) => item);
}

/** Lehmer's generator: 0 to 1, the same numbers for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
