import { expect } from 'vitest';
import type { Exchange } from '../../../src/sandbox/context.ts';
import type { Validator } from '../validator.ts';
import type { Place } from './place.ts';

/** Every webhook that the local GitHub promises. */
const webhooks = [
  'issues.opened',
  'issues.edited',
  'issues.labeled',
  'issues.unlabeled',
  'issues.closed',
  'issues.reopened',
  'issue_comment.created',
  'issue_comment.edited',
  'issue_comment.deleted',
  'sub_issues.sub_issue_added',
  'sub_issues.sub_issue_removed',
  'sub_issues.parent_issue_added',
  'sub_issues.parent_issue_removed',
  'issue_dependencies.blocked_by_added',
  'issue_dependencies.blocked_by_removed',
  'issue_dependencies.blocking_added',
  'issue_dependencies.blocking_removed',
  'push',
  'pull_request.opened',
  'pull_request.synchronize',
  'pull_request.closed',
  'pull_request.reopened',
  'pull_request.edited',
  'pull_request_review.submitted',
  'check_run.created',
  'check_run.completed',
  'check_suite.completed',
  'installation.created',
  'installation.deleted',
  'installation_repositories.added',
];

export function kindOf(exchange: Exchange): string {
  if (exchange.kind === 'rest') return `${exchange.method} ${exchange.template} ${exchange.status}`;
  return exchange.action === null ? exchange.event : `${exchange.event}.${exchange.action}`;
}

/** Statuses that GitHub describes and the local GitHub never answers with, by status or by route and status. */
const notModelled: Readonly<Record<string, string>> = {
  301: 'nothing is renamed or transferred',
  302: 'files are never handed out from elsewhere',
  304: 'has no body to validate; the room of the sandbox tests it',
  406: 'diffs are never too large to show',
  410: 'issues cannot be switched off',
  500: 'invented by fault, and then as 502',
  503: 'invented by fault, and then as 502',
  'DELETE /repos/{owner}/{repo}/git/refs/{ref} 409': 'a ref that moves meanwhile is removed all the same',
  'DELETE /repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by/{issue_id} 400': 'answered with 404',
  'DELETE /repos/{owner}/{repo}/issues/{issue_number}/sub_issue 400': 'answered with 422',
  'GET /app/hook/deliveries 400': 'odd page sizes are ignored',
  'GET /app/hook/deliveries/{delivery_id} 400': 'answered with 404',
  'GET /app/hook/deliveries/{delivery_id} 422': 'answered with 404',
  'POST /app/hook/deliveries/{delivery_id}/attempts 400': 'answered with 404',
  'POST /app/hook/deliveries/{delivery_id}/attempts 422': 'whatever is kept can be sent again',
  'POST /app-manifests/{code}/conversions 422': 'a code that cannot be exchanged is unknown',
  'GET /rate_limit 404': 'rate limiting is always on',
  'GET /repos/{owner}/{repo}/commits/{ref} 409': 'a repository is never empty',
  'GET /repos/{owner}/{repo}/git/ref/{ref} 409': 'a repository is never empty',
  'GET /repos/{owner}/{repo}/pulls 422': 'odd filters are ignored',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/files 422': 'diffs are never too large to show',
  'POST /app/installations/{installation_id}/access_tokens 403': 'an installation is never suspended',
};

/** Every registered route but GraphQL, in every way that GitHub describes; every promised webhook, and all arrived. */
export function expectCompleteTour({ sandbox, exchanges, deliveries }: Place, validator: Validator): void {
  const routes = sandbox.routes().filter((route) => route !== 'POST /graphql');
  expect(routes.length).toBeGreaterThan(50);
  const seen = new Set(exchanges.map(kindOf));
  const promised = routes.flatMap((route) => {
    const [method = '', template = ''] = route.split(' ');
    return validator.statuses(method, template).map((status) => ({ status, kind: `${route} ${status}` }));
  });
  const missing = promised.filter(({ kind }) => !seen.has(kind));
  expect(missing.filter(({ status, kind }) => !(status in notModelled || kind in notModelled))).toEqual([]);
  expect(
    promised.filter(({ status, kind }) => seen.has(kind) && (status in notModelled || kind in notModelled)),
  ).toEqual([]);
  // A route that GitHub does not describe has no statuses, so it is looked for by itself.
  const successes = [...seen].filter((kind) => / 2\d\d$/.test(kind)).map((kind) => kind.slice(0, -4));
  expect([...new Set(successes)].sort()).toEqual(routes.toSorted());
  const emitted = exchanges.filter(({ kind }) => kind === 'webhook').map(kindOf);
  expect([...new Set(emitted)].sort()).toEqual(webhooks.toSorted());
  const delivered = deliveries.map(({ event, action }) => (action === undefined ? event : `${event}.${action}`));
  expect(delivered).toEqual(emitted);
}
