import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { snapshotDirectory } from '../git/harvest-tree.ts';
import { diffRaw } from '../git/history.ts';
import { listTree, showFile } from '../git/plumbing.ts';
import { GitError } from '../git/run.ts';
import { findLeaks } from './leaks.ts';
import { findOversizedFiles } from './oversized.ts';
import { type AttemptPlace, treeIsGenuine } from './place.ts';
import { type ChangedEntry, findViolations, type HarvestLimits } from './violations.ts';

/** What an attempt left in its tree, observed in git. `refused` names what may not leave it, one sentence each. */
export type Harvest =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly violations: readonly string[] }
  | { readonly kind: 'changed'; readonly tree: string };

/**
 * Stores the tree's files in the mirror and compares them with the start. Works with the mirror's objects and a private
 * index only: hooks, filters, monitors and commits in the tree's own `.git` have no effect.
 */
export async function harvestTree(
  mirrorDir: string,
  place: AttemptPlace,
  startSha: string,
  limits: HarvestLimits,
  secrets: readonly string[],
): Promise<Harvest> {
  if (!(await treeIsGenuine(place))) return { kind: 'refused', violations: ['the working directory was replaced'] };
  const indexFile = join(place.dir, 'index');
  try {
    const oversized = await findOversizedFiles(mirrorDir, place.tree, startSha, limits.fileBytes);
    if (oversized.length > 0) return { kind: 'refused', violations: oversized };
    const tree = await snapshotDirectory({ gitDir: mirrorDir, workDir: place.tree, indexFile, baseSha: startSha });
    const changes = await describeChanges(mirrorDir, startSha, tree);
    if (changes.length === 0) return { kind: 'unchanged' };
    const inForm = findViolations(changes, limits);
    // read only when their number and size are known to be bearable
    const violations = inForm.length > 0 ? inForm : await findLeaks(mirrorDir, changes, secrets);
    return violations.length > 0 ? { kind: 'refused', violations } : { kind: 'changed', tree };
  } catch (error) {
    if (!(error instanceof GitError || error instanceof RangeError)) throw error;
    return { kind: 'refused', violations: [`what was left cannot be stored in git: ${error.message}`] };
  } finally {
    await rm(indexFile, { force: true });
  }
}

async function describeChanges(mirrorDir: string, startSha: string, tree: string): Promise<ChangedEntry[]> {
  const changes = await diffRaw(mirrorDir, startSha, tree);
  const sizes = new Map((await listTree(mirrorDir, tree)).map(({ path, size }) => [path, size ?? 0]));
  const described: ChangedEntry[] = [];
  for (const change of changes) {
    const isLink = change.newMode === '120000';
    const target = isLink ? await showFile(mirrorDir, tree, change.path) : null;
    described.push({
      ...change,
      size: change.status === 'D' ? 0 : (sizes.get(change.path) ?? 0),
      linkTarget: target === null ? null : Buffer.from(target).toString('utf8'),
    });
  }
  return described;
}
