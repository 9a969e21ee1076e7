/**
 * Carries out due commands. Claim, look before trying again, perform, complete under the fence. The `commands` table is
 * the only retry authority; a key that arrives twice, late or for nothing is harmless.
 */
import { type CoreCommand, roundOf } from '../core/commands.ts';
import { fraction } from '../core/hash.ts';
import type { Orchestration } from '../core/model.ts';
import type { Pace } from '../core/react.ts';
import { react } from '../core/react.ts';
import type { Signal } from '../core/signals.ts';
import type { AttemptTiming } from './attempts.ts';
import { runAttempt } from './attempts.ts';
import { classOf } from './effect-classes.ts';
import type { GitHubCommand } from './effects.ts';
import { isGitHubCommand, toEffect } from './effects.ts';
import { planDigest } from './markers.ts';
import type { PlanningContext } from './outcomes.ts';
import { signalForRefusal, signalsForDone } from './outcomes.ts';
import type { Claim, Effect, EffectOutcome, Ports, StoredCommand } from './ports.ts';
import { kindOfKey, type Share, slotsOf } from './share.ts';
import { lookForTwins, removeTwins } from './twins.ts';

export interface DispatchSettings {
  readonly owner: string;
  readonly httpDeadlineMs: number;
  /** Longest time that a request already sent may take to land, list lag included. */
  readonly graceMs: number;
  readonly attempts: AttemptTiming;
  /** A command is given up after this many tries, but not before it is this old: an outage costs patience only. */
  readonly mostTries: number;
  readonly giveUpAfterMs: number;
  readonly firstRetryMs: number;
  readonly pace: Pace;
  readonly planning: PlanningContext;
  readonly share: Share;
  /** False only in the control of the chaos test, which must fail: repeats without looking, before or afterwards. */
  readonly looksBeforeRetry: boolean;
}

/** Between two tries of one command. */
const longestPauseMs = 5 * 60_000;

/** Commands of one kind and orchestration that may share a request. */
const mostPeers = 19;

export async function dispatch(
  ports: Ports,
  settings: DispatchSettings,
  key: string,
  stopping: AbortSignal,
): Promise<void> {
  const now = ports.now();
  const claims = await ports.store.claim(key, {
    owner: settings.owner,
    now,
    leaseMs: (command) => leaseMs(settings, command),
    peers: mostPeers,
    kinds: kindsWith(kindOfKey(key) ?? ''),
    slots: slotsOf(settings.share),
  });
  const [first] = claims;
  if (first === undefined) return;
  if (first.command.kind === 'run-attempt') {
    await runAttempt(ports, first, first.command, settings.attempts, stopping);
    await passOn(ports, settings, first);
    return;
  }
  const state = await ports.store.loadState(first.orchestration);
  if (state === null) return;
  const companions = await claimCompanion(ports, settings, state, first, now);
  await carryOut(ports, settings, state, [...claims, ...companions]);
  ports.queue.enqueue([`advance.${first.orchestration}`]);
  await passOn(ports, settings, first);
}

/** What is written on issues together: a reaction goes with the answer, and the answers of one comment go together. */
const writtenTogether: readonly string[] = ['post-reply', 'react-to-comment', 'post-status'];

function kindsWith(kind: string): readonly string[] {
  return writtenTogether.includes(kind) ? writtenTogether : [kind];
}

/** Looked for when a place becomes free; the next look finds the others. */
const mostWaiting = 100;

/** What waits for the place that this command had need not wait for the next look for due commands. */
async function passOn(ports: Ports, settings: DispatchSettings, { command, orchestration }: Claim): Promise<void> {
  if ((slotsOf(settings.share)(command, orchestration) ?? []).length === 0) return;
  const due = await ports.store.dueCommands(ports.now(), mostWaiting);
  ports.queue.enqueue(due.filter((key) => kindOfKey(key) === command.kind));
}

function leaseMs(settings: DispatchSettings, command: StoredCommand): number {
  return command.kind === 'run-attempt'
    ? settings.attempts.leaseMs
    : settings.httpDeadlineMs + settings.graceMs + 1_000;
}

/** The status comment and the ticks in the body go in one request when both are due. */
async function claimCompanion(
  ports: Ports,
  settings: DispatchSettings,
  state: Orchestration,
  first: Claim,
  now: number,
): Promise<readonly Claim[]> {
  const other =
    first.command.kind === 'edit-status' ? 'mark-body' : first.command.kind === 'mark-body' ? 'edit-status' : null;
  const due =
    other === null
      ? undefined
      : react(state, settings.pace).find(({ command, notBefore }) => command.kind === other && notBefore <= now);
  if (due === undefined) return [];
  return ports.store.claim(due.key, {
    owner: settings.owner,
    now,
    leaseMs: (command) => leaseMs(settings, command),
    peers: 0,
    slots: slotsOf(settings.share),
  });
}

interface Work {
  readonly claim: Claim;
  readonly command: GitHubCommand;
  readonly effect: Effect;
}

async function carryOut(
  ports: Ports,
  settings: DispatchSettings,
  state: Orchestration,
  claims: readonly Claim[],
): Promise<void> {
  const works: Work[] = [];
  const wanted = new Set(react(state, settings.pace).map((due) => due.key));
  for (const claim of claims) {
    // a lease can run out on what nobody wants any more (cancelled, or seen done by a sweep)
    const unwanted = claim.command.kind !== 'remove-twins' && !wanted.has(claim.key);
    if (unwanted) await ports.store.setAside(claim, ports.now());
    else if (claim.command.kind === 'remove-twins') await removeTwins(ports, settings, state, claim, claim.command);
    else if (!isGitHubCommand(claim.command)) await carryOutHere(ports, state, claim, claim.command);
    else {
      const effect = toEffect(state, claim.command, ports.now(), ports.markerSecret, ports.github.gaps());
      if (effect === null) await ports.store.complete(claim, null, [], ports.now(), []);
      else works.push({ claim, command: claim.command, effect });
    }
  }
  const fresh: Work[] = [];
  for (const work of works) {
    const looks = settings.looksBeforeRetry && work.claim.attempts > 1 && classOf(work.effect) !== 'repeatable';
    const landed = looks ? await lookFirst(ports, settings, work.effect) : null;
    if (landed !== null) await settleOutcome(ports, settings, state, work, landed);
    else fresh.push(work);
  }
  if (fresh.length === 0) return;
  const deadline = AbortSignal.timeout(settings.httpDeadlineMs);
  const outcomes = await ports.github.perform(
    fresh.map((work) => work.effect),
    deadline,
  );
  for (const [index, work] of fresh.entries()) {
    const outcome = outcomes[index] ?? { status: 'ambiguous' as const, message: 'no answer for this one' };
    await settleOutcome(ports, settings, state, work, outcome);
  }
}

async function lookFirst(ports: Ports, settings: DispatchSettings, effect: Effect): Promise<EffectOutcome | null> {
  try {
    return await ports.github.reconcile(effect, AbortSignal.timeout(settings.httpDeadlineMs));
  } catch (error) {
    // not knowing whether it landed is no licence to repeat it
    return {
      status: 'transient',
      message: `could not look whether it had landed: ${String(error)}`,
      retryAfterMs: null,
    };
  }
}

async function carryOutHere(ports: Ports, state: Orchestration, claim: Claim, command: StoredCommand): Promise<void> {
  const signals: Signal[] =
    command.kind === 'digest-plan' && state.plan !== null
      ? [{ type: 'plan-digested', digest: planDigest(state.plan), ...roundOf(command) }]
      : [{ type: 'tick' }];
  await ports.store.complete(claim, null, addressed(claim, signals), ports.now(), []);
}

async function settleOutcome(
  ports: Ports,
  settings: DispatchSettings,
  state: Orchestration,
  work: Work,
  outcome: EffectOutcome,
): Promise<void> {
  const { claim, command } = work;
  const now = ports.now();
  switch (outcome.status) {
    case 'done': {
      const signals = signalsForDone(state, command, outcome.result, settings.planning);
      const again =
        settings.looksBeforeRetry && claim.attempts > 1 && classOf(work.effect) === 'not-unique'
          ? lookForTwins(claim, command, now, settings.graceMs)
          : [];
      const held = await ports.store.complete(claim, outcome.result, addressed(claim, signals), now, again);
      if (!held)
        ports.log('warn', 'a completion came too late; whoever holds the command now will find it done', {
          key: claim.key,
        });
      return;
    }
    case 'refused': {
      const signal = signalForRefusal(command, outcome);
      if (signal === null) return giveUp(ports, claim, command, outcome.message);
      await ports.store.complete(claim, { refused: outcome.message }, addressed(claim, [signal]), now, []);
      return;
    }
    case 'broken':
      return giveUp(ports, claim, command, outcome.message);
    case 'transient':
    case 'ambiguous': {
      const old = now - claim.createdAt >= settings.giveUpAfterMs;
      if (old && claim.attempts >= settings.mostTries) return giveUp(ports, claim, command, outcome.message);
      const backoff = Math.min(longestPauseMs, settings.firstRetryMs * 2 ** (claim.attempts - 1));
      const pause = backoff * (1 + fraction(`${claim.key}.${claim.attempts}`) / 4);
      const least = outcome.status === 'ambiguous' ? settings.graceMs : (outcome.retryAfterMs ?? 0);
      await ports.store.retryLater(claim, now + Math.max(least, pause), outcome.message);
    }
  }
}

async function giveUp(ports: Ports, claim: Claim, command: CoreCommand, message: string): Promise<void> {
  ports.log('error', 'a command was given up', { key: claim.key, message });
  const task = 'task' in command ? command.task : null;
  const signal: Signal = { type: 'command-gave-up', key: claim.key, kind: command.kind, task, message };
  await ports.store.giveUp(claim, message, addressed(claim, [signal]), ports.now());
}

function addressed(
  claim: Claim,
  signals: readonly Signal[],
): { orchestration: string; source: string; signal: Signal }[] {
  return signals.map((signal, index) => ({
    orchestration: claim.orchestration,
    source: `${claim.key}#${claim.attempts}.${index}`,
    signal,
  }));
}
