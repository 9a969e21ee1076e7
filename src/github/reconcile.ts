/** Did an earlier try of this effect land? Answered from GitHub's own state, per kind (research: effect classes). */
import type { Effect, EffectOutcome, EffectResult } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { classifyFailure } from './classify.ts';
import { hasEdge } from './edges.ts';
import type { Installation } from './installation.ts';
import { findMarkedComments, findMarkedIssues, findMarkedSubIssues } from './marked.ts';
import { findMerge } from './merge-pull.ts';
import { listPulls } from './open-pull.ts';
import { linkSubIssue } from './sub-issues.ts';

/** `done` with what was found, null when there is nothing of it, and a failure when GitHub could not be asked. */
export async function reconcileEffect(
  app: GitHubApp,
  effect: Effect,
  deadline: AbortSignal,
): Promise<EffectOutcome | null> {
  try {
    const result = await findResult(app, effect, deadline);
    return result && { status: 'done', result };
  } catch (error) {
    return classifyFailure(error, 'read');
  }
}

async function findResult(app: GitHubApp, effect: Effect, deadline: AbortSignal): Promise<EffectResult | null> {
  switch (effect.kind) {
    case 'check-permission':
    case 'read-plan':
    case 'edit-comment':
    case 'mark-body':
    case 'edit-issue':
    case 'react':
      // Reads, and edits that lead to the same end state however often they are made.
      return null;
    case 'create-sub-issue':
      return findSubIssue(app, await app.installationFor(effect.repo), effect, deadline);
    case 'create-issue': {
      const [first] = await findMarkedIssues(
        await app.installationFor(effect.repo),
        await app.identity(),
        effect,
        deadline,
      );
      return first ? { kind: 'issue', issue: first.ref } : null;
    }
    case 'create-comment': {
      const [first] = await findMarkedComments(
        await app.installationFor(effect.repo),
        await app.identity(),
        effect,
        deadline,
      );
      return first ? { kind: 'comment', comment: first } : null;
    }
    case 'add-edge':
      return (await hasEdge(await app.installationFor(effect.repo), effect, deadline)) ? { kind: 'done' } : null;
    case 'open-pull':
      return findPull(await app.installationFor(effect.repo), effect, deadline);
    case 'merge-pull': {
      const sha = await findMerge(await app.installationFor(effect.repo), effect, deadline);
      return sha === null ? null : { kind: 'merged', sha };
    }
  }
}

/** Finds it, and finishes it: an issue that was created but not linked to its parent is linked now. */
async function findSubIssue(
  app: GitHubApp,
  installation: Installation,
  effect: Extract<Effect, { kind: 'create-sub-issue' }>,
  deadline: AbortSignal,
): Promise<EffectResult | null> {
  const [first] = await findMarkedSubIssues(installation, await app.identity(), effect, deadline);
  if (!first) return null;
  if (!first.linked) await linkIfTaken(installation, effect, first.ref.id, deadline);
  return { kind: 'issue', issue: first.ref };
}

/** As when it is made: a parent that will not have it leaves it a plain issue. */
async function linkIfTaken(
  installation: Installation,
  effect: Extract<Effect, { kind: 'create-sub-issue' }>,
  id: number,
  deadline: AbortSignal,
): Promise<void> {
  try {
    await linkSubIssue(installation, effect, id, deadline);
  } catch (error) {
    if (classifyFailure(error, 'once').status !== 'refused') throw error;
  }
}

/**
 * The open one, else one with exactly our text: a pull request of an earlier attempt on the same branch that was
 * closed is not this one, and bodies name their attempt.
 */
async function findPull(
  installation: Installation,
  effect: Extract<Effect, { kind: 'open-pull' }>,
  deadline: AbortSignal,
): Promise<EffectResult | null> {
  const pulls = await listPulls(installation, effect, deadline);
  const found =
    pulls.find(({ open }) => open) ??
    pulls.find(({ title, body }) => title === effect.title && plain(body) === plain(effect.body));
  return found?.result ?? null;
}

/** GitHub may hand bodies back with other line ends. */
function plain(body: string): string {
  return body.replaceAll('\r\n', '\n').trim();
}
