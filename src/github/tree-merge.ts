/** Three-way merge of listings, whole files at a time; stricter than git, which also merges within a file. Pure. */
import type { RemoteEntry } from '../git/remote-objects.ts';

/** What has to change in `ours` so that it holds theirs too, or the paths that both changed differently. */
export type TreeMerge =
  | { readonly kind: 'clean'; readonly changes: readonly RemoteEntry[] }
  | { readonly kind: 'conflict'; readonly paths: readonly string[] };

/** Files only; `base` is what both began from. */
export function mergeListings(
  base: readonly RemoteEntry[],
  ours: readonly RemoteEntry[],
  theirs: readonly RemoteEntry[],
): TreeMerge {
  const { changes, paths } = compare(base, ours, theirs);
  return paths.length > 0 ? { kind: 'conflict', paths } : { kind: 'clean', changes };
}

/** What `ours` can take over of theirs without losing a change of its own. */
export function changesThatFit(
  base: readonly RemoteEntry[],
  ours: readonly RemoteEntry[],
  theirs: readonly RemoteEntry[],
): readonly RemoteEntry[] {
  return compare(base, ours, theirs).changes;
}

function compare(
  base: readonly RemoteEntry[],
  ours: readonly RemoteEntry[],
  theirs: readonly RemoteEntry[],
): { readonly changes: readonly RemoteEntry[]; readonly paths: readonly string[] } {
  const [before, mine, yours] = [byPath(base), byPath(ours), byPath(theirs)];
  const changes: RemoteEntry[] = [];
  const paths: string[] = [];
  for (const path of new Set([...before.keys(), ...yours.keys()])) {
    const [was, here, there] = [before.get(path), mine.get(path), yours.get(path)];
    if (isSame(was, there) || isSame(here, there)) continue;
    if (!isSame(was, here)) paths.push(path);
    else if (there !== undefined) changes.push(there);
    else if (here !== undefined) changes.push({ ...here, sha: null });
  }
  return { changes, paths };
}

function byPath(entries: readonly RemoteEntry[]): ReadonlyMap<string, RemoteEntry> {
  return new Map(entries.filter(({ type }) => type !== 'tree').map((entry) => [entry.path, entry]));
}

function isSame(a: RemoteEntry | undefined, b: RemoteEntry | undefined): boolean {
  return a?.sha === b?.sha && a?.mode === b?.mode;
}
