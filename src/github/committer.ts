import type { GitHubApp } from './app.ts';
import { numberAt } from './fields.ts';

/**
 * How commits name the App, so that GitHub shows its account: by the account's number, which only an installation may
 * ask for. Where none can, by name alone: a wrong number would be a stranger's. Never rejects.
 */
export async function committerOf(app: GitHubApp): Promise<{ readonly name: string; readonly email: string }> {
  const { login } = await app.identity();
  const number = await accountNumber(app, login).catch(() => null);
  return { name: login, email: `${number === null ? '' : `${number}+`}${login}@users.noreply.github.com` };
}

async function accountNumber(app: GitHubApp, login: string): Promise<number | null> {
  const [installation] = await app.installations();
  if (installation === undefined) return null;
  const { data } = await installation.octokit.request('GET /users/{username}', { username: login });
  return numberAt(data, 'id');
}
