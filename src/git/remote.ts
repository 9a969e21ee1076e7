import { refuseOption } from './remote-address.ts';
import { type GitAuth, GitError, type GitOptions, git } from './run.ts';

export interface RemoteOptions {
  readonly auth?: GitAuth;
  readonly signal?: AbortSignal;
  /** Default 600,000: a first fetch can be long, and a dead connection ends earlier by itself. */
  readonly timeoutMs?: number;
  /** The address is a local path. */
  readonly allowFile?: boolean;
}

const REMOTE_TIMEOUT_MS = 600_000;

function remoteOptions(options: RemoteOptions, gitDir?: string): GitOptions {
  return { timeoutMs: REMOTE_TIMEOUT_MS, ...options, ...(gitDir === undefined ? {} : { gitDir }) };
}

/** Fetches refspecs from an address into a bare repository; no tags, no submodules, no FETCH_HEAD. Throws `GitError`. */
export async function fetch(
  gitDir: string,
  url: string,
  refspecs: readonly string[],
  options: RemoteOptions & { readonly depth?: number } = {},
): Promise<void> {
  refuseOption(['fetch'], url, ...refspecs);
  const { depth, ...remote } = options;
  const args = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
  if (depth !== undefined) args.push(`--depth=${depth}`);
  // the program at the other end of a local path does not hear our settings, and would refuse another user's repository
  if (remote.allowFile === true) args.push("--upload-pack=git -c 'safe.directory=*' upload-pack");
  await git([...args, '--', url, ...refspecs], remoteOptions(remote, gitDir));
}

/** The refs a remote shows, optionally only those that match the patterns. */
export async function lsRemote(
  url: string,
  options: RemoteOptions & { readonly patterns?: readonly string[] } = {},
): Promise<{ ref: string; sha: string }[]> {
  const { patterns = [], ...remote } = options;
  refuseOption(['ls-remote'], url, ...patterns);
  const { stdout } = await git(['ls-remote', '--quiet', '--', url, ...patterns], remoteOptions(remote));
  return stdout.split('\n').flatMap((line) => {
    const [sha, ref] = line.split('\t');
    return sha && ref ? [{ ref, sha }] : [];
  });
}

export type PushOutcome =
  | { readonly kind: 'pushed' }
  | { readonly kind: 'up_to_date' }
  /** The remote ref is not where `expectedOld` said; nothing was changed. */
  | { readonly kind: 'moved' }
  /** The server said no (protected branch, hook, permission on a path); its words are in `reason`. */
  | { readonly kind: 'rejected'; readonly reason: string };

/**
 * Pushes one commit to one ref, only if the remote ref still is `expectedOld` (null: must not exist).
 * Network and credential trouble throws `GitError`; a refusal of the ref is a value.
 */
export async function push(
  gitDir: string,
  url: string,
  refspec: { readonly sha: string; readonly ref: string },
  options: RemoteOptions & { readonly expectedOld: string | null },
): Promise<PushOutcome> {
  const { expectedOld, ...remote } = options;
  const { sha, ref } = refspec;
  refuseOption(['push'], url, sha, ref);
  const lease = `--force-with-lease=${ref}:${expectedOld ?? ''}`;
  const args = ['push', '--porcelain', '--no-verify', '--no-recurse-submodules', lease, '--', url, `${sha}:${ref}`];
  const { stdout, stderr, exitCode } = await git(args, { ...remoteOptions(remote, gitDir), okCodes: [0, 1] });
  const outcome = parsePush(stdout, ref);
  if (outcome === null) throw new GitError('gave no answer about the ref', { args, exitCode, stderr });
  return outcome;
}

/** Porcelain lines are `<flag> TAB <from>:<to> TAB <summary> (<reason>)`. */
function parsePush(stdout: string, ref: string): PushOutcome | null {
  for (const line of stdout.split('\n')) {
    const [flag, names, summary = ''] = line.split('\t');
    if (flag === undefined || names === undefined || !names.endsWith(`:${ref}`)) continue;
    if (flag === '=') return { kind: 'up_to_date' };
    if (flag !== '!') return { kind: 'pushed' };
    return /\((stale info|fetch first|non-fast-forward)\)/.test(summary) || /\bcannot lock ref\b/.test(summary)
      ? { kind: 'moved' }
      : { kind: 'rejected', reason: summary.trim() };
  }
  return null;
}
