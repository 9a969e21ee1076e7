/**
 * What GitHub tells an App about its installations and repositories. A repository that comes gets its labels; one that
 * goes, or changes its name, is forgotten; and what still runs in one that is gone ends, in words. News are hints: what
 * they say is asked from GitHub before anything is ended.
 */
import type { GitHubPort, RepoName } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { classifyFailure, statusOf } from './classify.ts';
import { NoInstallationError } from './errors.ts';
import { listAt, optionalTextAt, textAt, valueAt } from './fields.ts';
import { repoKey } from './installation.ts';
import { ensureLabels } from './labels.ts';

export interface RepositoryNews {
  /** The App may work there from now on. */
  readonly gained: readonly RepoName[];
  /** It may not any more, or nothing can be changed there. */
  readonly lost: readonly RepoName[];
  /** What is remembered under this name is out of date. */
  readonly changed: readonly RepoName[];
}

/** Null for every event that is not about installations and repositories themselves. Throws UnreadablePayloadError. */
export function repositoryNews(event: string, payload: unknown): RepositoryNews | null {
  switch (event) {
    case 'installation':
      return installationNews(payload);
    case 'installation_repositories':
      return news({ gained: namesIn(payload, 'repositories_added'), lost: namesIn(payload, 'repositories_removed') });
    case 'repository':
      return ownNews(payload);
    default:
      return null;
  }
}

function news(parts: Partial<RepositoryNews>): RepositoryNews {
  return { gained: [], lost: [], changed: [], ...parts };
}

function installationNews(payload: unknown): RepositoryNews {
  switch (textAt(payload, 'action')) {
    case 'created':
    case 'unsuspend':
      return news({ gained: namesIn(payload, 'repositories') });
    case 'deleted':
      return news({ lost: namesIn(payload, 'repositories') });
    default:
      // suspended it may come back: what runs finds out by itself, and says so
      return news({ changed: namesIn(payload, 'repositories') });
  }
}

function ownNews(payload: unknown): RepositoryNews {
  const repo = nameOf(valueAt(payload, 'repository'));
  switch (textAt(payload, 'action')) {
    case 'renamed':
      return news({ changed: [repo, { ...repo, name: textAt(payload, 'changes.repository.name.from') }] });
    case 'transferred': {
      const from = valueAt(payload, 'changes.owner.from');
      const owner = optionalTextAt(from, 'organization.login') ?? optionalTextAt(from, 'user.login');
      return news({ changed: owner === null ? [repo] : [repo, { ...repo, owner }] });
    }
    case 'archived':
    case 'deleted':
      return news({ lost: [repo] });
    case 'unarchived':
      return news({ gained: [repo] });
    default:
      return news({});
  }
}

/** GitHub leaves the list out where it is long; sweeps find out then. */
function namesIn(payload: unknown, field: string): readonly RepoName[] {
  return valueAt(payload, field) === undefined ? [] : listAt(payload, field).map(nameOf);
}

function nameOf(repository: unknown): RepoName {
  const [owner = '', name = ''] = textAt(repository, 'full_name').split('/');
  return { owner, name };
}

/**
 * Whether it really is as the news say, which may be late or old: null where the App can work in the repository, else
 * why not, in words that follow "cancelled by". Rejects when GitHub cannot tell.
 */
export async function whyGone(app: GitHubApp, repo: RepoName): Promise<string | null> {
  app.forget(repo);
  try {
    const installation = await app.installationFor(repo);
    const { data } = await installation.octokit.request('GET /repos/{owner}/{repo}', {
      owner: repo.owner,
      repo: repo.name,
    });
    return valueAt(data, 'archived') === true ? `the archiving of ${repo.owner}/${repo.name}` : null;
  } catch (error) {
    if (error instanceof NoInstallationError || statusOf(error) === 404) return takenOffWords(repo);
    throw error;
  }
}

function takenOffWords({ owner, name }: RepoName): string {
  return `the App being taken off ${owner}/${name}`;
}

/** So long the App must be missing before a sweep believes it: what it cancels stays cancelled. */
const BELIEF_MS = 10 * 60_000;

/** `sweep`; where the App is no longer installed for long, that is what it says, instead of failing for ever. */
export function withGoneRepositories(
  app: Pick<GitHubApp, 'forget'>,
  sweep: GitHubPort['sweep'],
  now: () => number = Date.now,
): GitHubPort['sweep'] {
  const missingSince = new Map<string, number>();
  return async (target) => {
    const key = repoKey(target.repo);
    try {
      const signals = await sweep(target);
      missingSince.delete(key);
      return signals;
    } catch (error) {
      // perhaps remembered wrongly: the next sweep asks anew where the App is installed
      if (classifyFailure(error, 'read').status === 'refused') app.forget(target.repo);
      if (!(error instanceof NoInstallationError)) throw error;
      const since = missingSince.get(key) ?? now();
      missingSince.set(key, since);
      if (now() - since < BELIEF_MS) throw error;
      return [{ type: 'repository-gone', by: takenOffWords(target.repo) }];
    }
  };
}

/** The labels of repositories that came; one that fails does not keep the others from theirs. Never rejects. */
export async function labelRepositories(
  app: GitHubApp,
  repositories: readonly RepoName[],
  log: { readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void },
): Promise<void> {
  for (const repo of repositories) {
    try {
      await ensureLabels(await app.installationFor(repo), repo);
    } catch (error) {
      log.warn({ repository: repoKey(repo), error: String(error) }, 'labels could not be prepared in a repository');
    }
  }
}
