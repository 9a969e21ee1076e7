import type { EffectOutcome, RepoName } from '../engine/ports.ts';
import { classifyFailure, statusOf } from './classify.ts';
import type { Installation } from './installation.ts';

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
    return { status: 'done', result: { kind: 'permission', permission: baseLevel(data.permission) } };
  } catch (error) {
    if (statusOf(error) === 404) return { status: 'done', result: { kind: 'permission', permission: 'none' } };
    return classifyFailure(error, 'read');
  }
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
