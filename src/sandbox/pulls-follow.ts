import { listRefs } from '../git/plumbing.ts';
import { findUser } from './accounts.ts';
import { type ClosingReference, closingReferences } from './closing-words.ts';
import type { RefMove, World } from './context.ts';
import { diffTotals } from './git-diff.ts';
import { commonAncestor, countAheadBehind, isPartOf, moveRefs, resolveCommit, ZERO_SHA } from './git-objects.ts';
import { closeIssue, setIssueState } from './issues.ts';
import { MOST_COMMITS, type PushFacts } from './push-payload.ts';
import { webhookPull } from './shapes-pulls.ts';
import type { PullRow, RepositoryRow, UserRow } from './state.ts';

/** Size of a pull request: what its head has over the common ancestor with its base. */
export type PullTotals = Pick<PullRow, 'additions' | 'deletions' | 'changedFiles' | 'commits'>;

type PullChange = { readonly pullId: number } & (
  | { readonly kind: 'synchronize'; readonly after: string; readonly baseSha: string; readonly totals: PullTotals }
  | { readonly kind: 'merge'; readonly commit: string; readonly headSha: string; readonly totals: PullTotals }
  | { readonly kind: 'close' }
  | { readonly kind: 'retarget'; readonly baseRef: string; readonly baseSha: string; readonly totals: PullTotals }
  | { readonly kind: 'base'; readonly baseSha: string }
);

export interface PullChanges {
  readonly pulls: readonly PullChange[];
  /** Numbers of issues of this repository that commits on the default branch promise to close. */
  readonly closes: readonly number[];
}

const landedRefs = 'refs/sandbox/landed/';

/** Hidden ref that a merge writes together with the base branch; it proves which commit landed the pull request. */
export function landedRef(number: number): string {
  return `${landedRefs}${number}`;
}

/** The ref under which GitHub keeps the commits of a pull request, also after its branch is gone. */
function pullHeadRef(number: number): string {
  return `refs/pull/${number}/head`;
}

export async function pullTotals(gitDir: string, base: string, head: string): Promise<PullTotals> {
  const [ancestor, { ahead }] = await Promise.all([
    commonAncestor(gitDir, base, head),
    countAheadBehind(gitDir, base, head),
  ]);
  const { additions, deletions, files } = await diffTotals(gitDir, ancestor ?? base, head);
  return { additions, deletions, changedFiles: files, commits: ahead };
}

/** Points `refs/pull/N/head` at a commit, wherever it pointed before. */
export async function keepPullHead(gitDir: string, number: number, sha: string): Promise<void> {
  const ref = pullHeadRef(number);
  const before = await resolveCommit(gitDir, ref);
  if (before !== sha) await moveRefs(gitDir, [{ ref, before, after: sha }]);
}

/** What the moves mean for open pull requests and issues. Reads git, changes only `refs/pull/*`. */
export async function planPullChanges(
  world: World,
  repo: RepositoryRow,
  moves: readonly RefMove[],
  facts: readonly PushFacts[],
): Promise<PullChanges> {
  const branches = moves.flatMap((move) => (move.ref.startsWith('refs/heads/') ? [move.ref.slice(11)] : []));
  const touched = openPulls(world, repo).filter(
    (pull) => branches.includes(pull.headRef) || branches.includes(pull.baseRef),
  );
  if (touched.length === 0) return { pulls: [], closes: closesBy(world, repo, facts) };
  const tips = await readTips(world.gitDir(repo));
  const pulls: PullChange[] = [];
  // Merges first: whoever was based on a branch that landed moves to where it landed.
  for (const pull of touched) pulls.push(...(await planMerge(world, repo, pull, tips, facts)));
  const landed = touched.filter((pull) => pulls.some((change) => change.pullId === pull.id));
  const merged = new Map(landed.map((pull) => [pull.headRef, pull]));
  for (const pull of touched) {
    if (!landed.includes(pull)) pulls.push(...(await planFollow(world, repo, pull, tips, merged)));
  }
  return { pulls, closes: closesBy(world, repo, facts) };
}

function closesBy(world: World, repo: RepositoryRow, facts: readonly PushFacts[]): number[] {
  const onDefault = facts.filter((fact) => fact.move.ref === `refs/heads/${repo.defaultBranch}`);
  const words = onDefault.flatMap((fact) => fact.commits.flatMap((commit) => closingReferences(commit.message)));
  return numbersHere(world, repo, words);
}

/** Where all branches are, and what landed: one question for all pull requests, of which there may be hundreds. */
interface Tips {
  readonly branch: (name: string) => string | null;
  readonly landed: (number: number) => string | null;
}

async function readTips(gitDir: string): Promise<Tips> {
  const refs = new Map((await listRefs(gitDir, 'refs/heads/', landedRefs)).map(({ ref, sha }) => [ref, sha]));
  return {
    branch: (name) => refs.get(`refs/heads/${name}`) ?? null,
    landed: (number) => refs.get(landedRef(number)) ?? null,
  };
}

function openPulls(world: World, repo: RepositoryRow): PullRow[] {
  return world.state.pulls
    .where('repo', repo.id)
    .filter((pull) => world.state.issues.need(pull.issueId).state === 'open');
}

async function planMerge(
  world: World,
  repo: RepositoryRow,
  pull: PullRow,
  tips: Tips,
  facts: readonly PushFacts[],
): Promise<PullChange[]> {
  const gitDir = world.gitDir(repo);
  const base = tips.branch(pull.baseRef);
  if (base === null) return [];
  const landed = tips.landed(pull.number);
  const headSha = tips.branch(pull.headRef) ?? pull.headSha;
  if (landed !== null && (await isPartOf(gitDir, landed, base))) {
    const totals = await pullTotals(gitDir, pull.baseSha, pull.headSha);
    return [{ pullId: pull.id, kind: 'merge', commit: landed, headSha: pull.headSha, totals }];
  }
  // A head that somebody pushed into the base is merged; one that was reset to the base is not.
  if (headSha !== pull.headSha && (await isPartOf(gitDir, headSha, pull.baseSha))) return [];
  if (headSha === pull.headSha && !mayHaveArrived(pull, facts)) return [];
  if (!(await isPartOf(gitDir, headSha, base))) return [];
  const totals = await pullTotals(gitDir, pull.baseSha, headSha);
  return [{ pullId: pull.id, kind: 'merge', commit: headSha, headSha, totals }];
}

/** Whether the base got the head with this push, as far as its list of commits tells; no list tells of everything. */
function mayHaveArrived(pull: PullRow, facts: readonly PushFacts[]): boolean {
  const fact = facts.find(({ move }) => move.ref === `refs/heads/${pull.baseRef}`);
  if (fact === undefined || fact.move.before === ZERO_SHA || fact.commits.length >= MOST_COMMITS) return true;
  return fact.commits.some(({ sha }) => sha === pull.headSha);
}

async function planFollow(
  world: World,
  repo: RepositoryRow,
  pull: PullRow,
  tips: Tips,
  merged: ReadonlyMap<string, PullRow>,
): Promise<PullChange[]> {
  const gitDir = world.gitDir(repo);
  const [head, base] = [tips.branch(pull.headRef), tips.branch(pull.baseRef)];
  if (head === null) return [{ pullId: pull.id, kind: 'close' }];
  if (base === null) {
    const target = merged.get(pull.baseRef)?.baseRef;
    const baseSha = target === undefined ? null : tips.branch(target);
    if (target === undefined || baseSha === null) return [{ pullId: pull.id, kind: 'close' }];
    const totals = await pullTotals(gitDir, baseSha, head);
    return [{ pullId: pull.id, kind: 'retarget', baseRef: target, baseSha, totals }];
  }
  if (head !== pull.headSha) {
    await keepPullHead(gitDir, pull.number, head);
    const totals = await pullTotals(gitDir, base, head);
    return [{ pullId: pull.id, kind: 'synchronize', after: head, baseSha: base, totals }];
  }
  return base === pull.baseSha ? [] : [{ pullId: pull.id, kind: 'base', baseSha: base }];
}

/** Writes the plan and its webhooks; call inside a transaction. */
export function applyPullChanges(world: World, repo: RepositoryRow, sender: UserRow, changes: PullChanges): void {
  const closes = new Set(changes.closes);
  for (const change of changes.pulls) {
    const pull = world.state.pulls.need(change.pullId);
    // Somebody may have closed it while git was being read.
    if (world.state.issues.need(pull.issueId).state !== 'open') continue;
    applyPullChange(world, repo, sender, pull, change);
    if (change.kind === 'merge' && pull.baseRef === repo.defaultBranch) {
      const body = world.state.issues.need(pull.issueId).body ?? '';
      for (const number of numbersHere(world, repo, closingReferences(body))) closes.add(number);
    }
  }
  for (const number of closes) {
    const issue = world.state.issues.one('number', `${repo.id}/${number}`);
    if (issue !== undefined && !issue.isPull && issue.state === 'open') closeIssue(world, sender, issue, 'completed');
  }
}

function applyPullChange(world: World, repo: RepositoryRow, sender: UserRow, pull: PullRow, change: PullChange): void {
  const { pulls, issues } = world.state;
  const now = world.instant();
  switch (change.kind) {
    case 'base':
      pulls.update(pull.id, { baseSha: change.baseSha });
      return;
    case 'synchronize': {
      const next = pulls.update(pull.id, { headSha: change.after, baseSha: change.baseSha, ...change.totals });
      issues.update(pull.issueId, { updatedAt: now });
      emitPull(world, repo, sender, next, 'synchronize', { before: pull.headSha, after: change.after });
      return;
    }
    case 'merge': {
      setIssueState(world, sender, issues.need(pull.issueId), 'closed', null);
      const merge = { merged: true, mergedAt: now, mergedById: sender.id, mergeCommitSha: change.commit };
      const next = pulls.update(pull.id, { ...merge, headSha: change.headSha, ...change.totals });
      emitPull(world, repo, sender, next, 'closed', {});
      return;
    }
    case 'close':
      setIssueState(world, sender, issues.need(pull.issueId), 'closed', null);
      emitPull(world, repo, sender, pull, 'closed', {});
      return;
    case 'retarget': {
      const next = pulls.update(pull.id, { baseRef: change.baseRef, baseSha: change.baseSha, ...change.totals });
      issues.update(pull.issueId, { updatedAt: now });
      const base = { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } };
      emitPull(world, repo, sender, next, 'edited', { changes: { base } });
    }
  }
}

/** One `pull_request` webhook; call inside a transaction. */
export function emitPull(
  world: World,
  repo: RepositoryRow,
  sender: UserRow,
  pull: PullRow,
  action: 'opened' | 'synchronize' | 'closed' | 'reopened' | 'edited',
  extra: Readonly<Record<string, unknown>>,
): void {
  world.emit('pull_request', repo, sender, {
    action,
    number: pull.number,
    ...extra,
    pull_request: webhookPull(world, pull),
  });
}

function numbersHere(world: World, repo: RepositoryRow, references: readonly ClosingReference[]): number[] {
  const here = references.filter(({ owner, repo: name }) => {
    if (owner === null || name === null) return true;
    return findUser(world, owner)?.id === repo.ownerId && name.toLowerCase() === repo.name.toLowerCase();
  });
  return [...new Set(here.map((reference) => reference.number))];
}
