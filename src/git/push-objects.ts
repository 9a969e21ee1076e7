/** The other direction of `remote-objects`: a commit of ours becomes a branch's head through the API. */
import { type RemoteCommit, rebuildCommit } from './commit-bytes.ts';
import { diffRaw } from './history.ts';
import { listTree } from './plumbing.ts';
import type { PushOutcome } from './remote.ts';
import { type NewRemoteCommit, objectError, type RemoteEntry, type RemoteObjects } from './remote-objects.ts';
import { git } from './run.ts';

export type ObjectPushOutcome =
  | PushOutcome
  /** Pushed, but the server wrote the same commit down a little differently; it is in our repository too. */
  | { readonly kind: 'renamed'; readonly sha: string };

/** More commits than this in one push are not ours. */
const MOST_COMMITS = 50;
const MOST_BYTES = 100 * 1024 * 1024;

/**
 * Makes `sha` the head of a branch, if the branch still is at `expectedOld` (null: must not exist). `known` are commits
 * that the server has. The API has no compare-and-swap: between the last look and the move lies one request.
 */
export async function pushObjects(
  gitDir: string,
  remote: RemoteObjects,
  refspec: { readonly sha: string; readonly branch: string },
  options: { readonly expectedOld: string | null; readonly known: readonly string[] },
): Promise<ObjectPushOutcome> {
  const { sha, branch } = refspec;
  const { expectedOld } = options;
  const before = await remote.head(branch);
  if (before === sha) return { kind: 'up_to_date' };
  if (before !== expectedOld) return { kind: 'moved' };
  const names = new Map<string, string>();
  for (const commit of await commitsBetween(gitDir, sha, options.known))
    names.set(commit, await sendCommit(gitDir, remote, commit, names));
  const arrived = names.get(sha) ?? sha;
  const now = await remote.head(branch);
  if (now === arrived) return arrived === sha ? { kind: 'up_to_date' } : { kind: 'renamed', sha: arrived };
  if (now !== expectedOld) return { kind: 'moved' };
  const moved = await remote.setBranch(branch, arrived, expectedOld === null);
  if (moved !== 'done') {
    const after = await remote.head(branch);
    if (after !== expectedOld && after !== arrived) return { kind: 'moved' };
    if (after !== arrived) return { kind: 'rejected', reason: moved.refused };
  }
  return arrived === sha ? { kind: 'pushed' } : { kind: 'renamed', sha: arrived };
}

/** Oldest first. */
async function commitsBetween(gitDir: string, sha: string, known: readonly string[]): Promise<readonly string[]> {
  const args = ['rev-list', '--topo-order', '--reverse', `--max-count=${MOST_COMMITS + 1}`, sha, '--not', ...known];
  const commits = (await git(args, { gitDir })).stdout.split('\n').filter((line) => line !== '');
  if (commits.length > MOST_COMMITS) throw objectError(`more than ${MOST_COMMITS} commits cannot be pushed by the API`);
  return commits;
}

/** The id under which the server has it. */
async function sendCommit(
  gitDir: string,
  remote: RemoteObjects,
  sha: string,
  names: ReadonlyMap<string, string>,
): Promise<string> {
  const ours = parseCommit((await git(['cat-file', 'commit', sha], { gitDir })).stdout);
  await sendTree(gitDir, remote, ours.parents[0] ?? null, ours.tree);
  const wanted: NewRemoteCommit = { ...ours, parents: ours.parents.map((parent) => names.get(parent) ?? parent) };
  const arrived = await remote.createCommit(wanted);
  if (arrived === sha) return sha;
  return adopt(gitDir, await remote.commit(arrived), wanted, arrived);
}

/** Takes the server's form of our commit over, if it says the same. */
async function adopt(gitDir: string, theirs: RemoteCommit, ours: NewRemoteCommit, sha: string): Promise<string> {
  const bytes = rebuildCommit(theirs, sha);
  const same = theirs.tree === ours.tree && theirs.parents.join() === ours.parents.join();
  if (bytes === null || !same || theirs.message.trimEnd() !== ours.message.trimEnd())
    throw objectError(`the server made ${sha} of a commit that should be another one`);
  await git(['hash-object', '-w', '-t', 'commit', '--stdin'], { gitDir, input: bytes });
  return sha;
}

async function sendTree(gitDir: string, remote: RemoteObjects, parent: string | null, tree: string): Promise<void> {
  const all = await listTree(gitDir, tree);
  const baseTree = parent === null ? null : (await git(['rev-parse', `${parent}^{tree}`], { gitDir })).stdout.trim();
  if (baseTree === tree) return;
  const changes = baseTree === null ? null : await diffRaw(gitDir, baseTree, tree);
  const whole = all.map(({ path, mode, type, sha }): RemoteEntry => ({ path, mode, type, sha }));
  const changed = changes?.map(({ path, status, oldMode, newMode, sha }): RemoteEntry => {
    const mode = status === 'D' ? oldMode : newMode;
    return { path, mode, type: mode === '160000' ? 'commit' : 'blob', sha: status === 'D' ? null : sha };
  });
  await sendBlobs(gitDir, remote, changed ?? whole);
  if (changed !== undefined) {
    // servers differ in what a removal leaves behind; the whole listing leaves no doubt
    const made = await remote.createTree(baseTree, changed).catch(() => null);
    if (made === tree) return;
  }
  const made = await remote.createTree(null, whole);
  if (made !== tree) throw objectError(`the server made tree ${made} of what should be ${tree}`);
}

async function sendBlobs(gitDir: string, remote: RemoteObjects, entries: readonly RemoteEntry[]): Promise<void> {
  let room = MOST_BYTES;
  const blobs = entries.flatMap(({ type, sha }) => (type === 'blob' && sha !== null ? [sha] : []));
  for (const sha of new Set(blobs)) {
    const { stdoutBytes } = await git(['cat-file', 'blob', sha], { gitDir });
    room -= stdoutBytes.byteLength;
    if (room < 0) throw objectError(`more than ${MOST_BYTES / 1024 / 1024} MiB cannot be pushed by the API`);
    const made = await remote.createBlob(stdoutBytes);
    if (made !== sha) throw objectError(`the server made blob ${made} of what should be ${sha}`);
  }
}

function parseCommit(text: string): NewRemoteCommit {
  const end = text.indexOf('\n\n');
  const headers = text.slice(0, end).split('\n');
  const named = (name: string): string[] =>
    headers.filter((one) => one.startsWith(`${name} `)).map((one) => one.slice(name.length + 1));
  const signature = (name: string): NewRemoteCommit['author'] => {
    const [, who = '', email = '', seconds = '0'] = /^(.*) <(.*)> (\d+) [+-]\d{4}$/.exec(named(name)[0] ?? '') ?? [];
    return { name: who, email, date: new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z') };
  };
  return {
    message: text.slice(end + 2),
    tree: named('tree')[0] ?? '',
    parents: named('parent'),
    author: signature('author'),
    committer: signature('committer'),
  };
}
