import type { Delivery, RoleOutcome } from '../core/attempt.ts';
import type { AttemptResult, AttemptSpec } from '../engine/ports.ts';
import { diffNumstat } from '../git/history.ts';
import { commitTree } from '../git/plumbing.ts';
import { renderCommit } from '../text/commit.ts';
import { redact } from '../text/redact.ts';
import { type DeliveryRecord, removeRecord, writeRecord } from './delivery-record.ts';
import { collectEvidence, lastWords } from './evidence.ts';
import { harvestTree } from './harvest.ts';
import type { Sandbox } from './isolation.ts';
import type { Mirror } from './mirror.ts';
import { type Outcome, readOutcome } from './outcome.ts';
import { findOutputs, missingOutputs } from './outputs.ts';
import type { AttemptPlace } from './place.ts';
import type { AgentEnd, RunLimits } from './runner.ts';
import type { StartingPoint } from './starting-point.ts';
import { type Finding, judgeHarvest, judgeVerify, type VerifyRun, warningAbout } from './verdict.ts';
import { verifyCommit } from './verify.ts';
import type { HarvestLimits } from './violations.ts';

/** What is needed to turn an agent's tree into a pushed commit. */
export interface Delivering {
  readonly spec: AttemptSpec;
  readonly place: AttemptPlace;
  readonly mirror: Mirror;
  readonly sandbox: Sandbox;
  readonly committer: { readonly name: string; readonly email: string };
  readonly path: string;
  readonly limits: RunLimits;
  readonly harvestLimits: HarvestLimits;
  readonly secrets: readonly string[];
  /** Those of them that no file may carry away. */
  readonly guarded: readonly string[];
}

/** Harvest, verify, push. Throws `GitError` when GitHub or the mirror cannot be reached. */
export async function finishAttempt(
  shop: Delivering,
  start: StartingPoint,
  end: AgentEnd,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const { spec, place, mirror, secrets } = shop;
  const outcome = await readOutcome(place.outcomeFile);
  const harvest = await harvestTree(mirror.gitDir, place, start.startSha, shop.harvestLimits, shop.guarded);
  const asIs = start.continues && !spec.resumes && harvest.kind === 'unchanged' && spec.role === 'work';
  const finding = asIs ? null : judgeHarvest(harvest, spec.role, outcome);
  if (finding !== null) {
    const seen = harvest.kind === 'refused' ? harvest.violations.map((line) => redact(line, secrets)) : null;
    return fail(
      finding,
      seen ?? collectEvidence({ ...end, stderr: `${end.stderr}\n${outcome?.notes ?? ''}` }, place, secrets),
    );
  }
  const lands = spec.role === 'work';
  const sha = lands && harvest.kind === 'changed' ? await commitHarvest(shop, start, harvest.tree) : start.startSha;
  const tree = harvest.kind === 'changed' ? harvest.tree : start.startSha;
  const handed = await findOutputs(mirror.gitDir, tree, spec.outputs, outcome?.artifacts ?? [], !lands);
  if (handed.missing.length > 0) return fail(missingOutputs(handed.missing), handed.looked);
  const verify = sha === start.baseSha || !lands ? null : await verifyIfAsked(shop, sha, signal);
  if (signal.aborted) return { status: 'undecided', message: 'The attempt was stopped while its result was verified.' };
  const broken = judgeVerify(verify);
  if (broken !== null) return fail(broken, verify?.evidence ?? []);
  const delivery = await describeDelivery(mirror.gitDir, {
    sha,
    baseSha: start.baseSha,
    verify: verify === null ? null : { command: verify.command, ok: true },
    said: saidBy(end, outcome, place, secrets),
    warning: warningAbout(end, spec.role, outcome, harvest.kind === 'changed'),
    ...recordOutcome(spec, outcome, handed.found, place, secrets),
  });
  const record = { expectedOld: start.expectedOld, delivery };
  await writeRecord(place, record);
  return pushDelivery(shop, record);
}

/** Pushes what was written down; a refusal by the server is a failure, a branch that moved meanwhile is nobody's. */
export async function pushDelivery(shop: Delivering, record: DeliveryRecord): Promise<AttemptResult> {
  const { mirror, place, spec } = shop;
  const { delivery, expectedOld } = record;
  if (delivery.sha === expectedOld || delivery.sha === delivery.baseSha) return { status: 'delivered', delivery };
  const outcome = await mirror.push(spec.branch, delivery.sha, expectedOld);
  switch (outcome.kind) {
    case 'pushed':
    case 'up_to_date':
      return { status: 'delivered', delivery };
    case 'renamed': {
      const renamed = { ...delivery, sha: outcome.sha };
      await writeRecord(place, { ...record, delivery: renamed });
      return { status: 'delivered', delivery: renamed };
    }
    case 'moved':
      await removeRecord(place);
      return { status: 'undecided', message: `Somebody moved the branch ${spec.branch} while the agent worked.` };
    case 'rejected': {
      await removeRecord(place);
      const reason = redact(outcome.reason, shop.secrets);
      return fail({ class: 'github_refused', message: `GitHub refused the push to ${spec.branch}: ${reason}.` }, [
        reason,
      ]);
    }
  }
}

/** Counts lines and files from git, whatever the agent said. */
export async function describeDelivery(mirrorDir: string, facts: Omit<Delivery, 'files'>): Promise<Delivery> {
  const files = await diffNumstat(mirrorDir, facts.baseSha, facts.sha);
  return { ...facts, files: files.map(({ path, added, deleted }) => ({ path, added, deleted })) };
}

function commitHarvest(shop: Delivering, start: StartingPoint, tree: string): Promise<string> {
  const { spec, committer } = shop;
  return commitTree(shop.mirror.gitDir, {
    tree,
    parents: [start.startSha],
    message: renderCommit(spec),
    author: { name: `Muster (agent ${spec.agent})`, email: committer.email },
    committer,
    date: new Date(),
  });
}

async function verifyIfAsked(shop: Delivering, sha: string, signal: AbortSignal): Promise<VerifyRun | null> {
  const { spec, committer: author, mirror, place, path, limits, secrets } = shop;
  if (spec.verify === null) return null;
  const request = { mirrorDir: mirror.gitDir, place, spec, sha, command: spec.verify, author, path, limits, secrets };
  return verifyCommit(shop.sandbox, request, signal);
}

/** Absent where there is nothing to record, so that work without outputs is described as ever. */
function recordOutcome(
  spec: AttemptSpec,
  outcome: Outcome | null,
  artifacts: RoleOutcome['artifacts'],
  place: AttemptPlace,
  secrets: readonly string[],
): { readonly outcome?: RoleOutcome } {
  if (spec.role === 'work' && artifacts.length === 0) return {};
  const clean = (text: string): string => redact(text, secrets);
  return {
    outcome: {
      verdict: outcome?.verdict ?? 'pass',
      outcome: clean(outcome?.outcome ?? '').slice(0, 200),
      notes: outcome === null ? '' : lastWords(outcome.notes, place, secrets),
      artifacts: artifacts.map(({ name, path, text }) => ({ name, path, text: text === null ? null : clean(text) })),
    },
  };
}

function saidBy(end: AgentEnd, outcome: Outcome | null, place: AttemptPlace, secrets: readonly string[]): string {
  const notes = outcome === null || outcome.notes === '' ? end.stdout : outcome.notes;
  return lastWords(notes, place, secrets);
}

function fail(finding: Finding, evidence: readonly string[]): AttemptResult {
  return { status: 'failed', class: finding.class, message: finding.message, evidence };
}
