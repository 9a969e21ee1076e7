import { describe, expect, it } from 'vitest';
import type { Reply } from '../../src/sandbox/context.ts';
import { createRegistry } from '../../src/sandbox/routes.ts';

const handler = (): Reply => ({ status: 200 });

describe('the route registry', () => {
  it('matches the template with most fixed text, whatever the order of registration', () => {
    const routes = createRegistry();
    routes.add('GET', '/repos/{owner}/{repo}/commits/{ref}', handler, { wide: ['ref'] });
    routes.add('GET', '/repos/{owner}/{repo}/commits/{ref}/check-runs', handler, { wide: ['ref'] });
    routes.add('GET', '/repos/{owner}/{repo}/issues/{issue_number}', handler);
    routes.add('GET', '/repos/{owner}/{repo}/issues/comments', handler);
    const template = (path: string): string | undefined => routes.match('GET', path)?.template;
    expect(template('/repos/a/b/commits/feature/x/check-runs')).toBe('/repos/{owner}/{repo}/commits/{ref}/check-runs');
    expect(template('/repos/a/b/commits/feature/x')).toBe('/repos/{owner}/{repo}/commits/{ref}');
    expect(template('/repos/a/b/issues/comments')).toBe('/repos/{owner}/{repo}/issues/comments');
    expect(template('/repos/a/b/issues/1/2')).toBeUndefined();
    expect(routes.match('POST', '/repos/a/b/issues/comments')).toBeNull();
  });

  it('decodes variables, also slashes that were sent encoded', () => {
    const routes = createRegistry();
    routes.add('GET', '/repos/{owner}/{repo}/branches/{branch}', handler, { wide: ['branch'] });
    const branchOf = (path: string): string | undefined => routes.match('GET', path)?.params.branch;
    expect(branchOf('/repos/a/b/branches/x%2Fy')).toBe('x/y');
    expect(branchOf('/repos/a/b/branches/x/y%20z')).toBe('x/y z');
    expect(branchOf('/repos/a/b/branches/100%')).toBe('100%');
  });

  it('refuses to hold one template twice', () => {
    const routes = createRegistry();
    routes.add('GET', '/app', handler);
    expect(() => routes.add('GET', '/app', handler)).toThrow('registered twice');
    expect(routes.list()).toEqual(['GET /app']);
  });
});
