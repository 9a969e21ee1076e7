import { findUser, permissionOf } from './accounts.ts';
import type { Actor, SignedIn, World } from './context.ts';
import { notFound, Refusal } from './refusal.ts';
import type { RepositoryRow } from './state.ts';

export interface Needs {
  /** What an installation token must have been granted, for example 'issues:write'. */
  readonly app: `${'issues' | 'pull_requests' | 'contents' | 'checks' | 'statuses' | 'metadata'}:${'read' | 'write'}`;
  /** What a person must be allowed. 'read' on a public repository is everybody's. */
  readonly user: 'read' | 'write' | 'admin';
}

const ranks = { none: 0, read: 1, write: 2, admin: 3 } as const;

/**
 * The repository, if the actor may do this there. Throws Refusal 404 (unknown, or private and not theirs), 401
 * (anonymous write) or 403 (too little permission).
 */
export function findRepo(world: World, actor: Actor, owner: string, name: string, needs: Needs): RepositoryRow {
  const account = findUser(world, owner);
  const repo = account && world.state.repositories.one('name', `${account.id}/${name.toLowerCase()}`);
  if (repo === undefined) throw notFound();
  checkAccess(world, actor, repo, needs);
  return repo;
}

/** The same check for a repository that is already known (GraphQL node ids, git). */
export function checkAccess(world: World, actor: Actor, repo: RepositoryRow, needs: Needs): void {
  const writes = needs.app.endsWith(':write') || needs.user !== 'read';
  switch (actor.kind) {
    case 'anonymous':
    case 'app':
      if (repo.private) throw notFound();
      if (writes) throw new Refusal(401, 'Requires authentication');
      return;
    case 'installation':
      checkInstallation(world, actor, repo, needs.app, writes);
      return;
    case 'user': {
      const permission = permissionOf(world, repo, actor.user);
      if (permission === 'none') throw notFound();
      if (ranks[permission] >= ranks[needs.user]) return;
      throw new Refusal(
        403,
        needs.user === 'admin' ? 'Must have admin rights to Repository.' : 'Must have push access to repository.',
      );
    }
  }
}

/** The actor as somebody who can own an issue or a commit. Throws Refusal 401. */
export function signedIn(actor: Actor): SignedIn {
  if (actor.kind === 'user' || actor.kind === 'installation') return actor;
  throw new Refusal(401, 'Requires authentication');
}

/** True when the actor wrote the thing or may write to the repository; Apps may write whatever their token allows. */
export function ownsOrWrites(world: World, actor: SignedIn, repo: RepositoryRow, authorId: number): boolean {
  if (actor.user.id === authorId || actor.kind === 'installation') return true;
  return ranks[permissionOf(world, repo, actor.user)] >= ranks.write;
}

/** The App an actor acts through, for `performed_via_github_app`. */
export function appOf(actor: SignedIn): number | null {
  return actor.kind === 'installation' ? actor.app.id : null;
}

function checkInstallation(
  world: World,
  actor: Extract<Actor, { kind: 'installation' }>,
  repo: RepositoryRow,
  need: Needs['app'],
  writes: boolean,
): void {
  const installation = world.state.installations.get(actor.token.installationId ?? 0);
  const scope = actor.token.repositoryIds;
  const covered = installation?.accountId === repo.ownerId && (scope === null || scope.includes(repo.id));
  if (!covered) {
    if (repo.private) throw notFound();
    if (writes) throw new Refusal(403, 'Resource not accessible by integration');
    return;
  }
  const [permission = '', level] = need.split(':');
  const granted = (actor.token.permissions ?? actor.app.permissions)[permission];
  if (granted === 'write' || (granted === 'read' && level === 'read') || need === 'metadata:read') return;
  throw new Refusal(403, 'Resource not accessible by integration');
}
