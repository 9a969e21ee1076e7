import { expect } from 'vitest';
import type { Exchange } from '../../../src/sandbox/context.ts';
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
];

export function kindOf(exchange: Exchange): string {
  if (exchange.kind === 'rest') return `${exchange.method} ${exchange.template} ${exchange.status}`;
  return exchange.action === null ? exchange.event : `${exchange.event}.${exchange.action}`;
}

/** Every registered route but GraphQL, with success and refused; every promised webhook, and each was delivered. */
export function expectCompleteTour({ sandbox, exchanges, deliveries }: Place): void {
  const rest = exchanges.flatMap((exchange) => (exchange.kind === 'rest' ? [exchange] : []));
  const seen = (fits: (status: number) => boolean): string[] => [
    ...new Set(rest.filter(({ status }) => fits(status)).map(({ method, template }) => `${method} ${template}`)),
  ];
  const routes = sandbox.routes().filter((route) => route !== 'POST /graphql');
  expect(routes.length).toBeGreaterThan(50);
  expect(seen((status) => status < 300).sort()).toEqual([...routes].sort());
  // Nobody is ever refused this.
  const always = ['GET /rate_limit'];
  expect(seen((status) => status >= 400).sort()).toEqual(routes.filter((route) => !always.includes(route)).sort());
  const emitted = exchanges.flatMap((exchange) => (exchange.kind === 'webhook' ? [kindOf(exchange)] : []));
  expect([...new Set(emitted)].sort()).toEqual([...webhooks].sort());
  const delivered = deliveries.map(({ event, action }) => (action === undefined ? event : `${event}.${action}`));
  expect(delivered).toEqual(emitted);
}
