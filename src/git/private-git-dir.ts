import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { GitOptions } from './run.ts';

/** Bytes in, bytes out: no filter, no line-ending or encoding conversion, whatever `.gitattributes` asks for. */
const ATTRIBUTES = '* -text -eol -crlf -ident -filter -working-tree-encoding\n';

/**
 * Lends an empty git directory that shares only the objects of `gitDir`. Its config, attributes and excludes are ours,
 * so not even a config that somebody wrote into `gitDir` itself can name a filter to run, and `info/attributes`
 * outranks every `.gitattributes` of the work tree.
 */
export async function withPrivateGitDir<T>(
  gitDir: string,
  fn: (options: Pick<GitOptions, 'gitDir' | 'objectDirectory'>) => Promise<T>,
): Promise<T> {
  const place = await mkdtemp(join(tmpdir(), 'muster-git-'));
  try {
    await mkdir(join(place, 'refs'));
    await mkdir(join(place, 'objects'));
    await mkdir(join(place, 'info'));
    await writeFile(join(place, 'HEAD'), 'ref: refs/heads/none\n');
    await writeFile(join(place, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = false\n');
    await writeFile(join(place, 'info', 'attributes'), ATTRIBUTES);
    return await fn({ gitDir: place, objectDirectory: resolve(gitDir, 'objects') });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
