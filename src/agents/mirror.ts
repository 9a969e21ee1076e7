import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from '../core/model.ts';
import { withAskpass } from '../git/askpass.ts';
import { initBare, listRefs } from '../git/plumbing.ts';
import { type ObjectPushOutcome, pushObjects } from '../git/push-objects.ts';
import { fetch, lsRemote, push, type RemoteOptions } from '../git/remote.ts';
import { fetchObjects, type RemoteObjects } from '../git/remote-objects.ts';
import { GitError } from '../git/run.ts';
import { pathPart } from './place.ts';

/** Where to fetch and push, with a credential that lives for a short while. */
export interface PushAccess {
  readonly url: string;
  readonly username: string;
  readonly token: string;
  /** The way round git over HTTP, where the server does not offer it. */
  readonly objects?: RemoteObjects;
}

export interface MirrorOptions {
  readonly dataDir: string;
  readonly pushAccess: (repo: Repository) => Promise<PushAccess>;
  /** Lets `url` be a path of this machine. Only for repositories that the operator named. */
  readonly allowLocalPath?: boolean;
}

/** The heads of some branches on GitHub, by branch name; their commits are in the mirror. Absent branches are left out. */
export type Heads = ReadonlyMap<string, string>;

export interface Mirror {
  readonly gitDir: string;
  /** Asks GitHub for the heads of these branches and fetches what is missing. Throws `GitError`. */
  readonly look: (branches: readonly string[], signal?: AbortSignal) => Promise<Heads>;
  /** Moves one branch on GitHub, only if it still is at `expectedOld`. Throws `GitError` on network trouble. */
  readonly push: (branch: string, sha: string, expectedOld: string | null) => Promise<ObjectPushOutcome>;
}

/**
 * The bare mirrors, one per repository, `<dataDir>/mirrors/<owner>/<repo>.git`. Agents never see them; nothing but
 * this program writes to them.
 */
export function createMirrors(options: MirrorOptions): (repo: Repository) => Promise<Mirror> {
  const queues = new Map<string, Promise<unknown>>();
  /** Two fetches into one repository would fight over the lock of a ref. */
  function alone<T>(gitDir: string, work: () => Promise<T>): Promise<T> {
    const turn = (queues.get(gitDir) ?? Promise.resolve()).then(work, work);
    queues.set(
      gitDir,
      turn.catch(() => undefined),
    );
    return turn;
  }
  /** Looks that have not begun: whoever asks meanwhile joins them, so that tasks which start together ask GitHub once. */
  const joinable = new Map<string, Look>();
  function look(repo: Repository, gitDir: string, branches: readonly string[], signal?: AbortSignal): Promise<Heads> {
    const next = joinable.get(gitDir) ?? queueLook(repo, gitDir);
    for (const branch of branches) next.branches.add(branch);
    return joinLook(next, signal);
  }
  function queueLook(repo: Repository, gitDir: string): Look {
    const abandoned = new AbortController();
    const { signal } = abandoned;
    const branches = new Set<string>();
    const close = (): void => void joinable.delete(gitDir);
    signal.addEventListener('abort', close);
    const heads = alone(gitDir, () => {
      signal.removeEventListener('abort', close);
      if (!signal.aborted) close();
      return withRemote(
        repo,
        (url, remote) => fetchHeads(gitDir, url, [...branches], { ...remote, signal }),
        (objects) => fetchObjects(gitDir, objects, [...branches], (name) => mirrored(`refs/heads/${name}`), signal),
        // git takes a web page for a repository without branches
        (heads) => heads.size === 0 && branches.size > 0,
      );
    });
    const queued: Look = { branches, abandoned, heads, waiting: 0 };
    joinable.set(gitDir, queued);
    return queued;
  }
  /** By git, or through the API where the server turns out to have no git over HTTP. */
  async function withRemote<T>(
    repo: Repository,
    work: (url: string, remote: RemoteOptions) => Promise<T>,
    workByObjects: (objects: RemoteObjects) => Promise<T>,
    isDoubtful: (result: T) => boolean = () => false,
  ): Promise<T> {
    const { url, username, token, objects } = await options.pushAccess(repo);
    if (options.allowLocalPath && url.startsWith('/')) return work(url, { allowFile: true });
    if (objects !== undefined && (await objects.isOnlyWay(false))) return workByObjects(objects);
    try {
      const dir = join(options.dataDir, 'askpass');
      const done = await withAskpass(dir, { username, token }, (auth) => work(url, { auth }));
      if (objects === undefined || !isDoubtful(done) || !(await objects.isOnlyWay(true))) return done;
      return await workByObjects(objects);
    } catch (error) {
      if (!(error instanceof GitError) || objects === undefined || !(await objects.isOnlyWay(true))) throw error;
      return workByObjects(objects);
    }
  }
  return async (repo) => {
    const gitDir = join(options.dataDir, 'mirrors', pathPart(repo.owner), `${pathPart(repo.name)}.git`);
    await alone(gitDir, () => makeMirror(gitDir));
    return {
      gitDir,
      look: (branches, signal) => look(repo, gitDir, branches, signal),
      push: (branch, sha, expectedOld) =>
        withRemote<ObjectPushOutcome>(
          repo,
          (url, remote) => push(gitDir, url, { sha, ref: `refs/heads/${branch}` }, { ...remote, expectedOld }),
          async (objects) => {
            const known = (await listRefs(gitDir, 'refs/muster/seen/')).map((seen) => seen.sha);
            return pushObjects(gitDir, objects, { sha, branch }, { expectedOld, known });
          },
        ),
    };
  };
}

/** One question to GitHub for everybody who waits for it. */
interface Look {
  readonly branches: Set<string>;
  /** Ends it once nobody waits for it any more. */
  readonly abandoned: AbortController;
  readonly heads: Promise<Heads>;
  waiting: number;
}

async function joinLook(joined: Look, signal: AbortSignal | undefined): Promise<Heads> {
  joined.waiting += 1;
  const leave = (): void => {
    joined.waiting -= 1;
    if (joined.waiting === 0) joined.abandoned.abort();
  };
  if (signal?.aborted === true) leave();
  else signal?.addEventListener('abort', leave, { once: true });
  try {
    return await joined.heads;
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}

async function makeMirror(gitDir: string): Promise<void> {
  const known = await stat(join(gitDir, 'HEAD')).catch(() => null);
  if (known !== null) return;
  await mkdir(gitDir, { recursive: true, mode: 0o700 });
  await initBare(gitDir);
}

async function fetchHeads(
  gitDir: string,
  url: string,
  branches: readonly string[],
  remote: RemoteOptions,
): Promise<Heads> {
  const patterns = branches.map((branch) => `refs/heads/${branch}`);
  const seen = await lsRemote(url, { ...remote, patterns });
  // A pattern of ls-remote also matches `refs/heads/x/refs/heads/main`; only the exact names count.
  const wanted = patterns.filter((ref) => seen.some((entry) => entry.ref === ref));
  if (wanted.length > 0) {
    const refspecs = wanted.map((ref) => `+${ref}:${mirrored(ref)}`);
    await fetch(gitDir, url, refspecs, remote);
  }
  return resolveHeads(gitDir, wanted);
}

/** A branch may have moved between the two questions; what was fetched is what counts. */
async function resolveHeads(gitDir: string, refs: readonly string[]): Promise<Heads> {
  const stored = new Map((await listRefs(gitDir, 'refs/muster/')).map(({ ref, sha }) => [ref, sha]));
  return new Map(
    refs.flatMap((ref) => {
      const sha = stored.get(mirrored(ref));
      return sha === undefined ? [] : [[ref.slice('refs/heads/'.length), sha] as const];
    }),
  );
}

/** One flat name per branch: a branch `a` that is gone must not stand in the way of a branch `a/b`. */
function mirrored(ref: string): string {
  return `refs/muster/seen/${encodeURIComponent(ref.slice('refs/heads/'.length))}`;
}
