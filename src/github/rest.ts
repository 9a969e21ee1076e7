/** REST requests about one repository, by the part of the address behind `/repos/{owner}/{repo}`. */
import type { RepoName } from '../engine/ports.ts';
import { statusOf } from './classify.ts';
import { listAt, optionalTextAt, textAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { askIfThere, unlessRefused } from './missing.ts';

/** The body of `GET /repos/{owner}/{repo}<route>`; `{names}` in the route come from `parameters`. */
export async function getIn(
  installation: Installation,
  repo: RepoName,
  route: string,
  parameters: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<unknown> {
  return sendIn(installation, repo, 'GET', route, parameters, signal);
}

export async function sendIn(
  installation: Installation,
  repo: RepoName,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  route: string,
  parameters: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<unknown> {
  const { data } = await installation.octokit.request(`${method} /repos/{owner}/{repo}${route}`, {
    owner: repo.owner,
    repo: repo.name,
    ...parameters,
    ...(signal && { request: { signal } }),
  });
  return data;
}

/** The commit a branch is at; null when there is no such branch. */
export async function headOf(
  installation: Installation,
  repo: RepoName,
  branch: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const { server } = installation;
  const byBranch = (): Promise<unknown> => getIn(installation, repo, '/branches/{branch}', { branch }, signal);
  const byRef = (): Promise<unknown> => getIn(installation, repo, `/git/ref/${refPath(branch)}`, {}, signal);
  const found = await unlessRefused(server, 'git/ref', byRef);
  if (found !== null) return textAt(found, 'object.sha');
  if (server.routes.get('git/ref') === 'there') return null;
  return optionalTextAt(await unlessRefused(server, 'branches', byBranch), 'commit.sha');
}

/** A branch as part of an address; its slashes stay, because not every server takes them in disguise. */
export function refPath(branch: string): string {
  return ['heads', ...branch.split('/')].map(encodeURIComponent).join('/');
}

/** Null for what is not there (404). */
export async function unlessGone<T>(asking: Promise<T>): Promise<T | null> {
  try {
    return await asking;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** Whether this issue is there: then a 404 about something below it speaks of the route. */
export async function isIssueThere(
  installation: Installation,
  repo: RepoName,
  issue: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const found = await unlessGone(getIn(installation, repo, '/issues/{issue_number}', { issue_number: issue }, signal));
  return valueAt(found, 'number') === issue;
}

/** Asks once per process whether issues have sub-issues and dependencies here. The issue must exist. */
export async function probeIssueRoutes(
  installation: Installation,
  repo: RepoName,
  issue: number,
  signal?: AbortSignal,
): Promise<void> {
  const { server } = installation;
  for (const [gap, route] of [
    ['sub-issues', '/issues/{issue_number}/sub_issues'],
    ['dependencies', '/issues/{issue_number}/dependencies/blocked_by'],
  ] as const) {
    if (server.routes.has(gap)) continue;
    await askIfThere<unknown>(
      server,
      gap,
      async () => listAt(await getIn(installation, repo, route, { issue_number: issue, per_page: 1 }, signal), ''),
      (error) => server.learn(gap, error instanceof Error ? error.message : ''),
    );
  }
}
