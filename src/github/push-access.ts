/** Credentials for one `git push`: as narrow and as short-lived as GitHub can make them. */
import type { ProbotOctokit } from 'probot';
import type { RepoName } from '../engine/ports.ts';
import { UnexpectedAnswerError } from './errors.ts';

export interface PushAccess {
  /** Clone address as the API gives it; holds no credentials. */
  readonly url: string;
  readonly username: 'x-access-token';
  readonly token: string;
}

/** `octokit` acts as the App. GitHub lists the chosen repositories in the answer, with their clone addresses. */
export async function mintPushAccess(
  octokit: ProbotOctokit,
  installationId: number,
  repo: RepoName,
): Promise<PushAccess> {
  const { data } = await octokit.request('POST /app/installations/{installation_id}/access_tokens', {
    installation_id: installationId,
    repositories: [repo.name],
    permissions: { contents: 'write' },
  });
  const url = data.repositories?.find((each) => each.name.toLowerCase() === repo.name.toLowerCase())?.clone_url;
  if (!url)
    throw new UnexpectedAnswerError(`the new token for ${repo.owner}/${repo.name} does not name its repository`);
  return { url, username: 'x-access-token', token: data.token };
}
