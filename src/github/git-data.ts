/** GitHub's git data API as the way round git over HTTP, for servers that do not offer it. */
import type { RepoName } from '../engine/ports.ts';
import type { RemoteCommit, RemoteSignature } from '../git/commit-bytes.ts';
import type { RemoteEntry, RemoteObjects } from '../git/remote-objects.ts';
import { messageOf, statusOf } from './classify.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { listAt, optionalTextAt, textAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { isLimit, isUnaskedStatus, MOST_FAILURES } from './missing.ts';
import { getIn, headOf, refPath, sendIn } from './rest.ts';
import { mergeTurn } from './server.ts';

/** For one question about git over HTTP, in ms. */
const PROBE_MS = 10_000;

export function remoteObjects(
  installation: Installation,
  repo: RepoName,
  /** Where git would go; null where nobody asks whether it could. */
  remote: { readonly url: string; readonly token: string } | null,
): RemoteObjects {
  const { server } = installation;
  const post = async (route: string, body: Readonly<Record<string, unknown>>): Promise<string> =>
    textAt(await sendIn(installation, repo, 'POST', route, body), 'sha');
  return {
    async isOnlyWay(ask) {
      if (server.lacks('git-http') || !ask || remote === null) return server.lacks('git-http');
      const missing = await gitMissing(remote, server.differs());
      if (missing !== null) server.learn('git-http', missing);
      return missing !== null;
    },
    async head(branch) {
      // a merge that is being put right shows a base nobody should start from
      await server.turns.get(mergeTurn(repo));
      return headOf(installation, repo, branch);
    },
    async commit(sha) {
      return commitOf(await getIn(installation, repo, '/git/commits/{sha}', { sha }));
    },
    async tree(sha) {
      const answer = await getIn(installation, repo, '/git/trees/{sha}', { sha, recursive: 1 });
      const entries = listAt(answer, 'tree').map(entryOf);
      const whole = entries.every(
        ({ type, path }) => type !== 'tree' || entries.some((other) => other.path.startsWith(`${path}/`)),
      );
      return { entries, complete: valueAt(answer, 'truncated') !== true && whole };
    },
    async blob(sha) {
      const answer = await getIn(installation, repo, '/git/blobs/{sha}', { sha });
      const encoding = optionalTextAt(answer, 'encoding') ?? 'base64';
      return Buffer.from(textAt(answer, 'content'), encoding === 'base64' ? 'base64' : 'utf8');
    },
    createBlob: (bytes) => post('/git/blobs', { content: Buffer.from(bytes).toString('base64'), encoding: 'base64' }),
    createTree: (base, entries) => post('/git/trees', { ...(base !== null && { base_tree: base }), tree: entries }),
    createCommit: (commit) => post('/git/commits', { ...commit }),
    setBranch: (branch, sha, isNew) => setBranch(installation, repo, branch, sha, isNew),
  };
}

async function setBranch(
  installation: Installation,
  repo: RepoName,
  branch: string,
  sha: string,
  isNew: boolean,
): Promise<'done' | { readonly refused: string }> {
  try {
    const answer = isNew
      ? await sendIn(installation, repo, 'POST', '/git/refs', { ref: `refs/heads/${branch}`, sha })
      : await sendIn(installation, repo, 'PATCH', `/git/refs/${refPath(branch)}`, { sha, force: true });
    const at = optionalTextAt(answer, 'object.sha');
    if (at !== null && at !== sha) throw new UnexpectedAnswerError(`the branch ${branch} is at ${at} after it was set`);
    return 'done';
  } catch (error) {
    const status = statusOf(error);
    const no = status === 403 || status === 409 || status === 422;
    if (!no || isLimit(error)) throw error;
    return { refused: messageOf(error) };
  }
}

function commitOf(commit: unknown): RemoteCommit {
  const [payload, signature] = ['payload', 'signature'].map((field) => optionalTextAt(commit, `verification.${field}`));
  return {
    tree: textAt(commit, 'tree.sha'),
    parents: listAt(commit, 'parents').map((parent) => textAt(parent, 'sha')),
    author: signatureOf(commit, 'author'),
    committer: signatureOf(commit, 'committer'),
    message: textAt(commit, 'message'),
    signed: payload && signature ? { payload, signature } : null,
  };
}

function signatureOf(commit: unknown, role: string): RemoteSignature {
  return {
    name: textAt(commit, `${role}.name`),
    email: textAt(commit, `${role}.email`),
    date: textAt(commit, `${role}.date`),
  };
}

function entryOf(entry: unknown): RemoteEntry {
  const type = textAt(entry, 'type');
  return {
    path: textAt(entry, 'path'),
    mode: textAt(entry, 'mode').padStart(6, '0'),
    type: type === 'tree' || type === 'commit' ? type : 'blob',
    sha: textAt(entry, 'sha'),
  };
}

/**
 * Why there is no git over HTTP at this address; null where there is, or where that is not certain. The API answers
 * for the repository, so a 404 is about git.
 */
async function gitMissing(
  remote: { readonly url: string; readonly token: string },
  differs: boolean,
): Promise<string | null> {
  const basic = Buffer.from(`x-access-token:${remote.token}`).toString('base64');
  const address = `${remote.url}/info/refs?service=git-upload-pack`;
  // a server of another kind may not take Basic anywhere, and refuse before it looks at the address
  for (const authorization of [`Basic ${basic}`, `Bearer ${remote.token}`]) {
    const found = await probe(address, authorization);
    if (found === null) return null;
    const { status, type } = found;
    if (isUnaskedStatus(status)) return `info/refs answered ${status}`;
    if (status >= 500)
      return differs && (await failsAgain(address, authorization)) ? `info/refs answered ${status}` : null;
    if (status === 200) return isGit(type) ? null : `info/refs answered ${type || 'without a content type'}`;
    if (status !== 401 && status !== 403) return null;
  }
  return differs ? 'info/refs refuses a token that the API takes' : null;
}

async function failsAgain(address: string, authorization: string): Promise<boolean> {
  for (let tries = 1; tries < MOST_FAILURES; tries += 1)
    if (((await probe(address, authorization))?.status ?? 0) < 500) return false;
  return true;
}

function isGit(type: string): boolean {
  return type.startsWith('application/x-git-upload-pack-advertisement');
}

async function probe(url: string, authorization: string): Promise<{ status: number; type: string } | null> {
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    const response = await globalThis.fetch(url, { headers: { authorization }, redirect: 'manual', signal });
    await response.body?.cancel();
    return { status: response.status, type: response.headers.get('content-type') ?? '' };
  } catch {
    return null;
  }
}
