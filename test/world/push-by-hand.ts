import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { World } from './world.ts';

const run = promisify(execFile);

/** A person clones, changes files and pushes to an existing branch. */
export async function pushByHand(world: World, branch: string, change: (dir: string) => void): Promise<void> {
  const dir = mkdtempSync(join(world.dir, 'clone-'));
  const url = new URL(`${world.sandbox.url}/${world.owner}/${world.repo}.git`);
  url.username = 'ada';
  url.password = world.sandbox.userToken('ada');
  await run('git', ['clone', '-q', '-b', branch, url.href, dir]);
  change(dir);
  const git = (...args: readonly string[]) =>
    run('git', ['-C', dir, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args]);
  await git('add', '-A', '.');
  await git('commit', '-qm', 'By hand');
  await git('push', '-q', 'origin', 'HEAD');
}
