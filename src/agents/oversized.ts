import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listTree } from '../git/plumbing.ts';
import { withPrivateGitDir } from '../git/private-git-dir.ts';
import { git } from '../git/run.ts';
import { megabytes } from './violations.ts';

/** A tree with more entries than this is not walked to its end; the count of changed files catches it later. */
const MOST_ENTRIES = 500_000;

/**
 * Files too large to be taken over, as sentences. Looks at sizes only, before git reads a single byte: a sparse file of
 * a terabyte costs nothing to make and hours to read. Ignored files and those the start already had do not count.
 */
export async function findOversizedFiles(
  mirrorDir: string,
  tree: string,
  startSha: string,
  fileBytes: number,
): Promise<string[]> {
  const large = await listLargeFiles(tree, fileBytes);
  if (large.length === 0) return [];
  const before = new Map((await listTree(mirrorDir, startSha)).map(({ path, size }) => [path, size]));
  const changed = large.filter(({ path, size }) => before.get(path) !== size);
  const ignored = await findIgnored(
    mirrorDir,
    tree,
    changed.map(({ path }) => path).filter((path) => !before.has(path)),
  );
  return changed
    .filter(({ path }) => !ignored.has(path))
    .map(({ path, size }) => `${path}: ${megabytes(size)}; at most ${megabytes(fileBytes)} per file are accepted`);
}

async function listLargeFiles(tree: string, fileBytes: number): Promise<{ path: string; size: number }[]> {
  const large: { path: string; size: number }[] = [];
  const directories = [''];
  let entries = 0;
  for (let at = 0; at < directories.length && entries < MOST_ENTRIES; at += 1) {
    const directory = directories[at] ?? '';
    for (const entry of await readdir(join(tree, directory), { withFileTypes: true }).catch(() => [])) {
      entries += 1;
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== '.git') directories.push(path);
      if (!entry.isFile()) continue;
      const size = (await lstat(join(tree, path)).catch(() => null))?.size ?? 0;
      if (size > fileBytes) large.push({ path, size });
    }
  }
  return large;
}

async function findIgnored(mirrorDir: string, tree: string, paths: readonly string[]): Promise<Set<string>> {
  if (paths.length === 0) return new Set();
  return withPrivateGitDir(mirrorDir, async (place) => {
    const options = { ...place, workTree: tree, cwd: tree, input: `${paths.join('\0')}\0`, okCodes: [0, 1] };
    const { stdout } = await git(['check-ignore', '-z', '--stdin'], options);
    return new Set(stdout.split('\0').filter((path) => path !== ''));
  });
}
