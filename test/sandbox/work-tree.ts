import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { temporaryDir } from './local-github.ts';

const run = promisify(execFile);

/** Runs the real git as a developer would; answers what it printed, or throws with it in the message. */
export async function runGit(cwd: string, ...args: string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Dev',
    GIT_AUTHOR_EMAIL: 'dev@example.com',
    GIT_COMMITTER_NAME: 'Dev',
    GIT_COMMITTER_EMAIL: 'dev@example.com',
  };
  const { stdout, stderr } = await run('git', args, { cwd, env });
  return `${stdout}${stderr}`;
}

export interface WorkTree {
  readonly dir: string;
  git(...args: string[]): Promise<string>;
  /** Makes (or resets) a branch at `from`, writes files (null = delete), commits, pushes; answers the commit. */
  push(branch: string, files: Record<string, string | null>, options?: PushOptions): Promise<string>;
}

interface PushOptions {
  /** Default: where the branch is, or main. */
  readonly from?: string;
  readonly message?: string;
}

export function remoteUrl(sandbox: Sandbox, token: string | null, name = 'acme/shop'): string {
  const { host } = new URL(sandbox.url);
  return `http://${token === null ? '' : `x-access-token:${token}@`}${host}/${name}.git`;
}

export async function cloneAs(sandbox: Sandbox, token: string | null, name = 'acme/shop'): Promise<WorkTree> {
  const dir = join(temporaryDir(), 'work');
  await runGit('/', 'clone', '--quiet', remoteUrl(sandbox, token, name), dir);
  const git = (...args: string[]): Promise<string> => runGit(dir, ...args);
  return {
    dir,
    git,
    push: async (branch, files, { from, message = `Work on ${branch}` } = {}) => {
      const known = (await git('branch', '--list', branch)).trim() !== '';
      if (from !== undefined || !known) await git('checkout', '--quiet', '-B', branch, from ?? 'origin/main');
      else await git('checkout', '--quiet', branch);
      for (const [path, text] of Object.entries(files)) {
        if (text === null) {
          await git('rm', '--quiet', path);
          continue;
        }
        mkdirSync(dirname(join(dir, path)), { recursive: true });
        writeFileSync(join(dir, path), text);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
      await git('push', '--quiet', '--force', 'origin', branch);
      return (await git('rev-parse', 'HEAD')).trim();
    },
  };
}
