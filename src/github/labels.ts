/** Our labels in a repository: created when missing, and their node ids kept for GraphQL. */
import type { RepoName } from '../engine/ports.ts';
import { statusOf } from './classify.ts';
import { optionalTextAt, textAt } from './fields.ts';
import { type Installation, repoKey } from './installation.ts';
import { listAll } from './listing.ts';

/** DETAILS "Names and ids". Colours are GitHub's six hex digits; descriptions at most 100 characters. */
const OUR_LABELS = [
  { name: 'muster', color: '1f6feb', description: 'Turn this issue into merged work' },
  { name: 'muster:task', color: '8250df', description: 'One task of a master issue' },
  { name: 'muster:diagnostic', color: 'd1242f', description: 'Explains a task that finally failed' },
] as const;

/** Creates what is missing: one request when nothing is. Harmless to repeat. */
export async function ensureLabels(
  installation: Installation,
  repo: RepoName,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  let ids = await readLabels(installation, repo, signal);
  const missing = OUR_LABELS.filter(({ name }) => !ids.has(name));
  for (const label of missing) {
    try {
      await installation.octokit.request('POST /repos/{owner}/{repo}/labels', {
        owner: repo.owner,
        repo: repo.name,
        ...label,
        ...(signal && { request: { signal } }),
      });
    } catch (error) {
      // 422: somebody else made it in between.
      if (statusOf(error) !== 422) throw error;
    }
  }
  if (missing.length > 0) ids = await readLabels(installation, repo, signal);
  installation.known.labels.set(repoKey(repo), ids);
  return ids;
}

/** Node ids of labels by name, from memory when all are known; unknown names are left out. */
export async function labelIds(
  installation: Installation,
  repo: RepoName,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const known = installation.known.labels.get(repoKey(repo));
  if (known && names.every((name) => known.has(name))) return known;
  return ensureLabels(installation, repo, signal);
}

async function readLabels(
  installation: Installation,
  repo: RepoName,
  signal: AbortSignal | undefined,
): Promise<Map<string, string>> {
  const labels = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/labels',
    { owner: repo.owner, repo: repo.name },
    signal,
  );
  return new Map(labels.map((label) => [textAt(label, 'name'), optionalTextAt(label, 'node_id') ?? '']));
}
