import { describe, expect, it } from 'vitest';
import {
  asApp,
  asInstallation,
  asUser,
  type Client,
  clientWith,
  type Json,
  startWithRepository,
} from './local-github.ts';

const repo = '/repos/acme/shop';

async function repositoryId(client: Client): Promise<string> {
  const { data } = await client.graphql('{ repository(owner: "acme", name: "shop") { id } }');
  return String(data?.repository?.id);
}

describe('GraphQL queries', () => {
  it('answers the fields of a repository, with git behind them', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    await client('POST', `${repo}/labels`, { name: 'bug', color: 'ff0000' });
    const { data, errors } = await client.graphql(`{
      viewer { login }
      rateLimit { remaining cost }
      repository(owner: "acme", name: "shop") {
        databaseId nameWithOwner isPrivate url owner { __typename login }
        defaultBranchRef { name target { __typename ... on Commit { oid message statusCheckRollup { state } } } }
        ref(qualifiedName: "refs/heads/main") { name prefix target { oid } }
        nowhere: ref(qualifiedName: "refs/heads/nowhere") { name }
        readme: object(expression: "main:README.md") { ... on Blob { text byteSize } }
        none: object(expression: "main:nothing.md") { __typename }
        head: object(expression: "main") { ... on Commit { oid } }
        label(name: "BUG") { name color }
        missing: label(name: "nope") { name }
      }
    }`);
    expect(errors).toBeUndefined();
    expect(data?.viewer).toEqual({ login: 'local-app[bot]' });
    expect(data?.repository).toMatchObject({
      nameWithOwner: 'acme/shop',
      isPrivate: false,
      owner: { __typename: 'Organization', login: 'acme' },
      ref: { name: 'main', prefix: 'refs/heads/' },
      nowhere: null,
      readme: { text: '# Shop\n', byteSize: 7 },
      none: null,
      label: { name: 'bug', color: 'ff0000' },
      missing: null,
    });
    const { oid } = data?.repository?.defaultBranchRef?.target ?? {};
    expect(oid).toMatch(/^[0-9a-f]{40}$/);
    expect([data?.repository?.ref?.target?.oid, data?.repository?.head?.oid]).toEqual([oid, oid]);
  });

  it('shows an issue with everything around it, and finds it again by its node id', async () => {
    const sandbox = await startWithRepository();
    const app = await asInstallation(sandbox);
    const ids: unknown[] = [];
    for (const title of ['Master', 'Child', 'Blocker']) {
      ids.push((await app('POST', `${repo}/issues`, { title, labels: ['work'] })).body.id);
    }
    await app('POST', `${repo}/issues/1/sub_issues`, { sub_issue_id: ids[1] });
    await app('POST', `${repo}/issues/2/dependencies/blocked_by`, { issue_id: ids[2] });
    await app('POST', `${repo}/issues/1/comments`, { body: 'hello' });
    await asUser(sandbox, 'wanda', 'write')('PATCH', `${repo}/issues/1`, { body: 'edited' });
    const { data, errors } = await app.graphql(`
      fragment about on Issue {
        __typename id fullDatabaseId databaseId number title body url state stateReason createdAt closedAt
        author { login __typename } editor { login }
        labels(first: 10) { nodes { name } }
        subIssues(first: 10) { totalCount pageInfo { hasNextPage endCursor } nodes { number parent { number } } }
        subIssuesSummary { total completed percentCompleted }
        comments(last: 5) { totalCount nodes { id databaseId body author { login } editor { login } createdAt url } }
      }
      { repository(owner: "acme", name: "shop") {
          issue(number: 1) { ...about }
          child: issue(number: 2) { parent { number } blockedBy(first: 5) { nodes { number } } blocking(first: 5) { totalCount } }
      } }`);
    expect(errors).toBeUndefined();
    const issue = data?.repository?.issue;
    expect(issue).toMatchObject({
      __typename: 'Issue',
      fullDatabaseId: String(ids[0]),
      state: 'OPEN',
      body: 'edited',
      author: { login: 'local-app', __typename: 'Bot' },
      editor: { login: 'wanda' },
      labels: { nodes: [{ name: 'work' }] },
      subIssues: { totalCount: 1, pageInfo: { hasNextPage: false }, nodes: [{ number: 2, parent: { number: 1 } }] },
      comments: { totalCount: 1, nodes: [{ body: 'hello', author: { login: 'local-app' }, editor: null }] },
    });
    expect(data?.repository?.child).toEqual({
      parent: { number: 1 },
      blockedBy: { nodes: [{ number: 3 }] },
      blocking: { totalCount: 0 },
    });
    const rest = (await app('GET', `${repo}/issues/1`)).body;
    expect(rest.node_id).toBe(issue?.id);
    const again = await app.graphql('query($id: ID!) { node(id: $id) { ... on Issue { number } } }', { id: issue?.id });
    expect(again.data?.node).toEqual({ number: 1 });
  });

  it('pages connections by cursor and insists on a bound', async () => {
    const client = await asInstallation(await startWithRepository());
    await client('POST', `${repo}/issues`, { title: 'x' });
    for (let at = 1; at <= 5; at += 1) await client('POST', `${repo}/issues/1/comments`, { body: `c${at}` });
    const page = async (bounds: string): Promise<Json> => {
      const { data, errors } = await client.graphql(
        `{ repository(owner: "acme", name: "shop") { issue(number: 1) {
          comments(${bounds}) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { body } } } } }`,
      );
      return errors?.[0] ?? (data?.repository?.issue?.comments as Json);
    };
    const bodies = (connection: Json): unknown[] =>
      (connection.nodes as unknown as Array<{ body: string }>).map((node) => node.body);
    const first = await page('first: 2');
    expect([bodies(first), first.pageInfo?.hasNextPage, first.totalCount]).toEqual([['c1', 'c2'], true, 5]);
    const second = await page(`first: 2, after: "${first.pageInfo?.endCursor}"`);
    expect([bodies(second), second.pageInfo?.hasPreviousPage]).toEqual([['c3', 'c4'], true]);
    const last = await page(`first: 2, after: "${second.pageInfo?.endCursor}"`);
    expect([bodies(last), last.pageInfo?.hasNextPage]).toEqual([['c5'], false]);
    expect(bodies(await page(`last: 2, before: "${last.pageInfo?.startCursor}"`))).toEqual(['c3', 'c4']);
    expect((await page('orderBy: null')).type).toBe('MISSING_PAGINATION_BOUNDARIES');
    expect((await page('first: 101')).type).toBe('EXCESSIVE_PAGINATION');
  });

  it('says so for fields it lacks, unknown fields, unknown nodes and strangers', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    const lacking = await client('POST', '/graphql', { query: '{ viewer { login } licenses { name } }' });
    expect(lacking.status).toBe(200);
    expect(lacking.body).toMatchObject({
      errors: [
        {
          message: 'The local GitHub has no field Query.licenses',
          extensions: { code: 'NOT_IMPLEMENTED' },
          path: ['licenses'],
        },
      ],
    });
    expect((await client.graphql('{ nonsense }')).errors?.[0]?.message).toContain('nonsense');
    expect((await client.graphql('{ repository(owner: "acme", name: "no") { id } }')).errors?.[0]?.type).toBe(
      'NOT_FOUND',
    );
    expect((await client.graphql('{ node(id: "junk") { id } }')).errors?.[0]?.type).toBe('NOT_FOUND');
    expect((await clientWith(sandbox, null)('POST', '/graphql', { query: '{ viewer { login } }' })).status).toBe(401);
    expect((await asApp(sandbox)('POST', '/graphql', { query: '{ viewer { login } }' })).status).toBe(401);
    expect((await client('POST', '/api/graphql', { query: '{ viewer { login } }' })).status).toBe(200);
  });

  it('hides private repositories, also behind node ids', async () => {
    const sandbox = await startWithRepository();
    await sandbox.createRepository({ owner: 'acme', name: 'vault', private: true });
    const app = await asInstallation(sandbox);
    const found = await app.graphql('{ repository(owner: "acme", name: "vault") { id } }');
    const stranger = asUser(sandbox, 'stan');
    const byName = await stranger.graphql('{ repository(owner: "acme", name: "vault") { id } }');
    const byId = await stranger.graphql(`{ node(id: "${found.data?.repository?.id}") { id } }`);
    expect([byName.errors?.[0]?.type, byId.errors?.[0]?.type]).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  });
});

describe('GraphQL mutations', () => {
  it('plans with aliases in one request: create under a parent with labels, then edges', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    const parent = (await client('POST', `${repo}/issues`, { title: 'Master' })).body.node_id;
    const id = await repositoryId(client);
    const label = await client.graphql(
      `mutation($in: CreateLabelInput!) { createLabel(input: $in) { label { id name } } }`,
      { in: { repositoryId: id, name: 'task', color: '00ff00' } },
    );
    const labelIds = [label.data?.createLabel?.label?.id];
    const input = (title: string): unknown => ({ repositoryId: id, title, parentIssueId: parent, labelIds });
    const made = await client.graphql(
      `mutation($a: CreateIssueInput!, $b: CreateIssueInput!) {
        a: createIssue(input: $a) { issue { id number parent { number } labels(first: 5) { nodes { name } } } }
        b: createIssue(input: $b) { issue { id number } }
      }`,
      { a: input('A'), b: input('B') },
    );
    expect(made.data).toMatchObject({
      a: { issue: { number: 2, parent: { number: 1 }, labels: { nodes: [{ name: 'task' }] } } },
      b: { issue: { number: 3 } },
    });
    const [a, b] = [made.data?.a?.issue?.id, made.data?.b?.issue?.id];
    const edge = await client.graphql(
      `mutation($a: ID!, $b: ID!) { addBlockedBy(input: { issueId: $b, blockingIssueId: $a, clientMutationId: "k" }) {
        clientMutationId issue { blockedBy(first: 1) { totalCount } } blockingIssue { number } } }`,
      { a, b },
    );
    expect(edge.data?.addBlockedBy).toEqual({
      clientMutationId: 'k',
      issue: { blockedBy: { totalCount: 1 } },
      blockingIssue: { number: 2 },
    });
    const cycle = await client.graphql(
      'mutation($a: ID!, $b: ID!) { addBlockedBy(input: { issueId: $a, blockingIssueId: $b }) { issue { id } } }',
      { a, b },
    );
    expect(cycle.errors?.[0]).toMatchObject({ type: 'UNPROCESSABLE', path: ['addBlockedBy'] });
    const freed = await client.graphql(
      'mutation($a: ID!, $b: ID!) { removeBlockedBy(input: { issueId: $b, blockingIssueId: $a }) { issue { blockedBy(first: 1) { totalCount } } } }',
      { a, b },
    );
    expect(freed.data?.removeBlockedBy?.issue?.blockedBy?.totalCount).toBe(0);
  });

  it('half succeeds: each alias lands or fails by itself', async () => {
    const client = await asInstallation(await startWithRepository());
    const id = await repositoryId(client);
    const { data, errors } = await client.graphql(
      `mutation($id: ID!, $long: String!) {
        one: createIssue(input: { repositoryId: $id, title: "One" }) { issue { number } }
        two: createIssue(input: { repositoryId: $id, title: $long }) { issue { number } }
        three: createIssue(input: { repositoryId: $id, title: "Three" }) { issue { number } }
        four: createMilestoneNobodyHas: createProjectV2(input: { ownerId: $id, title: "x" }) { clientMutationId }
      }`.replace('four: createMilestoneNobodyHas: ', 'four: '),
      { id, long: 'x'.repeat(300) },
    );
    expect(data).toEqual({ one: { issue: { number: 1 } }, two: null, three: { issue: { number: 2 } }, four: null });
    expect(errors).toMatchObject([
      { path: ['two'], type: 'UNPROCESSABLE', message: 'title is too long (maximum is 256 characters)' },
      { path: ['four'], message: 'The local GitHub has no field Mutation.createProjectV2' },
    ]);
  });

  it('leaves an orphan when the parent is full', async () => {
    const client = await asInstallation(await startWithRepository());
    const parentIssueId = (await client('POST', `${repo}/issues`, { title: 'Master' })).body.node_id;
    const repositoryId_ = await repositoryId(client);
    const aliases = Array.from(
      { length: 101 },
      (_, at) =>
        `i${at}: createIssue(input: { repositoryId: $r, parentIssueId: $p, title: "T${at}" }) { issue { number } }`,
    );
    const { data, errors } = await client.graphql(`mutation($r: ID!, $p: ID!) { ${aliases.join('\n')} }`, {
      r: repositoryId_,
      p: parentIssueId,
    });
    expect(data?.i99).toEqual({ issue: { number: 101 } });
    expect(data?.i100).toBeNull();
    expect(errors).toMatchObject([{ path: ['i100'], message: expect.stringContaining('more than 100 sub-issues') }]);
    expect((await client('GET', `${repo}/issues/102`)).body.title).toBe('T100');
  });

  it('changes issues and comments', async () => {
    const sandbox = await startWithRepository();
    const client = asUser(sandbox, 'wanda', 'write');
    const issue = (await client('POST', `${repo}/issues`, { title: 'Old' })).body.node_id;
    const label = (await client('POST', `${repo}/labels`, { name: 'bug', color: 'ff0000' })).body.node_id;
    const { data, errors } = await client.graphql(
      `mutation($issue: ID!, $label: ID!) {
        updateIssue(input: { id: $issue, title: "New", body: "Text" }) { issue { title body } }
        addLabelsToLabelable(input: { labelableId: $issue, labelIds: [$label] }) { labelable { ... on Issue { labels(first: 1) { nodes { name } } } } }
        addComment(input: { subjectId: $issue, body: "first" }) { commentEdge { node { id body } } subject { id } }
        addReaction(input: { subjectId: $issue, content: ROCKET }) { reaction { content } subject { id } }
        closeIssue(input: { issueId: $issue, stateReason: NOT_PLANNED }) { issue { state stateReason closedAt } }
        reopenIssue(input: { issueId: $issue }) { issue { state stateReason } }
      }`,
      { issue, label },
    );
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      updateIssue: { issue: { title: 'New', body: 'Text' } },
      addLabelsToLabelable: { labelable: { labels: { nodes: [{ name: 'bug' }] } } },
      addComment: { commentEdge: { node: { body: 'first' } }, subject: { id: issue } },
      addReaction: { reaction: { content: 'ROCKET' }, subject: { id: issue } },
      closeIssue: { issue: { state: 'CLOSED', stateReason: 'NOT_PLANNED' } },
      reopenIssue: { issue: { state: 'OPEN', stateReason: 'REOPENED' } },
    });
    const comment = data?.addComment?.commentEdge?.node?.id;
    const edited = await client.graphql(
      'mutation($id: ID!) { updateIssueComment(input: { id: $id, body: "second" }) { issueComment { body lastEditedAt } } }',
      { id: comment },
    );
    expect(edited.data?.updateIssueComment?.issueComment).toMatchObject({
      body: 'second',
      lastEditedAt: expect.any(String),
    });
    await client.graphql('mutation($id: ID!) { deleteIssueComment(input: { id: $id }) { clientMutationId } }', {
      id: comment,
    });
    expect((await client('GET', `${repo}/issues/1`)).body).toMatchObject({ comments: 0, reactions: { rocket: 1 } });
    const visitor = await asUser(sandbox, 'vera').graphql(
      'mutation($id: ID!) { closeIssue(input: { issueId: $id }) { issue { state } } }',
      { id: issue },
    );
    expect(visitor.errors?.[0]?.type).toBe('FORBIDDEN');
  });

  it('moves sub-issues between parents', async () => {
    const client = await asInstallation(await startWithRepository());
    const ids: unknown[] = [];
    for (const title of ['One', 'Two', 'Child'])
      ids.push((await client('POST', `${repo}/issues`, { title })).body.node_id);
    const add = (issueId: unknown, replaceParent: boolean): Promise<Json> =>
      client.graphql(
        'mutation($in: AddSubIssueInput!) { addSubIssue(input: $in) { issue { number } subIssue { parent { number } } } }',
        { in: { issueId, subIssueId: ids[2], replaceParent } },
      );
    expect((await add(ids[0], false)).data?.addSubIssue?.subIssue).toEqual({ parent: { number: 1 } });
    expect((await add(ids[1], false)).errors?.[0]?.message).toContain('may only have one parent');
    expect((await add(ids[1], true)).data?.addSubIssue?.subIssue).toEqual({ parent: { number: 2 } });
    const removed = await client.graphql(
      'mutation($in: RemoveSubIssueInput!) { removeSubIssue(input: $in) { issue { subIssues(first: 1) { totalCount } } } }',
      { in: { issueId: ids[1], subIssueId: ids[2] } },
    );
    expect(removed.data?.removeSubIssue?.issue?.subIssues?.totalCount).toBe(0);
  });
});
