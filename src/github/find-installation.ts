/** Where the App is installed, also on servers that do not know every route for asking. */
import type { ProbotOctokit } from 'probot';
import { statusOf } from './classify.ts';
import { UnreadablePayloadError } from './errors.ts';
import { numberAt, optionalTextAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { listAll } from './listing.ts';
import { askIfThere, isLimit, isUnasked } from './missing.ts';

/** Active ones, by id. `octokit` acts as the App. */
export async function listInstallations(octokit: ProbotOctokit): Promise<readonly number[]> {
  return (await listActive(octokit)).map(installationId);
}

async function listActive(octokit: ProbotOctokit): Promise<readonly unknown[]> {
  const all = await listAll(octokit, '/app/installations', {}, undefined);
  // examples and templates of some servers have the number 0, for which there are no tokens
  return all.filter((each) => optionalTextAt(each, 'suspended_at') === null && valueAt(each, 'id') !== 0);
}

function installationId(installation: unknown): number {
  const id = numberAt(installation, 'id');
  if (id === 0) throw new UnreadablePayloadError('id', 'the number of an installation');
  return id;
}

/** The server said something, if not what was asked for; not a limit, nor that it does not know us. */
function isAnswer(error: unknown): boolean {
  return isUnasked(error) || (![null, 401].includes(statusOf(error)) && !isLimit(error));
}

/** The App's name where the server does not tell it directly; null where none of its installations does. */
export async function slugOfInstallations(octokit: ProbotOctokit): Promise<string | null> {
  const [slug = null] = (await listActive(octokit)).flatMap((each) => optionalTextAt(each, 'app_slug') ?? []);
  return slug;
}

/**
 * The installation of `<owner>/<repo>`, asked directly, else chosen from the list by its account. Rejects with the
 * server's 404 where there is none.
 */
export async function findInstallation(
  octokit: ProbotOctokit,
  key: string,
  open: (id: number) => Promise<Installation>,
): Promise<number> {
  const [owner = '', repo = ''] = key.split('/');
  try {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/installation', { owner, repo });
    return installationId(data);
  } catch (error) {
    if (!isAnswer(error)) throw error;
    const active = await listActive(octokit).catch(() => []);
    const ofOwner = active.filter((each) => optionalTextAt(each, 'account.login')?.toLowerCase() === owner);
    const [only, ...others] = ofOwner.length > 0 ? ofOwner : active.filter((each) => !valueAt(each, 'account.login'));
    if (only === undefined || others.length > 0) throw error;
    const id = installationId(only);
    if (!(await includes(await open(id), key))) throw error;
    return id;
  }
}

/** Whether the repository belongs to the installation; where that cannot be asked, its account decides. */
async function includes(installation: Installation, key: string): Promise<boolean> {
  return askIfThere(
    installation.server,
    'installation/repositories',
    async () => {
      const rows = await listAll(installation.octokit, '/installation/repositories', {}, undefined, 'repositories');
      return rows.some((row) => optionalTextAt(row, 'full_name')?.toLowerCase() === key);
    },
    () => true,
  );
}

/** The repositories an installation may work in, as REST rows. */
export async function listRepositoryRows(installation: Installation): Promise<readonly unknown[]> {
  return askIfThere(
    installation.server,
    'installation/repositories',
    () => listAll(installation.octokit, '/installation/repositories', {}, undefined, 'repositories'),
    () => installation.repositoriesOfAccount(),
  );
}

/** How long a list that costs many requests is believed, in ms. */
const FRESH_MS = 10 * 60_000;

/**
 * The repositories of an installation's account that name this installation as theirs, for servers where the
 * installation cannot list them itself. `octokit` acts as the App, `own` with the installation's token.
 */
export function listOfAccount(octokit: ProbotOctokit, id: number): (own: ProbotOctokit) => Promise<readonly unknown[]> {
  let kept: { readonly at: number; readonly rows: readonly unknown[] } | null = null;
  return async (own) => {
    if (kept !== null && Date.now() - kept.at < FRESH_MS) return kept.rows;
    const account = (await listActive(octokit)).find((each) => valueAt(each, 'id') === id);
    const login = optionalTextAt(account, 'account.login');
    const all = login === null ? [] : await listOwned(own, login);
    const named: unknown[] = [];
    for (const row of all) if (await isInstalled(octokit, row, id)) named.push(row);
    // none at all: this server does not tell where the App is installed
    const rows = named.length > 0 ? named : all;
    kept = { at: Date.now(), rows };
    return rows;
  };
}

async function listOwned(octokit: ProbotOctokit, login: string): Promise<readonly unknown[]> {
  for (const [route, field] of [
    ['/orgs/{login}/repos', ''],
    ['/users/{login}/repos', ''],
    ['/search/repositories', 'items'],
  ] as const) {
    try {
      return await listAll(octokit, route, { login, q: `user:${login}` }, undefined, field);
    } catch (error) {
      if (!isAnswer(error)) throw error;
    }
  }
  return [];
}

async function isInstalled(octokit: ProbotOctokit, row: unknown, id: number): Promise<boolean> {
  const [owner = '', repo = ''] = (optionalTextAt(row, 'full_name') ?? '').split('/');
  try {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/installation', { owner, repo });
    return data.id === id;
  } catch (error) {
    if (isAnswer(error)) return false;
    throw error;
  }
}
