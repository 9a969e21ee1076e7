import { mergeTree, predictMerge } from '../git/merge-tree.ts';
import { commitTree } from '../git/plumbing.ts';
import { noreplyAddress } from './accounts.ts';
import { isPassing, latestRuns, unmetChecks } from './checks.ts';
import type { RefMove, SignedIn, World } from './context.ts';
import { branchTip, moveRefs, readCommits, ZERO_SHA } from './git-objects.ts';
import { landedRef } from './pulls-follow.ts';
import { applyRefMoves } from './ref-moves.ts';
import { Refusal } from './refusal.ts';
import { inTurn } from './repo-lock.ts';
import type { MergeabilityShown } from './shapes-pulls.ts';
import type { IssueRow, PullRow, RepositoryRow } from './state.ts';

const UNKNOWN: MergeabilityShown = { mergeable: null, state: 'unknown' };

/**
 * Whether the head merges cleanly into the base as both are now, by a real merge that is remembered per pair of
 * commits. Null at the first look at a pair while the `mergeableNullFirst` fault is on.
 */
export async function pullMergeability(world: World, pull: PullRow): Promise<MergeabilityShown> {
  const repo = world.state.repositories.need(pull.repoId);
  if (world.state.issues.need(pull.issueId).state === 'closed') return UNKNOWN;
  const baseSha = await branchTip(world.gitDir(repo), pull.baseRef);
  if (baseSha === null) return UNKNOWN;
  const pair = `${baseSha}..${pull.headSha}`;
  if (world.faults.mergeableNullFirst && world.state.pulls.need(pull.id).nullReadFor !== pair) {
    world.state.transaction(() => world.state.pulls.update(pull.id, { nullReadFor: pair }));
    return UNKNOWN;
  }
  const known = world.state.pulls.need(pull.id).mergeability;
  const fresh = known?.baseSha === baseSha && known.headSha === pull.headSha;
  const mergeable = fresh ? known.mergeable : await tryMerge(world, repo, pull, baseSha);
  return { mergeable, state: mergeStateOf(world, repo, pull, mergeable) };
}

async function tryMerge(world: World, repo: RepositoryRow, pull: PullRow, baseSha: string): Promise<boolean> {
  const result = await predictMerge(world.gitDir(repo), baseSha, pull.headSha);
  if (result.kind === 'error') throw new Error(`cannot tell whether #${pull.number} merges: ${result.message}`);
  const mergeable = result.kind === 'clean';
  const conflicts = result.kind === 'conflict' ? result.paths : [];
  const mergeability = { baseSha, headSha: pull.headSha, mergeable, conflicts };
  world.state.transaction(() => world.state.pulls.update(pull.id, { mergeability }));
  return mergeable;
}

function mergeStateOf(
  world: World,
  repo: RepositoryRow,
  pull: PullRow,
  mergeable: boolean,
): MergeabilityShown['state'] {
  if (!mergeable) return 'dirty';
  if (pull.draft) return 'draft';
  if (unmetChecks(world, repo, pull.baseRef, pull.headSha).length > 0) return 'blocked';
  return latestRuns(world, repo, pull.headSha).every(isPassing) ? 'clean' : 'unstable';
}

export interface MergeRequest {
  /** Only merge while the head is exactly this commit. */
  readonly sha: string | null;
  readonly method: 'merge' | 'squash';
  readonly title: string | null;
  readonly message: string | null;
}

/**
 * Merges into the base branch: a real merge of what both are now, by compare-and-swap. Answers the new commit.
 * Throws Refusal 405 (closed, draft, conflict, required check) or 409 (head is not `sha`).
 */
export async function mergePull(world: World, actor: SignedIn, pull: PullRow, request: MergeRequest): Promise<string> {
  const repo = world.state.repositories.need(pull.repoId);
  return inTurn(world, repo, async () => {
    const current = world.state.pulls.need(pull.id);
    const issue = world.state.issues.need(pull.issueId);
    if (issue.state === 'closed' || current.draft) throw new Refusal(405, 'Pull Request is not mergeable');
    const gitDir = world.gitDir(repo);
    const [head, base] = await Promise.all([branchTip(gitDir, current.headRef), branchTip(gitDir, current.baseRef)]);
    if (head === null || base === null) throw new Refusal(405, 'Pull Request is not mergeable');
    if (request.sha !== null && request.sha !== head) {
      throw new Refusal(409, 'Head branch was modified. Review and try the merge again.');
    }
    const unmet = unmetChecks(world, repo, current.baseRef, head);
    if (unmet.length > 0) throw new Refusal(405, `Repository rule violations found\n\n${unmet.join('\n\n')}\n\n`);
    const merged = await mergeTree(gitDir, base, head);
    if (merged.kind !== 'clean') throw new Refusal(405, 'Pull Request is not mergeable');
    const commit = await writeMerge(world, actor, repo, current, issue, { base, head, tree: merged.tree }, request);
    const moves = mergeMoves(world, repo, current, { base, head, commit });
    if (!(await moveRefs(gitDir, moves))) {
      throw new Refusal(405, 'Base branch was modified. Review and try the merge again.');
    }
    const announced = moves.map(
      ({ ref, before, after }): RefMove => ({ ref, before: before ?? ZERO_SHA, after: after ?? ZERO_SHA }),
    );
    await applyRefMoves(world, repo, actor.user, announced);
    return commit;
  });
}

interface RefSwap {
  readonly ref: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Base, proof of landing and (where the repository wants it) the removal of the head move together or not at all. */
function mergeMoves(
  world: World,
  repo: RepositoryRow,
  pull: PullRow,
  at: { readonly base: string; readonly head: string; readonly commit: string },
): RefSwap[] {
  const moves: RefSwap[] = [
    { ref: `refs/heads/${pull.baseRef}`, before: at.base, after: at.commit },
    { ref: landedRef(pull.number), before: null, after: at.commit },
  ];
  if (world.state.repositories.need(repo.id).deleteBranchOnMerge && pull.headRef !== repo.defaultBranch) {
    moves.push({ ref: `refs/heads/${pull.headRef}`, before: at.head, after: null });
  }
  return moves;
}

async function writeMerge(
  world: World,
  actor: SignedIn,
  repo: RepositoryRow,
  pull: PullRow,
  issue: IssueRow,
  at: { readonly base: string; readonly head: string; readonly tree: string },
  request: MergeRequest,
): Promise<string> {
  const squash = request.method === 'squash';
  const text = squash ? await squashText(world, repo, pull, issue, at) : mergeText(world, repo, pull, issue);
  const author = squash ? world.state.users.need(issue.userId) : actor.user;
  const body = request.message ?? text.body;
  return commitTree(world.gitDir(repo), {
    tree: at.tree,
    parents: squash ? [at.base] : [at.base, at.head],
    message: `${request.title ?? text.title}${body === '' ? '' : `\n\n${body}`}`,
    author: { name: author.login, email: noreplyAddress(author) },
    committer: { name: actor.user.login, email: noreplyAddress(actor.user) },
    date: world.now(),
  });
}

interface CommitText {
  readonly title: string;
  readonly body: string;
}

function mergeText(world: World, repo: RepositoryRow, pull: PullRow, issue: IssueRow): CommitText {
  const owner = world.state.users.need(repo.ownerId).login;
  return { title: `Merge pull request #${pull.number} from ${owner}/${pull.headRef}`, body: issue.title };
}

/** One commit keeps its own text; several become a list, oldest first. */
async function squashText(
  world: World,
  repo: RepositoryRow,
  pull: PullRow,
  issue: IssueRow,
  at: { readonly base: string; readonly head: string },
): Promise<CommitText> {
  const commits = await readCommits(world.gitDir(repo), ['--reverse', '--no-merges', `${at.base}..${at.head}`]);
  const [first] = commits;
  const single = commits.length === 1 && first !== undefined;
  return {
    title: `${single ? firstLine(first.message) : issue.title} (#${pull.number})`,
    body: single
      ? first.message.slice(firstLine(first.message).length).trim()
      : commits.map((commit) => `* ${commit.message}`).join('\n\n'),
  };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}
