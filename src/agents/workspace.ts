import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutTree } from '../git/checkout.ts';
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
  const { sha, branch, author } = start;
  const gitDir = join(place.tree, '.git');
  await git(['init', '--quiet', '--template=', `--initial-branch=${unborn}`, '--', place.tree]);
  await checkoutTree(mirrorDir, sha, place.tree, join(gitDir, 'index'));
  await fetch(gitDir, mirrorDir, [`${sha}:refs/heads/${branch}`], { depth: 1, allowFile: true });
  await writeFile(join(gitDir, 'HEAD'), `ref: refs/heads/${branch}\n`);
  const user = `[user]\n\tname = ${configValue(author.name)}\n\temail = ${configValue(author.email)}\n`;
  await appendFile(join(gitDir, 'config'), user);
}

/** git does not fetch into the branch that HEAD names, so until then it names one that nobody wants. */
const unborn = 'muster-nothing-yet';

function configValue(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
