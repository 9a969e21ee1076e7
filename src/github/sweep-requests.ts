/** Looks through every installed repository for commands and labels whose webhook was lost. */
import type { Repository } from '../core/model.ts';
import type { HeardSignal } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { askedByComment, askedByLabel, hasStartLabel, START_LABEL } from './asked.ts';
import { classifyFailure } from './classify.ts';
import { listRecentComments } from './comments.ts';
import { valueAt } from './fields.ts';
import { listRepositoryRows } from './find-installation.ts';
import { type Installation, repoKey } from './installation.ts';
import { createWhoLabelled, type WhoLabelled } from './labeller.ts';
import { listAll } from './listing.ts';
import { isPullRequest, repositoryOf } from './shapes.ts';

/** Two requests each: at a sweep a minute, a third of what GitHub allows an installation in an hour. */
const MOST_REPOSITORIES = 15;

/**
 * A sweep over all installations; `since` is ISO 8601 and never goes back. Of many repositories each call reads those
 * that were looked at longest ago, from where they were left. A repository that cannot be read for good is left out;
 * passing trouble rejects the whole, and the next call begins with others.
 */
export function createRequestSweep(app: GitHubApp): (since: string) => Promise<readonly HeardSignal[]> {
  /** By repository: when it was looked at last, counted in looks, and before which time everything was read. */
  const looks = new Map<string, Look>();
  let count = 0;
  const whoLabelled = createWhoLabelled(START_LABEL);
  return async (since) => {
    const heard: HeardSignal[] = [];
    for (const { installation, repo } of (await listEverywhere(app, looks)).slice(0, MOST_REPOSITORIES)) {
      const key = repoKey(repo);
      const from = looks.get(key)?.readUntil ?? since;
      count += 1;
      looks.set(key, { number: count, readUntil: from });
      try {
        heard.push(...(await requestsIn(installation, repo, from, whoLabelled)));
      } catch (error) {
        const { status } = classifyFailure(error, 'read');
        if (status !== 'refused' && status !== 'broken') throw error;
      }
      looks.set(key, { number: count, readUntil: since });
    }
    return heard;
  };
}

interface Look {
  readonly number: number;
  readonly readUntil: string;
}

/** Longest not looked at first. */
async function listEverywhere(
  app: GitHubApp,
  looks: ReadonlyMap<string, Look>,
): Promise<readonly { installation: Installation; repo: Repository }[]> {
  const all: { installation: Installation; repo: Repository }[] = [];
  for (const installation of await app.installations())
    for (const repo of await listRepositories(installation)) all.push({ installation, repo });
  const last = (repo: Repository): number => looks.get(repoKey(repo))?.number ?? 0;
  return all.sort((a, b) => last(a.repo) - last(b.repo));
}

/** Repositories of an installation that can still change: neither archived nor disabled. */
export async function listRepositories(installation: Installation): Promise<readonly Repository[]> {
  const rows = await listRepositoryRows(installation);
  return rows
    .filter((row) => valueAt(row, 'archived') !== true && valueAt(row, 'disabled') !== true)
    .map((row) => repositoryOf({ row }, 'row'));
}

async function requestsIn(
  installation: Installation,
  repo: Repository,
  since: string,
  whoLabelled: WhoLabelled,
): Promise<readonly HeardSignal[]> {
  const comments = await listRecentComments(installation, repo, since);
  const labelled = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/issues',
    { owner: repo.owner, repo: repo.name, labels: START_LABEL, state: 'open' },
    undefined,
  );
  // a server that does not heed the filter lists every issue
  const wanted = labelled.filter(
    (issue) => !isPullRequest(issue) && (!Array.isArray(valueAt(issue, 'labels')) || hasStartLabel(issue)),
  );
  const labellers = await whoLabelled(installation, repo, wanted);
  const asked = [
    ...comments.flatMap(({ comment, issue }) => askedByComment(comment, issue)),
    ...[...labellers].flatMap(([issue, { by, at }]) => askedByLabel(issue, by, at) ?? []),
  ];
  return asked.map((signal) => ({ repo, signal }));
}
