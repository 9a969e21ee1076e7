import type { World } from './context.ts';
import type { AppRow, InstallationRow, Permission, RepositoryRow, UserRow } from './state.ts';

export function findUser(world: World, login: string): UserRow | undefined {
  return world.state.users.one('login', login.toLowerCase());
}

/** The human of this login, created when missing. */
export function ensureUser(world: World, login: string): UserRow {
  return findUser(world, login) ?? addAccount(world, login, 'User', null);
}

/** The organisation of this login, created when missing. The Apps made at the start are installed on all of them. */
export function ensureOrganization(world: World, login: string): UserRow {
  return world.state.transaction(() => {
    const account = findUser(world, login) ?? addAccount(world, login, 'Organization', null);
    for (const app of world.state.apps.all()) if (app.role !== 'registered') ensureInstallation(world, app, account);
    return account;
  });
}

export function addAccount(world: World, login: string, type: UserRow['type'], appId: number | null): UserRow {
  return world.state.transaction(() =>
    world.state.users.insert({ login, type, name: null, email: null, appId, createdAt: world.instant() }),
  );
}

/** The address a commit of this account carries; GitHub's no-reply form. */
export function noreplyAddress(user: UserRow): string {
  return `${user.id}+${user.login}@users.noreply.github.com`;
}

/** The App's installation on an account; the one made before any organisation existed is used first. */
export function ensureInstallation(world: World, app: AppRow, account: UserRow): InstallationRow {
  const installations = world.state.installations.where('app', app.id);
  const own = installations.find((row) => row.accountId === account.id);
  if (own !== undefined) return own;
  const free = installations.find((row) => row.accountId === null);
  return free === undefined
    ? world.state.installations.insert({ appId: app.id, accountId: account.id, createdAt: world.instant() })
    : world.state.installations.update(free.id, { accountId: account.id });
}

export function installationOf(world: World, app: AppRow, repo: RepositoryRow): InstallationRow | undefined {
  return world.state.installations.where('account', String(repo.ownerId)).find((row) => row.appId === app.id);
}

export function mainApp(world: World): AppRow {
  const app = world.state.apps.one('role', 'main');
  if (app === undefined) throw new Error('the local GitHub has no main App yet');
  return app;
}

/** Stands for every repository in a collaborator row: what a person may do where nothing else is said. */
const everyRepository = 0;

/** What a person may do: owner = admin, then the collaborator row, at least read on public repositories. */
export function permissionOf(world: World, repo: RepositoryRow, user: UserRow): Permission {
  if (user.id === repo.ownerId) return 'admin';
  const { collaborators } = world.state;
  const row =
    collaborators.one('pair', `${repo.id}/${user.id}`) ?? collaborators.one('pair', `${everyRepository}/${user.id}`);
  const granted = row?.permission ?? 'none';
  return granted === 'none' && !repo.private ? 'read' : granted;
}

/** `repo` null = every repository that has no row of its own for this person. */
export function setPermission(world: World, repo: RepositoryRow | null, user: UserRow, permission: Permission): void {
  const repoId = repo?.id ?? everyRepository;
  world.state.transaction(() => {
    const row = world.state.collaborators.one('pair', `${repoId}/${user.id}`);
    if (row === undefined) world.state.collaborators.insert({ repoId, userId: user.id, permission });
    else world.state.collaborators.update(row.id, { permission });
  });
}
