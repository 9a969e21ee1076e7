// Repositories of the local GitHub: creating and seeding them, and their branches.
// Promise: a repository row exists only together with a complete bare repository on disk.
// May import: src/git and the state. Invariant: every branch move is announced through ref-moves.ts.
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { initBare } from '../git/plumbing.ts';
import { fetch } from '../git/remote.ts';
import { git } from '../git/run.ts';
import { ensureOrganization, noreplyAddress } from './accounts.ts';
import type { World } from './context.ts';
import { branchTip, moveRefs, ZERO_SHA } from './git-objects.ts';
import { tellOfRepository } from './installations.ts';
import { applyRefMoves } from './ref-moves.ts';
import { Refusal } from './refusal.ts';
import { inTurn } from './repo-lock.ts';
import type { RepositoryRow, UserRow } from './state.ts';

type Seed =
  | { readonly gitDir: string; readonly ref: string }
  | { readonly files: Readonly<Record<string, string>>; readonly message?: string };

export interface NewRepository {
  readonly owner: string;
  readonly name: string;
  readonly private?: boolean;
  readonly seedFrom?: Seed;
  readonly defaultBranch?: string;
  readonly requiredChecks?: readonly string[];
  readonly deleteBranchOnMerge?: boolean;
}

/** Creates an organisation-owned repository, or answers the one that exists under this name, unchanged. */
export async function createRepository(world: World, options: NewRepository): Promise<RepositoryRow> {
  if (!/^[A-Za-z0-9_][\w.-]{0,99}$/.test(options.name) || options.name.endsWith('.git')) {
    throw new Refusal(422, `"${options.name}" is not a repository name`);
  }
  const owner = ensureOrganization(world, options.owner);
  const existing = world.state.repositories.one('name', `${owner.id}/${options.name.toLowerCase()}`);
  if (existing !== undefined) return existing;
  const defaultBranch = options.defaultBranch ?? 'main';
  const gitDir = join(world.dir, 'repos', owner.login, `${options.name}.git`);
  // Without a row, what lies there is half of a creation that was killed.
  await rm(gitDir, { recursive: true, force: true });
  await mkdir(dirname(gitDir), { recursive: true });
  await initBare(gitDir, { defaultBranch });
  if (options.seedFrom !== undefined) await seed(world, gitDir, defaultBranch, owner, options.seedFrom);
  const now = world.instant();
  const repo = world.state.transaction(() => {
    const row = world.state.repositories.insert({
      ownerId: owner.id,
      name: options.name,
      private: options.private ?? false,
      description: null,
      defaultBranch,
      deleteBranchOnMerge: options.deleteBranchOnMerge ?? false,
      requiredChecks: [...(options.requiredChecks ?? [])],
      nextNumber: 1,
      createdAt: now,
      updatedAt: now,
      pushedAt: now,
    });
    tellOfRepository(world, row, owner);
    return row;
  });
  const tip = await branchTip(gitDir, defaultBranch);
  if (tip !== null) {
    const move = { ref: `refs/heads/${defaultBranch}`, before: ZERO_SHA, after: tip };
    await inTurn(world, repo, () => applyRefMoves(world, repo, owner, [move]));
  }
  return repo;
}

async function seed(world: World, gitDir: string, branch: string, owner: UserRow, from: Seed): Promise<void> {
  if ('gitDir' in from) {
    await fetch(gitDir, resolve(from.gitDir), [`${from.ref}:refs/heads/${branch}`], { allowFile: true });
    return;
  }
  const script = importScript(world, branch, owner, from.files, from.message ?? 'Initial commit');
  await git(['fast-import', '--quiet'], { gitDir, input: script });
}

/** One commit with all files, in the language of `git fast-import`; files that start with `#!` are executable. */
function importScript(
  world: World,
  branch: string,
  owner: UserRow,
  files: Readonly<Record<string, string>>,
  message: string,
): Buffer {
  const parts: Buffer[] = [];
  const line = (text: string): void => {
    parts.push(Buffer.from(`${text}\n`, 'utf8'));
  };
  const data = (text: string): void => {
    const bytes = Buffer.from(text, 'utf8');
    line(`data ${bytes.length}`);
    parts.push(bytes, Buffer.from('\n'));
  };
  line(`commit refs/heads/${branch}`);
  line(`committer ${owner.login} <${noreplyAddress(owner)}> ${Math.floor(world.now().getTime() / 1000)} +0000`);
  data(message);
  for (const [path, text] of Object.entries(files)) {
    line(`M ${text.startsWith('#!') ? '100755' : '100644'} inline ${JSON.stringify(path)}`);
    data(text);
  }
  return Buffer.concat(parts);
}

/** Deletes a branch or tag by its full name and announces it. Throws Refusal 422 when there is none. */
export async function deleteRef(world: World, repo: RepositoryRow, sender: UserRow, ref: string): Promise<void> {
  const gitDir = world.gitDir(repo);
  await inTurn(world, repo, async () => {
    const { stdout } = await git(['for-each-ref', '--format=%(objectname)', ref], { gitDir });
    const before = stdout.trim();
    if (!/^[0-9a-f]{40}$/.test(before)) throw new Refusal(422, 'Reference does not exist');
    if (ref === `refs/heads/${repo.defaultBranch}`) throw new Refusal(422, 'Cannot delete the default branch');
    if (!(await moveRefs(gitDir, [{ ref, before, after: null }]))) throw new Refusal(409, 'Reference was modified');
    await applyRefMoves(world, repo, sender, [{ ref, before, after: ZERO_SHA }]);
  });
}
