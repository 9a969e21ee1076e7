/**
 * Runs one attempt from the base branch's head to a pushed commit: fetch, workspace, run, harvest, verify, push.
 * Invariant: nothing is pushed that was not harvested by us, found acceptable and, where a verify command is set, seen
 * to pass; and nothing on GitHub is replaced that is not this task's own earlier work.
 */
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Delivery } from '../core/attempt.ts';
import type { AttemptHooks, AttemptResult, AttemptRunner, AttemptSpec } from '../engine/ports.ts';
import { resolveRef } from '../git/plumbing.ts';
import { redact } from '../text/redact.ts';
import { keepFailedTree } from './artefacts.ts';
import type { AttemptRunnerOptions } from './attempt-options.ts';
import { type Delivering, describeDelivery, finishAttempt, pushDelivery } from './deliver.ts';
import { readRecord, removeRecord } from './delivery-record.ts';
import { agentEnvironment, DEFAULT_PATH } from './environment.ts';
import { collectEvidence, renderLog } from './evidence.ts';
import { describeIsolation, detectIsolation } from './isolation.ts';
import { createMirrors, type Mirror } from './mirror.ts';
import { attemptPlace, clearPlace, writeTaskFile } from './place.ts';
import type { AgentEnd, AgentSetup, RunLimits } from './runner.ts';
import { createScriptRunner } from './script.ts';
import { createSlots } from './slots.ts';
import { chooseStart, type StartingPoint } from './starting-point.ts';
import { judgeRun } from './verdict.ts';
import { defaultHarvestLimits } from './violations.ts';
import { populateTree } from './workspace.ts';

/** Longer lines carry no progress. */
const LINE_BYTES = 64 * 1024;

interface Workshop extends Delivering {
  readonly options: AttemptRunnerOptions;
  readonly setup: AgentSetup;
  readonly limits: RunLimits;
}

/** The worker behind `AttemptRunner`; `dataDir` is created if need be. */
export function createAttemptRunner(options: AttemptRunnerOptions): AttemptRunner {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = realpathSync(options.dataDir);
  // tokens that a killed process had no time to take back
  rmSync(join(dataDir, 'askpass'), { recursive: true, force: true });
  const openMirror = createMirrors({ ...options, dataDir });
  const slots = createSlots((agent) => options.agents[agent]?.maxConcurrent);
  const secretsFor = (setup: AgentSetup | undefined): string[] => [...options.secrets(), ...secretValues(setup)];

  async function openWorkshop(spec: AttemptSpec, setup: AgentSetup): Promise<Workshop> {
    const { idleMs, graceMs, outputBytes } = options;
    return {
      options: { ...options, dataDir },
      setup,
      spec,
      place: attemptPlace(dataDir, spec),
      mirror: await openMirror(spec.repo),
      sandbox: {
        isolation: await detectIsolation(options.confinement),
        hidden: [dataDir, ...(options.hidden ?? [])],
      },
      committer: options.committer,
      path: options.path ?? DEFAULT_PATH,
      limits: { wallMs: spec.wallMs, idleMs, graceMs, outputBytes, lineBytes: LINE_BYTES },
      harvestLimits: options.harvestLimits ?? defaultHarvestLimits,
      secrets: secretsFor(setup),
      guarded: [...options.secrets(), ...secretValues(setup).filter(isCredential)],
    };
  }

  return {
    agentNames: () => Object.keys(options.agents).sort(),
    async adopt(spec) {
      try {
        const mirror = await openMirror(spec.repo);
        const start = await findStart(mirror, spec);
        if (start === null || start.deliveredSha === null) return null;
        return await describeAdopted(mirror, attemptPlace(dataDir, spec), spec, start, start.deliveredSha);
      } catch (error) {
        options.log('warn', 'could not look for an earlier delivery', {
          attempt: spec.key,
          error: words(error, secretsFor(undefined)),
        });
        return null;
      }
    },
    async run(spec, hooks) {
      const setup = Object.hasOwn(options.agents, spec.agent) ? options.agents[spec.agent] : undefined;
      if (setup === undefined) return unknownAgent(spec, Object.keys(options.agents).sort());
      const release = await slots.take(spec.agent, hooks.signal);
      if (release === null) return stopped();
      try {
        return await runAttempt(await openWorkshop(spec, setup), hooks);
      } catch (error) {
        if (hooks.signal.aborted) return stopped();
        const message = words(error, secretsFor(setup));
        options.log('warn', 'an attempt could not be judged', { attempt: spec.key, error: message });
        return { status: 'undecided', message };
      } finally {
        release();
      }
    },
  };
}

async function runAttempt(shop: Workshop, hooks: AttemptHooks): Promise<AttemptResult> {
  const { mirror, spec, place } = shop;
  const start = await findStart(mirror, spec, hooks.signal);
  if (start === null) return failed('github_refused', `The base branch ${spec.base} does not exist on GitHub.`);
  if (start.deliveredSha !== null) {
    return { status: 'delivered', delivery: await describeAdopted(mirror, place, spec, start, start.deliveredSha) };
  }
  const unpushed = await readRecord(place);
  if (unpushed !== null && unpushed.expectedOld === start.expectedOld) {
    const stored = await resolveRef(mirror.gitDir, unpushed.delivery.sha);
    if (stored !== null) return pushDelivery(shop, unpushed);
  }
  await removeRecord(place);
  try {
    return await work(shop, start, hooks);
  } finally {
    await clearPlace(place);
  }
}

async function work(shop: Workshop, start: StartingPoint, hooks: AttemptHooks): Promise<AttemptResult> {
  const { spec, place, limits } = shop;
  const author = { name: `Muster (agent ${spec.agent})`, email: shop.committer.email };
  await populateTree(shop.mirror.gitDir, place, { sha: start.startSha, branch: spec.branch, author });
  await writeTaskFile(place, spec);
  if (hooks.signal.aborted) return stopped();
  const end = await runAgent(shop, hooks);
  if (hooks.signal.aborted) return stopped();
  if (end.survivors > 0)
    shop.options.log('warn', 'an agent left processes behind', { attempt: spec.key, survivors: end.survivors });
  const finding = judgeRun(end, limits);
  const result: AttemptResult =
    finding === null
      ? await finishAttempt(shop, start, end, hooks.signal)
      : failed(finding.class, finding.message, collectEvidence(end, place, shop.secrets));
  if (result.status === 'failed') await keepFailedTree(shop.options.dataDir, place, spec, renderLog(end, shop.secrets));
  return result;
}

function runAgent(shop: Workshop, hooks: AttemptHooks): Promise<AgentEnd> {
  const { spec, place, setup, limits, sandbox } = shop;
  const env = agentEnvironment(spec, place, shop.path, setup.env);
  const run = { runId: spec.key, prompt: spec.prompt, place, env, limits };
  return createScriptRunner(setup, sandbox).run(
    run,
    (event) => {
      switch (event.type) {
        case 'started':
          return hooks.onStarted(describeIsolation(sandbox.isolation));
        case 'progress':
          return hooks.onProgress(event.percent, redact(event.stage, shop.secrets));
      }
    },
    hooks.signal,
  );
}

/** Null when the base branch does not exist. */
async function findStart(mirror: Mirror, spec: AttemptSpec, signal?: AbortSignal): Promise<StartingPoint | null> {
  const { base, branch, startBranch } = spec;
  const heads = await mirror.look(startBranch === null ? [base, branch] : [base, branch, startBranch], signal);
  const baseHead = (startBranch === null ? undefined : heads.get(startBranch)) ?? heads.get(base);
  return baseHead === undefined ? null : chooseStart(mirror.gitDir, spec, baseHead, heads.get(spec.branch) ?? null);
}

/** What was written down before the push, or else what git still tells. Nothing unverified is ever pushed. */
async function describeAdopted(
  mirror: Mirror,
  place: Workshop['place'],
  spec: AttemptSpec,
  start: StartingPoint,
  sha: string,
): Promise<Delivery> {
  const record = await readRecord(place);
  if (record?.delivery.sha === sha) return record.delivery;
  const verify = spec.verify === null ? null : { command: spec.verify, ok: true };
  return describeDelivery(mirror.gitDir, { sha, baseSha: start.baseSha, verify, said: '', warning: null });
}

function unknownAgent(spec: AttemptSpec, known: readonly string[]): AttemptResult {
  const names = known.length === 0 ? 'none' : known.join(', ');
  return failed('spawn_failed', `No agent named ${spec.agent} is configured on this server; configured: ${names}.`);
}

function failed(
  failureClass: Extract<AttemptResult, { status: 'failed' }>['class'],
  message: string,
  evidence: readonly string[] = [],
): AttemptResult {
  return { status: 'failed', class: failureClass, message, evidence };
}

function stopped(): AttemptResult {
  return { status: 'undecided', message: 'The attempt was stopped before it ended.' };
}

/** Values the operator gave the agent under names that say they are secret. */
function secretValues(setup: AgentSetup | undefined): string[] {
  return Object.entries(setup?.env ?? {})
    .filter(([name]) => /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH/i.test(name))
    .map(([, value]) => value);
}

/** An address or a path beside a key is no secret, whatever its variable is called, and may stand in honest files. */
function isCredential(value: string): boolean {
  return !/\s|^\/|^\.|^[a-z]+:\/\//.test(value);
}

function words(error: unknown, secrets: readonly string[]): string {
  return redact(error instanceof Error ? error.message : String(error), secrets);
}
