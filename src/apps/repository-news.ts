/** What becomes of the news about installations and repositories: labels, forgetting, and the end of what cannot go on. */
import type { Logger } from 'pino';
import type { CommandQueue, RepoName, Store, TranslateDelivery } from '../engine/ports.ts';
import type { GitHubApp } from '../github/app.ts';
import { labelRepositories, type RepositoryNews, repositoryNews, whyGone } from '../github/repository-events.ts';

export interface RepositoryListener {
  /** `translate`, and these events besides. */
  readonly around: (translate: TranslateDelivery) => TranslateDelivery;
  /** What was begun is over. */
  readonly settled: () => Promise<void>;
}

export function createRepositoryListener(
  app: GitHubApp,
  store: Pick<Store, 'findOrchestrations' | 'addSignals'>,
  queue: Pick<CommandQueue, 'enqueue'>,
  log: Logger,
): RepositoryListener {
  let working: Promise<void> = Promise.resolve();

  async function act(news: RepositoryNews): Promise<void> {
    for (const repo of [...news.changed, ...news.gained]) app.forget(repo);
    for (const repo of news.lost) await endWhatRuns(repo);
    await labelRepositories(app, news.gained, log);
  }

  async function endWhatRuns(repo: RepoName): Promise<void> {
    try {
      const by = await whyGone(app, repo);
      if (by === null) return;
      const live = await store.findOrchestrations({ owner: repo.owner, name: repo.name, live: true });
      await store.addSignals(
        live.map(({ key }) => ({
          orchestration: key,
          source: `repository-gone-${Date.now()}`,
          signal: { type: 'repository-gone', by },
        })),
      );
      queue.enqueue(live.map(({ key }) => `advance.${key}`));
      log.info({ repository: `${repo.owner}/${repo.name}`, orchestrations: live.length }, `cancelled by ${by}`);
    } catch (error) {
      log.warn(
        { repository: `${repo.owner}/${repo.name}`, error: String(error) },
        'whether it is gone is not known yet',
      );
    }
  }

  return {
    around: (translate) => (event, payload) => {
      const news = repositoryNews(event, payload);
      if (news === null) return translate(event, payload);
      // one after the other: a repository may come and go
      working = working.then(() => act(news));
      return [];
    },
    settled: () => working,
  };
}
