import { findRepo } from './access.ts';
import { findUser, permissionOf } from './accounts.ts';
import type { RouteRequest, Routes, World } from './context.ts';
import { requiredText, textOf } from './fields.ts';
import { createLabel } from './labels.ts';
import { paged } from './paging.ts';
import { notFound } from './refusal.ts';
import { permissionFlags, simpleUser } from './shapes-common.ts';
import { labelShape } from './shapes-issues.ts';
import { fullRepository } from './shapes-repository.ts';
import type { RepositoryRow } from './state.ts';

/** A repository's description, its people and its labels. */
export function registerRepository(routes: Routes, world: World): void {
  const readable = (request: RouteRequest): RepositoryRow =>
    findRepo(world, request.actor, request.params.owner ?? '', request.params.repo ?? '', {
      app: 'metadata:read',
      user: 'read',
    });

  routes.add('GET', '/repos/{owner}/{repo}', (request) => ({
    status: 200,
    body: fullRepository(world, readable(request), request.actor),
  }));

  routes.add('GET', '/repos/{owner}/{repo}/collaborators/{username}/permission', (request) => {
    const repo = readable(request);
    const user = findUser(world, request.params.username ?? '');
    if (user === undefined) throw notFound();
    const permission = permissionOf(world, repo, user);
    const person = { ...simpleUser(world, user), permissions: permissionFlags(permission), role_name: permission };
    return { status: 200, body: { permission, role_name: permission, user: person } };
  });

  routes.add('GET', '/repos/{owner}/{repo}/labels', (request) => {
    const labels = world.state.labels.where('repo', readable(request).id);
    return paged(world, request, labels, (label) => labelShape(world, label));
  });

  routes.add('POST', '/repos/{owner}/{repo}/labels', (request) => {
    const { owner = '', repo: name = '' } = request.params;
    const repo = findRepo(world, request.actor, owner, name, { app: 'issues:write', user: 'write' });
    const label = createLabel(world, repo, {
      name: requiredText(request.body, 'name', 'Label'),
      color: textOf(request.body, 'color'),
      description: textOf(request.body, 'description'),
    });
    return { status: 201, body: labelShape(world, label) };
  });
}
