import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { asInstallation, asUser, type Client, type Json, startWithRepository } from './local-github.ts';
import { cloneAs, type WorkTree } from './work-tree.ts';

const repo = '/repos/acme/shop';

async function withBranch(): Promise<{
  sandbox: Sandbox;
  app: Client;
  work: WorkTree;
  head: string;
  repositoryId: string;
}> {
  const sandbox = await startWithRepository();
  const app = await asInstallation(sandbox);
  const work = await cloneAs(sandbox, sandbox.userToken('ann', 'write'));
  const head = await work.push('topic/one', { 'new.txt': 'one\ntwo\n' });
  const { data } = await app.graphql('{ repository(owner: "acme", name: "shop") { id } }');
  return { sandbox, app, work, head, repositoryId: String(data?.repository?.id) };
}

function open(app: Client, repositoryId: string, more: Record<string, unknown> = {}): Promise<Json> {
  return app.graphql(
    `mutation($in: CreatePullRequestInput!) { createPullRequest(input: $in) { pullRequest {
      id number title state isDraft headRefName headRefOid baseRefName additions deletions changedFiles mergeable merged } } }`,
    { in: { repositoryId, title: 'One', body: 'Closes #1', headRefName: 'topic/one', baseRefName: 'main', ...more } },
  );
}

describe('pull requests over GraphQL', () => {
  it('opens one, and refuses a second for the same branches', async () => {
    const { app, head, repositoryId } = await withBranch();
    const { data } = await open(app, repositoryId);
    expect(data?.createPullRequest?.pullRequest).toMatchObject({
      number: 1,
      state: 'OPEN',
      isDraft: false,
      headRefName: 'topic/one',
      headRefOid: head,
      additions: 2,
      deletions: 0,
      changedFiles: 1,
      mergeable: 'MERGEABLE',
      merged: false,
    });
    const second = await open(app, repositoryId);
    expect(second.errors?.[0]).toMatchObject({
      type: 'UNPROCESSABLE',
      message: 'A pull request already exists for acme:topic/one.',
    });
  });

  it('shows checks, reviews, commits and the merge, found by branch', async () => {
    const { sandbox, app, head, repositoryId } = await withBranch();
    const id = (await open(app, repositoryId)).data?.createPullRequest?.pullRequest?.id;
    await app('POST', `${repo}/check-runs`, { name: 'lint', head_sha: head, conclusion: 'success' });
    await app('POST', `${repo}/check-runs`, { name: 'test', head_sha: head, status: 'in_progress' });
    await asUser(sandbox, 'ann')('POST', `${repo}/pulls/1/reviews`, { event: 'APPROVE' });
    const query = `{ repository(owner: "acme", name: "shop") {
      pullRequests(headRefName: "topic/one", states: [OPEN, MERGED], first: 5) { totalCount nodes {
        databaseId state merged reviewDecision mergeStateStatus mergeCommit { oid message }
        author { login } baseRef { name } headRef { name }
        reviews(first: 5) { nodes { state author { login } } }
        commits(last: 1) { totalCount nodes { commit { oid statusCheckRollup { state
          contexts(first: 10) { nodes { __typename ... on CheckRun { name status conclusion detailsUrl databaseId } } } } } } }
      } } } }`;
    const first = (await app.graphql(query)).data?.repository?.pullRequests as Json;
    expect(first.nodes?.[0]).toMatchObject({
      state: 'OPEN',
      reviewDecision: 'APPROVED',
      mergeStateStatus: 'UNSTABLE',
      author: { login: 'local-app' },
      headRef: { name: 'topic/one' },
      reviews: { nodes: [{ state: 'APPROVED', author: { login: 'ann' } }] },
      commits: { totalCount: 1, nodes: [{ commit: { oid: head, statusCheckRollup: { state: 'PENDING' } } }] },
    });
    expect(first.nodes?.[0]?.commits?.nodes?.[0]?.commit?.statusCheckRollup?.contexts?.nodes).toMatchObject([
      { __typename: 'CheckRun', name: 'lint', status: 'COMPLETED', conclusion: 'SUCCESS' },
      { __typename: 'CheckRun', name: 'test', status: 'IN_PROGRESS', conclusion: null },
    ]);

    const merge = (expectedHeadOid: string): Promise<Json> =>
      app.graphql(
        `mutation($in: MergePullRequestInput!) { mergePullRequest(input: $in) { pullRequest { state mergedAt mergeCommit { message } } } }`,
        { in: { pullRequestId: id, expectedHeadOid } },
      );
    expect((await merge('0'.repeat(40))).errors?.[0]?.message).toContain('Head branch was modified');
    const merged = (await merge(head)).data?.mergePullRequest?.pullRequest;
    expect(merged).toMatchObject({
      state: 'MERGED',
      mergeCommit: { message: 'Merge pull request #1 from acme/topic/one\n\nOne' },
    });
    expect((await app.graphql(query)).data?.repository?.pullRequests?.nodes).toMatchObject([{ state: 'MERGED' }]);
  });

  it('edits and closes one, and takes comments and labels on it', async () => {
    const { app, repositoryId } = await withBranch();
    const id = (await open(app, repositoryId)).data?.createPullRequest?.pullRequest?.id;
    const label = (await app('POST', `${repo}/labels`, { name: 'bug', color: 'ff0000' })).body.node_id;
    const { data, errors } = await app.graphql(
      `mutation($id: ID!, $label: ID!) {
        updatePullRequest(input: { pullRequestId: $id, title: "Renamed", state: CLOSED }) { pullRequest { title state closed } }
        addComment(input: { subjectId: $id, body: "why" }) { subject { id } }
        addLabelsToLabelable(input: { labelableId: $id, labelIds: [$label] }) {
          labelable { ... on PullRequest { number labels(first: 3) { nodes { name } } } } }
      }`,
      { id, label },
    );
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      updatePullRequest: { pullRequest: { title: 'Renamed', state: 'CLOSED', closed: true } },
      addComment: { subject: { id } },
      addLabelsToLabelable: { labelable: { number: 1, labels: { nodes: [{ name: 'bug' }] } } },
    });
    const node = await app.graphql(
      'query($id: ID!) { node(id: $id) { ... on PullRequest { number comments(first: 1) { totalCount } } } }',
      { id },
    );
    expect(node.data?.node).toEqual({ number: 1, comments: { totalCount: 1 } });
    expect((await app('GET', `${repo}/issues/1`)).body).toMatchObject({ comments: 1, node_id: id, state: 'closed' });
  });
});
