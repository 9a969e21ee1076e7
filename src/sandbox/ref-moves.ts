// What follows when refs have moved, whoever moved them: push, merge, REST, or a process that was killed right after.
// Promise: rows, pull requests, closed issues and webhooks of one set of moves are written in one transaction.
// Invariant: `refs` rows say which moves were announced; after a kill, the difference to git is announced again.
import { listRefs } from '../git/plumbing.ts';
import type { RefMove, World } from './context.ts';
import { readCommit, resolveCommit, ZERO_SHA } from './git-objects.ts';
import { applyPullChanges, planPullChanges } from './pulls-follow.ts';
import { pushPayload, readPushFacts } from './push-payload.ts';
import { inTurn } from './repo-lock.ts';
import { accountOf } from './shapes-git.ts';
import type { RepositoryRow, UserRow } from './state.ts';

/** Announces moves that already happened in git. Answers when all their consequences are written. */
export function refsPushed(
  world: World,
  repo: RepositoryRow,
  sender: UserRow,
  moves: readonly RefMove[],
): Promise<void> {
  return inTurn(world, repo, () => applyRefMoves(world, repo, sender, moves));
}

/** The same for a caller that already has its turn on the repository (repo-lock.ts). */
export async function applyRefMoves(
  world: World,
  repo: RepositoryRow,
  sender: UserRow,
  moves: readonly RefMove[],
): Promise<void> {
  const shown = moves.filter((move) => isShown(move) && !isAnnounced(world, repo, move));
  if (shown.length === 0) return;
  const gitDir = world.gitDir(repo);
  const facts = await Promise.all(shown.map((move) => readPushFacts(gitDir, move, shown)));
  const changes = await planPullChanges(world, repo, shown, facts);
  const tips = await Promise.all(shown.map((move) => resolveCommit(gitDir, move.ref)));
  world.state.transaction(() => {
    for (const [index, move] of shown.entries()) recordTip(world, repo, move.ref, tips[index] ?? null);
    const now = world.instant();
    world.state.repositories.update(repo.id, { pushedAt: now, updatedAt: now });
    for (const fact of facts) world.emit('push', repo, sender, pushPayload(world, repo, sender, fact));
    applyPullChanges(world, repo, sender, changes);
  });
  await world.refMoves.announce(repo, sender, shown);
}

function isShown(move: RefMove): boolean {
  return /^refs\/(heads|tags)\//.test(move.ref) && move.before !== move.after;
}

/** Somebody who found the branch where the move left it (announceMissedMoves) was faster than whoever moved it. */
function isAnnounced(world: World, repo: RepositoryRow, move: RefMove): boolean {
  if (!move.ref.startsWith('refs/heads/')) return false;
  const known = world.state.refs.one('name', `${repo.id}/${move.ref}`)?.sha ?? ZERO_SHA;
  return known === move.after;
}

function recordTip(world: World, repo: RepositoryRow, ref: string, sha: string | null): void {
  if (!ref.startsWith('refs/heads/')) return;
  const row = world.state.refs.one('name', `${repo.id}/${ref}`);
  if (sha === null) {
    if (row !== undefined) world.state.refs.delete(row.id);
  } else if (row === undefined) world.state.refs.insert({ repoId: repo.id, ref, sha, ciSha: null });
  else world.state.refs.update(row.id, { sha });
}

async function branchTips(world: World, repo: RepositoryRow): Promise<Map<string, string>> {
  const refs = await listRefs(world.gitDir(repo), 'refs/heads/');
  return new Map(refs.map(({ ref, sha }) => [ref, sha]));
}

/** Announces what a killed process moved and did not get to announce, in all repositories. */
export async function announceForgottenMoves(world: World): Promise<void> {
  for (const repo of world.state.repositories.all()) await inTurn(world, repo, () => announceMissedMoves(world, repo));
}

/**
 * The same for one repository, for a caller that has its turn. Needed also while serving: the git of a killed process
 * may finish a push after the next process has opened the directory.
 */
export async function announceMissedMoves(world: World, repo: RepositoryRow): Promise<void> {
  const moves = await forgottenMoves(world, repo);
  if (moves.length > 0) await applyRefMoves(world, repo, await likelyMover(world, repo, moves), moves);
}

async function forgottenMoves(world: World, repo: RepositoryRow): Promise<RefMove[]> {
  const tips = await branchTips(world, repo);
  const known = new Map(world.state.refs.where('repo', repo.id).map((row) => [row.ref, row.sha]));
  const names = new Set([...tips.keys(), ...known.keys()]);
  return [...names].flatMap((ref) => {
    const before = known.get(ref) ?? ZERO_SHA;
    const after = tips.get(ref) ?? ZERO_SHA;
    return before === after ? [] : [{ ref, before, after }];
  });
}

/** Nobody remembers who pushed; the committer of what was pushed is the best guess. */
async function likelyMover(world: World, repo: RepositoryRow, moves: readonly RefMove[]): Promise<UserRow> {
  for (const move of moves) {
    if (move.after === ZERO_SHA) continue;
    const { committer } = await readCommit(world.gitDir(repo), move.after);
    const account = accountOf(world, committer);
    if (account !== undefined) return account;
  }
  return world.state.users.need(repo.ownerId);
}
