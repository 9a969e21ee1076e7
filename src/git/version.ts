import { GitError, git } from './run.ts';

/** `merge-tree --write-tree` came with 2.38; 2.39 is what Debian 12 ships and what we test against. */
const OLDEST = { major: 2, minor: 39 };

export type GitVersion =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly message: string };

/** Whether this machine's git is new enough, in a sentence that can be shown as it is. */
export async function checkGitVersion(env: Readonly<Record<string, string>> = {}): Promise<GitVersion> {
  try {
    const { stdout } = await git(['version'], { timeoutMs: 10_000, env });
    return judgeGitVersion(stdout);
  } catch (error) {
    if (error instanceof GitError) {
      return {
        ok: false,
        message: `git ${OLDEST.major}.${OLDEST.minor} or newer is needed, but git could not be run.`,
      };
    }
    throw error;
  }
}

/** Reads the output of `git version`. */
export function judgeGitVersion(output: string): GitVersion {
  const match = /^git version ((\d+)\.(\d+)\S*)/.exec(output);
  const [, version, major, minor] = match ?? [];
  if (version === undefined) {
    return {
      ok: false,
      message: `git ${OLDEST.major}.${OLDEST.minor} or newer is needed; "git version" said nothing readable.`,
    };
  }
  const enough = Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor);
  if (enough) return { ok: true, version };
  return {
    ok: false,
    message: `git ${OLDEST.major}.${OLDEST.minor} or newer is needed, this machine has ${version}. Please upgrade git.`,
  };
}
