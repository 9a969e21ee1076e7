import { GraphQLError } from 'graphql';
import { checkAccess, findRepo, signedIn } from './access.ts';
import type { World } from './context.ts';
import { branchTip, findCommit } from './git-objects.ts';
import { connection, type PageArguments } from './graphql-connection.ts';
import type { GraphqlContext, Node, Nodes } from './graphql-context.ts';
import { objectAt } from './graphql-git.ts';
import { findLabel } from './labels.ts';
import { nodeId, parseNodeId } from './node-ids.ts';
import { Refusal } from './refusal.ts';
import { fullName, htmlUrl, stamp } from './shapes-common.ts';
import type { PullRow, RepositoryRow } from './state.ts';

const readable = { app: 'metadata:read', user: 'read' } as const;

/** Members of the root of queries. */
export const queries = {
  __typename: 'Query',
  viewer: (_: unknown, context: GraphqlContext) => viewer(context),
  rateLimit: (_: unknown, { world }: GraphqlContext) => ({
    limit: 1_000_000,
    cost: 1,
    remaining: 999_999,
    used: 1,
    nodeCount: 0,
    resetAt: stamp(new Date(world.now().getTime() + 3_600_000).toISOString()),
  }),
  node: ({ id }: { id: string }, context: GraphqlContext) => nodeOf(context, id),
  repository: ({ owner, name }: { owner: string; name: string }, { world, actor, nodes }: GraphqlContext) => {
    try {
      return nodes.repository(findRepo(world, actor, owner, name, readable));
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 404) throw error;
      const message = `Could not resolve to a Repository with the name '${owner}/${name}'.`;
      throw new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } });
    }
  },
};

/** The viewer of an App is its bot under the name REST gives it. */
function viewer({ world, actor, nodes }: GraphqlContext): Node {
  const { user } = signedIn(actor);
  return { ...nodes.account(world.state.users.need(user.id).id), __typename: 'User', login: user.login };
}

/** Any node by its global id. Throws an error of type NOT_FOUND. */
async function nodeOf(context: GraphqlContext, id: string): Promise<Node> {
  const { world, actor, nodes } = context;
  const parsed = parseNodeId(id);
  const found = parsed === null ? null : await nodeByKey(world, nodes, parsed.type, parsed.key);
  if (found === null) throw unresolvable(id);
  if (found.repo !== null) checkAccess(world, actor, found.repo, readable);
  return found.node;
}

export function unresolvable(id: string): GraphQLError {
  const message = `Could not resolve to a node with the global id of '${id}'.`;
  return new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } });
}

interface Found {
  readonly node: Node;
  readonly repo: RepositoryRow | null;
}

async function nodeByKey(world: World, nodes: Nodes, type: string, key: string): Promise<Found | null> {
  const { state } = world;
  const id = Number(key);
  const within = <Row extends { readonly repoId: number }>(
    row: Row | undefined,
    make: (row: Row) => Node,
  ): Found | null => (row === undefined ? null : { node: make(row), repo: state.repositories.need(row.repoId) });
  switch (type) {
    case 'User':
    case 'Bot':
    case 'Organization':
      return state.users.get(id) === undefined ? null : { node: nodes.account(id), repo: null };
    case 'Repository': {
      const repo = state.repositories.get(id);
      return repo === undefined ? null : { node: nodes.repository(repo), repo };
    }
    case 'Label':
      return within(state.labels.get(id), nodes.label);
    case 'Issue':
      return within(state.issues.get(id), nodes.issue);
    case 'IssueComment':
      return within(state.comments.get(id), nodes.comment);
    case 'PullRequest':
      return within(state.pulls.get(id), nodes.pull);
    case 'PullRequestReview':
      return within(state.reviews.get(id), nodes.review);
    case 'CheckRun':
      return within(state.checkRuns.get(id), nodes.checkRun);
    case 'Commit':
    case 'Ref':
      return gitNodeByKey(world, nodes, type, key);
    default:
      return null;
  }
}

async function gitNodeByKey(world: World, nodes: Nodes, type: 'Commit' | 'Ref', key: string): Promise<Found | null> {
  const colon = key.indexOf(':');
  const repo = world.state.repositories.get(Number(key.slice(0, colon)));
  if (repo === undefined) return null;
  const name = key.slice(colon + 1);
  const sha = await findCommit(world.gitDir(repo), name);
  if (sha === null) return null;
  return { node: type === 'Ref' ? nodes.ref(repo, name, sha) : await nodes.commit(repo, sha), repo };
}

interface PullFilter extends PageArguments {
  readonly headRefName?: string | null;
  readonly baseRefName?: string | null;
  readonly states?: readonly string[] | null;
  readonly labels?: readonly string[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
}

export function repositoryNode(world: World, row: RepositoryRow, nodes: () => Nodes): Node {
  const gitDir = world.gitDir(row);
  return {
    __typename: 'Repository',
    id: nodeId('Repository', row.id),
    databaseId: row.id,
    name: row.name,
    nameWithOwner: fullName(world, row),
    owner: () => nodes().account(row.ownerId),
    description: row.description,
    isPrivate: row.private,
    isArchived: false,
    isFork: false,
    visibility: row.private ? 'PRIVATE' : 'PUBLIC',
    url: htmlUrl(world, row),
    resourcePath: `/${fullName(world, row)}`,
    createdAt: stamp(row.createdAt),
    updatedAt: stamp(row.updatedAt),
    pushedAt: stamp(row.pushedAt),
    deleteBranchOnMerge: row.deleteBranchOnMerge,
    mergeCommitAllowed: true,
    squashMergeAllowed: true,
    rebaseMergeAllowed: false,
    defaultBranchRef: async () => {
      const sha = await branchTip(gitDir, row.defaultBranch);
      return sha === null ? null : nodes().ref(row, `refs/heads/${row.defaultBranch}`, sha);
    },
    ref: async ({ qualifiedName }: { qualifiedName: string }) => {
      const full = fullRefName(qualifiedName);
      const sha = full.startsWith('refs/') ? await findCommit(gitDir, full) : null;
      return sha === null ? null : nodes().ref(row, full, sha);
    },
    object: ({ expression, oid }: { expression?: string | null; oid?: string | null }) =>
      objectAt(world, row, expression ?? oid ?? '', nodes()),
    label: ({ name }: { name: string }) => {
      const label = findLabel(world, row, name);
      return label === undefined ? null : nodes().label(label);
    },
    labels: (page: PageArguments) =>
      connection('labels', world.state.labels.where('repo', row.id), page, (label) => nodes().label(label)),
    issue: ({ number }: { number: number }) => {
      const issue = world.state.issues.one('number', `${row.id}/${number}`);
      if (issue === undefined || issue.isPull) throw noSuch('an Issue', number);
      return nodes().issue(issue);
    },
    pullRequest: ({ number }: { number: number }) => {
      const pull = world.state.pulls.one('number', `${row.id}/${number}`);
      if (pull === undefined) throw noSuch('a PullRequest', number);
      return nodes().pull(pull);
    },
    issueOrPullRequest: ({ number }: { number: number }) => {
      const issue = world.state.issues.one('number', `${row.id}/${number}`);
      const pull = world.state.pulls.one('number', `${row.id}/${number}`);
      if (pull !== undefined) return nodes().pull(pull);
      if (issue === undefined) throw noSuch('an issue or pull request', number);
      return nodes().issue(issue);
    },
    pullRequests: (filter: PullFilter) =>
      connection('pullRequests', filteredPulls(world, row, filter), filter, (pull) => nodes().pull(pull)),
  };
}

function fullRefName(name: string): string {
  if (name.startsWith('refs/')) return name;
  return /^(heads|tags)\//.test(name) ? `refs/${name}` : `refs/heads/${name}`;
}

function noSuch(what: string, number: number): GraphQLError {
  const message = `Could not resolve to ${what} with the number of ${number}.`;
  return new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } });
}

function filteredPulls(world: World, repo: RepositoryRow, filter: PullFilter): PullRow[] {
  const rows = world.state.pulls.where('repo', repo.id).filter((pull) => {
    const issue = world.state.issues.need(pull.issueId);
    const state = pull.merged ? 'MERGED' : issue.state.toUpperCase();
    const names = issue.labelIds.map((id) => world.state.labels.need(id).name);
    return (
      world.listed(issue.createdAt) &&
      (filter.headRefName == null || pull.headRef === filter.headRefName) &&
      (filter.baseRefName == null || pull.baseRef === filter.baseRefName) &&
      (filter.states == null || filter.states.includes(state)) &&
      (filter.labels == null || filter.labels.some((name) => names.includes(name)))
    );
  });
  if (filter.orderBy?.field === 'UPDATED_AT') {
    const updated = (pull: PullRow): string => world.state.issues.need(pull.issueId).updatedAt;
    rows.sort((a, b) => (updated(a) < updated(b) ? -1 : 1));
  }
  return filter.orderBy?.direction === 'DESC' ? rows.reverse() : rows;
}
