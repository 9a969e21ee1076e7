// Installing an App on an account, and taking it away again, with what the App hears about it.
import { ensureInstallation } from './accounts.ts';
import type { World } from './context.ts';
import { repositoryInBrief } from './shapes-common.ts';
import type { AppRow, InstallationRow, RepositoryRow, UserRow } from './state.ts';
import { queueAppWebhook } from './webhooks.ts';

/** On all repositories of the account; where it is installed already nothing happens. */
export function installApp(world: World, app: AppRow, account: UserRow, sender: UserRow): InstallationRow {
  return world.state.transaction(() => {
    const before = world.state.installations.where('account', String(account.id));
    const known = before.find((row) => row.appId === app.id);
    if (known !== undefined) return known;
    const installation = ensureInstallation(world, app, account);
    tellApp(world, installation, 'created', sender);
    return installation;
  });
}

/** Its tokens end with it. */
export function uninstallApp(world: World, installation: InstallationRow, sender: UserRow): void {
  world.state.transaction(() => {
    tellApp(world, installation, 'deleted', sender);
    const { botId } = world.state.apps.need(installation.appId);
    for (const token of world.state.tokens.where('user', botId)) {
      if (token.installationId === installation.id) world.state.tokens.delete(token.id);
    }
    world.state.installations.delete(installation.id);
  });
}

function tellApp(world: World, installation: InstallationRow, action: 'created' | 'deleted', sender: UserRow): void {
  const repositories = world.state.repositories.where('owner', installation.accountId ?? 0);
  const told = queueAppWebhook(world, installation, 'installation', sender, {
    action,
    repositories: repositories.map((repo) => repositoryInBrief(world, repo)),
    requester: null,
  });
  if (told !== null) world.send([told]);
}

/** An installation on all repositories gains each new one. */
export function tellOfRepository(world: World, repo: RepositoryRow, sender: UserRow): void {
  for (const installation of world.state.installations.where('account', String(repo.ownerId))) {
    const told = queueAppWebhook(world, installation, 'installation_repositories', sender, {
      action: 'added',
      repository_selection: 'all',
      repositories_added: [repositoryInBrief(world, repo)],
      repositories_removed: [],
      requester: null,
    });
    if (told !== null) world.send([told]);
  }
}
