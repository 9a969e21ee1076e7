import type { Actor, World } from './context.ts';
import { Refusal } from './refusal.ts';

/** Not counted by GitHub either. */
export const uncounted = new Set(['/rate_limit', '/app/installations/{installation_id}/access_tokens']);

export interface Left {
  /** Null while something was left for this request. */
  readonly refusal: Refusal | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Allowance {
  readonly count: (actor: Actor, template: string) => Left;
}

interface Window {
  used: number;
  readonly endsAt: number;
}

/** The primary rate limit: so many requests per account, resource and window. */
export function createAllowance(world: World): Allowance {
  const windows = new Map<string, Window>();
  return {
    count(actor, template) {
      const now = world.now().getTime();
      const resource = template === '/graphql' ? 'graphql' : 'core';
      const account = nameOf(actor);
      const key = `${resource} ${account}`;
      const present = windows.get(key);
      const { limit, windowSeconds } = world.faults.primaryLimit;
      const window = present && present.endsAt > now ? present : { used: 0, endsAt: now + windowSeconds * 1000 };
      windows.set(key, window);
      const spent = window.used >= limit;
      if (!spent && !uncounted.has(template)) window.used += 1;
      const refused = spent && !uncounted.has(template);
      return {
        refusal: refused ? new Refusal(403, `API rate limit exceeded for ${account}.`) : null,
        headers: {
          'x-ratelimit-limit': String(limit),
          'x-ratelimit-remaining': String(Math.max(0, limit - window.used)),
          'x-ratelimit-used': String(window.used),
          'x-ratelimit-reset': String(Math.ceil(window.endsAt / 1000)),
          'x-ratelimit-resource': resource,
        },
      };
    },
  };
}

function nameOf(actor: Actor): string {
  switch (actor.kind) {
    case 'anonymous':
      return 'nobody';
    case 'app':
      return `app ID ${actor.app.id}`;
    case 'installation':
      return `installation ID ${actor.token.installationId}`;
    case 'user':
      return `user ID ${actor.user.id}`;
  }
}
