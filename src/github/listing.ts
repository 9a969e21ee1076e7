/** List endpoints, all pages: GitHub's default page hides what an idempotency check looks for. */
import type { ProbotOctokit } from 'probot';
import { listAt } from './fields.ts';

const PER_PAGE = 100;

/**
 * Rows of every page of `GET route`. `field` names the list where GitHub wraps it in an object.
 * Follows `page` until GitHub sends no `rel="next"`. A server that sends no links at all is asked for another page
 * while the last one looks full, and until it repeats itself.
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
    const found = listAt(response.data, field);
    const link = response.headers.link;
    const again = page > 1 && isSamePage(found, rows.slice(-found.length));
    if (again) return rows;
    rows.push(...found);
    if (link === undefined ? !looksFull(found.length, page) : !/rel="next"/.test(String(link))) return rows;
  }
}

/** Usual page sizes of servers that do not heed `per_page`. GitHub itself sends a link whenever there is more. */
const USUAL_PAGES: ReadonlySet<number> = new Set([30, 50, PER_PAGE]);

function looksFull(rows: number, page: number): boolean {
  return USUAL_PAGES.has(rows) && page < 1000;
}

function isSamePage(found: readonly unknown[], last: readonly unknown[]): boolean {
  return found.length > 0 && JSON.stringify(found[0]) === JSON.stringify(last[0]);
}
