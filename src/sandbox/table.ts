/** `[table, row]` writes a whole row, `[table, id]` deletes one. */
export type Mutation = readonly [table: string, change: { readonly id: number } | number];

export interface Table<Row extends { readonly id: number }, Index extends string> {
  get(id: number): Row | undefined;
  /** The row, or an Error: for references that our own rows guarantee. */
  need(id: number): Row;
  /** Every row, in order of id. */
  all(): Row[];
  /** Rows whose index has this key, in order of id. */
  where(index: Index, key: string | number): Row[];
  /** The only (first) row with this key. */
  one(index: Index, key: string | number): Row | undefined;
  /** Adds a row under a fresh id. Ids are unique over all tables and never used again. */
  insert(row: Omit<Row, 'id'>): Row;
  update(id: number, patch: Partial<Omit<Row, 'id'>>): Row;
  delete(id: number): void;
}

/** What the journal needs of a table: untyped because it reads rows back from text. */
export interface Replayable {
  readonly name: string;
  load(change: { readonly id: number } | number): void;
  snapshot(): ReadonlyArray<{ readonly id: number }>;
}

/** A table in memory with lookup indexes; `write` is told about each change and how to undo it. */
export function createTable<Row extends { readonly id: number }, Index extends string>(
  name: string,
  indexes: Readonly<Record<Index, (row: Row) => string | number>>,
  nextId: () => number,
  write: (mutation: Mutation, undo: () => void) => void,
): Table<Row, Index> & Replayable {
  const rows = new Map<number, Row>();
  const lookups = new Map<string, Map<string, Set<number>>>();
  for (const index of Object.keys(indexes)) lookups.set(index, new Map());

  const place = (id: number, row: Row | undefined): void => {
    const old = rows.get(id);
    for (const [index, keyOf] of Object.entries(indexes) as Array<[Index, (row: Row) => string | number]>) {
      const lookup = lookups.get(index);
      if (lookup === undefined) continue;
      const before = old === undefined ? null : String(keyOf(old));
      const after = row === undefined ? null : String(keyOf(row));
      if (before === after) continue;
      if (before !== null) {
        const ids = lookup.get(before);
        ids?.delete(id);
        if (ids?.size === 0) lookup.delete(before);
      }
      if (after !== null) lookup.set(after, (lookup.get(after) ?? new Set()).add(id));
    }
    if (row === undefined) rows.delete(id);
    else rows.set(id, row);
  };

  const change = (id: number, row: Row | undefined): void => {
    const old = rows.get(id);
    write([name, row ?? id], () => place(id, old));
    place(id, row);
  };

  const need = (id: number): Row => {
    const row = rows.get(id);
    if (row === undefined) throw new Error(`no row ${id} in ${name}`);
    return row;
  };

  const where = (index: Index, key: string | number): Row[] =>
    [...(lookups.get(index)?.get(String(key)) ?? [])].sort((a, b) => a - b).map(need);

  return {
    name,
    get: (id) => rows.get(id),
    need,
    all: () => [...rows.values()].sort((a, b) => a.id - b.id),
    where,
    one: (index, key) => where(index, key)[0],
    insert: (fields) => {
      const row = { ...fields, id: nextId() } as unknown as Row;
      change(row.id, row);
      return row;
    },
    update: (id, patch) => {
      const row: Row = { ...need(id), ...patch };
      change(id, row);
      return row;
    },
    delete: (id) => change(need(id).id, undefined),
    load: (loaded) => {
      if (typeof loaded === 'number') place(loaded, undefined);
      else place(loaded.id, loaded as Row);
    },
    snapshot: () => [...rows.values()],
  };
}
