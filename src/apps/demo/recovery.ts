/** The human's part of the WebSocket demo: a commit on main that adds the missing package, pushed over HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withAskpass } from '../../git/askpass.ts';
import { commitTree, initBare, readTreeInto, resolveRef, writeTree } from '../../git/plumbing.ts';
import { fetch, push } from '../../git/remote.ts';
import { git } from '../../git/run.ts';
import { websocketManifest } from './websocket.ts';

export async function pushManifestFix(options: {
  readonly cloneUrl: string;
  readonly token: string;
  readonly dir: string;
}): Promise<void> {
  const dir = await mkdtemp(join(options.dir, 'human-'));
  try {
    await withAskpass(dir, { username: 'maintainer', token: options.token }, async (auth) => {
      const gitDir = join(dir, 'clone.git');
      const indexFile = join(dir, 'index');
      await initBare(gitDir);
      await fetch(gitDir, options.cloneUrl, ['refs/heads/main:refs/heads/main'], { auth });
      const base = await resolveRef(gitDir, 'refs/heads/main');
      if (base === null) throw new Error('the demo repository has no main branch');
      const manifest = `${JSON.stringify({ ...websocketManifest, dependencies: { ws: '^8.0.0' } }, null, 2)}\n`;
      const blob = (await git(['hash-object', '-w', '--stdin'], { gitDir, input: manifest })).stdout.trim();
      await readTreeInto(gitDir, indexFile, base);
      await git(['update-index', '--cacheinfo', `100644,${blob},package.json`], { gitDir, indexFile });
      const person = { name: 'maintainer', email: 'maintainer@example.com' };
      const sha = await commitTree(gitDir, {
        tree: await writeTree(gitDir, indexFile),
        parents: [base],
        message: 'Add the ws package to the manifest\n',
        author: person,
        date: new Date(),
      });
      const outcome = await push(
        gitDir,
        options.cloneUrl,
        { sha, ref: 'refs/heads/main' },
        { expectedOld: base, auth },
      );
      if (outcome.kind !== 'pushed') throw new Error(`the fix could not be pushed: ${outcome.kind}`);
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
