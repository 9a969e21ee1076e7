import { statusRollup } from './checks.ts';
import type { World } from './context.ts';
import { branchTip, findCommit, readCommit, readCommits, readEntry, readFileAt } from './git-objects.ts';
import { connection, type PageArguments } from './graphql-connection.ts';
import type { Node, Nodes } from './graphql-context.ts';
import { conversation } from './graphql-issues.ts';
import { nodeId } from './node-ids.ts';
import { reviewDecision } from './pulls.ts';
import { pullMergeability } from './pulls-merge.ts';
import { checkRunPage } from './shapes-checks.ts';
import { htmlUrl, stamp } from './shapes-common.ts';
import { accountOf } from './shapes-git.ts';
import type { CheckRunRow, PullRow, RepositoryRow, ReviewRow } from './state.ts';

/** Pull requests, refs, commits and checks as GraphQL objects. */
export function gitNodes(
  world: World,
  nodes: () => Nodes,
): Pick<Nodes, 'pull' | 'review' | 'ref' | 'commit' | 'checkRun'> {
  return {
    pull: (row) => pullNode(world, row, nodes),
    review: (row) => reviewNode(world, row, nodes),
    ref: (repo, ref, sha) => refNode(repo, ref, sha, nodes),
    commit: (repo, sha) => commitNode(world, repo, sha, nodes),
    checkRun: (row) => checkRunNode(world, row, nodes),
  };
}

function pullNode(world: World, row: PullRow, nodes: () => Nodes): Node {
  const issue = world.state.issues.need(row.issueId);
  const repo = world.state.repositories.need(row.repoId);
  const mergeability = once(() => pullMergeability(world, row));
  const branch = (name: string) => async (): Promise<Node | null> => {
    const sha = await branchTip(world.gitDir(repo), name);
    return sha === null ? null : nodes().ref(repo, `refs/heads/${name}`, sha);
  };
  const mergeableWords = { true: 'MERGEABLE', false: 'CONFLICTING', null: 'UNKNOWN' } as const;
  return {
    __typename: 'PullRequest',
    ...conversation(world, issue, nodes),
    databaseId: row.id,
    fullDatabaseId: String(row.id),
    state: row.merged ? 'MERGED' : issue.state.toUpperCase(),
    merged: row.merged,
    mergedAt: stamp(row.mergedAt),
    mergedBy: () => (row.mergedById === null ? null : nodes().account(row.mergedById)),
    mergeable: async () => mergeableWords[`${(await mergeability()).mergeable}`],
    mergeStateStatus: async () => (await mergeability()).state.toUpperCase(),
    mergeCommit: () => (row.mergeCommitSha === null ? null : nodes().commit(repo, row.mergeCommitSha)),
    isDraft: row.draft,
    isCrossRepository: false,
    headRefName: row.headRef,
    headRefOid: row.headSha,
    headRef: branch(row.headRef),
    headRepository: () => nodes().repository(repo),
    baseRefName: row.baseRef,
    baseRefOid: row.baseSha,
    baseRef: branch(row.baseRef),
    baseRepository: () => nodes().repository(repo),
    additions: row.additions,
    deletions: row.deletions,
    changedFiles: row.changedFiles,
    reviewDecision: () => reviewDecision(world, row),
    reviews: (page: PageArguments) =>
      connection('reviews', world.state.reviews.where('pull', row.id), page, (review) => nodes().review(review)),
    commits: (page: PageArguments) => pullCommits(world, repo, row, page, nodes),
    statusCheckRollup: () => rollupNode(world, repo, row.headSha, nodes),
  };
}

/** Commits have no database id; their place, oldest first, stands in for one in cursors. */
async function pullCommits(
  world: World,
  repo: RepositoryRow,
  row: PullRow,
  page: PageArguments,
  nodes: () => Nodes,
): Promise<unknown> {
  const commits = await readCommits(world.gitDir(repo), ['--reverse', `${row.baseSha}..${row.headSha}`]);
  const items = commits.map((commit, at) => ({ id: at + 1, sha: commit.sha }));
  return connection('commits', items, page, ({ sha }) => ({
    __typename: 'PullRequestCommit',
    id: nodeId('Commit', `${repo.id}:${row.number}:${sha}`),
    commit: () => nodes().commit(repo, sha),
  }));
}

function reviewNode(world: World, row: ReviewRow, nodes: () => Nodes): Node {
  const pull = world.state.pulls.need(row.pullId);
  return {
    __typename: 'PullRequestReview',
    id: nodeId('PullRequestReview', row.id),
    databaseId: row.id,
    fullDatabaseId: String(row.id),
    state: row.state,
    body: row.body,
    submittedAt: stamp(row.submittedAt),
    createdAt: stamp(row.submittedAt),
    author: () => nodes().account(row.userId),
    commit: () => nodes().commit(world.state.repositories.need(row.repoId), row.commitSha),
    pullRequest: () => nodes().pull(pull),
  };
}

function refNode(repo: RepositoryRow, ref: string, sha: string, nodes: () => Nodes): Node {
  const prefix = /^refs\/[^/]+\//.exec(ref)?.[0] ?? '';
  return {
    __typename: 'Ref',
    id: nodeId('Ref', `${repo.id}:${ref}`),
    name: ref.slice(prefix.length),
    prefix,
    target: () => nodes().commit(repo, sha),
    repository: () => nodes().repository(repo),
  };
}

async function commitNode(world: World, repo: RepositoryRow, sha: string, nodes: () => Nodes): Promise<Node> {
  const commit = await readCommit(world.gitDir(repo), sha);
  const headline = commit.message.split('\n', 1)[0] ?? '';
  const url = `${htmlUrl(world, repo)}/commit/${commit.sha}`;
  const person = (who: typeof commit.author): unknown => {
    const account = accountOf(world, who);
    // A bot is no User, and `user` can be nothing else.
    const user = account?.type === 'User' ? nodes().account(account.id) : null;
    return { name: who.name, email: who.email, date: who.date, user };
  };
  return {
    __typename: 'Commit',
    id: nodeId('Commit', `${repo.id}:${commit.sha}`),
    oid: commit.sha,
    abbreviatedOid: commit.sha.slice(0, 7),
    message: commit.message,
    messageHeadline: headline,
    messageBody: commit.message.slice(headline.length).trim(),
    committedDate: commit.committer.date,
    authoredDate: commit.author.date,
    author: () => person(commit.author),
    committer: () => person(commit.committer),
    url,
    commitUrl: url,
    repository: () => nodes().repository(repo),
    statusCheckRollup: () => rollupNode(world, repo, commit.sha, nodes),
  };
}

function rollupNode(world: World, repo: RepositoryRow, sha: string, nodes: () => Nodes): Node | null {
  const rollup = statusRollup(world, repo, sha);
  if (rollup === null) return null;
  return {
    __typename: 'StatusCheckRollup',
    id: nodeId('Commit', `${repo.id}:${sha}:rollup`),
    state: rollup.state,
    commit: () => nodes().commit(repo, sha),
    contexts: (page: PageArguments) => connection('contexts', rollup.runs, page, (run) => nodes().checkRun(run)),
  };
}

function checkRunNode(world: World, row: CheckRunRow, nodes: () => Nodes): Node {
  const repo = world.state.repositories.need(row.repoId);
  const page = checkRunPage(world, repo, row.id);
  return {
    __typename: 'CheckRun',
    id: nodeId('CheckRun', row.id),
    databaseId: row.id,
    name: row.name,
    status: row.status.toUpperCase(),
    conclusion: row.conclusion === null ? null : row.conclusion.toUpperCase(),
    detailsUrl: row.detailsUrl ?? page,
    url: page,
    externalId: row.externalId,
    startedAt: stamp(row.startedAt),
    completedAt: stamp(row.completedAt),
    title: row.output.title,
    summary: row.output.summary,
    text: row.output.text,
    repository: () => nodes().repository(repo),
  };
}

/** `main`, `main:path/to/file`: a Commit, a Blob, or null when there is none. Directories are not offered. */
export async function objectAt(
  world: World,
  repo: RepositoryRow,
  expression: string,
  nodes: Nodes,
): Promise<Node | null> {
  const colon = expression.indexOf(':');
  const gitDir = world.gitDir(repo);
  const sha = await findCommit(gitDir, (colon < 0 ? expression : expression.slice(0, colon)) || 'HEAD');
  if (sha === null) return null;
  if (colon < 0) return nodes.commit(repo, sha);
  const path = expression.slice(colon + 1);
  const entry = await readEntry(gitDir, sha, path);
  if (entry === null) return null;
  const id = nodeId(entry.type === 'blob' ? 'Blob' : 'Tree', `${repo.id}:${entry.sha}`);
  if (entry.type !== 'blob') return { __typename: 'Tree', id, oid: entry.sha, abbreviatedOid: entry.sha.slice(0, 7) };
  const bytes = (await readFileAt(gitDir, sha, path)) ?? Buffer.alloc(0);
  const isBinary = bytes.includes(0);
  return {
    __typename: 'Blob',
    id,
    oid: entry.sha,
    abbreviatedOid: entry.sha.slice(0, 7),
    byteSize: bytes.length,
    isBinary,
    isTruncated: false,
    text: isBinary ? null : bytes.toString('utf8'),
  };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => {
    result ??= work();
    return result;
  };
}
