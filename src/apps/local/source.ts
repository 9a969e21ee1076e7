/** The user's repository: only read here. What would make a run fail in the end is refused at the start. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { slug } from '../../core/slugs.ts';
import { listRefs } from '../../git/plumbing.ts';
import { GitError, git } from '../../git/run.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { shellWord } from '../shell-word.ts';

export interface Source {
  /** As the user wrote it. */
  readonly dir: string;
  /** Objects and branches; shared by all work trees. */
  readonly gitDir: string;
  /** Of this work tree alone: tells the runs of two work trees apart. */
  readonly ownGitDir: string;
  /** A repository name. */
  readonly name: string;
  readonly head: string;
  /** `main` for a detached HEAD. */
  readonly branch: string;
}

/** Throws `CommandFailed` 3 with what is wrong and what helps. */
export async function openSource(repoDir: string): Promise<Source> {
  const dir = resolve(repoDir);
  const refuse = (why: string, cause?: unknown): CommandFailed =>
    new CommandFailed(exitCodes.unreadable, `${repoDir} ${why}`, { cause });
  if (!existsSync(dir)) throw refuse('does not exist. Give the repository to work on with --repo DIR.');
  // git's answers are lines, and so are the addresses it fetches from
  if (dir.includes('\n')) throw refuse('has a line break in its path, which git cannot fetch from. Rename it first.');
  const ask = async (...args: string[]): Promise<string> =>
    (await git(args, { cwd: dir })).stdout.replace(/\r?\n$/, '');
  const facts = await ask('rev-parse', '--absolute-git-dir', '--git-common-dir', '--is-shallow-repository').catch(
    (error) => {
      throw refuse(`is not a git repository. Give the repository to work on with --repo DIR.${gitWords(error)}`, error);
    },
  );
  const [ownGitDir = '', common = '', shallow = ''] = facts.split('\n');
  if (shallow === 'true')
    throw refuse(
      'is a shallow clone: its history is cut off, and nothing can be built on that and brought back. Run "git fetch --unshallow" in it first.',
    );
  const head = await ask('rev-parse', '--verify', 'HEAD^{commit}').catch(async (error) => {
    const named = await ask('rev-parse', '--verify', '--quiet', 'HEAD').catch(() => '');
    throw named === ''
      ? refuse('has no commit yet. Make one first: agents begin with what is committed.', error)
      : refuse(`names a commit that cannot be read${gitWords(error)}. "git fsck" in it says what is missing.`, error);
  });
  if (head.length !== 40)
    throw refuse('names its commits by SHA-256, which GitHub, and so the local GitHub, does not know.');
  const branch = await git(['symbolic-ref', '--short', '--quiet', 'HEAD'], { cwd: dir, okCodes: [0, 1] });
  const top = await ask('rev-parse', '--show-toplevel').catch(() => '');
  const gitDir = resolve(dir, common);
  return {
    dir: repoDir,
    gitDir: existsSync(join(gitDir, 'objects')) ? gitDir : ownGitDir,
    ownGitDir,
    name: slug(basename(top === '' ? dir : top).replace(/\.git$/, '')),
    head,
    branch: branch.stdout.trim() || 'main',
  };
}

/** git keeps branches like files: where `muster` is a branch, `muster/...` cannot be one. Throws `CommandFailed` 3. */
export async function refuseBlockedBranch(source: Source, branch: string): Promise<void> {
  const parts = branch.split('/');
  const above = parts.slice(1).map((_, index) => `refs/heads/${parts.slice(0, index + 1).join('/')}`);
  const refs = await listRefs(source.gitDir, ...above, `refs/heads/${branch}/`);
  const inTheWay = refs.find(({ ref }) => above.includes(ref) || ref.startsWith(`refs/heads/${branch}/`));
  if (inTheWay === undefined) return;
  const name = inTheWay.ref.slice('refs/heads/'.length);
  throw new CommandFailed(
    exitCodes.unreadable,
    `What lands is to arrive as the branch ${branch}, which git cannot make in ${source.dir} beside the branch ${name}. Rename that one first: git -C ${shellWord(source.dir)} branch -m ${shellWord(name)} ${shellWord(`${name.replaceAll('/', '-')}-old`)}`,
  );
}

/** What git itself says, in parentheses; nothing where it said nothing. */
export function gitWords(error: unknown): string {
  const said = error instanceof GitError ? error.stderr.trim().split('\n')[0] : '';
  return said ? ` (git: ${said})` : '';
}
