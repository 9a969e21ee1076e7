import { findUser, installationOf } from './accounts.ts';
import { mintInstallationToken } from './auth.ts';
import type { Actor, RouteRequest, Routes, World } from './context.ts';
import { pathNumber } from './fields.ts';
import { paged, pageOf } from './paging.ts';
import { notFound, Refusal } from './refusal.ts';
import { installationShape, integration, publicUser } from './shapes-common.ts';
import { repositoryShape } from './shapes-repository.ts';
import type { AppRow, InstallationRow, RepositoryRow } from './state.ts';

const accessTokens = '/app/installations/{installation_id}/access_tokens';

/** The App about itself, its installations and tokens, and the accounts. */
export function registerApp(routes: Routes, world: World): void {
  const { state } = world;

  routes.add('GET', '/app', ({ actor }) => {
    const app = theApp(actor);
    const installations = state.installations.where('app', app.id).filter((row) => row.accountId !== null);
    return { status: 200, body: { ...integration(world, app), installations_count: installations.length } };
  });

  routes.add('GET', '/app/installations', (request) => {
    const installations = state.installations
      .where('app', theApp(request.actor).id)
      .filter((row) => row.accountId !== null);
    return paged(world, request, installations, (row) =>
      installationShape(world, row, state.users.need(row.accountId ?? 0)),
    );
  });

  routes.add('POST', accessTokens, (request) => {
    const app = theApp(request.actor);
    const installation = state.installations.get(pathNumber(request.params.installation_id));
    if (installation === undefined || installation.appId !== app.id) throw notFound();
    const repositories = chosenRepositories(world, installation, request);
    const permissions = chosenPermissions(app, request.body.permissions);
    const token = mintInstallationToken(world, installation, {
      permissions,
      repositoryIds: repositories?.map((repo) => repo.id) ?? null,
    });
    return {
      status: 201,
      body: {
        token: token.token,
        expires_at: `${token.expiresAt?.slice(0, 19)}Z`,
        permissions: permissions ?? app.permissions,
        repository_selection: repositories === null ? 'all' : 'selected',
        ...(repositories === null
          ? {}
          : { repositories: repositories.map((repo) => repositoryShape(world, repo, request.actor)) }),
      },
    };
  });

  routes.add('GET', '/installation/repositories', (request) => {
    const { actor } = request;
    if (actor.kind === 'anonymous') throw new Refusal(401, 'Requires authentication');
    if (actor.kind !== 'installation') throw new Refusal(403, 'Resource not accessible by personal access token');
    const installation = state.installations.need(actor.token.installationId ?? 0);
    const scope = actor.token.repositoryIds;
    const repositories = state.repositories
      .where('owner', installation.accountId ?? 0)
      .filter((repo) => scope === null || scope.includes(repo.id));
    const { page, perPage, headers } = pageOf(world, request, repositories.length);
    const shown = repositories.slice((page - 1) * perPage, page * perPage);
    return {
      status: 200,
      headers,
      body: {
        total_count: repositories.length,
        repository_selection: scope === null ? 'all' : 'selected',
        repositories: shown.map((repo) => repositoryShape(world, repo, actor)),
      },
    };
  });

  routes.add('GET', '/repos/{owner}/{repo}/installation', ({ actor, params }) => {
    const app = theApp(actor);
    const owner = findUser(world, params.owner ?? '');
    const repo = owner && state.repositories.one('name', `${owner.id}/${params.repo?.toLowerCase()}`);
    const installation = repo && installationOf(world, app, repo);
    if (owner === undefined || installation === undefined) throw notFound();
    return { status: 200, body: installationShape(world, installation, owner) };
  });

  routes.add('GET', '/users/{username}', ({ params }) => {
    const user = findUser(world, params.username ?? '');
    if (user === undefined) throw notFound();
    return { status: 200, body: publicUser(world, user) };
  });

  routes.add('GET', '/rate_limit', () => {
    const reset = Math.floor(world.now().getTime() / 1000) + 3600;
    const limit = { limit: 1_000_000, remaining: 999_999, used: 1, reset };
    const resources = { core: limit, search: limit, graphql: limit };
    return { status: 200, body: { resources, rate: limit } };
  });
}

export function theApp(actor: Actor): AppRow {
  if (actor.kind === 'app') return actor.app;
  throw new Refusal(401, 'A JSON web token could not be decoded');
}

function chosenRepositories(
  world: World,
  installation: InstallationRow,
  request: RouteRequest,
): RepositoryRow[] | null {
  const { repositories: names, repository_ids: ids } = request.body;
  if (!Array.isArray(names) && !Array.isArray(ids)) return null;
  const own = world.state.repositories.where('owner', installation.accountId ?? 0);
  const wanted: unknown[] = [...(Array.isArray(names) ? names : []), ...(Array.isArray(ids) ? ids : [])];
  return wanted.map((one) => {
    const repo = own.find((candidate) => candidate.id === one || candidate.name === one);
    if (repo === undefined) {
      throw new Refusal(
        422,
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      );
    }
    return repo;
  });
}

function chosenPermissions(app: AppRow, wanted: unknown): Readonly<Record<string, 'read' | 'write'>> | null {
  if (typeof wanted !== 'object' || wanted === null) return null;
  const chosen: Record<string, 'read' | 'write'> = {};
  for (const [name, level] of Object.entries(wanted)) {
    const granted = app.permissions[name];
    const fits = (level === 'read' || level === 'write') && (granted === 'write' || granted === level);
    if (!fits) throw new Refusal(422, 'The permissions requested are not granted to this installation.');
    chosen[name] = level;
  }
  return { metadata: 'read', ...chosen };
}
