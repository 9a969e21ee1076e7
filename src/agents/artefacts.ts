import { lstat, mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptSpec } from '../engine/ports.ts';
import { type AttemptPlace, pathPart, removeTree } from './place.ts';

const MOST_KEPT = 20;
const LARGEST_TREE = 200 * 1024 * 1024;

/**
 * Keeps what a failed attempt left, for a human to look at: `<dataDir>/failed/<name>/{tree,agent.log}`. Only the last
 * attempt of a task, the newest 20 of all, and no tree above 200 MB.
 */
export async function keepFailedTree(
  dataDir: string,
  place: AttemptPlace,
  spec: AttemptSpec,
  log: string,
): Promise<void> {
  const shelf = join(dataDir, 'failed');
  const orchestration = spec.orchestration.split('/').at(-1) ?? '';
  const name = [spec.repo.owner, spec.repo.name, orchestration, spec.task].map(pathPart).join('+');
  const kept = join(shelf, name);
  await removeTree(kept);
  await mkdir(kept, { recursive: true, mode: 0o700 });
  await writeFile(join(kept, 'agent.log'), log, { mode: 0o600 });
  if (await fitsInto(place.tree, LARGEST_TREE)) await rename(place.tree, join(kept, 'tree'));
  await removeOldest(shelf);
}

async function removeOldest(shelf: string): Promise<void> {
  const names = await readdir(shelf);
  if (names.length <= MOST_KEPT) return;
  const aged = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(shelf, name))).mtimeMs })));
  aged.sort((a, b) => b.at - a.at);
  for (const { name } of aged.slice(MOST_KEPT)) await removeTree(join(shelf, name));
}

async function fitsInto(directory: string, limit: number): Promise<boolean> {
  const directories = [directory];
  let bytes = 0;
  for (let at = 0; at < directories.length; at += 1) {
    const path = directories[at] ?? '';
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      if (entry.isDirectory()) directories.push(join(path, entry.name));
      else bytes += (await lstat(join(path, entry.name)).catch(() => null))?.size ?? 0;
      if (bytes > limit) return false;
    }
  }
  return true;
}
