/**
 * Carries out `run-attempt`: holds a short lease with heartbeats while an agent works. Losing the lease (another process
 * took over, or the task was cancelled) kills the agent. What it delivered counts only through the fenced completion.
 */
import type { CoreCommand } from '../core/commands.ts';
import type { Orchestration, Task } from '../core/model.ts';
import { sentBackWith, startsFrom } from '../core/needs.ts';
import type { Signal } from '../core/signals.ts';
import { findTask, lastAttempt, occupiesSlot, pullOf, subIssueOf } from '../core/tasks.ts';
import { renderPrompt } from '../text/prompt.ts';
import { renderSubIssue } from '../text/sub-issue.ts';
import { nonceFor } from './markers.ts';
import type { AttemptResult, AttemptSpec, Claim, Ports } from './ports.ts';

export interface AttemptTiming {
  readonly leaseMs: number;
  readonly retryMs: number;
  /** An attempt that cannot be judged (network, push) is tried this often, and until it is this old. */
  readonly mostTries: number;
  readonly giveUpAfterMs: number;
}

const longestPauseMs = 5 * 60_000;

type RunAttempt = Extract<CoreCommand, { kind: 'run-attempt' }>;

export async function runAttempt(
  ports: Ports,
  claim: Claim,
  command: RunAttempt,
  timing: AttemptTiming,
  stopping: AbortSignal,
): Promise<void> {
  const state = await ports.store.loadState(claim.orchestration);
  const task = state === null ? undefined : findTask(state, command.task);
  // cancelled, merged by a human or decided meanwhile: nobody wants an agent on it any more
  const wanted =
    state?.phase === 'running' &&
    task !== undefined &&
    occupiesSlot(task) &&
    lastAttempt(task)?.number === command.attempt;
  if (!wanted) {
    await ports.store.setAside(claim, ports.now());
    return;
  }
  const spec = attemptSpec(ports, state, task, command.attempt);
  const result = await supervise(ports, claim, command, spec, timing, stopping);
  await record(ports, claim, command, result, timing, stopping);
}

async function supervise(
  ports: Ports,
  claim: Claim,
  command: RunAttempt,
  spec: AttemptSpec,
  timing: AttemptTiming,
  stopping: AbortSignal,
): Promise<AttemptResult> {
  const fence = new AbortController();
  const heartbeat = beat(ports, claim, timing.leaseMs, () => fence.abort());
  try {
    const adopted = claim.attempts > 1 ? await ports.agents.adopt(spec) : null;
    if (adopted !== null) return { status: 'delivered', delivery: adopted };
    return await ports.agents.run(spec, {
      onStarted: (confinement) =>
        tell(ports, claim, 'started', {
          type: 'attempt-started',
          task: command.task,
          attempt: command.attempt,
          confinement,
        }),
      onProgress: (percent, stage) =>
        tell(ports, claim, `progress-${percent}-${stage}`, {
          type: 'attempt-progressed',
          task: command.task,
          attempt: command.attempt,
          percent,
          stage,
        }),
      signal: AbortSignal.any([fence.signal, stopping]),
    });
  } finally {
    clearInterval(heartbeat);
  }
}

/** `lost` is called when somebody else has the claim, or may have it: the lease ran out because no beat came through. */
function beat(ports: Ports, claim: Claim, leaseMs: number, lost: () => void): NodeJS.Timeout {
  let heldUntil = claim.leaseUntil;
  let beating = false;
  const once = async (): Promise<void> => {
    const until = ports.now() + leaseMs;
    try {
      if (await ports.store.extendLease(claim, until)) heldUntil = until;
      else lost();
    } catch (error) {
      ports.log('warn', 'a heartbeat failed', { key: claim.key, error: String(error) });
      if (ports.now() >= heldUntil) lost();
    }
  };
  return setInterval(() => {
    if (beating) return;
    beating = true;
    void once().finally(() => {
      beating = false;
    });
  }, leaseMs / 3);
}

/** News from a running attempt: a hint, so its loss costs nothing but freshness. */
function tell(ports: Ports, claim: Claim, what: string, signal: Signal): void {
  const source = `${claim.key}#${claim.attempts}.${what}`;
  ports.store.addSignals([{ orchestration: claim.orchestration, source, signal }]).then(
    () => ports.queue.enqueue([`advance.${claim.orchestration}`]),
    (error) => ports.log('warn', 'news of an attempt was lost', { key: claim.key, error: String(error) }),
  );
}

async function record(
  ports: Ports,
  claim: Claim,
  command: RunAttempt,
  result: AttemptResult,
  timing: AttemptTiming,
  stopping: AbortSignal,
): Promise<void> {
  const { task, attempt } = command;
  const { store } = ports;
  const now = ports.now();
  // a database that is away for a moment must not cost a verdict: the agent would run again
  const finish = (signal: Signal): Promise<boolean> =>
    untilKnown(ports, now + timing.leaseMs / 3, () =>
      store.complete(
        claim,
        { signal: signal.type },
        [{ orchestration: claim.orchestration, source: `${claim.key}#${claim.attempts}`, signal }],
        now,
        [],
      ),
    );
  switch (result.status) {
    case 'delivered':
      await finish({ type: 'attempt-delivered', task, attempt, delivery: result.delivery });
      break;
    case 'failed':
      await finish({
        type: 'attempt-failed',
        task,
        attempt,
        class: result.class,
        message: result.message,
        evidence: result.evidence,
      });
      break;
    case 'undecided':
      if (stopping.aborted) await store.retryLater(claim, now, 'handed back at shutdown');
      else if (claim.attempts < timing.mostTries || now - claim.createdAt < timing.giveUpAfterMs)
        await store.retryLater(
          claim,
          now + Math.min(longestPauseMs, timing.retryMs * 2 ** (claim.attempts - 1)),
          result.message,
        );
      else await giveUp(ports, claim, command, result.message, now);
  }
  ports.queue.enqueue([`advance.${claim.orchestration}`]);
}

/** Tries again each second until it is answered or `until` has passed; rejects with the last trouble. */
async function untilKnown<T>(ports: Ports, until: number, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (ports.now() >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

async function giveUp(ports: Ports, claim: Claim, command: RunAttempt, message: string, now: number): Promise<void> {
  const signal: Signal = { type: 'command-gave-up', key: claim.key, kind: command.kind, task: command.task, message };
  await ports.store.giveUp(
    claim,
    message,
    [{ orchestration: claim.orchestration, source: `${claim.key}#${claim.attempts}`, signal }],
    now,
  );
}

function attemptSpec(ports: Ports, state: Orchestration, task: Task, number: number): AttemptSpec {
  const attempt = lastAttempt(task);
  const policy = state.plan?.policy;
  const nonce = nonceFor(ports.markerSecret, `${state.id}/${task.plan.id}/${number}`);
  return {
    key: `${state.id}.${task.plan.id}.${number}`,
    orchestration: state.id,
    repo: state.repo,
    issue: subIssueOf(task)?.number ?? state.issue.number,
    task: task.plan.id,
    title: task.plan.title,
    body: renderSubIssue(state, task).body,
    section: task.plan.section,
    attempt: number,
    agent: attempt?.agent ?? policy?.agent ?? 'default',
    branch: task.branch,
    base: state.repo.defaultBranch,
    expectedHead: pullOf(task)?.headSha ?? null,
    startBranch: startsFrom(state, task)?.branch ?? null,
    resumes: sentBackWith(task) !== null,
    outputs: task.plan.outputs ?? [],
    prompt: renderPrompt(state, task, nonce),
    role: task.plan.role,
    wallMs: (policy?.timeoutSeconds ?? 1800) * 1000,
    verify: policy?.verify ?? null,
  };
}
