import type { Actor, World } from './context.ts';
import { nodeId } from './node-ids.ts';
import {
  actorPermission,
  apiUrl,
  fullName,
  htmlUrl,
  permissionFlags,
  type Shape,
  simpleUser,
  stamp,
} from './shapes-common.ts';
import type { RepositoryRow } from './state.ts';

/** repository / minimal-repository: what lists, pull requests and most webhooks carry. */
export function repositoryShape(world: World, repo: RepositoryRow, actor: Actor): Shape {
  const open = world.state.issues.where('repo', repo.id).filter((issue) => issue.state === 'open').length;
  return {
    id: repo.id,
    node_id: nodeId('Repository', repo.id),
    name: repo.name,
    full_name: fullName(world, repo),
    owner: simpleUser(world, world.state.users.need(repo.ownerId)),
    private: repo.private,
    html_url: htmlUrl(world, repo),
    description: repo.description,
    fork: false,
    ...repositoryUrls(world, repo),
    mirror_url: null,
    homepage: null,
    language: null,
    forks_count: 0,
    stargazers_count: 0,
    watchers_count: 0,
    size: 0,
    default_branch: repo.defaultBranch,
    open_issues_count: open,
    is_template: false,
    topics: [],
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: false,
    disabled: false,
    visibility: repo.private ? 'private' : 'public',
    pushed_at: stamp(repo.pushedAt),
    created_at: stamp(repo.createdAt),
    updated_at: stamp(repo.updatedAt),
    permissions: permissionFlags(actorPermission(world, repo, actor)),
    allow_forking: true,
    web_commit_signoff_required: false,
    license: null,
    forks: 0,
    open_issues: open,
    watchers: 0,
  };
}

/** full-repository, the answer of GET /repos/{owner}/{repo}. */
export function fullRepository(world: World, repo: RepositoryRow, actor: Actor): Shape {
  return {
    ...repositoryShape(world, repo, actor),
    organization: simpleUser(world, world.state.users.need(repo.ownerId)),
    custom_properties: {},
    allow_rebase_merge: false,
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_auto_merge: false,
    allow_update_branch: false,
    delete_branch_on_merge: repo.deleteBranchOnMerge,
    squash_merge_commit_title: 'COMMIT_OR_PR_TITLE',
    squash_merge_commit_message: 'COMMIT_MESSAGES',
    merge_commit_title: 'MERGE_MESSAGE',
    merge_commit_message: 'PR_TITLE',
    subscribers_count: 0,
    network_count: 0,
  };
}

/** repository-webhooks. */
export function webhookRepository(world: World, repo: RepositoryRow): Shape {
  const { permissions: _, ...shape } = repositoryShape(world, repo, { kind: 'anonymous' });
  return { ...shape, custom_properties: {} };
}

/** The repository of a push webhook: instants as Unix seconds, and a few fields only push has. */
export function pushRepository(world: World, repo: RepositoryRow): Shape {
  return {
    ...webhookRepository(world, repo),
    created_at: Math.floor(Date.parse(repo.createdAt) / 1000),
    pushed_at: Math.floor(Date.parse(repo.pushedAt) / 1000),
    stargazers: 0,
    master_branch: repo.defaultBranch,
    organization: world.state.users.need(repo.ownerId).login,
  };
}

function repositoryUrls(world: World, repo: RepositoryRow): Shape {
  const url = apiUrl(world, repo);
  const page = htmlUrl(world, repo);
  const host = new URL(world.url()).host;
  return {
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    git_url: `git://${host}/${fullName(world, repo)}.git`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    ssh_url: `ssh://git@${host}/${fullName(world, repo)}.git`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
    clone_url: `${page}.git`,
    hooks_url: `${url}/hooks`,
    svn_url: page,
  };
}
