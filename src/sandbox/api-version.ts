import type { ApiVersion } from './context.ts';
import { Refusal } from './refusal.ts';

/** The X-GitHub-Api-Version of a request; the older one when it names none. Throws Refusal 400. */
export function apiVersionOf(header: string | null): ApiVersion {
  if (header === null || header === '2022-11-28') return '2022-11-28';
  if (header === '2026-03-10') return header;
  throw new Refusal(400, `The API version "${header}" is not supported.`);
}

/**
 * Takes out what version 2026-03-10 no longer has: singular assignee, merge_commit_sha, has_downloads, rate, and the
 * null for the merging of a pull request that is shown as an issue.
 */
export function inVersion(version: ApiVersion, template: string, body: unknown): unknown {
  if (version === '2022-11-28') return body;
  const trimmed = withoutRemoved(body);
  if (template !== '/rate_limit' || typeof trimmed !== 'object') return trimmed;
  const { rate: _, ...rest } = trimmed as Record<string, unknown>;
  return rest;
}

function withoutRemoved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRemoved);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([name]) =>
      name !== 'merge_commit_sha' && name !== 'has_downloads' && (name !== 'assignee' || !('assignees' in value)),
  );
  return Object.fromEntries(
    kept.map(([name, member]) => [name, withoutRemoved(name === 'pull_request' ? withoutNullMerge(member) : member)]),
  );
}

function withoutNullMerge(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || !('merged_at' in part) || part.merged_at !== null) return part;
  const { merged_at: _, ...rest } = part;
  return rest;
}
