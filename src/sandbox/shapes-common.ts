import { permissionOf } from './accounts.ts';
import type { Actor, World } from './context.ts';
import { nodeId } from './node-ids.ts';
import type { AppRow, InstallationRow, Instant, Permission, RepositoryRow, UserRow } from './state.ts';

/** A JSON object in one of GitHub's shapes. */
export type Shape = Readonly<Record<string, unknown>>;

/** GitHub shows whole seconds. */
export function stamp(instant: Instant): string;
export function stamp(instant: Instant | null): string | null;
export function stamp(instant: Instant | null): string | null {
  return instant === null ? null : `${instant.slice(0, 19)}Z`;
}

/** `https://host/repos/owner/name` of the REST API. */
export function apiUrl(world: World, repo: RepositoryRow): string {
  return `${world.url()}/repos/${fullName(world, repo)}`;
}

/** `https://host/owner/name` for people. */
export function htmlUrl(world: World, repo: RepositoryRow): string {
  return `${world.url()}/${fullName(world, repo)}`;
}

export function fullName(world: World, repo: RepositoryRow): string {
  return `${world.state.users.need(repo.ownerId).login}/${repo.name}`;
}

/** simple-user: how people, bots and organisations appear inside other things. */
export function simpleUser(world: World, user: UserRow): Shape {
  // Logins of bots end in [bot], and brackets are not allowed in a URL's path.
  const login = encodeURIComponent(user.login);
  const url = `${world.url()}/users/${login}`;
  const page = user.type === 'Bot' ? `apps/${encodeURIComponent(user.login.replace(/\[bot\]$/, ''))}` : login;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId(user.type, user.id),
    avatar_url: `${world.url()}/_sandbox/avatars/${user.id}`,
    gravatar_id: '',
    url,
    html_url: `${world.url()}/${page}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** simpleUser of an id that may be null. */
export function userOrNull(world: World, id: number | null): Shape | null {
  return id === null ? null : simpleUser(world, world.state.users.need(id));
}

/** public-user, the answer of GET /users/{username}. */
export function publicUser(world: World, user: UserRow): Shape {
  const created = stamp(user.createdAt);
  return {
    ...simpleUser(world, user),
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: user.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: world.state.repositories.where('owner', user.id).filter((repo) => !repo.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: created,
    updated_at: created,
  };
}

/** organization-simple, as webhooks carry it. */
export function organization(world: World, user: UserRow): Shape {
  const url = `${world.url()}/orgs/${user.login}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('Organization', user.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.url()}/_sandbox/avatars/${user.id}`,
    description: null,
  };
}

/** integration: an App as the public sees it (GET /app, check runs, performed_via_github_app). */
export function integration(world: World, app: AppRow): Shape {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId('App', app.id),
    client_id: app.clientId,
    owner: simpleUser(world, world.state.users.need(app.ownerId)),
    name: app.name,
    description: null,
    external_url: `${world.url()}/apps/${app.slug}`,
    html_url: `${world.url()}/apps/${app.slug}`,
    created_at: stamp(app.createdAt),
    updated_at: stamp(app.createdAt),
    permissions: app.permissions,
    events: app.events,
  };
}

export function installationShape(world: World, row: InstallationRow, account: UserRow): Shape {
  const app = world.state.apps.need(row.appId);
  return {
    id: row.id,
    account: simpleUser(world, account),
    repository_selection: 'all',
    access_tokens_url: `${world.url()}/app/installations/${row.id}/access_tokens`,
    repositories_url: `${world.url()}/installation/repositories`,
    html_url: `${world.url()}/organizations/${account.login}/settings/installations/${row.id}`,
    app_id: app.id,
    app_slug: app.slug,
    client_id: app.clientId,
    target_id: account.id,
    target_type: account.type,
    permissions: app.permissions,
    events: app.events,
    created_at: stamp(row.createdAt),
    updated_at: stamp(row.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}

/** A repository as an App's own webhooks carry it. */
export function repositoryInBrief(world: World, repo: RepositoryRow): Shape {
  return {
    id: repo.id,
    node_id: nodeId('Repository', repo.id),
    name: repo.name,
    full_name: fullName(world, repo),
    private: repo.private,
  };
}

/** installation as webhooks carry it. */
export function simpleInstallation(row: InstallationRow): Shape {
  return { id: row.id, node_id: nodeId('Installation', row.id) };
}

/** The five booleans of `permissions`. */
export function permissionFlags(permission: Permission): Shape {
  const rank = { none: 0, read: 1, write: 2, admin: 3 }[permission];
  return { admin: rank >= 3, maintain: rank >= 3, push: rank >= 2, triage: rank >= 2, pull: rank >= 1 };
}

/** What an actor may do here, in the words of a person's permission. */
export function actorPermission(world: World, repo: RepositoryRow, actor: Actor): Permission {
  if (actor.kind === 'user') return permissionOf(world, repo, actor.user);
  if (actor.kind === 'installation') return actor.app.permissions.contents === 'write' ? 'write' : 'read';
  return repo.private ? 'none' : 'read';
}
