import type { MergeRefusal } from '../core/signals.ts';
import type { Effect, EffectOutcome } from '../engine/ports.ts';
import { classifyFailure, statusOf } from './classify.ts';
import { READ_MERGE_COMMIT } from './documents.ts';
import { UnexpectedAnswerError } from './errors.ts';
import type { Installation } from './installation.ts';

type MergePull = Extract<Effect, { kind: 'merge-pull' }>;

/** GitHub works mergeability out in the background; this is how soon it is worth asking again. */
const STILL_COMPUTING_MS = 2000;

/** One request when it merges; where GitHub says no, a second one asks why. */
export async function mergePull(
  installation: Installation,
  effect: MergePull,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  try {
    const { data } = await installation.octokit.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {
      owner: effect.repo.owner,
      repo: effect.repo.name,
      pull_number: effect.number,
      sha: effect.sha,
      merge_method: 'merge',
      request: { signal: deadline },
    });
    return { status: 'done', result: { kind: 'merged', sha: data.sha } };
  } catch (error) {
    const status = statusOf(error);
    if (status === 405 || status === 409) return explainRefusal(installation, effect, error, deadline);
    const failure = classifyFailure(error, 'repeat');
    return failure.status === 'refused' ? refusedMerge('other', failure.message) : failure;
  }
}

async function explainRefusal(
  installation: Installation,
  effect: MergePull,
  refusal: unknown,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const message = refusal instanceof Error ? refusal.message : 'not mergeable';
  try {
    const pull = await readPull(installation, effect, deadline);
    if (pull.merged)
      return {
        status: 'done',
        result: { kind: 'merged', sha: await mergeCommit(installation, effect, pull, deadline) },
      };
    if (pull.state === 'closed') return refusedMerge('other', 'the pull request is closed');
    if (pull.head.sha !== effect.sha) return refusedMerge('head-moved', message);
    if (pull.mergeable === false || pull.mergeable_state === 'dirty') return refusedMerge('conflict', message);
    if (pull.mergeable_state === 'blocked' || pull.mergeable_state === 'unstable')
      return refusedMerge('checks', message);
    // 409 without a moved head: the base moved under the merge. Unknown mergeability: too early to ask.
    if (statusOf(refusal) === 409) return { status: 'transient', message, retryAfterMs: null };
    if (pull.mergeable === null) return { status: 'transient', message, retryAfterMs: STILL_COMPUTING_MS };
    return refusedMerge('not-mergeable', message);
  } catch (error) {
    return classifyFailure(error, 'read');
  }
}

interface MergeFacts {
  readonly state: string;
  readonly merged: boolean;
  readonly mergeable: boolean | null;
  readonly mergeable_state: string;
  readonly merge_commit_sha?: string | null;
  readonly head: { readonly sha: string };
}

async function readPull(installation: Installation, effect: MergePull, deadline: AbortSignal): Promise<MergeFacts> {
  const { data } = await installation.octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
    owner: effect.repo.owner,
    repo: effect.repo.name,
    pull_number: effect.number,
    request: { signal: deadline },
  });
  return data;
}

/** The merge commit when this pull request has been merged, by whomever; null when it has not. */
export async function findMerge(
  installation: Installation,
  effect: MergePull,
  deadline: AbortSignal,
): Promise<string | null> {
  const pull = await readPull(installation, effect, deadline);
  return pull.merged ? mergeCommit(installation, effect, pull, deadline) : null;
}

async function mergeCommit(
  installation: Installation,
  effect: MergePull,
  pull: MergeFacts,
  deadline: AbortSignal,
): Promise<string> {
  if (pull.merge_commit_sha) return pull.merge_commit_sha;
  const answer = await installation.graphql<{
    readonly repository: { readonly pullRequest: { readonly mergeCommit: { readonly oid: string } | null } };
  }>(READ_MERGE_COMMIT, { owner: effect.repo.owner, name: effect.repo.name, number: effect.number }, deadline);
  const sha = answer.repository.pullRequest.mergeCommit?.oid;
  if (!sha) throw new UnexpectedAnswerError(`pull request #${effect.number} is merged but has no merge commit`);
  return sha;
}

function refusedMerge(why: MergeRefusal, message: string): EffectOutcome {
  return { status: 'refused', message, merge: { why, paths: [] } };
}
