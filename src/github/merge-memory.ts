/**
 * Merges under way on a server that is no GitHub, written down before they are asked for: what is to be done after them
 * must not be lost with the process that asked.
 */
import type { Effect, RepoName } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { numberAt, optionalTextAt, textAt, valueAt } from './fields.ts';
import { type Installation, repoKey } from './installation.ts';
import { type BeforeMerge, closeNamedIssues, restoreAfterMerge } from './merge-aftercare.ts';
import { mergedAs } from './merged-as.ts';
import { inTurn, mergeTurn } from './server.ts';

type MergePull = Extract<Effect, { kind: 'merge-pull' }>;

const PREFIX = 'merge ';

function keyOf({ repo, number }: MergePull): string {
  return `${PREFIX}${repoKey(repo)}#${number}`;
}

export async function noteMerge(
  { server }: Installation,
  effect: MergePull,
  before: BeforeMerge | null,
): Promise<void> {
  if (!server.differs()) return;
  const { repo, number, sha } = effect;
  const at = before && { baseBranch: before.baseBranch, base: before.base, began: before.began };
  await server.notes().write(keyOf(effect), { owner: repo.owner, name: repo.name, number, sha, before: at });
}

export async function eraseMerge({ server }: Installation, effect: MergePull): Promise<void> {
  if (server.differs()) await server.notes().erase(keyOf(effect));
}

/** A request that was sent may still land for so long after its process has died, in ms. */
const STILL_LANDING_MS = 60_000;

/**
 * Does what is left to do after merges whose process did not. To be called in the repository's turn. A merge that did not
 * come about is forgotten once it cannot come about any more.
 */
export async function finishMergesIn(installation: Installation, repo: RepoName, deadline: AbortSignal): Promise<void> {
  const { server } = installation;
  if (!server.differs()) return;
  for (const { value, ageMs } of await server.notes().read(`${PREFIX}${repoKey(repo)}#`)) {
    const { effect, before } = readNote(value);
    const merged = await mergedAs(installation, effect, deadline);
    if (merged === null && ageMs < STILL_LANDING_MS) continue;
    if (merged !== null) {
      if (before !== null) await restoreAfterMerge(installation, effect, before, merged, deadline);
      await closeNamedIssues(installation, effect, deadline);
    }
    await eraseMerge(installation, effect);
  }
}

/** In all repositories. `patienceMs`: another process may still be at it for so long. Never rejects. */
export async function finishMerges(
  app: GitHubApp,
  log: { readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void },
  { patienceMs, deadlineMs }: { readonly patienceMs: number; readonly deadlineMs: number },
): Promise<void> {
  try {
    const notes = await app.server.notes().read(PREFIX);
    const left = notes.filter(({ ageMs }) => ageMs >= patienceMs).map(({ value }) => readNote(value).effect.repo);
    for (const repo of new Map(left.map((one) => [repoKey(one), one])).values()) {
      const installation = await app.installationFor(repo);
      const deadline = AbortSignal.timeout(deadlineMs);
      await inTurn(app.server, mergeTurn(repo), () => finishMergesIn(installation, repo, deadline));
    }
  } catch (error) {
    log.warn({ error: String(error) }, 'a merge could not be finished; the next look tries again');
  }
}

function readNote(value: unknown): { readonly effect: MergePull; readonly before: BeforeMerge | null } {
  const repo = { owner: textAt(value, 'owner'), name: textAt(value, 'name') };
  const effect: MergePull = { kind: 'merge-pull', repo, number: numberAt(value, 'number'), sha: textAt(value, 'sha') };
  const text = (field: string): string => textAt(value, `before.${field}`);
  const known = valueAt(value, 'before') !== null && optionalTextAt(value, 'before.base') !== null;
  return {
    effect,
    before: known ? { baseBranch: text('baseBranch'), base: text('base'), began: text('began'), merge: null } : null,
  };
}
