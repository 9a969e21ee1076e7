/**
 * The limits GitHub publishes, as buckets that keep them, and what a request costs.
 * docs.github.com, REST "Rate limits" and "Best practices"; GraphQL "Rate limits and query limits". Read in 2026.
 */
import type { Bucket, Cost } from './shared-budget.ts';

export interface Limits {
  /** REST requests, and apart from them points of GraphQL; larger installations have more, and the server says so. */
  readonly requestsPerHour: number;
  readonly restPointsPerMinute: number;
  readonly graphqlPointsPerMinute: number;
  readonly creationsPerMinute: number;
  readonly creationsPerHour: number;
  /** Requests under way together. */
  readonly atOnce: number;
  /** From the end of a write to the beginning of the next. */
  readonly writeGapMs: number;
  readonly minuteMs: number;
  readonly hourMs: number;
  /** A request arrives at the server at most so long after it was paid for: a write may wait for its turn meanwhile. */
  readonly slackMs: number;
}

export const publishedLimits: Limits = {
  requestsPerHour: 5_000,
  restPointsPerMinute: 900,
  graphqlPointsPerMinute: 2_000,
  creationsPerMinute: 80,
  creationsPerHour: 500,
  atOnce: 100,
  writeGapMs: 1_000,
  minuteMs: 60_000,
  hourMs: 3_600_000,
  slackMs: 40_000,
};

/** Which hourly budget GitHub charges, as `x-ratelimit-resource` names it. */
export type Resource = 'core' | 'graphql';

/** What a request is, as far as limits are concerned. */
export interface Asking {
  readonly resource: Resource;
  /** A token is asked for with a POST, but changes nothing. */
  readonly kind: 'read' | 'write' | 'token';
  /** How many issues, comments, pull requests, merges and the like it makes. */
  readonly creations: number;
}

/** The points of one request: docs.github.com, "Calculating points for the secondary rate limit". */
const POINTS = { read: 1, write: 5, token: 5 };

/** What reads may have of it, so that they leave something to writes: a write a second is 300 points a minute. */
const READS = { hour: 3 / 4, minute: 2 / 3 };

/** Of `count` such requests. `perHour`: what the server said this resource may have, if it said anything. */
export function costsOf(asking: Asking, count: number, limits: Limits, perHour: number | undefined): readonly Cost[] {
  const { resource, kind, creations } = asking;
  const points = count * POINTS[kind];
  const perMinute = resource === 'core' ? limits.restPointsPerMinute : limits.graphqlPointsPerMinute;
  const hour = (name: string, limit: number): Bucket => within(`${name}-hour`, limit, limits.hourMs, limits);
  const minute = (name: string, limit: number): Bucket => within(`${name}-minute`, limit, limits.minuteMs, limits);
  const spent = [
    { bucket: hourly(resource, limits, perHour), tokens: count },
    { bucket: minute(resource, perMinute), tokens: points },
  ];
  if (kind === 'token') return spent;
  if (kind === 'read')
    return [
      ...spent,
      { bucket: hour(`${resource}-reads`, (perHour ?? limits.requestsPerHour) * READS.hour), tokens: count },
      { bucket: minute(`${resource}-reads`, perMinute * READS.minute), tokens: points },
    ];
  if (creations === 0) return spent;
  return [
    ...spent,
    { bucket: minute('creations', limits.creationsPerMinute), tokens: count * creations },
    { bucket: hour('creations', limits.creationsPerHour), tokens: count * creations },
  ];
}

export function hourly(resource: Resource, limits: Limits, perHour: number | undefined): Bucket {
  return within(`${resource}-hour`, perHour ?? limits.requestsPerHour, limits.hourMs, limits);
}

/**
 * A quarter of the limit may be used at once, three quarters come back evenly while the window passes: whichever window
 * one looks at, what was there at its beginning and what came during it are together no more than the limit.
 */
function within(name: string, limit: number, windowMs: number, { slackMs }: Limits): Bucket {
  const most = Math.max(1, Math.floor(limit / 4));
  const later = Math.max(1, limit - most);
  return { name, most, fillMs: ((windowMs + slackMs) * most) / later };
}

/** What REST routes create; docs.github.com warns of "creating content too quickly" on each of them. */
const CREATING_ROUTES =
  /^POST .*\/(issues|pulls|comments|reviews|sub_issues|dependencies\/blocked_by)$|^PUT .*\/pulls\/[^/]+\/merge$/;

/** Root fields of our mutations that are content by themselves, see `mutate` in documents.ts. */
const CREATING_FIELDS = /^\s*\w+: (?:createIssue|addComment)\(/gm;

/** `document` null: a REST request. Whether each alias of a mutation counts is not documented; here it does. */
export function askingOf(method: string, route: string, document: string | null): Asking {
  if (document !== null) {
    if (!/^\s*mutation\b/.test(document)) return { resource: 'graphql', kind: 'read', creations: 0 };
    const created = document.match(CREATING_FIELDS)?.length ?? 0;
    const links = /: addBlockedBy\(/.test(document) ? 1 : 0;
    return { resource: 'graphql', kind: 'write', creations: Math.max(created, links) };
  }
  if (isTokenRoute(route)) return { resource: 'core', kind: 'token', creations: 0 };
  const kind = method === 'GET' || method === 'HEAD' ? 'read' : 'write';
  return { resource: 'core', kind, creations: CREATING_ROUTES.test(`${method} ${route}`) ? 1 : 0 };
}

export function isTokenRoute(route: string): boolean {
  return route.endsWith('/access_tokens');
}
