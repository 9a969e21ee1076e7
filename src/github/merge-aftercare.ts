/**
 * What GitHub does at a merge and a server of another kind may not: keep what landed meanwhile, and close the issues
 * that the pull request names. Looked after only where the server has already shown that it is no GitHub.
 */
import type { Effect } from '../engine/ports.ts';
import { statusOf } from './classify.ts';
import { listAt, optionalTextAt, textAt } from './fields.ts';
import { remoteObjects } from './git-data.ts';
import type { Installation } from './installation.ts';
import { isUnasked } from './missing.ts';
import { getIn, headOf, refPath, sendIn, unlessGone } from './rest.ts';
import { changesThatFit, mergeListings, type TreeMerge } from './tree-merge.ts';

type MergePull = Extract<Effect, { kind: 'merge-pull' }>;

/** How it stood before a merge. `began` is the newest commit that the base and the head have in common. */
export interface BeforeMerge {
  readonly baseBranch: string;
  readonly base: string;
  readonly began: string;
  readonly merge: TreeMerge | null;
}

/** Further back than this no common beginning is looked for. */
const MOST_COMMITS = 200;

/** Null where nothing needs care: GitHub itself, or a base that has not moved since the work began. */
export async function lookBeforeMerge(
  installation: Installation,
  effect: MergePull,
  deadline: AbortSignal,
): Promise<BeforeMerge | null> {
  const { server } = installation;
  if (!server.differs() || server.routes.get('three-way-merge') === 'there') return null;
  try {
    return await look(installation, effect, deadline);
  } catch (error) {
    // what cannot be looked at cannot be put right either: then the server is trusted to merge
    if (isUnasked(error) || isServerError(error)) return null;
    throw error;
  }
}

/** The files that both the base and the head have changed; null where that cannot be told. Whole files, unlike git. */
export async function clashingPaths(
  installation: Installation,
  effect: MergePull,
  baseBranch: string,
  deadline: AbortSignal,
): Promise<readonly string[] | null> {
  const base = await headOf(installation, effect.repo, baseBranch, deadline);
  const began = base === null ? null : await commonCommit(installation, effect, base, effect.sha, deadline);
  if (base === null || began === null) return null;
  const merge = await predict(installation, effect, { began, base });
  return merge.kind === 'conflict' ? merge.paths : null;
}

function isServerError(error: unknown): boolean {
  return (statusOf(error) ?? 0) >= 500;
}

async function look(installation: Installation, effect: MergePull, deadline: AbortSignal): Promise<BeforeMerge | null> {
  const { server } = installation;
  const { repo } = effect;
  const where = { pull_number: effect.number };
  const pull = await getIn(installation, repo, '/pulls/{pull_number}', where, deadline);
  const baseBranch = optionalTextAt(pull, 'base.ref') ?? 'main';
  const base = await headOf(installation, repo, baseBranch, deadline);
  const began = base === null ? null : await commonCommit(installation, effect, base, effect.sha, deadline);
  if (base === null || began === null || began === base) return null;
  // whether both fit is only of use where the server will not say
  const doubtful = server.lacks('three-way-merge') || server.lacks('git-http');
  const merge = doubtful ? await predict(installation, effect, { began, base }) : null;
  return { baseBranch, base, began, merge };
}

/** Somebody else may move the base while it is put right. */
const MOST_TRIES = 3;

/**
 * Puts back what the merge left out, if it did and that has not been done yet. Answers the paths of a conflict that made
 * it take the merge back.
 */
export async function restoreAfterMerge(
  installation: Installation,
  effect: MergePull,
  before: BeforeMerge,
  merged: string,
  deadline: AbortSignal,
): Promise<readonly string[]> {
  const { server } = installation;
  const merge = before.merge ?? (await predict(installation, effect, before));
  const ours = await treeOf(installation, effect, before.base, deadline);
  const objects = remoteObjects(installation, effect.repo, null);
  const wanted = merge.kind === 'clean' ? await objects.createTree(ours, merge.changes) : ours;
  const arrived = await treeOf(installation, effect, merged, deadline);
  // a merge that is the head's files and nothing else has forgotten the base
  const forgot = arrived !== wanted && arrived === (await treeOf(installation, effect, effect.sha, deadline));
  if (!forgot) {
    server.routes.set('three-way-merge', 'there');
    return [];
  }
  server.learn('three-way-merge', `merging #${effect.number} left out what landed as ${before.base}`);
  for (let tries = 1; ; tries += 1) {
    try {
      await moveBase(installation, effect, before, { merged, wanted }, deadline);
      return merge.kind === 'clean' ? [] : merge.paths;
    } catch (error) {
      const status = statusOf(error);
      if (tries === MOST_TRIES || (status !== 409 && status !== 422)) throw error;
    }
  }
}

/** A commit on top of the base as it is now that also holds what the base was before. */
async function moveBase(
  installation: Installation,
  effect: MergePull,
  before: BeforeMerge,
  { merged, wanted }: { readonly merged: string; readonly wanted: string },
  deadline: AbortSignal,
): Promise<void> {
  const { repo, number } = effect;
  const objects = remoteObjects(installation, repo, null);
  const now = (await headOf(installation, repo, before.baseBranch, deadline)) ?? merged;
  const words = `Keep what landed before pull request #${number}`;
  if (now !== merged && (await isPutBack(installation, effect, { now, merged, base: before.base, words }, deadline)))
    return;
  const login = installation.server.appLogin() ?? 'muster';
  const by = { name: login, email: `${login}@users.noreply.github.com`, date: new Date().toISOString() };
  const sha = await objects.createCommit({
    message: `${words}\n`,
    tree: now === merged ? wanted : await carriedOver(installation, effect, { now, merged, wanted }),
    parents: [now, before.base],
    author: by,
    committer: by,
  });
  await sendIn(installation, repo, 'PATCH', `/git/refs/${refPath(before.baseBranch)}`, { sha, force: false }, deadline);
}

/** Whether a process that was stopped since then had put it back already: its commit lies behind the base. */
async function isPutBack(
  installation: Installation,
  { repo }: MergePull,
  { now, merged, base, words }: Readonly<Record<'now' | 'merged' | 'base' | 'words', string>>,
  deadline: AbortSignal,
): Promise<boolean> {
  const queue = [now];
  const seen = new Set(queue);
  for (let asked = 0; asked < MOST_COMMITS; asked += 1) {
    const next = queue.shift();
    if (next === undefined) return false;
    const commit = await getIn(installation, repo, '/git/commits/{sha}', { sha: next }, deadline);
    const parents = listAt(commit, 'parents').map((parent) => textAt(parent, 'sha'));
    if (parents.includes(base) && (optionalTextAt(commit, 'message') ?? '').startsWith(words)) return true;
    for (const parent of parents)
      if (parent !== merged && !seen.has(parent)) {
        seen.add(parent);
        queue.push(parent);
      }
  }
  return false;
}

/** The files as they are now, with what has to be put back; where both changed one, it stays as it is now. */
async function carriedOver(
  installation: Installation,
  effect: MergePull,
  { now, merged, wanted }: Readonly<Record<'now' | 'merged' | 'wanted', string>>,
): Promise<string> {
  const objects = remoteObjects(installation, effect.repo, null);
  const list = async (tree: string) => (await objects.tree(tree)).entries;
  const at = async (commit: string): Promise<string> => (await objects.commit(commit)).tree;
  const [tree, left] = [await at(now), await at(merged)];
  return objects.createTree(tree, changesThatFit(await list(left), await list(tree), await list(wanted)));
}

/** Closes what the merged pull request says it closes, where the server did not. */
export async function closeNamedIssues(
  installation: Installation,
  effect: MergePull,
  deadline: AbortSignal,
): Promise<void> {
  const { server } = installation;
  const { repo } = effect;
  if (!server.differs()) return;
  const where = { pull_number: effect.number };
  const pull = await getIn(installation, repo, '/pulls/{pull_number}', where, deadline);
  const named = (optionalTextAt(pull, 'body') ?? '').matchAll(/\b(?:closes|fixes|resolves) #(\d+)\b/gi);
  for (const number of new Set([...named].map(([, digits]) => Number(digits)))) {
    const route = '/issues/{issue_number}';
    const issue = await unlessGone(getIn(installation, repo, route, { issue_number: number }, deadline));
    if (issue === null || textAt(issue, 'state') !== 'open') continue;
    const closed = { issue_number: number, state: 'closed', state_reason: 'completed' };
    await sendIn(installation, repo, 'PATCH', route, closed, deadline);
    server.learn('closing-words', `#${number} was open after #${effect.number} had been merged`);
  }
}

async function predict(
  installation: Installation,
  effect: MergePull,
  { began, base }: { readonly began: string; readonly base: string },
): Promise<TreeMerge> {
  const objects = remoteObjects(installation, effect.repo, null);
  const list = async (commit: string) => (await objects.tree((await objects.commit(commit)).tree)).entries;
  return mergeListings(await list(began), await list(base), await list(effect.sha));
}

async function treeOf(
  installation: Installation,
  effect: MergePull,
  commit: string,
  deadline: AbortSignal,
): Promise<string> {
  return textAt(await getIn(installation, effect.repo, '/git/commits/{sha}', { sha: commit }, deadline), 'tree.sha');
}

/**
 * The first commit behind `b` that is also behind `a`, each counted as behind itself; null when none was found among
 * the newest, or the server does not show commits.
 */
async function commonCommit(
  installation: Installation,
  { repo }: MergePull,
  a: string,
  b: string,
  deadline: AbortSignal,
): Promise<string | null> {
  const parentsOf = async (sha: string): Promise<readonly string[]> => {
    const commit = await unlessGone(getIn(installation, repo, '/git/commits/{sha}', { sha }, deadline));
    return commit === null ? [] : listAt(commit, 'parents').map((parent) => textAt(parent, 'sha'));
  };
  const [behindA, behindB] = [new Set([a]), new Set([b])];
  const queues = [
    { queue: [a], own: behindA, other: behindB },
    { queue: [b], own: behindB, other: behindA },
  ];
  if (a === b) return a;
  for (let asked = 0; asked < MOST_COMMITS && queues.some(({ queue }) => queue.length > 0); asked += 1)
    for (const { queue, own, other } of queues) {
      const next = queue.shift();
      if (next === undefined) continue;
      for (const parent of await parentsOf(next)) {
        if (other.has(parent)) return parent;
        if (own.has(parent)) continue;
        own.add(parent);
        queue.push(parent);
      }
    }
  return null;
}
