/** Credentials for one `git push`: as narrow and as short-lived as GitHub can make them. */
import type { ProbotOctokit } from 'probot';
import type { RepoName } from '../engine/ports.ts';
import type { RemoteObjects } from '../git/remote-objects.ts';
import { statusOf } from './classify.ts';
import { listAt, optionalTextAt, textAt } from './fields.ts';
import { remoteObjects } from './git-data.ts';
import type { Installation } from './installation.ts';
import { getIn } from './rest.ts';

export interface PushAccess {
  /** Clone address as the API gives it; holds no credentials. */
  readonly url: string;
  readonly username: 'x-access-token';
  readonly token: string;
  /** The way round git over HTTP. */
  readonly objects: RemoteObjects;
}

/**
 * `octokit` acts as the App. GitHub lists the chosen repositories in the answer, with their clone addresses; a server
 * that does not is asked for the repository. One that gives no narrow tokens gives one for the whole installation.
 */
export async function mintPushAccess(
  octokit: ProbotOctokit,
  installation: Installation,
  repo: RepoName,
): Promise<PushAccess> {
  const { token, repositories } = await mint(octokit, installation, repo);
  const named = repositories.find((each) => optionalTextAt(each, 'name')?.toLowerCase() === repo.name.toLowerCase());
  const claimed = optionalTextAt(named, 'clone_url') ?? (await readCloneUrl(installation, repo));
  const { apiUrl } = installation.server;
  const url = cloneAddress(apiUrl, claimed, repo);
  return { url, username: 'x-access-token', token, objects: remoteObjects(installation, repo, { url, token }) };
}

async function mint(
  octokit: ProbotOctokit,
  installation: Installation,
  repo: RepoName,
): Promise<{ readonly token: string; readonly repositories: readonly unknown[] }> {
  const route = 'POST /app/installations/{installation_id}/access_tokens';
  const where = { installation_id: installation.id };
  try {
    const narrow = { repositories: [repo.name], permissions: { contents: 'write' as const } };
    const { data } = await octokit.request(route, { ...where, ...narrow });
    return { token: textAt(data, 'token'), repositories: listAt({ repositories: [], ...data }, 'repositories') };
  } catch (error) {
    // on GitHub both would mean that the App may not write here, and so they do for a wide token
    if (statusOf(error) !== 422 && statusOf(error) !== 400) throw error;
    const { data } = await octokit.request(route, where);
    return { token: textAt(data, 'token'), repositories: [] };
  }
}

async function readCloneUrl(installation: Installation, repo: RepoName): Promise<string | null> {
  return optionalTextAt(await getIn(installation, repo, '', {}), 'clone_url');
}

/**
 * Where git goes. A server of its own may still hand out addresses of github.com, or of a host that is not the machine
 * it runs on: a token must not be carried there.
 */
export function cloneAddress(apiUrl: string, claimed: string | null, repo: RepoName): string {
  const api = new URL(apiUrl);
  const own = `${api.protocol}//${api.host.replace(/^api\.(?=github\.com$)/, '')}/${repo.owner}/${repo.name}.git`;
  if (claimed === null || !URL.canParse(claimed)) return own;
  const host = new URL(claimed).hostname;
  const strange =
    host !== api.hostname &&
    (isGitHubCom(host) !== isGitHubCom(api.hostname) || (isLoopback(api.hostname) && !isLoopback(host)));
  return strange ? own : claimed;
}

function isGitHubCom(host: string): boolean {
  return host === 'github.com' || host.endsWith('.github.com');
}

function isLoopback(host: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(host);
}
