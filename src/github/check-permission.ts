import type { EffectOutcome, RepoName } from '../engine/ports.ts';
import { classifyFailure } from './classify.ts';
import { optionalTextAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { listAll } from './listing.ts';
import { isForbidden, isOut, isRouteMissing } from './missing.ts';

type Permission = 'admin' | 'write' | 'read' | 'none';

/**
 * The base level, as GitHub derives it from custom roles too (`role_name` would name the custom role instead).
 * Somebody unknown to the repository has none: so does a name that does not exist.
 */
export async function checkPermission(
  installation: Installation,
  effect: { readonly repo: RepoName; readonly user: string },
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  try {
    const { data } = await installation.octokit.request(
      'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
      {
        owner: effect.repo.owner,
        repo: effect.repo.name,
        username: effect.user,
        request: { signal: deadline },
      },
    );
    installation.server.routes.set('permission', 'there');
    return known(data.permission === undefined ? levelOf(valueAt(data, 'user')) : baseLevel(data.permission));
  } catch (error) {
    const { server } = installation;
    // once the route has answered, a 404 is about the person
    if (server.routes.get('permission') === 'there')
      return isRouteMissing(error) ? known('none') : classifyFailure(error, 'read');
    if (!isForbidden(error) && !isOut(server, 'permission', error)) return classifyFailure(error, 'read');
    return permissionOtherwise(installation, effect, deadline);
  }
}

function known(permission: Permission): EffectOutcome {
  return { status: 'done', result: { kind: 'permission', permission } };
}

/** From the list of collaborators, where the route for one person may be missing. Nothing known is no permission. */
async function permissionOtherwise(
  installation: Installation,
  effect: { readonly repo: RepoName; readonly user: string },
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const { repo, user } = effect;
  const isUser = (login: string | null): boolean => login?.toLowerCase() === user.toLowerCase();
  try {
    const where = { owner: repo.owner, repo: repo.name };
    const all = await listAll(installation.octokit, '/repos/{owner}/{repo}/collaborators', where, deadline);
    const person = all.find((one) => isUser(optionalTextAt(one, 'login')));
    return known(person === undefined ? 'none' : levelOf(person));
  } catch (error) {
    if (!isForbidden(error) && !isOut(installation.server, 'collaborators', error))
      return classifyFailure(error, 'read');
    // a person's own repository; an organisation is nobody who comments
    return known(isUser(repo.owner) ? 'admin' : 'none');
  }
}

function levelOf(person: unknown): Permission {
  const may = (what: string): boolean => valueAt(person, `permissions.${what}`) === true;
  if (may('admin')) return 'admin';
  if (may('maintain') || may('push')) return 'write';
  return baseLevel(optionalTextAt(person, 'role_name') ?? (may('pull') ? 'read' : 'none'));
}

function baseLevel(permission: string): Permission {
  switch (permission) {
    case 'admin':
      return 'admin';
    case 'write':
    case 'maintain':
      return 'write';
    case 'read':
    case 'triage':
      return 'read';
    default:
      return 'none';
  }
}
