/** Looks through every installed repository for commands and labels whose webhook was lost. */
import type { Repository } from '../core/model.ts';
import type { HeardSignal } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { askedByComment, askedByLabel, START_LABEL } from './asked.ts';
import { classifyFailure } from './classify.ts';
import { listRecentComments } from './comments.ts';
import { textAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { listAll } from './listing.ts';
import { isHuman, repositoryOf } from './shapes.ts';

/** `since`: ISO 8601. A repository that cannot be read for good is left out; passing trouble rejects the whole. */
export async function sweepRequests(app: GitHubApp, since: string): Promise<readonly HeardSignal[]> {
  const heard: HeardSignal[] = [];
  for (const installation of await app.installations()) {
    for (const repo of await listRepositories(installation)) {
      try {
        heard.push(...(await requestsIn(installation, repo, since)));
      } catch (error) {
        const { status } = classifyFailure(error, 'read');
        if (status !== 'refused' && status !== 'broken') throw error;
      }
    }
  }
  return heard;
}

/** Repositories of an installation that can still change: neither archived nor disabled. */
export async function listRepositories(installation: Installation): Promise<readonly Repository[]> {
  const rows = await listAll(installation.octokit, '/installation/repositories', {}, undefined, 'repositories');
  return rows
    .filter((row) => valueAt(row, 'archived') !== true && valueAt(row, 'disabled') !== true)
    .map((row) => repositoryOf({ row }, 'row'));
}

async function requestsIn(
  installation: Installation,
  repo: Repository,
  since: string,
): Promise<readonly HeardSignal[]> {
  const comments = await listRecentComments(installation, repo, since);
  const labelled = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/issues',
    { owner: repo.owner, repo: repo.name, labels: START_LABEL, state: 'open' },
    undefined,
  );
  const asked = [
    ...comments.flatMap(({ comment, issue }) => askedByComment(comment, issue)),
    ...labelled.flatMap((issue) => askedByAuthor(issue)),
  ];
  return asked.map((signal) => ({ repo, signal }));
}

/** A list does not say who put the label on; the author stands in, and needs the permission to command all the same. */
function askedByAuthor(issue: unknown): readonly HeardSignal['signal'][] {
  if (!isHuman(valueAt(issue, 'user'))) return [];
  return [askedByLabel(issue, textAt(issue, 'user.login'))].flatMap((asked) => asked ?? []);
}
