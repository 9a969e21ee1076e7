/** Whether a pull request has been merged, by whomever, and as which commit. */
import type { Effect } from '../engine/ports.ts';
import { READ_MERGE_COMMIT } from './documents.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { listAt, optionalTextAt, textAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { askEitherWay } from './missing.ts';
import { getIn } from './rest.ts';

type MergePull = Extract<Effect, { kind: 'merge-pull' }>;

/** The merge commit; null when it has not been merged. */
export async function mergedAs(
  installation: Installation,
  effect: MergePull,
  deadline: AbortSignal,
): Promise<string | null> {
  const pull = await readPull(installation, effect, deadline);
  return isMerged(pull) ? mergeCommit(installation, effect, pull, deadline) : null;
}

export interface MergeFacts {
  readonly state: string;
  readonly merged?: boolean;
  readonly merged_at?: string | null;
  readonly mergeable?: boolean | null;
  readonly mergeable_state?: string;
  readonly base?: { readonly ref: string };
  readonly merge_commit_sha?: string | null;
  readonly head: { readonly sha: string; readonly ref?: string };
}

export async function readPull(
  installation: Installation,
  effect: MergePull,
  deadline: AbortSignal,
): Promise<MergeFacts> {
  const where = { pull_number: effect.number };
  const pull = await getIn(installation, effect.repo, '/pulls/{pull_number}', where, deadline);
  textAt(pull, 'head.sha');
  return pull as MergeFacts;
}

export function isMerged(pull: MergeFacts): boolean {
  return pull.merged === true || (pull.merged_at ?? null) !== null;
}

export async function mergeCommit(
  installation: Installation,
  effect: MergePull,
  pull: MergeFacts,
  deadline: AbortSignal,
): Promise<string> {
  if (pull.merge_commit_sha) return pull.merge_commit_sha;
  const sha = await askEitherWay(
    installation.server,
    'readMergeCommit',
    () => mergeCommitByGraphql(installation, effect, deadline),
    () => mergeCommitByRest(installation, effect, pull, deadline),
  );
  if (!sha) throw new UnexpectedAnswerError(`pull request #${effect.number} is merged but has no merge commit`);
  return sha;
}

async function mergeCommitByGraphql(
  installation: Installation,
  effect: MergePull,
  deadline: AbortSignal,
): Promise<string | null> {
  const { owner, name } = effect.repo;
  const answer = await installation.graphql<unknown>(
    READ_MERGE_COMMIT,
    { owner, name, number: effect.number },
    deadline,
  );
  return optionalTextAt(answer, 'repository.pullRequest.mergeCommit.oid');
}

/** Among the newest commits of the base, the one that has the head as a parent. */
async function mergeCommitByRest(
  installation: Installation,
  effect: MergePull,
  pull: MergeFacts,
  deadline: AbortSignal,
): Promise<string | null> {
  const commits = await getIn(installation, effect.repo, '/commits', { sha: pull.base?.ref, per_page: 100 }, deadline);
  const isMerge = (commit: unknown): boolean =>
    listAt(commit, 'parents')
      .slice(1)
      .some((parent) => optionalTextAt(parent, 'sha') === pull.head.sha);
  const found = listAt(commits, '').find(isMerge);
  return found === undefined ? null : textAt(found, 'sha');
}
