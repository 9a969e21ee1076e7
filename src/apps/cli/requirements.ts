/** What this machine must have; said in one sentence before anything is begun. */
import { checkGitVersion } from '../../git/version.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';

export async function requireGit(): Promise<void> {
  const git = await checkGitVersion();
  if (!git.ok) throw new CommandFailed(exitCodes.outOfResources, git.message);
}
