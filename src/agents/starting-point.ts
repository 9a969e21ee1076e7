import type { AttemptSpec } from '../engine/ports.ts';
import { log, mergeBase } from '../git/history.ts';
import { renderCommit } from '../text/commit.ts';

/** Where an attempt starts, and what the push may replace. */
export interface StartingPoint {
  /** The commit the agent's tree is made from; the parent of what it delivers. */
  readonly startSha: string;
  /** What the delivery is compared with: the base branch as far as it is part of the start. */
  readonly baseSha: string;
  /** The head of the task's branch on GitHub at this moment; null when there is no such branch. */
  readonly expectedOld: string | null;
  /** The branch holds commits that are not ours; they stay, and the work goes on top of them. */
  readonly continues: boolean;
  /** What this very attempt pushed before the orchestrator died, or null. */
  readonly deliveredSha: string | null;
}

type AttemptName = Pick<AttemptSpec, 'title' | 'orchestration' | 'task' | 'agent' | 'attempt'> & {
  readonly resumes?: boolean;
};

/** More commits than this on a task's branch are not looked through: they are treated as a human's. */
const MOST_COMMITS = 200;

/**
 * Normally the head of the base branch. Commits on the task's branch that do not carry our trailer are somebody
 * else's: then the attempt starts from that branch's head, so that the push is a fast-forward and overwrites nothing.
 */
export async function chooseStart(
  gitDir: string,
  spec: AttemptName,
  baseHead: string,
  branchHead: string | null,
): Promise<StartingPoint> {
  const fromBase = {
    startSha: baseHead,
    baseSha: baseHead,
    expectedOld: branchHead,
    continues: false,
    deliveredSha: null,
  };
  if (branchHead === null || branchHead === baseHead) return fromBase;
  const baseSha = (await mergeBase(gitDir, baseHead, branchHead)) ?? baseHead;
  const commits = await log(gitDir, `${baseHead}..${branchHead}`, { limit: MOST_COMMITS + 1 });
  const own = trailersOf(renderCommit(spec));
  const isOfTask = (body: string): boolean => trailersOf(body).task === own.task;
  const deliveredSha =
    commits.find(({ body }) => isOfTask(body) && trailersOf(body).attempt === own.attempt)?.sha ?? null;
  if (spec.resumes === true)
    return { startSha: branchHead, baseSha, expectedOld: branchHead, continues: true, deliveredSha };
  // what it was built on may be another task's commit, which its own branch must not keep alive
  const isOurs = (body: string): boolean =>
    trailersOf(body).task?.startsWith(`Muster-Task: ${spec.orchestration}/`) === true;
  const continues = commits.length > MOST_COMMITS || !commits.every(({ body }) => isOurs(body));
  if (!continues && deliveredSha === null) return fromBase;
  return { startSha: branchHead, baseSha, expectedOld: branchHead, continues, deliveredSha };
}

/** The two trailers as `renderCommit` writes them; they stand in the last paragraph. */
function trailersOf(message: string): { task: string | undefined; attempt: string | undefined } {
  const lines = message.trimEnd().split('\n\n').at(-1)?.split('\n') ?? [];
  return {
    task: lines.find((line) => line.startsWith('Muster-Task: ')),
    attempt: lines.find((line) => line.startsWith('Muster-Attempt: ')),
  };
}
