import type { MergeRefusal } from '../core/signals.ts';
import type { Effect, EffectOutcome } from '../engine/ports.ts';
import { classifyFailure, statusOf } from './classify.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { optionalTextAt, valueAt } from './fields.ts';
import { type Installation, repoKey } from './installation.ts';
import { clashingPaths, closeNamedIssues, lookBeforeMerge, restoreAfterMerge } from './merge-aftercare.ts';
import { eraseMerge, finishMergesIn, noteMerge } from './merge-memory.ts';
import { isMerged, type MergeFacts, mergeCommit, mergedAs, readPull } from './merged-as.ts';
import { isLimit } from './missing.ts';
import { headOf, sendIn } from './rest.ts';
import { inTurn, mergeTurn } from './server.ts';

type MergePull = Extract<Effect, { kind: 'merge-pull' }>;

/** GitHub works mergeability out in the background; this is how soon it is worth asking again. */
const STILL_COMPUTING_MS = 2000;

/**
 * One request when it merges; where GitHub says no, a second one asks why. A server that needs aftercare merges one at a
 * time: it tells of a merge before that is put right.
 */
export function mergePull(
  installation: Installation,
  effect: MergePull,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  if (!installation.server.differs()) return merge(installation, effect, deadline);
  return inTurn(installation.server, mergeTurn(effect.repo), async () => {
    const outcome = await merge(installation, effect, deadline);
    // what certainly did not happen leaves nothing to finish
    if (outcome.status === 'refused') await eraseMerge(installation, effect);
    return outcome;
  });
}

async function merge(installation: Installation, effect: MergePull, deadline: AbortSignal): Promise<EffectOutcome> {
  try {
    await finishMergesIn(installation, effect.repo, deadline);
    const before = await lookBeforeMerge(installation, effect, deadline);
    if (before?.merge?.kind === 'conflict') return conflict(before.merge.paths);
    await noteMerge(installation, effect, before);
    const answer = await sendIn(
      installation,
      effect.repo,
      'PUT',
      '/pulls/{pull_number}/merge',
      { pull_number: effect.number, sha: effect.sha, merge_method: 'merge' },
      deadline,
    );
    const sha = optionalTextAt(answer, 'sha');
    if (sha === null || valueAt(answer, 'merged') === false)
      return await explainRefusal(installation, effect, new UnexpectedAnswerError('not merged'), deadline);
    const clash = before === null ? [] : await restoreAfterMerge(installation, effect, before, sha, deadline);
    await closeNamedIssues(installation, effect, deadline);
    await eraseMerge(installation, effect);
    return clash.length > 0 ? conflict(clash) : { status: 'done', result: { kind: 'merged', sha } };
  } catch (error) {
    const status = statusOf(error);
    // GitHub says 405 or 409; other servers say 422 for the same
    const refusal = status === 405 || status === 409 || status === 422;
    if (refusal && !isLimit(error)) return explainRefusal(installation, effect, error, deadline);
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
    if (isMerged(pull)) {
      await finishMergesIn(installation, effect.repo, deadline);
      await closeNamedIssues(installation, effect, deadline);
      return {
        status: 'done',
        result: { kind: 'merged', sha: await mergeCommit(installation, effect, pull, deadline) },
      };
    }
    if (pull.state === 'closed') return refusedMerge('other', 'the pull request is closed');
    const status = statusOf(refusal);
    if (pull.head.sha !== effect.sha) {
      const stays = await staysBehind(installation, effect, pull, deadline);
      return stays === null ? refusedMerge('head-moved', message) : refusedMerge('other', stays);
    }
    if (pull.mergeable === false || pull.mergeable_state === 'dirty') return refusedMerge('conflict', message);
    if (pull.mergeable_state === 'blocked' || pull.mergeable_state === 'unstable')
      return refusedMerge('checks', message);
    const clash = await clashAfterPatience(installation, effect, pull, deadline);
    if (clash !== null) return clash;
    // 409 without a moved head: the base moved under the merge. Unknown mergeability: too early to ask.
    if (status === 409) return { status: 'transient', message, retryAfterMs: null };
    const unsaid = pull.mergeable === undefined && installation.server.differs();
    if (pull.mergeable === null || unsaid) return { status: 'transient', message, retryAfterMs: STILL_COMPUTING_MS };
    // 422 comes with words alone
    if (status === 422) return refusedMerge(whyInWords(message), message);
    return refusedMerge('not-mergeable', message);
  } catch (error) {
    return classifyFailure(error, 'read');
  }
}

/** So often a server may be slow to notice that a branch moved, or to work out whether it can be merged. */
const MOST_PATIENCE = 3;

/** Some servers keep a pull request at the commit it was opened with, whatever its branch does: why it cannot land. */
async function staysBehind(
  installation: Installation,
  effect: MergePull,
  pull: MergeFacts,
  deadline: AbortSignal,
): Promise<string | null> {
  const branch = pull.head.ref;
  if (!installation.server.differs() || branch === undefined) return null;
  if ((await headOf(installation, effect.repo, branch, deadline)) !== effect.sha) return null;
  if (timesSeen(installation, effect) <= MOST_PATIENCE) return null;
  return `the server keeps pull request #${effect.number} at an old commit of its branch; close it, then retry the task.`;
}

/** Some servers never say whether two sides clash: after a few refusals of the same commit our own comparison does. */
async function clashAfterPatience(
  installation: Installation,
  effect: MergePull,
  pull: MergeFacts,
  deadline: AbortSignal,
): Promise<EffectOutcome | null> {
  if (!installation.server.differs() || (pull.mergeable ?? null) !== null) return null;
  if (timesSeen(installation, effect) <= MOST_PATIENCE) return null;
  const paths = await clashingPaths(installation, effect, pull.base?.ref ?? 'main', deadline);
  return paths === null ? null : conflict(paths);
}

function timesSeen({ server }: Installation, { repo, number, sha }: MergePull): number {
  const key = `${repoKey(repo)} ${number} ${sha}`;
  const count = (server.refusals.get(key) ?? 0) + 1;
  server.refusals.set(key, count);
  return count;
}

function whyInWords(message: string): MergeRefusal {
  if (/conflict/i.test(message)) return 'conflict';
  if (/required|review|status check/i.test(message)) return 'checks';
  return /head sha|out of date|was modified/i.test(message) ? 'head-moved' : 'other';
}

/** The merge commit when this pull request has been merged, by whomever; null when it has not. */
export async function findMerge(
  installation: Installation,
  effect: MergePull,
  deadline: AbortSignal,
): Promise<string | null> {
  const merged = await mergedAs(installation, effect, deadline);
  if (merged === null || !installation.server.differs()) return merged;
  await inTurn(installation.server, mergeTurn(effect.repo), async () => {
    await finishMergesIn(installation, effect.repo, deadline);
    await closeNamedIssues(installation, effect, deadline);
  });
  return merged;
}

function conflict(paths: readonly string[]): EffectOutcome {
  const message = `both sides changed ${paths.slice(0, 5).join(', ')}`;
  return { status: 'refused', message, merge: { why: 'conflict', paths } };
}

function refusedMerge(why: MergeRefusal, message: string): EffectOutcome {
  return { status: 'refused', message, merge: { why, paths: [] } };
}
