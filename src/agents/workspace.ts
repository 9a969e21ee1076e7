import { join } from 'node:path';
import { checkoutTree } from '../git/checkout.ts';
import { readTreeInto, updateRef } from '../git/plumbing.ts';
import { fetch } from '../git/remote.ts';
import { git } from '../git/run.ts';
import { type AttemptPlace, makePlace } from './place.ts';

/**
 * Fills the attempt's tree from the mirror and gives it a throwaway `.git` with the start as its only commit, so that
 * tools that ask git work. It shares nothing with any other repository, and the harvest never looks at it.
 */
export async function populateTree(
  mirrorDir: string,
  place: AttemptPlace,
  start: {
    readonly sha: string;
    readonly branch: string;
    readonly author: { readonly name: string; readonly email: string };
  },
): Promise<void> {
  await makePlace(place);
  await checkoutTree(mirrorDir, start.sha, place.tree);
  const gitDir = join(place.tree, '.git');
  await git(['init', '--quiet', '--template=', `--initial-branch=${start.branch}`, '--', place.tree]);
  await fetch(gitDir, mirrorDir, [`${start.sha}:refs/muster/start`], { depth: 1, allowFile: true });
  await updateRef(gitDir, `refs/heads/${start.branch}`, start.sha, null);
  await git(['update-ref', '-d', 'refs/muster/start'], { gitDir });
  await readTreeInto(gitDir, join(gitDir, 'index'), start.sha);
  await git(['config', '--local', 'user.name', start.author.name], { gitDir });
  await git(['config', '--local', 'user.email', start.author.email], { gitDir });
}
