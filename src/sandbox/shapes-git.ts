import type { World } from './context.ts';
import type { FileChange } from './git-diff.ts';
import type { CommitInfo, GitPerson, TreeEntry } from './git-objects.ts';
import { nodeId } from './node-ids.ts';
import { apiUrl, htmlUrl, type Shape, simpleUser } from './shapes-common.ts';
import type { RepositoryRow, UserRow } from './state.ts';

/** The account behind a commit, known by GitHub's no-reply address `id+login@users.noreply.github.com`. */
export function accountOf(world: World, person: GitPerson): UserRow | undefined {
  const match = /^(\d+)\+(.+)@users\.noreply\.github\.com$/.exec(person.email);
  const user = match === null ? undefined : world.state.users.get(Number(match[1]));
  return user !== undefined && user.login === match?.[2] ? user : undefined;
}

/**
 * An address as webhooks may carry it: their schema wants a plain one or null, and the no-reply addresses of bots hold
 * brackets.
 */
export function plainAddress(email: string): string | null {
  return /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(email) ? email : null;
}

/** `commit`: a commit in lists, compare, branches and (with files) by itself. */
export function commitShape(
  world: World,
  repo: RepositoryRow,
  commit: CommitInfo,
  files: readonly FileChange[] | null = null,
): Shape {
  const url = `${apiUrl(world, repo)}/commits/${commit.sha}`;
  const author = accountOf(world, commit.author);
  const committer = accountOf(world, commit.committer);
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', `${repo.id}:${commit.sha}`),
    commit: {
      author: { ...commit.author },
      committer: { ...commit.committer },
      message: commit.message,
      tree: { sha: commit.tree, url: `${apiUrl(world, repo)}/git/trees/${commit.tree}` },
      url: `${apiUrl(world, repo)}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    },
    url,
    html_url: `${htmlUrl(world, repo)}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: author === undefined ? null : simpleUser(world, author),
    committer: committer === undefined ? null : simpleUser(world, committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${apiUrl(world, repo)}/commits/${sha}`,
      html_url: `${htmlUrl(world, repo)}/commit/${sha}`,
    })),
    ...(files === null
      ? {}
      : { stats: totals(files), files: files.map((file) => fileShape(world, repo, commit.sha, file)) }),
  };
}

function totals(files: readonly FileChange[]): Shape {
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return { total: additions + deletions, additions, deletions };
}

/** `diff-entry`: one changed file of a commit, a comparison or a pull request. */
export function fileShape(world: World, repo: RepositoryRow, head: string, file: FileChange): Shape {
  const path = encodePath(file.path);
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${htmlUrl(world, repo)}/blob/${head}/${path}`,
    raw_url: `${htmlUrl(world, repo)}/raw/${head}/${path}`,
    contents_url: `${apiUrl(world, repo)}/contents/${path}?ref=${head}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
}

/** `git-ref`. */
export function refShape(world: World, repo: RepositoryRow, ref: string, sha: string): Shape {
  return {
    ref,
    node_id: nodeId('Ref', `${repo.id}:${ref}`),
    url: `${apiUrl(world, repo)}/git/${ref}`,
    object: { type: 'commit', sha, url: `${apiUrl(world, repo)}/git/commits/${sha}` },
  };
}

/** The fields that every kind of content shares (file, directory, symlink, submodule). */
export function contentShape(world: World, repo: RepositoryRow, entry: TreeEntry, ref: string): Shape {
  const path = encodePath(entry.path);
  const self = `${apiUrl(world, repo)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const tree = entry.type === 'tree';
  const git = `${apiUrl(world, repo)}/git/${tree ? 'trees' : 'blobs'}/${entry.sha}`;
  const page = `${htmlUrl(world, repo)}/${tree ? 'tree' : 'blob'}/${encodePath(ref)}/${path}`;
  return {
    type: contentType(entry),
    name: entry.path.slice(entry.path.lastIndexOf('/') + 1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url: self,
    html_url: page,
    git_url: git,
    download_url: tree ? null : `${htmlUrl(world, repo)}/raw/${encodePath(ref)}/${path}`,
    _links: { self, git, html: page },
  };
}

function contentType(entry: TreeEntry): string {
  if (entry.type === 'tree') return 'dir';
  if (entry.type === 'commit') return 'submodule';
  return entry.mode === '120000' ? 'symlink' : 'file';
}

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
