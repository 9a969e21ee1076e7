import { describe, expect, it } from 'vitest';
import { asInstallation, asUser, type Client, startWithRepository } from './local-github.ts';

const repo = '/repos/acme/shop';

async function numbersOf(client: Client, query: string): Promise<unknown[]> {
  const { body } = await client('GET', `${repo}/issues?${query}`);
  return (body as unknown as Array<{ number: number }>).map((issue) => issue.number);
}

describe('issues over REST', () => {
  it('numbers issues, fills them in and shows who wrote them through what', async () => {
    const sandbox = await startWithRepository();
    const app = await asInstallation(sandbox);
    const created = await app('POST', `${repo}/issues`, { title: 'First', body: 'Text', labels: ['bug'] });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`${sandbox.url}${repo}/issues/1`);
    expect(created.body).toMatchObject({
      number: 1,
      state: 'open',
      user: { login: 'local-app[bot]', type: 'Bot', url: `${sandbox.url}/users/local-app%5Bbot%5D` },
      performed_via_github_app: { slug: 'local-app' },
      labels: [{ name: 'bug', color: 'ededed' }],
      html_url: `${sandbox.url}/acme/shop/issues/1`,
    });
    const second = await asUser(sandbox, 'hana')('POST', `${repo}/issues`, { title: 'Second', labels: ['bug'] });
    expect(second.body).toMatchObject({ number: 2, user: { login: 'hana' }, performed_via_github_app: null });
    // A visitor's labels are dropped without a word.
    expect(second.body.labels).toEqual([]);
  });

  it('refuses what is too long or missing', async () => {
    const client = await asInstallation(await startWithRepository());
    const post = (body: unknown): ReturnType<Client> => client('POST', `${repo}/issues`, body);
    expect((await post({ title: 'x'.repeat(256), body: 'b'.repeat(65_536) })).status).toBe(201);
    expect((await post({ title: 'x'.repeat(257) })).status).toBe(422);
    const long = await post({ title: 'x', body: 'b'.repeat(65_537) });
    expect([long.status, long.body.message]).toEqual([422, 'Body is too long (maximum is 65536 characters)']);
    expect((await post({ body: 'no title' })).body).toMatchObject({
      message: 'Validation Failed',
      errors: [{ resource: 'Issue', field: 'title', code: 'missing_field' }],
    });
    expect((await client('POST', `${repo}/labels`, { name: 'l'.repeat(51), color: 'ffffff' })).status).toBe(422);
    expect((await client('POST', `${repo}/issues/1/comments`, { body: 'c'.repeat(65_537) })).status).toBe(422);
    expect(await numbersOf(client, 'state=all')).toEqual([1]);
  });

  it('filters, sorts and pages lists', async () => {
    const client = await asInstallation(await startWithRepository());
    for (const labels of [['a'], ['a', 'b'], ['b'], []]) {
      await client('POST', `${repo}/issues`, { title: labels.join(' ') || 'none', labels });
    }
    await client('PATCH', `${repo}/issues/1`, { state: 'closed' });
    expect(await numbersOf(client, '')).toEqual([4, 3, 2]);
    expect(await numbersOf(client, 'state=closed')).toEqual([1]);
    expect(await numbersOf(client, 'state=all&labels=a')).toEqual([2, 1]);
    expect(await numbersOf(client, 'state=all&labels=a,B')).toEqual([2]);
    expect(await numbersOf(client, 'state=all&sort=updated&direction=desc')).toEqual([1, 4, 3, 2]);
    expect(await numbersOf(client, 'state=all&direction=asc')).toEqual([1, 2, 3, 4]);
    expect(await numbersOf(client, 'creator=nobody')).toEqual([]);
    const page = await client('GET', `${repo}/issues?state=all&per_page=3`);
    const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    expect(next).toContain('page=2');
    const rest = await client('GET', next.replace(/^http:\/\/[^/]+/, ''));
    expect(rest.body).toHaveLength(1);
    expect(rest.headers.get('link')).toContain('rel="prev"');
  });

  it('finds what changed since a moment', async () => {
    let now = Date.parse('2026-05-01T10:00:00Z');
    const sandbox = await startWithRepository({ now: () => new Date(now) });
    const client = asUser(sandbox, 'wanda', 'write');
    await client('POST', `${repo}/issues`, { title: 'Old' });
    await client('POST', `${repo}/issues/1/comments`, { body: 'old' });
    now += 60_000;
    await client('POST', `${repo}/issues`, { title: 'New' });
    await client('POST', `${repo}/issues/2/comments`, { body: 'new' });
    expect(await numbersOf(client, 'since=2026-05-01T10:00:30Z')).toEqual([2]);
    const comments = await client('GET', `${repo}/issues/comments?since=2026-05-01T10:00:30Z`);
    expect(comments.body).toMatchObject([{ body: 'new', issue_url: `${sandbox.url}${repo}/issues/2` }]);
    expect((await client('GET', `${repo}/issues?since=yesterday-ish`)).status).toBe(422);
  });

  it('edits, closes with a reason and reopens', async () => {
    const sandbox = await startWithRepository();
    const author = asUser(sandbox, 'hana');
    await author('POST', `${repo}/issues`, { title: 'Mine' });
    expect((await author('PATCH', `${repo}/issues/1`, { title: 'Still mine', body: null })).body.title).toBe(
      'Still mine',
    );
    expect((await asUser(sandbox, 'otto')('PATCH', `${repo}/issues/1`, { title: 'Taken' })).status).toBe(403);
    const closed = await author('PATCH', `${repo}/issues/1`, { state: 'closed', state_reason: 'not_planned' });
    expect(closed.body).toMatchObject({ state: 'closed', state_reason: 'not_planned', closed_by: { login: 'hana' } });
    const open = await author('PATCH', `${repo}/issues/1`, { state: 'open' });
    expect(open.body).toMatchObject({ state: 'open', state_reason: 'reopened', closed_at: null, closed_by: null });
  });

  it('keeps labels unique whatever their case, and takes them off one by one', async () => {
    const client = await asInstallation(await startWithRepository());
    expect((await client('POST', `${repo}/labels`, { name: 'Bug', color: '#FF0000' })).body.color).toBe('ff0000');
    const twice = await client('POST', `${repo}/labels`, { name: 'bug', color: '00ff00' });
    expect(twice.body).toMatchObject({ errors: [{ resource: 'Label', code: 'already_exists', field: 'name' }] });
    await client('POST', `${repo}/issues`, { title: 'x' });
    await client('POST', `${repo}/issues/1/labels`, { labels: ['bug', 'needs care'] });
    const left = await client('DELETE', `${repo}/issues/1/labels/needs%20care`);
    expect(left.body).toMatchObject([{ name: 'Bug' }]);
    expect((await client('DELETE', `${repo}/issues/1/labels/needs%20care`)).status).toBe(404);
    expect((await client('GET', `${repo}/labels`)).body).toHaveLength(2);
  });

  it('comments: create, edit by the author or a writer, react once, delete', async () => {
    const sandbox = await startWithRepository();
    const [app, visitor] = [await asInstallation(sandbox), asUser(sandbox, 'vera')];
    await app('POST', `${repo}/issues`, { title: 'x' });
    const { id } = (await app('POST', `${repo}/issues/1/comments`, { body: 'one' })).body;
    const path = `${repo}/issues/comments/${id}`;
    expect((await visitor('PATCH', path, { body: 'hijacked' })).status).toBe(403);
    expect((await asUser(sandbox, 'wanda', 'write')('PATCH', path, { body: 'two' })).body.body).toBe('two');
    expect((await visitor('POST', `${path}/reactions`, { content: 'eyes' })).status).toBe(201);
    expect((await visitor('POST', `${path}/reactions`, { content: 'eyes' })).status).toBe(200);
    expect((await visitor('POST', `${path}/reactions`, { content: 'wow' })).status).toBe(422);
    expect((await app('GET', path)).body).toMatchObject({ reactions: { eyes: 1, total_count: 1 } });
    expect((await visitor('POST', `${repo}/issues/1/reactions`, { content: '+1' })).status).toBe(201);
    expect((await app('GET', `${repo}/issues/1`)).body).toMatchObject({
      comments: 1,
      reactions: { '+1': 1, eyes: 0, total_count: 1 },
    });
    expect((await app('DELETE', path)).status).toBe(204);
    expect((await app('GET', path)).status).toBe(404);
    expect((await app('GET', `${repo}/issues/1`)).body.comments).toBe(0);
  });
});

describe('sub-issues and dependencies over REST', () => {
  async function withIssues(count: number): Promise<{ client: Client; ids: number[] }> {
    const client = await asInstallation(await startWithRepository());
    const ids: number[] = [];
    for (let at = 1; at <= count; at += 1) {
      ids.push(Number((await client('POST', `${repo}/issues`, { title: `Issue ${at}` })).body.id));
    }
    return { client, ids };
  }

  it('links by database id, keeps order, counts what is done', async () => {
    const { client, ids } = await withIssues(4);
    for (const id of [ids[2], ids[1]]) {
      const added = await client('POST', `${repo}/issues/1/sub_issues`, { sub_issue_id: id });
      expect(added.status).toBe(201);
    }
    await client('PATCH', `${repo}/issues/2`, { state: 'closed' });
    expect((await client('GET', `${repo}/issues/1/sub_issues`)).body).toMatchObject([{ number: 3 }, { number: 2 }]);
    expect((await client('GET', `${repo}/issues/1`)).body.sub_issues_summary).toEqual({
      total: 2,
      completed: 1,
      percent_completed: 50,
    });
    expect((await client('GET', `${repo}/issues/3/parent`)).body.number).toBe(1);
    expect((await client('GET', `${repo}/issues/4/parent`)).status).toBe(404);
    expect((await client('DELETE', `${repo}/issues/1/sub_issue`, { sub_issue_id: ids[2] })).status).toBe(200);
    expect((await client('GET', `${repo}/issues/3/parent`)).status).toBe(404);
    expect((await client('POST', `${repo}/issues/1/sub_issues`, { sub_issue_id: 3 })).status).toBe(404);
  });

  it('gives a child one parent, replaced only on request, and no cycle', async () => {
    const { client, ids } = await withIssues(3);
    const add = (parent: number, child: number | undefined, more = {}): ReturnType<Client> =>
      client('POST', `${repo}/issues/${parent}/sub_issues`, { sub_issue_id: child, ...more });
    await add(1, ids[2]);
    const second = await add(2, ids[2]);
    expect([second.status, second.body.message]).toEqual([422, expect.stringContaining('may only have one parent')]);
    expect((await add(1, ids[2])).status).toBe(422);
    expect((await add(2, ids[2], { replace_parent: true })).status).toBe(201);
    expect((await client('GET', `${repo}/issues/1/sub_issues`)).body).toEqual([]);
    expect((await add(3, ids[1])).status).toBe(422);
    expect((await add(1, ids[0])).status).toBe(422);
  });

  it('takes a hundred sub-issues per parent, closed ones included', async () => {
    const { client, ids } = await withIssues(102);
    for (const id of ids.slice(1, 101)) await client('POST', `${repo}/issues/1/sub_issues`, { sub_issue_id: id });
    await client('PATCH', `${repo}/issues/2`, { state: 'closed' });
    const full = await client('POST', `${repo}/issues/1/sub_issues`, { sub_issue_id: ids[101] });
    expect(full.status).toBe(422);
    expect(full.body.message).toContain('Parent cannot have more than 100 sub-issues');
    expect((await client('GET', `${repo}/issues/1/sub_issues?per_page=100`)).body).toHaveLength(100);
  });

  it('nests eight levels below the topmost issue and not more', async () => {
    const { client, ids } = await withIssues(10);
    const statuses: number[] = [];
    for (let level = 1; level < 10; level += 1) {
      statuses.push((await client('POST', `${repo}/issues/${level}/sub_issues`, { sub_issue_id: ids[level] })).status);
    }
    expect(statuses).toEqual([201, 201, 201, 201, 201, 201, 201, 201, 422]);
  });

  it('keeps dependencies both ways and refuses cycles', async () => {
    const { client, ids } = await withIssues(3);
    const block = (issue: number, blocker: number | undefined): ReturnType<Client> =>
      client('POST', `${repo}/issues/${issue}/dependencies/blocked_by`, { issue_id: blocker });
    expect((await block(2, ids[0])).status).toBe(201);
    expect((await block(3, ids[1])).status).toBe(201);
    expect((await block(1, ids[2])).status).toBe(422);
    expect((await block(1, ids[0])).status).toBe(422);
    expect((await block(2, ids[0])).status).toBe(422);
    expect((await client('GET', `${repo}/issues/2/dependencies/blocked_by`)).body).toMatchObject([{ number: 1 }]);
    expect((await client('GET', `${repo}/issues/2/dependencies/blocking`)).body).toMatchObject([{ number: 3 }]);
    await client('PATCH', `${repo}/issues/1`, { state: 'closed' });
    expect((await client('GET', `${repo}/issues/2`)).body.issue_dependencies_summary).toEqual({
      blocked_by: 0,
      total_blocked_by: 1,
      blocking: 1,
      total_blocking: 1,
    });
    const gone = `${repo}/issues/2/dependencies/blocked_by/${ids[0]}`;
    expect((await client('DELETE', gone)).status).toBe(200);
    expect((await client('DELETE', gone)).status).toBe(404);
  });
});
