import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withPrivateGitDir } from './private-git-dir.ts';
import { refuseOption } from './remote-address.ts';
import { git } from './run.ts';

/**
 * Writes the files of a commit or tree into a directory, byte for byte as stored: no smudge filter, no line-ending
 * conversion, no `.git`. Existing files of the same name are replaced, others stay; submodules become empty directories.
 * `keptIndex`: where the index of what was written shall stay; without it there is none.
 */
export async function checkoutTree(
  gitDir: string,
  treeish: string,
  intoDir: string,
  keptIndex?: string,
): Promise<void> {
  refuseOption(['read-tree'], treeish);
  await mkdir(intoDir, { recursive: true });
  await withPrivateGitDir(gitDir, async (place) => {
    const indexFile = keptIndex ?? join(place.gitDir ?? '', 'index');
    await git(['read-tree', treeish], { ...place, indexFile });
    await git(['checkout-index', '--all', '--force', '--quiet', '--index'], {
      ...place,
      indexFile,
      workTree: intoDir,
      cwd: intoDir,
    });
  });
}
