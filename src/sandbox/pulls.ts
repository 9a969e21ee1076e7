// Pull requests: opening, editing, closing, reviewing. Merging is in pulls-merge.ts, following branches in pulls-follow.ts.
// Promise: an open pull request's head and base are where git says they are.
// May import: issues, git reading, shapes. Invariant: git is read while holding the repository's turn, rows are
// written in one transaction after that.
import type { SignedIn, World } from './context.ts';
import { branchTip, commonAncestor, countAheadBehind } from './git-objects.ts';
import { editIssue, insertIssue, setIssueState } from './issues.ts';
import { emitPull, keepPullHead, pullTotals } from './pulls-follow.ts';
import { announceMissedMoves } from './ref-moves.ts';
import { invalid, notFound, Refusal } from './refusal.ts';
import { inTurn } from './repo-lock.ts';
import { reviewShape, simplePullShape } from './shapes-pulls.ts';
import type { PullRow, RepositoryRow, ReviewRow } from './state.ts';

export interface NewPull {
  readonly title: string;
  readonly body: string | null;
  /** `branch` or `owner:branch`; forks do not exist here. */
  readonly head: string;
  readonly base: string;
  readonly draft?: boolean;
}

/** The pull request with this number. Throws Refusal 404. */
export function findPull(world: World, repo: RepositoryRow, number: number): PullRow {
  const pull = world.state.pulls.one('number', `${repo.id}/${number}`);
  if (pull === undefined) throw notFound();
  return pull;
}

/** Throws Refusal 422: head or base missing, nothing to merge, or one is open already. */
export function createPull(world: World, actor: SignedIn, repo: RepositoryRow, fields: NewPull): Promise<PullRow> {
  const headRef = headBranch(world, repo, fields.head);
  const baseRef = fields.base.replace(/^refs\/heads\//, '');
  return inTurn(world, repo, async () => {
    await announceMissedMoves(world, repo);
    const gitDir = world.gitDir(repo);
    const [headSha, baseSha] = await Promise.all([branchTip(gitDir, headRef), branchTip(gitDir, baseRef)]);
    if (baseSha === null) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
    if (headSha === null) throw invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
    refuseSecond(world, repo, headRef, baseRef);
    await refuseEmpty(gitDir, { ref: baseRef, sha: baseSha }, { ref: headRef, sha: headSha });
    const totals = await pullTotals(gitDir, baseSha, headSha);
    const number = world.state.repositories.need(repo.id).nextNumber;
    await keepPullHead(gitDir, number, headSha);
    return world.state.transaction(() => {
      const { title, body } = fields;
      const issue = insertIssue(world, actor, repo, { title, body, labelIds: [], assigneeIds: [], isPull: true });
      const pull = world.state.pulls.insert({
        issueId: issue.id,
        repoId: repo.id,
        number: issue.number,
        headRef,
        headSha,
        baseRef,
        baseSha,
        draft: fields.draft ?? false,
        merged: false,
        mergedAt: null,
        mergedById: null,
        mergeCommitSha: null,
        mergeability: null,
        nullReadFor: null,
        ...totals,
      });
      emitPull(world, repo, actor.user, pull, 'opened', {});
      return pull;
    });
  });
}

function headBranch(world: World, repo: RepositoryRow, head: string): string {
  const colon = head.indexOf(':');
  const owner = world.state.users.need(repo.ownerId).login;
  if (colon >= 0 && head.slice(0, colon).toLowerCase() !== owner.toLowerCase()) {
    throw invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  }
  return head.slice(colon + 1).replace(/^refs\/heads\//, '');
}

function refuseSecond(world: World, repo: RepositoryRow, headRef: string, baseRef: string): void {
  const twin = world.state.pulls
    .where('head', `${repo.id}/${headRef}`)
    .find((pull) => pull.baseRef === baseRef && world.state.issues.need(pull.issueId).state === 'open');
  if (twin === undefined) return;
  const owner = world.state.users.need(repo.ownerId).login;
  const message = `A pull request already exists for ${owner}:${headRef}.`;
  throw invalid({ resource: 'PullRequest', code: 'custom', message });
}

async function refuseEmpty(
  gitDir: string,
  base: { readonly ref: string; readonly sha: string },
  head: { readonly ref: string; readonly sha: string },
): Promise<void> {
  const custom = (message: string): Refusal => invalid({ resource: 'PullRequest', code: 'custom', message });
  if ((await commonAncestor(gitDir, base.sha, head.sha)) === null) {
    throw custom(`The ${base.ref} branch has no history in common with ${head.ref}`);
  }
  const { ahead } = await countAheadBehind(gitDir, base.sha, head.sha);
  if (ahead === 0) throw custom(`No commits between ${base.ref} and ${head.ref}`);
}

export interface PullEdit {
  readonly title?: string;
  readonly body?: string | null;
  readonly state?: 'open' | 'closed';
  readonly base?: string;
}

/** Throws Refusal 422 for a base that is missing, or a reopening that is impossible. */
export function updatePull(world: World, actor: SignedIn, pull: PullRow, edit: PullEdit): Promise<PullRow> {
  const repo = world.state.repositories.need(pull.repoId);
  return inTurn(world, repo, async () => {
    const rebase = edit.base === undefined || edit.base === pull.baseRef ? null : await newBase(world, pull, edit.base);
    const reopened = edit.state === 'open' ? await reopening(world, repo, pull) : null;
    return world.state.transaction(() => {
      const before = world.state.issues.need(pull.issueId);
      const after = editIssue(world, actor, before, edit);
      if (rebase !== null) world.state.pulls.update(pull.id, rebase);
      const changes = {
        ...(before.title === after.title ? {} : { title: { from: before.title } }),
        ...(before.body === after.body ? {} : { body: { from: before.body ?? '' } }),
        ...(rebase === null ? {} : { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } }),
      };
      const current = world.state.pulls.need(pull.id);
      if (Object.keys(changes).length > 0) emitPull(world, repo, actor.user, current, 'edited', { changes });
      return setPullState(world, actor, current, edit.state ?? before.state, reopened);
    });
  });
}

/** Opens or closes the row and announces it; call inside a transaction. */
function setPullState(
  world: World,
  actor: SignedIn,
  pull: PullRow,
  state: 'open' | 'closed',
  reopened: Partial<PullRow> | null,
): PullRow {
  const repo = world.state.repositories.need(pull.repoId);
  const issue = world.state.issues.need(pull.issueId);
  if (issue.state === state) return pull;
  setIssueState(world, actor.user, issue, state, null);
  const written = reopened === null ? pull : world.state.pulls.update(pull.id, reopened);
  emitPull(world, repo, actor.user, written, state === 'open' ? 'reopened' : 'closed', {});
  return written;
}

async function newBase(world: World, pull: PullRow, base: string): Promise<Partial<PullRow>> {
  const repo = world.state.repositories.need(pull.repoId);
  const gitDir = world.gitDir(repo);
  const baseSha = await branchTip(gitDir, base);
  if (baseSha === null) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  refuseSecond(world, repo, pull.headRef, base);
  return { baseRef: base, baseSha, ...(await pullTotals(gitDir, baseSha, pull.headSha)) };
}

/** What a pull request that comes back looks like: its branches may have moved meanwhile. */
async function reopening(world: World, repo: RepositoryRow, pull: PullRow): Promise<Partial<PullRow> | null> {
  if (world.state.issues.need(pull.issueId).state === 'open') return null;
  const cannot = (message: string): Refusal =>
    invalid({ resource: 'PullRequest', code: 'invalid', field: 'state', message });
  if (pull.merged) throw cannot('state cannot be changed. The pull request was merged.');
  const gitDir = world.gitDir(repo);
  const [head, base] = await Promise.all([branchTip(gitDir, pull.headRef), branchTip(gitDir, pull.baseRef)]);
  if (head === null) throw cannot(`state cannot be changed. The ${pull.headRef} branch was deleted.`);
  if (base === null) throw cannot(`state cannot be changed. The ${pull.baseRef} branch was deleted.`);
  refuseSecond(world, repo, pull.headRef, pull.baseRef);
  await keepPullHead(gitDir, pull.number, head);
  return { headSha: head, baseSha: base, ...(await pullTotals(gitDir, base, head)) };
}

/** A submitted review of the current head. Throws Refusal 422: approving or refusing one's own pull request. */
export function submitReview(
  world: World,
  actor: SignedIn,
  pull: PullRow,
  review: Pick<ReviewRow, 'state' | 'body'>,
): ReviewRow {
  const issue = world.state.issues.need(pull.issueId);
  if (issue.userId === actor.user.id && review.state !== 'COMMENTED') {
    const what = review.state === 'APPROVED' ? 'approve' : 'request changes on';
    throw new Refusal(422, 'Unprocessable Entity', [`Can not ${what} your own pull request`]);
  }
  return world.state.transaction(() => {
    const now = world.instant();
    const row = world.state.reviews.insert({
      repoId: pull.repoId,
      pullId: pull.id,
      userId: actor.user.id,
      body: review.body,
      state: review.state,
      commitSha: pull.headSha,
      submittedAt: now,
    });
    world.state.issues.update(issue.id, { updatedAt: now });
    const repo = world.state.repositories.need(pull.repoId);
    const { state, ...shape } = reviewShape(world, row);
    world.emit('pull_request_review', repo, actor.user, {
      action: 'submitted',
      // Webhooks write the state in small letters, REST in capitals.
      review: { ...shape, state: String(state).toLowerCase() },
      // A review carries the short form, as lists do.
      pull_request: simplePullShape(world, pull, { kind: 'anonymous' }),
    });
    return row;
  });
}

/** APPROVED or CHANGES_REQUESTED when the last verdicts of the reviewers say so, else null. */
export function reviewDecision(world: World, pull: PullRow): 'APPROVED' | 'CHANGES_REQUESTED' | null {
  const verdicts = new Map<number, ReviewRow['state']>();
  for (const review of world.state.reviews.where('pull', pull.id)) {
    if (review.state !== 'COMMENTED') verdicts.set(review.userId, review.state);
  }
  const states = [...verdicts.values()];
  if (states.includes('CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  return states.includes('APPROVED') ? 'APPROVED' : null;
}
