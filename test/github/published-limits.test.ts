import { describe, expect, it } from 'vitest';
import { askingOf } from '../../src/github/published-limits.ts';

describe('what a request costs', () => {
  it.each([
    ['GET', '/repos/{owner}/{repo}/pulls', null, 'core read 0'],
    ['POST', '/repos/{owner}/{repo}/pulls', null, 'core write 1'],
    ['POST', '/repos/{owner}/{repo}/git/trees', null, 'core write 0'],
    ['PUT', '/repos/{owner}/{repo}/pulls/{pull_number}/merge', null, 'core write 1'],
    ['POST', '/repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by', null, 'core write 1'],
    ['PATCH', '/repos/{owner}/{repo}/issues/{issue_number}', null, 'core write 0'],
    ['POST', '/app/installations/{installation_id}/access_tokens', null, 'core token 0'],
    ['POST', '/graphql', 'query readBodies { viewer { login } }', 'graphql read 0'],
    [
      'POST',
      '/graphql',
      'mutation write {\n m0: createIssue(input: $m0) { x }\n m1: createIssue(input: $m1) { x } }',
      'graphql write 2',
    ],
    [
      'POST',
      '/graphql',
      'mutation write {\n m0: updateIssue(input: $m0) { x }\n m1: addComment(input: $m1) { x } }',
      'graphql write 1',
    ],
    [
      'POST',
      '/graphql',
      'mutation write {\n m0: addBlockedBy(input: $m0) { x }\n m1: addBlockedBy(input: $m1) { x } }',
      'graphql write 1',
    ],
  ])('%s %s %s', (method, route, document, expected) => {
    const { resource, kind, creations } = askingOf(method, route, document);
    expect(`${resource} ${kind} ${creations}`).toBe(expected);
  });
});
