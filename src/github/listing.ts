/** List endpoints, all pages: GitHub's default page hides what an idempotency check looks for. */
import type { ProbotOctokit } from 'probot';
import { listAt } from './fields.ts';

const PER_PAGE = 100;

/**
 * Rows of every page of `GET route`. `field` names the list where GitHub wraps it in an object.
 * Follows `page` until GitHub sends no `rel="next"`.
 */
export async function listAll(
  octokit: ProbotOctokit,
  route: string,
  parameters: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
  field = '',
): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for (let page = 1; ; page += 1) {
    const response = await octokit.request(`GET ${route}`, {
      ...parameters,
      per_page: PER_PAGE,
      page,
      ...(signal && { request: { signal } }),
    });
    rows.push(...listAt(response.data, field));
    if (!/rel="next"/.test(String(response.headers.link ?? ''))) return rows;
  }
}
