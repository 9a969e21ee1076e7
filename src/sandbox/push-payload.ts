import { noreplyAddress } from './accounts.ts';
import type { RefMove, World } from './context.ts';
import { type ChangedPaths, changedPaths } from './git-diff.ts';
import { type CommitInfo, type GitPerson, isPartOf, readCommit, readCommits, ZERO_SHA } from './git-objects.ts';
import { htmlUrl, type Shape } from './shapes-common.ts';
import { accountOf, plainAddress } from './shapes-git.ts';
import type { RepositoryRow, UserRow } from './state.ts';

/** What git knows about one moved ref; read before the transaction that announces it. */
export interface PushFacts {
  readonly move: RefMove;
  /** New on this ref, oldest first; empty when the ref went away or moved to known commits. */
  readonly commits: readonly CommitInfo[];
  readonly head: CommitInfo | null;
  readonly forced: boolean;
  /** Paths by sha of the commits above. */
  readonly paths: ReadonlyMap<string, ChangedPaths>;
}

/** GitHub lists at most so many commits in one push event. */
export const MOST_COMMITS = 2048;

export async function readPushFacts(gitDir: string, move: RefMove, all: readonly RefMove[]): Promise<PushFacts> {
  if (move.after === ZERO_SHA) return { move, commits: [], head: null, forced: false, paths: new Map() };
  const [commits, head, forced] = await Promise.all([
    readCommits(gitDir, ['--reverse', move.after, ...knownBefore(move, all)], MOST_COMMITS),
    readCommit(gitDir, move.after),
    isForced(gitDir, move),
  ]);
  const paths = await Promise.all(
    [...new Set([...commits.map((commit) => commit.sha), head.sha])].map(
      async (sha) => [sha, await changedPaths(gitDir, sha)] as const,
    ),
  );
  return { move, commits, head, forced, paths: new Map(paths) };
}

/** A new branch brings what no other branch had; a moved one what it did not have itself. */
function knownBefore(move: RefMove, all: readonly RefMove[]): string[] {
  if (move.before !== ZERO_SHA) return ['--not', move.before];
  const moved = all.map((other) => `--exclude=${other.ref.replace(/^refs\/heads\//, '')}`);
  const tips = all.filter((other) => other.before !== ZERO_SHA).map((other) => other.before);
  return ['--not', ...moved, '--branches', ...tips];
}

async function isForced(gitDir: string, move: RefMove): Promise<boolean> {
  if (move.before === ZERO_SHA) return false;
  return !(await isPartOf(gitDir, move.before, move.after));
}

/** The `push` event without repository, organization, installation and sender. */
export function pushPayload(world: World, repo: RepositoryRow, pusher: UserRow, facts: PushFacts): Shape {
  const { move } = facts;
  const created = move.before === ZERO_SHA;
  const range = created ? move.after.slice(0, 12) : `${move.before.slice(0, 12)}...${move.after.slice(0, 12)}`;
  return {
    ref: move.ref,
    before: move.before,
    after: move.after,
    created,
    deleted: move.after === ZERO_SHA,
    forced: facts.forced,
    base_ref: null,
    compare: `${htmlUrl(world, repo)}/compare/${range}`,
    commits: facts.commits.map((commit) => pushedCommit(world, repo, commit, facts)),
    head_commit: facts.head === null ? null : pushedCommit(world, repo, facts.head, facts),
    pusher: { name: pusher.login, email: plainAddress(pusher.email ?? noreplyAddress(pusher)) },
  };
}

function pushedCommit(world: World, repo: RepositoryRow, commit: CommitInfo, facts: PushFacts): Shape {
  const paths = facts.paths.get(commit.sha) ?? { added: [], removed: [], modified: [] };
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: facts.commits.some((other) => other.sha === commit.sha),
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${htmlUrl(world, repo)}/commit/${commit.sha}`,
    author: pushedPerson(world, commit.author),
    committer: pushedPerson(world, commit.committer),
    ...paths,
  };
}

function pushedPerson(world: World, person: GitPerson): Shape {
  const account = accountOf(world, person);
  return {
    name: person.name,
    email: plainAddress(person.email),
    date: person.date,
    ...(account === undefined ? {} : { username: account.login }),
  };
}
